package explain

import (
	"context"
	"math"
	"math/rand/v2"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"tnbench/internal/alloc"
	"tnbench/internal/bench"
	"tnbench/internal/contract"
	"tnbench/internal/dtype"
	"tnbench/internal/explain/factor"
	"tnbench/internal/instance"
	"tnbench/internal/result"
	"tnbench/internal/stats"
)

// onProcessors lets trials be chosen as on a machine of so many processors.
func onProcessors(t *testing.T, n int) {
	before := factor.Processors
	factor.Processors = func() int { return n }
	t.Cleanup(func() { factor.Processors = before })
}

// TestEverySetupOfTheAblationIsRight: all trials, and all pairs of them, run, and their
// results are verified.
func TestEverySetupOfTheAblationIsRight(t *testing.T) {
	onProcessors(t, 2)
	all := factor.Trials(1)
	var possible []*factor.Trial
	for i := range all {
		if all[i].Reason == "" {
			possible = append(possible, &all[i])
		} else {
			t.Logf("%s, %s: %s", all[i].Factor, all[i].To, all[i].Reason)
		}
	}
	setups := factor.SetupsOf(possible, best)
	for _, p := range factor.PairsOf(slices.DeleteFunc(slices.Clone(possible), func(c *factor.Trial) bool { return c.Direction != OneIn || c.Before() != c.Base.Made() })) {
		setups = append(setups, p.Setup())
	}
	e := &explanation{subject: smallChain(t), document: &Document{}}
	results, err := e.compete(t.Context(), setups, func(c *bench.Config) {
		c.Lean, c.Warmup, c.WarmupTime, c.Runs, c.Check = true, 1, 0, 1, bench.CheckOn
	})
	if err != nil {
		t.Fatal(err)
	}
	for i, r := range results {
		if r.Error != "" || len(r.Samples) != 1 || r.Check == "" || r.Unverified != "" {
			t.Errorf("%v: %d samples, check %q, unverified %q, error %q", setups[i], len(r.Samples), r.Check, r.Unverified, r.Error)
		}
	}
}

// smallChain is a chain of matrices whose products are of 72 to 1,152 bytes.
func smallChain(t *testing.T) Subject {
	t.Helper()
	const matrices = 12
	in := &instance.Instance{Name: "chain", DType: dtype.Float64, Dims: []int{3}, Names: []rune{0x100}}
	var pairs [][2]int
	for i := range matrices {
		in.Dims, in.Names = append(in.Dims, []int{12, 3, 4}[i%3]), append(in.Names, rune(0x101+i))
		in.Inputs = append(in.Inputs, []instance.Label{instance.Label(i), instance.Label(i + 1)})
		if i > 0 {
			pairs = append(pairs, [2]int{0, matrices - i})
		}
	}
	in.Output = []instance.Label{0, matrices}
	in.Paths = []instance.Path{{Name: "p", Pairs: pairs}}
	inputs, err := in.Data(instance.Balanced, 1)
	if err != nil {
		t.Fatal(err)
	}
	return Subject{Instance: in, Path: in.Paths[0], Inputs: inputs, Fill: "balanced"}
}

// simulated returns samples of rounds: what disturbs a round disturbs all alike, and each
// has noise of its own.
func simulated(rng *rand.Rand, rounds int, times []float64, noise float64) [][]float64 {
	samples := make([][]float64, len(times))
	for range rounds {
		round := math.Exp(0.2 * rng.NormFloat64())
		for i, ns := range times {
			samples[i] = append(samples[i], ns*round*math.Exp(noise*rng.NormFloat64()))
		}
	}
	return samples
}

func TestAPlantedFactorIsFound(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for _, percent := range []float64{10, -10, 40} {
		a := &ablation{explanation: &explanation{document: &Document{Steps: 100}}, confidence: stats.Together(40)}
		covered, resolved, n := 0, 0, 500
		for range n {
			s := simulated(rng, 25, []float64{1e6, 1e6 * (1 + percent/100)}, 0.02)
			var e Effect
			a.fill(&e, s[1], s[0], 1e6)
			if middle := stats.Median(s[0]); e.Low.Value <= percent/100*middle && percent/100*middle <= e.High.Value {
				covered++
			}
			if e.Resolved {
				resolved++
			}
			if (e.NS.Value > 0) != (percent > 0) || math.Abs(e.Percent.Value*1e4-e.NS.Value) > 1 || math.Abs(e.StepNS.Value*100-e.NS.Value) > 1e-6 {
				t.Fatalf("%g %%: effect %+v", percent, e)
			}
		}
		if covered < n*99/100 || resolved < n*99/100 {
			t.Errorf("of %d planted factors of %g %% %d were resolved and %d intervals hold the truth", n, percent, resolved, covered)
		}
	}
}

// TestEqualSetupsAreNotResolved: in no more than one of twenty ablations is there any
// row that says so, with as few rounds as there may be and with more.
func TestEqualSetupsAreNotResolved(t *testing.T) {
	const rows, ablations = 40, 500
	rng := rand.New(rand.NewPCG(3, 4))
	for _, rounds := range []int{leastRounds(rows), 25} {
		a := &ablation{explanation: &explanation{document: &Document{Steps: 100}}, confidence: stats.Together(rows)}
		wrong := 0
		for range ablations {
			s := simulated(rng, rounds, slices.Repeat([]float64{1e6}, 2*rows), 0.05)
			any := false
			for i := range rows {
				var e Effect
				a.fill(&e, s[2*i], s[2*i+1], 1e6)
				if !e.Low.OK || !e.High.OK || e.NS.Value == 0 {
					t.Fatalf("%d rounds: %+v: not resolved is an interval, not zero", rounds, e)
				}
				any = any || e.Resolved
			}
			if any {
				wrong++
			}
		}
		if wrong > ablations*8/100 { // of 5 per cent, three standard deviations above
			t.Errorf("%d rounds: %d of %d ablations of equal setups resolve something", rounds, wrong, ablations)
		}
	}
}

func TestInteractionsAreWhatBothDoBeyondEach(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	r := factor.ReportedRecipe(1)
	p := factor.Pair{
		A: &factor.Trial{Factor: FactorMetadata, Direction: OneIn, To: "x", Base: r, Change: func(r *factor.Recipe) { r.Metadata = contract.MetadataNone }},
		B: &factor.Trial{Factor: FactorKept, Direction: OneIn, To: "y", Base: r, Change: func(r *factor.Recipe) { r.Streams = 3 }},
	}
	for _, beyond := range []float64{0, 1e5, -1e5} {
		a := &ablation{explanation: &explanation{document: &Document{Steps: 100}}, confidence: stats.Together(10)}
		s := simulated(rng, 41, []float64{1e6, 0.9e6, 0.8e6, 0.7e6 + beyond}, 0.005)
		results := map[Setup]*result.Result{}
		for i, x := range []Setup{p.A.Before(), p.A.After(), p.B.After(), p.Setup()} {
			results[x] = &result.Result{Samples: s[i], Median: result.Measured(stats.Median(s[i]))}
		}
		e := a.interaction(p, results)
		if e.Resolved != (beyond != 0) || e.Low.Value > beyond+2e4 || e.High.Value < beyond-2e4 || e.With != FactorKept || e.Reason != "" {
			t.Errorf("%g ns beyond: %+v", beyond, e)
		}
	}
}

func TestTrialsAreChosenByTheTimeThereIs(t *testing.T) {
	onProcessors(t, 4)
	for _, c := range []struct {
		turn, spend time.Duration
		quick       bool
	}{{time.Millisecond, time.Minute, false}, {200 * time.Millisecond, 40 * time.Second, false}, {time.Second, 6 * time.Second, true}, {time.Millisecond, 6 * time.Second, true}, {time.Hour, time.Second, false}} {
		all := factor.Trials(1)
		possible := 0
		for i := range all {
			if all[i].Reason == "" {
				possible++
			}
		}
		chosen, rounds := choose(all, c.turn, c.spend, 3, c.quick)
		if rounds < leastRounds(len(chosen)+3) || rounds > mostRounds {
			t.Errorf("%v in %v: %d rounds for %d rows", c.turn, c.spend, rounds, len(chosen))
		}
		took := cost(c.turn, 2+len(factor.SetupsOf(chosen)), rounds)
		coarse := len(chosen) == 1
		if took > c.spend && !coarse {
			t.Errorf("%v in %v: %d trials take %v", c.turn, c.spend, len(chosen), took)
		}
		if c.turn == time.Millisecond && !c.quick && len(chosen) != possible {
			t.Errorf("%d of %d trials though there is time", len(chosen), possible)
		}
		for i := range all {
			if !slices.Contains(chosen, &all[i]) && all[i].Reason == "" {
				t.Errorf("%s, %s is left out without a reason", all[i].Factor, all[i].To)
			}
			if all[i].Rank == 0 && !slices.Contains(chosen, &all[i]) && alloc.Available(all[i].After().Strategy) == nil {
				t.Errorf("%s, %s is left out", all[i].Factor, all[i].To)
			}
		}
	}
}

// TestAnAblationThatIsBrokenOffKeepsItsRounds: what was measured until then is told,
// and what was not says so.
func TestAnAblationThatIsBrokenOffKeepsItsRounds(t *testing.T) {
	for most := 60; ; most += most / 5 { // turns: the first ones are not timed
		ctx, cancel := context.WithCancel(t.Context())
		config := Config{Parts: map[Part]bool{PartAblation: true}, Quick: true, Progress: func(_ Part, _ string, done, _ int) {
			if done > most {
				cancel()
			}
		}}
		d, err := Run(ctx, smallChain(t), config, Document{})
		if cancel(); err == nil || !d.Interrupted {
			t.Fatalf("it was over before %d turns, and never broken off with something told and the whole", most)
		}
		told := 0
		for _, e := range d.Ablation {
			if e.NS.OK {
				told++
			} else if e.Reason == "" {
				t.Errorf("%s: neither measured nor a reason", e.Key())
			}
		}
		if told > 0 && d.Whole.OK { // the best configuration may come last in a round
			return
		}
	}
}

// TestTheAblationFitsItsMemory: setups that don't fit together take turns with the memory.
func TestTheAblationFitsItsMemory(t *testing.T) {
	s := embedded(t, "mps_inner_50")
	setups := []Setup{best, reported, {Strategy: "slab"}, {Strategy: "planned:zero", Streams: 2}}
	for _, c := range []struct {
		limit int64
		alone bool
	}{{0, false}, {1 << 40, false}, {1 << 20, true}} {
		a := &ablation{explanation: &explanation{subject: s, document: &Document{}, config: Config{Limit: c.limit}}}
		config := bench.Config{Limit: c.limit}
		if a.lean(t.Context(), setups)(&config); config.Alone != c.alone || !config.Lean {
			t.Errorf("limit %d: alone %v", c.limit, config.Alone)
		}
	}
	program, err := s.compile(best)
	if err != nil {
		t.Fatal(err)
	}
	a := &ablation{explanation: &explanation{subject: s}}
	if need, err := a.need(t.Context(), setups); err != nil || need < int64(5*program.PeakLive) {
		t.Errorf("need %d bytes, %v, with %d live at the peak, five times", need, err, program.PeakLive)
	}
	without := factor.Recipe{Kind: "make", Setup: Setup{NoCollector: true}}.Made()
	plain, _ := a.need(t.Context(), []Setup{{Strategy: "make"}})
	if need, err := a.need(t.Context(), []Setup{without}); err != nil || need <= plain {
		t.Errorf("without the collector %d bytes, %v, with it %d", need, err, plain)
	}
}

// TestAProgramIsVerifiedOnce: later results are held against the verified one.
func TestAProgramIsVerifiedOnce(t *testing.T) {
	e := &explanation{subject: smallChain(t), document: &Document{}}
	brief := func(c *bench.Config) { c.Lean, c.Warmup, c.WarmupTime, c.Runs = true, 1, 0, 1 }
	first, err := e.compete(t.Context(), []Setup{best}, brief)
	if err != nil || first[0].Error != "" || first[0].Unverified != "" {
		t.Fatalf("%v, %+v", err, first)
	}
	other := reported // of the same program
	other.Regions = best.Regions
	second, err := e.compete(t.Context(), []Setup{best, other}, brief)
	if err != nil || second[0].Error != "" || second[1].Error != "" || second[0].Unverified == "" {
		t.Fatalf("%v, %+v", err, second)
	}
	if _, err := e.compete(t.Context(), []Setup{{Strategy: "planned", FixedTemporaries: true}}, brief, func(c *bench.Config) {
		if c.Check == bench.CheckOff {
			t.Error("another program is not verified")
		}
	}); err != nil {
		t.Fatal(err)
	}
	e.verified[best.Program()] = result.NewDigest(dtype.Float64, nil, make([]byte, 8))
	third, err := e.compete(t.Context(), []Setup{best}, brief)
	if err != nil || !strings.Contains(third[0].Error, "wrong result") {
		t.Errorf("%v, a wrong result passes: %+v", err, third[0])
	}
}

// TestTheCollectorComesWhereItIsTried: as often as if the heap were the strategy's own,
// and not at all where it is off.
func TestTheCollectorComesWhereItIsTried(t *testing.T) {
	s := smallChain(t)
	p, err := s.compile(best)
	if err != nil {
		t.Fatal(err)
	}
	ballast := make([]byte, 256<<20) // what others hold
	clear(ballast)
	noCollector := func(r *factor.Recipe) { r.NoCollector = true }
	on := factor.Trial{Factor: FactorCollector, Base: factor.ReportedRecipe(1).With(func(r *factor.Recipe) { r.Planning = contract.PlanAhead }), Change: noCollector}
	on.Collected(1000, p, time.Microsecond, time.Second)
	if on.Reason != "" || on.Before().Batch < 2*factor.LeastHeap/1000 || !on.Before().OwnHeap || !on.After().OwnHeap || on.After().Batch != on.Before().Batch {
		t.Fatalf("%+v, %v", on.Before(), on.Reason)
	}
	e := &explanation{subject: s, document: &Document{}}
	setups := factor.SetupsOf([]*factor.Trial{&on})
	results, err := e.compete(t.Context(), setups, func(c *bench.Config) { c.Lean, c.Warmup, c.WarmupTime, c.Runs = true, 1, 0, 3 })
	if err != nil {
		t.Fatal(err)
	}
	runtime.KeepAlive(ballast)
	for i, want := range []bool{true, false} {
		if got := results[i].GCCycles; results[i].Error != "" || !got.OK || got.Value > 0 != want {
			t.Errorf("%v: %v cycles, error %q", setups[i], got, results[i].Error)
		}
	}
	for _, c := range []struct {
		garbage float64
		turn    time.Duration
		want    string
	}{{0, 1, "nothing is left"}, {1000, time.Second, "too rarely"}, {factor.LeastHeap, time.Minute, ""}} {
		try := factor.Trial{Factor: FactorCollector, Base: factor.ReportedRecipe(1), Change: noCollector}
		if try.Collected(c.garbage, p, c.turn, time.Second); (try.Reason == "") != (c.want == "") || !strings.Contains(try.Reason, c.want) {
			t.Errorf("%g bytes: %q, want %q", c.garbage, try.Reason, c.want)
		}
	}
}
