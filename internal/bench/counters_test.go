package bench

import (
	"context"
	"testing"
	"time"

	"tnbench/internal/machine"
	"tnbench/internal/result"
)

// TestReadingCountersCountsNothing of its own.
func TestReadingCountersCountsNothing(t *testing.T) {
	r := newReader()
	defer r.close()
	quiet := false
	for range 50 { // other goroutines of the test binary may allocate now and then
		r.start()
		c := r.stop()
		if c.of[mallocs] == 0 && c.of[mallocBytes] == 0 && c.of[minorFaults] == 0 && c.of[gcCycles] == 0 {
			quiet = true
		}
	}
	if !quiet {
		t.Error("two readings never have nothing between them: reading allocates or faults itself")
	}
}

func TestWhatIsDoneBetweenTwoReadingsIsCounted(t *testing.T) {
	if _, ok := machine.ReadUsage(); !ok {
		t.Skip("this system does not count what a process uses")
	}
	r := newReader()
	defer r.close()
	r.start()
	begin := time.Now()
	garbage := make([][]byte, 100)
	for i := range garbage {
		garbage[i] = make([]byte, 1000+i)
	}
	for time.Since(begin) < 50*time.Millisecond {
		garbage[0][0]++
	}
	c := r.stop()
	if c.of[mallocs] < 100 || c.of[mallocBytes] < 100*1000 {
		t.Errorf("%d allocations, %d bytes, want at least 100 and 100000", c.of[mallocs], c.of[mallocBytes])
	}
	if cpu := time.Duration(c.of[cpuTime]); !c.known[cpuTime] || cpu < time.Millisecond {
		t.Errorf("%v of processor time in a loop of 50 ms", cpu)
	}
}

func TestACounterThatASampleLacksIsLeftOut(t *testing.T) {
	var whole, lacking counts
	for k := range whole.of {
		whole.set(counter(k), int64(10*(k+1)))
	}
	lacking = whole
	lacking.known[cycles] = false
	samples := []sample{{batch: 2, wall: 200, counts: whole}, {batch: 2, wall: 240, counts: lacking}}
	var r result.Result
	addCounters(&r, samples, 5)
	if r.Cycles.OK || r.CyclesSamples != nil {
		t.Errorf("cycles %v, %v of samples of which one has none", r.Cycles, r.CyclesSamples)
	}
	if len(r.MinorFaultsSamples) != 2 || r.MinorFaults.Value != float64(10*(minorFaults+1))/10 {
		t.Errorf("faults %v, %v, want a tenth of what was counted", r.MinorFaults, r.MinorFaultsSamples)
	}
	cpu, collector := float64(10*(cpuTime+1)), float64(10*(gcCPU+1))
	if want := 2 * cpu / 440; r.CPUs.Value != want || r.GCCPUFraction.Value != collector/cpu {
		t.Errorf("CPUs %v, of these for the collector %v, want %v and %v", r.CPUs, r.GCCPUFraction, want, collector/cpu)
	}
}

func TestEveryCounterHasSamplesInResults(t *testing.T) {
	program, inputs := matrices(t)
	results, err := Run(context.Background(), program, inputs, Config{Strategies: []string{"make"}, Pace: Pace{Runs: 3}})
	if err != nil {
		t.Fatal(err)
	}
	_, counted := machine.ReadUsage()
	for k, f := range fieldsOf(&results[0]) {
		want := 3
		if (counter(k) >= minorFaults && !counted) || counter(k) >= cycles {
			want = len(*f.samples) // the system may not count it
		}
		if len(*f.samples) != want || f.median.OK != (want > 0) {
			t.Errorf("counter %d: samples %v, median %v, want %d of them", k, *f.samples, *f.median, want)
		}
	}
}
