package report

import (
	"fmt"
	"strconv"

	"tnbench/internal/machine"
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
		add("governor", fmt.Sprintf("the frequency governor is %s", g), "set it to performance, so that the clock rate holds still")
	}
	if h.GODEBUG != "" {
		add("godebug", "GODEBUG is set to "+strconv.Quote(h.GODEBUG), "unset it, unless its effect is the question")
	}
	return all
}
