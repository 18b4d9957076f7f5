package machine

import (
	"io/fs"
	"path"
	"strconv"
	"strings"
	"time"
)

// Activity is what went on on this machine since it started. Differences of two
// readings are what is of interest; a part that the system does not tell is absent
// from them.
type Activity struct {
	At         time.Time
	Processors int           // that this process may run on; 0: nothing is known of them
	Busy       time.Duration // processor time of all programs there
	Stolen     time.Duration // processor time that went to other machines on the same host
	Own        time.Duration // processor time of this process and of those that it waited for

	HasSwap bool
	Swapped int64 // pages that went to or came from swap

	HasStall bool
	Stalled  time.Duration // that some program waited for memory

	HasQuota  bool
	Throttled time.Duration // that control groups kept this process from running
}

// ReadActivity reads what went on so far, in some hundred microseconds.
func ReadActivity() Activity {
	a := readActivity(system, mayRunOn())
	a.At, a.Own = time.Now(), ownTime()
	return a
}

// Sub returns what went on between earlier and a.
func (a Activity) Sub(earlier Activity) Activity {
	d := Activity{
		At:       a.At,
		Busy:     a.Busy - earlier.Busy,
		Stolen:   a.Stolen - earlier.Stolen,
		Own:      a.Own - earlier.Own,
		HasSwap:  a.HasSwap && earlier.HasSwap,
		Swapped:  a.Swapped - earlier.Swapped,
		HasStall: a.HasStall && earlier.HasStall,
		Stalled:  a.Stalled - earlier.Stalled,
		HasQuota: a.HasQuota && earlier.HasQuota, Throttled: a.Throttled - earlier.Throttled,
	}
	if a.Processors == earlier.Processors { // else one came or went
		d.Processors = a.Processors
	}
	return d
}

// tick is the unit of /proc/stat: all of Linux has 100 in a second.
const tick = 10 * time.Millisecond

// readActivity reads the kernel's files; mine says which processors count.
func readActivity(fsys fs.FS, mine func(processor int) bool) (a Activity) {
	for _, line := range lines(fsys, "proc/stat") {
		fields := strings.Fields(line)
		if len(fields) == 0 {
			continue
		}
		number, found := strings.CutPrefix(fields[0], "cpu")
		if n, err := strconv.Atoi(number); !found || err != nil || !mine(n) {
			continue
		}
		a.Processors++
		// user nice system idle iowait irq softirq steal; what follows is part of the first two
		var ticks [9]int64
		for i := 1; i < min(len(fields), len(ticks)); i++ {
			ticks[i], _ = strconv.ParseInt(fields[i], 10, 64)
		}
		a.Busy += time.Duration(ticks[1]+ticks[2]+ticks[3]+ticks[6]+ticks[7]) * tick
		a.Stolen += time.Duration(ticks[8]) * tick
	}
	if vm := lines(fsys, "proc/vmstat"); len(vm) > 0 {
		a.HasSwap = true
		a.Swapped = statValue(fsys, "proc/vmstat", "pswpin") + statValue(fsys, "proc/vmstat", "pswpout")
	}
	a.Stalled, a.HasStall = stalled(fsys)
	for _, g := range groups(fsys, "cpu") {
		g.upwards(func(dir string) {
			if t, ok := g.throttled(dir); ok {
				a.HasQuota, a.Throttled = true, max(a.Throttled, t)
			}
		})
	}
	return a
}

// stalled returns how long some program waited for memory, from lines such as
// "some avg10=0.00 avg60=0.00 avg300=0.00 total=1234", in microseconds.
func stalled(fsys fs.FS) (time.Duration, bool) {
	for _, line := range lines(fsys, "proc/pressure/memory") {
		if _, total, found := strings.Cut(line, "total="); found && strings.HasPrefix(line, "some ") {
			us, err := strconv.ParseInt(strings.TrimSpace(total), 10, 64)
			return time.Duration(us) * time.Microsecond, err == nil
		}
	}
	return 0, false
}

// throttled returns how long a group was kept from running because its quota was
// used up.
func (g group) throttled(dir string) (time.Duration, bool) {
	key, unit := "throttled_time", time.Nanosecond
	if g.v2 {
		key, unit = "throttled_usec", time.Microsecond
	}
	name := path.Join(dir, "cpu.stat")
	return time.Duration(statValue(g.fsys, name, key)) * unit, text(g.fsys, name) != ""
}

// boost returns whether processors may exceed their nominal clock rate: "on", "off",
// or "" where that is unknown.
func boost(fsys fs.FS) string {
	const cpu = "sys/devices/system/cpu/"
	if v, ok := number(fsys, cpu+"intel_pstate/no_turbo"); ok {
		return map[bool]string{true: "off", false: "on"}[v != 0]
	}
	if v, ok := number(fsys, cpu+"cpufreq/boost"); ok {
		return map[bool]string{true: "on", false: "off"}[v != 0]
	}
	return ""
}
