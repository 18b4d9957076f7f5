package bench

import (
	"strings"
	"testing"
	"time"

	"tnbench/internal/machine"
	"tnbench/internal/result"
	"tnbench/internal/warning"
)

// codes joins the codes of warnings, which must say all that a warning says.
func codes(t *testing.T, all []warning.Warning) string {
	t.Helper()
	var names []string
	for _, w := range all {
		if w.Message == "" || w.Remedy == "" || w.Subject == "" {
			t.Errorf("%+v: a part is missing", w)
		}
		names = append(names, w.Code)
	}
	return strings.Join(names, " ")
}

func TestDisturbancesAreToldAndQuietIsNot(t *testing.T) {
	start := machine.Activity{At: time.Unix(1000, 0), Processors: 2, HasSwap: true, HasStall: true, HasQuota: true}
	after := func(change func(*machine.Activity)) machine.Activity {
		a := start
		a.At = a.At.Add(10 * time.Second)
		a.Own = 9 * time.Second
		a.Busy = 9*time.Second + 500*time.Millisecond // a system at rest takes some
		change(&a)
		return a
	}
	for _, c := range []struct {
		name   string
		change func(*machine.Activity)
		want   string
	}{
		{"quiet", func(a *machine.Activity) {}, ""},
		{"own threads on both processors", func(a *machine.Activity) { a.Own, a.Busy = 20*time.Second, 20*time.Second }, ""},
		{"another program", func(a *machine.Activity) { a.Busy += 2 * time.Second }, "busy"},
		{"a little stolen", func(a *machine.Activity) { a.Stolen = 200 * time.Millisecond }, ""},
		{"stolen", func(a *machine.Activity) { a.Stolen = time.Second }, "steal"},
		{"throttled", func(a *machine.Activity) { a.Throttled = time.Second }, "throttled"},
		{"some pages", func(a *machine.Activity) { a.Swapped = 3 }, ""},
		{"swapping", func(a *machine.Activity) { a.Swapped = 30000 }, "swap"},
		{"waiting for memory", func(a *machine.Activity) { a.Stalled = time.Second }, "memory-pressure"},
		{"nothing is known", func(a *machine.Activity) { *a = machine.Activity{At: a.At, Swapped: 30000, Stalled: time.Hour} }, ""},
		{"too short for the system's counts", func(a *machine.Activity) { a.At, a.Busy = start.At.Add(time.Millisecond), time.Hour }, ""},
	} {
		if got := codes(t, Disturbances("net, opt_flops", start, after(c.change))); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

func TestCountersContradictSettings(t *testing.T) {
	const second = 1e9
	of := func(cpus, collector float64, batch int) result.Result {
		return result.Result{Instance: "net", Path: "p", Alloc: "make", Batch: batch,
			CPUSamples: []float64{second, second}, CPUs: result.Measured(cpus), GCCPUFraction: result.Measured(collector)}
	}
	short := of(1.9, 0, 0)
	short.CPUSamples = []float64{1000, 1000}
	batched := of(1.9, 0, 100_000)
	batched.CPUSamples = []float64{1000, 1000}
	major := result.Result{Instance: "net", Path: "p", Alloc: "make", MajorFaultsSamples: []float64{0, 3, 0, 0}}
	cold := major
	cold.Cold = true
	rare := major
	rare.MajorFaultsSamples = append(make([]float64, 99), 1)
	for _, c := range []struct {
		name    string
		result  result.Result
		workers int
		want    string
	}{
		{"one thread", of(0.99, 0, 0), 1, ""},
		{"a busy machine", of(0.3, 0, 0), 1, ""},
		{"a little more", of(1.04, 0, 0), 1, ""},
		{"two threads in all", of(1.9, 0, 0), 1, "threads"},
		{"as wanted", of(1.9, 0, 0), 2, ""},
		{"the collector beside", of(1.3, 0.25, 0), 1, "collector"},
		{"the collector and others", of(2, 0.2, 0), 1, "threads"},
		{"too short to tell", short, 1, ""},
		{"short but many", batched, 1, "threads"},
		{"not counted", result.Result{}, 1, ""},
		{"a disk", major, 1, "major-faults"},
		{"once in a hundred", rare, 1, ""},
		{"cold", cold, 1, ""},
	} {
		if got := codes(t, CounterWarnings([]result.Result{c.result}, c.workers)); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}
