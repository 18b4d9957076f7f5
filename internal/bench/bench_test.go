package bench

import (
	"context"
	"encoding/json"
	"math"
	"strings"
	"testing"

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
	m := &measurement{batch: 1, job: &contraction{&Config{}, program, inputs}}
	k := m.enter(context.Background(), "make", 0)
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
