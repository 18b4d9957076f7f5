package bench

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"tnbench/internal/contract"
	"tnbench/internal/dtype"
	"tnbench/internal/instance"
	"tnbench/internal/path"
	"tnbench/internal/result"
)

// matrices returns a compiled product of three matrices and its inputs.
func matrices(t testing.TB) (*contract.Program, [][]byte) {
	t.Helper()
	in := &instance.Instance{
		Name: "matrices", DType: dtype.Float64,
		Names:  []rune("abcd"),
		Dims:   []int{9, 17, 33, 5},
		Inputs: [][]instance.Label{{0, 1}, {1, 2}, {2, 3}},
		Output: []instance.Label{0, 3},
		Paths:  []instance.Path{{Name: "p", Pairs: [][2]int{{0, 1}, {0, 1}}, Log2Size: math.NaN(), Log10Flops: math.NaN()}},
	}
	program, err := contract.Compile(in, in.Paths[0], contract.Options{Order: path.AsWritten})
	if err != nil {
		t.Fatal(err)
	}
	data, err := in.Data(instance.Balanced, 1)
	if err != nil {
		t.Fatal(err)
	}
	return program, data
}

func TestRunMeasuresEveryStrategy(t *testing.T) {
	program, inputs := matrices(t)
	for _, c := range []Config{
		{Strategies: []string{"make", "slab", "arena", "syncpool"}, Baseline: "make", Pace: Pace{Runs: 7, Warmup: 1}},
		{Strategies: []string{"slab"}, Pace: Pace{Runs: 1}},
		{Strategies: []string{"make", "slab"}, Baseline: "make", Pace: Pace{Runs: 6}, Streams: 3, Share: true},
		{Strategies: []string{"arena", "planned"}, Baseline: "planned", Pace: Pace{Runs: 6}, Streams: 2, Threads: 2},
		{Strategies: []string{"make"}, Baseline: "make", Pace: Pace{Runs: 2}, Execution: contract.Execution{Metadata: contract.MetadataHeap, Planning: contract.PlanEach}},
	} {
		results, err := Run(context.Background(), program, inputs, c)
		if err != nil {
			t.Fatalf("%+v: %v", c, err)
		}
		for i, r := range results {
			switch {
			case r.Error != "":
				t.Errorf("%s: %s", r.Alloc, r.Error)
			case r.Alloc != c.Strategies[i] || len(r.Samples) != c.Runs || !r.Median.OK || !r.Digest.OK:
				t.Errorf("strategy %d: got %+v, want %s with %d samples", i, r, c.Strategies[i], c.Runs)
			case r.Ratio.OK != (c.Baseline != ""):
				t.Errorf("%s: has a ratio: %v", r.Alloc, r.Ratio.OK)
			case r.Alloc == c.Baseline && r.Ratio.Value.Median != 1:
				t.Errorf("%s: the baseline's own ratio is %v", r.Alloc, r.Ratio.Value.Median)
			case r.Throughput.OK != (c.Streams > 1):
				t.Errorf("%s: has a throughput: %v", r.Alloc, r.Throughput.OK)
			case !r.Digest.Value.Equal(results[0].Digest.Value):
				t.Errorf("%s: digest %v differs from %v", r.Alloc, r.Digest.Value, results[0].Digest.Value)
			}
		}
	}
}

func TestOneStrategyThatCannotWorkStopsNoOther(t *testing.T) {
	program, inputs := matrices(t)
	results, err := Run(context.Background(), program, inputs, Config{Strategies: []string{"arena", "make"}, Pace: Pace{Runs: 2}, Streams: 2, Share: true})
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(results[0].Error, "shared") || len(results[0].Samples) != 0 {
		t.Errorf("arena shared by two streams: got %+v, want an error", results[0])
	}
	if results[1].Error != "" || len(results[1].Samples) != 2 {
		t.Errorf("make beside it: got %+v, want two samples", results[1])
	}
}

func TestInterruptKeepsWhatWasMeasured(t *testing.T) {
	program, inputs := matrices(t)
	ctx, cancel := context.WithCancel(context.Background())
	results, err := Run(ctx, program, inputs, Config{
		Strategies: []string{"make", "slab"}, Pace: Pace{Runs: 1000, Warmup: 1},
		Progress: func(p Progress) {
			if p.Done == 2+2*20 {
				cancel()
			}
		},
	})
	if err != context.Canceled {
		t.Errorf("got error %v, want context.Canceled", err)
	}
	for _, r := range results {
		if r.Error != "" || len(r.Samples) < 15 || len(r.Samples) > 25 {
			t.Errorf("%s: %d samples, error %q; want about 20 and none", r.Alloc, len(r.Samples), r.Error)
		}
	}
}

func TestAWrongResultIsAnError(t *testing.T) {
	program, inputs := matrices(t)
	c := Config{Strategies: []string{"make"}}
	m := newMeasurement(&contraction{&c, program, inputs}, result.Result{}, c)
	k := m.enter(context.Background(), 0)
	defer m.leave(k)
	if err := k.rehearse(m); err != nil {
		t.Fatal(err)
	}
	m.expected.bits[3] ^= 1 // the last bits of the first element
	if err := k.rehearse(m); err == nil || !strings.Contains(err.Error(), "wrong result") {
		t.Errorf("a result with one other bit: got error %v, want one that says so", err)
	}
}

func TestSettledStrategiesDoNotPayForGarbage(t *testing.T) {
	program, inputs := matrices(t)
	results, err := Run(context.Background(), program, inputs, Config{Strategies: []string{"make", "arena"}, Pace: Pace{Runs: 9, Warmup: 1}})
	if err != nil {
		t.Fatal(err)
	}
	if a := results[1]; a.HeapAllocs.Value != 0 || a.HeapBytes.Value != 0 || a.GCCycles.Value != 0 {
		t.Errorf("arena beside make: %v allocations, %v bytes, %v cycles, want none", a.HeapAllocs.Value, a.HeapBytes.Value, a.GCCycles.Value)
	}
	if m := results[0]; m.HeapAllocs.Value < 1 {
		t.Errorf("make: %v allocations, want at least the intermediate's", m.HeapAllocs.Value)
	}
}

func TestMissingFiguresAreAbsentFromJSON(t *testing.T) {
	text, err := json.Marshal(result.Result{Samples: []float64{}, HeapAllocs: result.Measured(0.0)})
	if err != nil {
		t.Fatal(err)
	}
	var fields map[string]any
	if err := json.Unmarshal(text, &fields); err != nil {
		t.Fatal(err)
	}
	if _, ok := fields["median_ns"]; ok {
		t.Errorf("an unmeasured median is in %s", text)
	}
	if v, ok := fields["heap_allocs"]; !ok || v != 0.0 {
		t.Errorf("a measured zero is missing from %s", text)
	}
}

// TestAStrategyMayStandTwice: each has results of its own, and the first is the
// baseline of both.
func TestAStrategyMayStandTwice(t *testing.T) {
	program, inputs := matrices(t)
	c := Config{Strategies: []string{"slab", "make", "slab", "slab"}, Baseline: "slab", Pace: Pace{Runs: 9}}
	results, err := Run(context.Background(), program, inputs, c)
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"slab", "make", "slab#2", "slab#3"}
	for i, r := range results {
		if r.Strategy() != want[i] || r.Error != "" || len(r.Samples) != 9 || r.Ratio.Value.To != "slab" || (r.Ratio.Value.Median == 1) != (i == 0) {
			t.Errorf("strategy %d is %s with %d samples, ratio %+v, error %q; want %s", i, r.Strategy(), len(r.Samples), r.Ratio.Value, r.Error, want[i])
		}
	}
}

// TestTurnsReleaseTheMemory: in turns of their own, strategies compute and count the
// same, also in streams, and no memory of one is there in another's turn.
func TestTurnsReleaseTheMemory(t *testing.T) {
	program, inputs := chainOf(t, dtype.Float64, 5, 16)
	for _, streams := range []int{1, 2} {
		c := Config{Strategies: []string{"planned", "slab", "make"}, Baseline: "make", Streams: streams, Alone: true, Pace: Pace{Runs: 3, Warmup: 1}}
		var m *measurement
		teams := 0
		c.Progress = func(Progress) {
			m.mutex.Lock()
			defer m.mutex.Unlock()
			for _, k := range m.contestants {
				if k.team != nil {
					teams++
				}
			}
		}
		j := &contraction{&c, program, inputs}
		m = newMeasurement(j, j.blank(), c)
		m.run(context.Background())
		for _, r := range m.results() {
			if r.Error != "" || len(r.Samples) != 3 || !r.Alone || !r.Digest.OK || r.HeapAllocs.Value != 0 && r.Alloc != "make" {
				t.Errorf("%d streams: %+v", streams, r)
			}
		}
		if teams != 0 {
			t.Errorf("%d streams: before turns %d strategies had memory, want none", streams, teams)
		}
	}
}

// TestShortContractionsAreBatched: a sample is long against the clock, all strategies
// have the same number of contractions, and counts are of one.
func TestShortContractionsAreBatched(t *testing.T) {
	program, inputs := matrices(t)
	results, err := Run(context.Background(), program, inputs, Config{Strategies: []string{"make", "slab"}, Baseline: "make", Pace: Pace{Runs: 9, Warmup: 1}})
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range results {
		if r.Batch < 2 || r.Batch != results[0].Batch {
			t.Errorf("%s: batches of %d, the other's of %d", r.Alloc, r.Batch, results[0].Batch)
		}
		if batch := r.Median.Value * float64(r.Batch); batch < float64(sampleTime)/4 {
			t.Errorf("%s: a batch of %d takes %.0f ns, want %v", r.Alloc, r.Batch, batch, sampleTime)
		}
	}
	if allocs := results[0].HeapAllocs.Value; allocs < 1 || allocs != math.Trunc(allocs) {
		t.Errorf("make: %v allocations in a contraction", allocs)
	}
	long, inputs := chainOf(t, dtype.Float64, 4, 16)
	if results, err = Run(context.Background(), long, inputs, Config{Strategies: []string{"slab"}, Pace: Pace{Runs: 1, Warmup: 1}}); err != nil || results[0].Batch != 0 {
		t.Errorf("%v: a contraction of %.0f ns is batched by %d", err, results[0].Median.Value, results[0].Batch)
	}
}

// BenchmarkHarness is what the clock sees beside a contraction: a job that does
// nothing, alone and in batches.
func BenchmarkHarness(b *testing.B) {
	for _, batch := range []int{1, 512} {
		b.Run(fmt.Sprintf("batch=%d", batch), func(b *testing.B) {
			t := &team{streams: []*stream{{runner: &idleRunner{}}}}
			least := time.Duration(math.MaxInt64) // the mean would count what else goes on
			for b.Loop() {
				if err := t.run(batch); err != nil {
					b.Fatal(err)
				}
				least = min(least, t.median())
			}
			b.ReportMetric(float64(least.Nanoseconds())/float64(batch), "clock-ns/contraction")
		})
	}
}

// idleRunner does nothing.
type idleRunner struct{ contractor }

func (*idleRunner) run() error { return nil }
