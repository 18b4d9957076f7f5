package bench

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"tnbench/internal/contract"
	"tnbench/internal/dtype"
	"tnbench/internal/path"
	"tnbench/internal/result"
)

// TestWaysCompeteTogether: ways of one program and of another order have as many
// samples, each is surrounded by what it wants, and what fails fails alone.
func TestWaysCompeteTogether(t *testing.T) {
	program, inputs := chainOf(t, dtype.Float64, 6, 4)
	other, err := contract.Compile(program.Instance, program.Instance.Paths[0], contract.Options{Order: path.LowestPeak})
	if err != nil {
		t.Fatal(err)
	}
	entered, inside := 0, false
	ways := []Way{
		{Name: "plain", Program: program, Strategy: "slab"},
		{Name: "surrounded", Program: program, Strategy: "make", Around: func(turn func()) {
			entered++
			inside = true
			turn()
			inside = false
		}},
		{Name: "metadata", Program: program, Strategy: "slab", Execution: contract.Execution{Metadata: contract.MetadataHeap}},
		{Name: "another order", Program: other, Strategy: "planned", Threads: 2},
		{Name: "streams", Program: program, Strategy: "slab", Streams: 2},
		{Name: "wrong", Program: program, Strategy: "nonsense"},
	}
	results, err := Compete(context.Background(), ways, inputs, Config{Pace: Pace{Warmup: 1, Runs: 5}})
	if err != nil {
		t.Fatal(err)
	}
	for i, r := range results {
		if i == 5 {
			if !strings.Contains(r.Error, "nonsense") {
				t.Errorf("error %q", r.Error)
			}
			continue
		}
		if r.Error != "" || len(r.Samples) != 5 || r.Batch != results[0].Batch {
			t.Errorf("%s: %d samples, batch %d, error %q", ways[i].Name, len(r.Samples), r.Batch, r.Error)
		}
	}
	if entered < 7 || inside {
		t.Errorf("the surrounded way was entered %d times, inside %v", entered, inside)
	}
	if a, b := results[0].HeapAllocs, results[2].HeapAllocs; !a.OK || !b.OK || a.Value != 0 || b.Value < 3*float64(len(program.Steps)) {
		t.Errorf("allocations %v without metadata, %v with", a, b)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := Compete(ctx, ways, inputs, Config{Pace: Pace{Runs: 5}}); err == nil {
		t.Error("no error after an interrupt")
	}
}

// TestLeanMeasurementsLeaveOutWhatTakesTime: footprints.
func TestLeanMeasurementsLeaveOutWhatTakesTime(t *testing.T) {
	program, inputs := chainOf(t, dtype.Float64, 6, 4)
	for _, lean := range []bool{false, true} {
		results, err := Compete(context.Background(), []Way{{Program: program, Strategy: "slab"}}, inputs, Config{Lean: lean, Pace: Pace{Warmup: 1, Runs: 2}})
		if err != nil || results[0].Error != "" || len(results[0].Samples) != 2 {
			t.Fatalf("lean %v: %v, %+v", lean, err, results[0])
		}
		if results[0].Footprint.OK == lean {
			t.Errorf("lean %v: footprint %v", lean, results[0].Footprint)
		}
	}
}

// TestLongContractionsNeedNoUntimedOne: the sooner if the turn before was theirs, too, but
// not where their memory was disturbed, or is new in each turn.
func TestLongContractionsNeedNoUntimedOne(t *testing.T) {
	type situation struct {
		fastest                       time.Duration
		again, lean, alone, disturbed bool
	}
	for s, want := range map[situation]bool{
		{fastest: time.Second}:                                         true,
		{fastest: time.Second, disturbed: true}:                        false,
		{fastest: time.Second, alone: true}:                            false,
		{fastest: 20 * time.Millisecond}:                               false,
		{fastest: 20 * time.Millisecond, again: true}:                  true,
		{fastest: 20 * time.Millisecond, again: true, disturbed: true}: false,
		{fastest: 20 * time.Millisecond, again: true, alone: true}:     false,
		{fastest: 20 * time.Millisecond, lean: true, disturbed: true}:  true,
		{fastest: 20 * time.Millisecond, lean: true, alone: true}:      false,
		{fastest: time.Millisecond, lean: true}:                        false,
		{fastest: time.Millisecond, again: true}:                       false,
	} {
		m := &measurement{config: Config{Lean: s.lean, Alone: s.alone}, again: s.again}
		if got := (&contestant{fastest: s.fastest}).straight(m, s.disturbed); got != want {
			t.Errorf("%+v: straight %v", s, got)
		}
	}
}

// TestATurnIsAgainItsOwn only if nobody else had one meanwhile, in this measurement or
// beside it.
func TestATurnIsAgainItsOwn(t *testing.T) {
	ctx := context.Background()
	var again []bool
	do := func(_ *contestant, m *measurement) error { again = append(again, m.again); return nil }
	two := newMeasurement(nil, result.Result{}, Config{Strategies: []string{"slab", "slab"}})
	two.contestants = []*contestant{two.contestant(0), two.contestant(1)}
	for _, i := range []int{0, 0, 1, 0} {
		two.turn(ctx, i, do)
	}
	var ways tournament
	ways.ways = make([]Way, 2)
	for range ways.ways {
		one := newMeasurement(nil, result.Result{}, Config{Strategies: []string{"slab"}})
		one.contestants = []*contestant{one.contestant(0)}
		ways.all = append(ways.all, one)
	}
	for _, i := range []int{0, 0, 1, 0} {
		ways.turn(ctx, i, do)
	}
	if want := []bool{false, true, false, false, false, true, false, false}; !slices.Equal(again, want) {
		t.Errorf("again %v, want %v", again, want)
	}
}

// TestAWatchSeesMemoryWhileItContracts: it begins with the way's first turn, goes on in
// order, and sees what the process has.
func TestAWatchSeesMemoryWhileItContracts(t *testing.T) {
	program, inputs := chainOf(t, dtype.Float64, 6, 4)
	moments, err := Watch(context.Background(), Way{Name: "make", Program: program, Strategy: "make"}, inputs, Config{Pace: Pace{Runs: 3}})
	if err != nil || len(moments) == 0 {
		t.Fatalf("%d moments, %v", len(moments), err)
	}
	for i, m := range moments {
		if m.Bytes < 1<<20 || i > 0 && m.At < moments[i-1].At {
			t.Errorf("moment %d: %+v", i, m)
		}
	}
	if moments, err := Watch(context.Background(), Way{Program: program, Strategy: "nonsense"}, inputs, Config{Pace: Pace{Runs: 1}}); err == nil && len(moments) > 1000 {
		t.Errorf("%d moments of a strategy that there is not", len(moments))
	}
}
