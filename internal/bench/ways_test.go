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

// TestUntimedContractions: a long one needs none before it, the sooner if the turn before
// was its own; but where its memory was disturbed it does, and with other memory two.
func TestUntimedContractions(t *testing.T) {
	const long, shorter, short = time.Second, 20 * time.Millisecond, time.Millisecond
	type situation struct {
		fastest                       time.Duration
		again, lean, moved, disturbed bool
	}
	for s, want := range map[situation]int{
		{fastest: long}:                                  0,
		{fastest: long, disturbed: true}:                 1,
		{fastest: long, moved: true}:                     2,
		{fastest: shorter}:                               1,
		{fastest: shorter, again: true}:                  0,
		{fastest: shorter, again: true, disturbed: true}: 1,
		{fastest: shorter, again: true, moved: true}:     2,
		{fastest: shorter, lean: true, disturbed: true}:  0,
		{fastest: shorter, lean: true, moved: true}:      2,
		{fastest: short, lean: true}:                     1,
		{fastest: short, again: true}:                    1,
	} {
		m := &measurement{config: Config{Lean: s.lean}, again: s.again, moved: s.moved}
		if got := (&contestant{fastest: s.fastest}).untimed(m, s.disturbed); got != want {
			t.Errorf("%+v: %d untimed, want %d", s, got, want)
		}
	}
}

// TestContestantsGetOtherMemory every few turns, not in the same, and each turn where it
// is not theirs to keep.
func TestContestantsGetOtherMemory(t *testing.T) {
	some, much := result.Measured(mostMoved), result.Measured(mostMoved+1)
	for _, c := range []struct {
		config    Config
		batch     int
		footprint result.Maybe[int]
		want      [2]int // of 24 turns
	}{
		{Config{}, 1, some, [2]int{2, 3}},
		{Config{}, 1, much, [2]int{0, 0}},
		{Config{}, 16, much, [2]int{7, 8}},
		{Config{Lean: true}, 1, result.Maybe[int]{}, [2]int{0, 0}},
		{Config{Lean: true}, 16, result.Maybe[int]{}, [2]int{7, 8}},
		{Config{Alone: true}, 1, some, [2]int{24, 24}},
	} {
		m := &measurement{config: c.config, batch: c.batch}
		var moves [2]int
		for turn := range 24 {
			var now [2]bool
			for i := range moves {
				if now[i] = m.moves(&contestant{number: i, samples: make([]sample, turn), footprint: c.footprint}); now[i] {
					moves[i]++
				}
			}
			if now[0] && now[1] && !c.config.Alone {
				t.Errorf("%+v: both move in turn %d", c, turn)
			}
		}
		if moves != c.want {
			t.Errorf("%+v: %d moves, want %d", c, moves, c.want)
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
