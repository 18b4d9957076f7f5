package report

import (
	"fmt"
	"strconv"

	"tnbench/internal/machine"
	"tnbench/internal/result"
	"tnbench/internal/warning"
)

// HostWarnings returns what about a machine makes its figures doubtful.
func HostWarnings(h machine.Host) []warning.Warning {
	var all []warning.Warning
	add := func(code, message, remedy string) {
		all = append(all, warning.Warning{Code: code, Message: message, Remedy: remedy})
	}
	// A process that was just started adds up to one to the mean of a minute if
	// it is one of a row.
	if h.LoadAverage != nil && *h.LoadAverage >= 1+float64(h.Cores)/2 {
		add("load", fmt.Sprintf("the load average is %.1f on %s: other programs are running", *h.LoadAverage, plural(h.Cores, "core")),
			"stop them, or compare by the paired ratios only")
	}
	if h.CPUQuota > 0 && h.CPUQuota < float64(h.Cores) {
		add("quota", fmt.Sprintf("control groups allow %.3g of %s", h.CPUQuota, plural(h.Cores, "core")),
			"a process that uses its quota up is stopped for milliseconds: raise the quota, or keep --threads below it")
	}
	if g := h.Governor; g != "" && g != "performance" {
		more := ""
		if h.Boost == "on" {
			more = ", and boost is on"
		}
		add("governor", fmt.Sprintf("the frequency governor is %s%s", g, more), "set it to performance, so that the clock rate holds still")
	}
	if h.THP == "always" {
		add("thp", "transparent huge pages are always on: which buffers get them depends on where these lie and how torn memory is, and so do faults",
			"choose madvise in /sys/kernel/mm/transparent_hugepage/enabled; then only strategies that ask for huge pages have them")
	}
	if h.GODEBUG != "" {
		add("godebug", "GODEBUG is set to "+strconv.Quote(h.GODEBUG), "unset it, unless its effect is the question")
	}
	if h.GOGC != "" && h.GOGC != "100" {
		add("gogc", "GOGC is "+h.GOGC, "unset it, unless its effect is the question: strategies that leave memory to the collector depend on it")
	}
	if h.GOMEMLIMIT > 0 {
		add("gomemlimit", "GOMEMLIMIT is "+Bytes(float64(h.GOMEMLIMIT)), "unset it, unless its effect is the question: the collector runs more often near it")
	}
	return all
}

// SettingWarnings returns what about the settings does not fit the machine.
func SettingWarnings(h machine.Host, s result.Settings) []warning.Warning {
	var all []warning.Warning
	if h.Boost == "on" && s.Threads*s.Streams > 1 {
		all = append(all, warning.Warning{
			Code:    "boost",
			Message: "boost is on: cores run slower the more of them are busy",
			Remedy:  "switch it off to compare with runs of other --threads or --streams; ratios within one table hold",
		})
	}
	return append(all, oversubscribed(h, s)...)
}

// oversubscribed warns of more workers than cores.
func oversubscribed(h machine.Host, s result.Settings) []warning.Warning {
	cores := h.Cores
	if h.GOMAXPROCS > 0 {
		cores = min(cores, h.GOMAXPROCS)
	}
	if s.Threads*s.Streams <= cores {
		return nil
	}
	wanted := fmt.Sprintf("--threads %d", s.Threads)
	switch {
	case s.Streams > 1 && s.Threads > 1:
		wanted = fmt.Sprintf("--streams %d with --threads %d, %d at once,", s.Streams, s.Threads, s.Streams*s.Threads)
	case s.Streams > 1:
		wanted = fmt.Sprintf("--streams %d", s.Streams)
	}
	return []warning.Warning{{
		Code:    "oversubscribed",
		Message: fmt.Sprintf("%s on %s: they take turns, and wait for each other", wanted, plural(cores, "core")),
		Remedy:  fmt.Sprintf("use no more than %d in all, unless waiting is the question", cores),
	}}
}
