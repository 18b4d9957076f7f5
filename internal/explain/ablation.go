package explain

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"
	"time"

	"tnbench/internal/alloc"
	"tnbench/internal/await"
	"tnbench/internal/bench"
	"tnbench/internal/contract"
	"tnbench/internal/explain/factor"
	"tnbench/internal/result"
	"tnbench/internal/stats"
	"tnbench/internal/warning"
)

// ablation switches one factor at a time, from the best configuration and into the
// report's, and then the strongest of the latter in pairs. All that is held against each
// other is measured in the same rounds.
func (e *explanation) ablation(ctx context.Context) error {
	a := &ablation{explanation: e, trials: factor.Trials(e.config.Threads)}
	if e.config.regime {
		a.trials = slices.DeleteFunc(a.trials, func(t factor.Trial) bool { return t.Direction != OneIn || t.Factor == FactorRegions })
	} else if err := a.stream(ctx); err != nil {
		return err
	}
	return a.run(ctx)
}

// ablation is what the trials have come to.
type ablation struct {
	*explanation
	trials []factor.Trial
	turn   time.Duration // that a setup takes for its turn, about
	// pairs is how many rows there may be of two factors at once. It is fixed before
	// anything is known of them, as all intervals must hold together.
	pairs      int
	confidence float64 // of each interval
}

// spending is how long an ablation may take: for single factors and for pairs. On a
// machine that is busy it takes up to half as long again.
func (c *Config) spending() (singles, pairs time.Duration) {
	switch {
	case c.regime:
		return 12 * time.Second, 0
	case c.Quick:
		return 6 * time.Second, time.Second
	}
	return 45 * time.Second, 12 * time.Second
}

// run is the whole of it.
func (a *ablation) run(ctx context.Context) error {
	first, last := factor.BestRecipe(a.config.Threads), factor.ReportedRecipe(a.config.Threads)
	if last.Made().Strategy == reported.Strategy {
		a.warn(warning.Warning{Code: "no-malloc", Message: "the report's configuration takes its buffers from Go's heap here: C allocators can't be called",
			Remedy: "build with cgo on a Unix system"})
	}
	if err := a.look(ctx, first.Made(), last.Made()); err != nil {
		return err
	}
	singles, forPairs := a.config.spending()
	strong := strongest(a.turn, forPairs)
	a.pairs = strong * (strong - 1) / 2
	chosen, rounds := choose(a.trials, a.turn, singles, a.pairs, a.config.Quick)
	a.confidence = stats.Together(len(chosen) + a.pairs)
	results, err := a.measure(ctx, factor.SetupsOf(chosen, first.Made(), last.Made()), rounds, singles)
	for i := range a.trials {
		a.document.Ablation = append(a.document.Ablation, a.effect(&a.trials[i], results))
	}
	if err != nil {
		return err
	}
	return a.interact(ctx, a.strong(strong), forPairs)
}

// measure lets setups compete. What was measured of each is kept for other parts, too.
func (a *ablation) measure(ctx context.Context, setups []Setup, rounds int, spend time.Duration) (map[Setup]*result.Result, error) {
	all, err := a.compete(ctx, setups, a.lean(ctx, setups), func(c *bench.Config) {
		c.Warmup, c.Runs, c.MaxTime = untimed, rounds, spend*3/2+2*time.Second // for its check
	})
	results := map[Setup]*result.Result{}
	if a.measured == nil {
		a.measured = results
	}
	for i := range all {
		results[setups[i]] = &all[i]
		if a.measured[setups[i]] == nil {
			a.measured[setups[i]] = &all[i]
		}
	}
	if n := fewest(all); err == nil && n < leastRounds(len(setups)) && n < rounds {
		a.warn(warning.Warning{Code: "few-rounds", Message: fmt.Sprintf("there was time for %d rounds of the %d that the ablation wants: most intervals have no bounds", n, rounds),
			Remedy: "stop other programs, or explain a smaller network"})
	}
	return results, err
}

// fewest returns the least number of samples of those that have any.
func fewest(all []result.Result) int {
	n := math.MaxInt
	for i := range all {
		if m := len(all[i].Samples); m > 0 {
			n = min(n, m)
		}
	}
	return n
}

// look finds out how long a turn takes, and how often the collector would come.
func (a *ablation) look(ctx context.Context, setups ...Setup) error {
	var begin time.Time
	turns := 0
	results, err := a.compete(ctx, setups, a.lean(ctx, setups), func(c *bench.Config) {
		c.Warmup, c.WarmupTime, c.AtSpeed, c.Runs = untimed, 0, nil, 1
		tell := c.Progress
		c.Progress = func(p bench.Progress) {
			tell(p)
			if turns++; p.Done == 1 {
				begin, turns = time.Now(), 0
			}
		}
	})
	if a.turn = time.Second; err == nil && !begin.IsZero() {
		a.turn = time.Since(begin) / time.Duration(turns+1)
	}
	if err != nil {
		return err
	}
	const most = 300 * time.Millisecond // of a sample
	for i := range a.trials {
		t := &a.trials[i]
		if t.Factor != FactorCollector || t.Reason != "" {
			continue
		}
		p, err := a.program(ctx, t.Before())
		if err != nil {
			return err
		}
		// From the best configuration it is the heap's, whose contractions take about as long.
		garbage, took := taken(t.Before().Strategy, p)/2, results[0].Median.Value // a turn is of two contractions
		if j := slices.Index(setups, t.Before()); j >= 0 {
			garbage, took = results[j].HeapBytes.Value, results[j].Median.Value
		}
		t.Collected(garbage, p, time.Duration(took), most)
	}
	return nil
}

// taken returns the bytes that a strategy takes of Go's heap in a turn.
func taken(strategy string, p *contract.Program) (bytes float64) {
	d, err := alloc.DemandOf(strategy, p.Requests)
	if err != nil {
		return 0
	}
	for _, n := range d.Turn {
		bytes += float64(max(n, 0))
	}
	return bytes
}

// lean makes a measurement of many setups one that takes little time, and the memory
// that there is.
func (a *ablation) lean(ctx context.Context, setups []Setup) func(*bench.Config) {
	return func(c *bench.Config) {
		c.Lean = true
		need, err := await.Value(ctx, func() (int64, error) { return a.need(ctx, setups) })
		c.Alone = err == nil && c.Limit > 0 && need > c.Limit
	}
}

// need forecasts the memory that setups take together, beside the inputs.
func (a *ablation) need(ctx context.Context, setups []Setup) (int64, error) {
	scopes := map[*contract.Program]*bench.Scope{}
	need, passing := 0, 0 // passing: what nobody collects in a turn without the collector
	for _, s := range setups {
		p, err := a.program(ctx, s)
		if err != nil {
			return 0, err
		}
		if scopes[p] == nil {
			scopes[p] = &bench.Scope{}
			need += p.ResultBytes()
		}
		for range max(1, s.Streams) {
			scopes[p].Strategies = append(scopes[p].Strategies, s.Strategy)
			need += p.ResultBytes()
		}
		if s.NoCollector {
			passing = max(passing, int(taken(s.Strategy, p)/2)*(1+max(1, s.Batch)))
		}
	}
	for p, scope := range scopes {
		n, err := bench.StrategyNeed(p.Requests, *scope)
		if err != nil {
			return 0, err
		}
		need += n.Strategies
	}
	return int64(need + passing), nil
}

// strongest returns how many factors can be tried in pairs in a time, five at most.
func strongest(turn, time time.Duration) int {
	for n := 5; n > 1; n-- {
		setups := 1 + n + n*(n-1)/2
		if cost(turn, setups, leastRounds(12)) <= time {
			return n
		}
	}
	return 0
}

// The rounds that are not timed, and the most that are.
const (
	untimed    = 1
	mostRounds = 41
)

// cost is how long so many setups take for some rounds.
func cost(turn time.Duration, setups, rounds int) time.Duration {
	return turn * time.Duration(setups*(rounds+untimed))
}

// leastRounds is how many rounds resolve something in so many rows.
func leastRounds(rows int) int { return stats.LeastRounds(stats.Together(rows)) }

// spareRounds is how many more there are to be, so that one that was disturbed on either
// side does not hide a difference.
const spareRounds = 2

// choose returns the trials that there is time for, those that matter most first, and
// the rounds. The others get a reason.
func choose(all []factor.Trial, turn, spend time.Duration, pairs int, quick bool) ([]*factor.Trial, int) {
	const coarse = 3 // the last rank that a first look has
	var chosen []*factor.Trial
	for i := range all {
		switch t := &all[i]; {
		case t.Reason != "":
		case quick && t.Rank > coarse:
			t.Reason = "--quick looks at the coarse factors only"
		default:
			chosen = append(chosen, t)
		}
	}
	slices.SortStableFunc(chosen, func(a, b *factor.Trial) int { return a.Rank - b.Rank })
	for {
		n := len(chosen)
		setups := 2 + len(factor.SetupsOf(chosen))
		least := leastRounds(n + pairs)
		if n == 0 || chosen[n-1].Rank == 0 || cost(turn, setups, least+spareRounds) <= spend {
			rounds := int(spend/(turn*time.Duration(setups))) - untimed
			return chosen, min(max(rounds, least), mostRounds)
		}
		chosen[n-1].Reason = "there was no time for it beside factors that tend to matter more"
		chosen = chosen[:n-1]
	}
}

// rowFor returns the row of a trial, with nothing measured.
func rowFor(t *factor.Trial) Effect {
	e := Effect{Factor: t.Factor, Direction: t.Direction, From: t.From, To: t.To, Reason: t.Reason}
	if t.Where != "" {
		e.From, e.To = e.From+"; "+t.Where, e.To+"; "+t.Where
	}
	if t.Change != nil {
		e.FromSetup, e.ToSetup = t.Before().String(), t.After().String()
	}
	return e
}

// effect returns the row of a trial.
func (a *ablation) effect(t *factor.Trial, results map[Setup]*result.Result) Effect {
	e := rowFor(t)
	if e.Reason != "" {
		return e
	}
	from, to := results[t.Before()], results[t.After()]
	if e.Reason = unmeasured(from, to); e.Reason != "" {
		return e
	}
	a.fill(&e, to.Samples, from.Samples, from.Median.Value)
	e.Cycles = difference(to.GCCycles, from.GCCycles)
	e.Faults = difference(to.MinorFaults, from.MinorFaults)
	return e
}

// unmeasured says why one of some results is missing, if one is.
func unmeasured(all ...*result.Result) string {
	for _, r := range all {
		switch {
		case r == nil:
			return "interrupted before it was measured"
		case r.Error != "":
			return r.Error
		case len(r.Samples) == 0:
			return "interrupted before it was measured"
		}
	}
	return ""
}

// difference returns a - b, if both were measured.
func difference(a, b result.Maybe[float64]) result.Maybe[float64] {
	if !a.OK || !b.OK {
		return result.Maybe[float64]{}
	}
	return result.Measured(a.Value - b.Value)
}

// fill enters what paired samples say: by how much one costs more than the other. Per
// cents are of whole.
func (a *ablation) fill(e *Effect, to, from []float64, whole float64) {
	ratio, middle := stats.Paired(to, from, a.confidence), stats.Median(from)
	cost := func(ratio float64) result.Maybe[float64] { return result.Measured((ratio - 1) * middle) }
	e.NS = cost(ratio.Median)
	e.Percent = result.Measured(e.NS.Value / whole * 100)
	e.StepNS = result.Measured(e.NS.Value / float64(max(1, a.document.Steps)))
	if ratio.Bounded {
		e.Low, e.High = cost(ratio.Low), cost(ratio.High)
		e.Resolved = ratio.Low > 1 || ratio.High < 1
	}
}

// strong returns the trials of up to n factors into the report's configuration that do
// most, those alone that need nothing else changed.
func (a *ablation) strong(n int) (all []*factor.Trial) {
	effects := map[*factor.Trial]float64{}
	for i := range a.trials {
		t, e := &a.trials[i], &a.document.Ablation[i]
		if t.Direction == OneIn && e.Resolved && t.Before() == t.Base.Made() {
			effects[t] = math.Abs(e.NS.Value)
			all = append(all, t)
		}
	}
	slices.SortStableFunc(all, func(a, b *factor.Trial) int { return cmp.Compare(effects[b], effects[a]) })
	seen := map[string]bool{}
	all = slices.DeleteFunc(all, func(t *factor.Trial) bool {
		again := seen[t.Factor]
		seen[t.Factor] = true
		return again
	})
	return all[:min(n, len(all))]
}

// interact measures factors in pairs, and what both do together beyond what each does.
func (a *ablation) interact(ctx context.Context, strong []*factor.Trial, spend time.Duration) error {
	pairs := factor.PairsOf(strong)
	if len(pairs) == 0 {
		return nil
	}
	setups := factor.SetupsOf(strong)
	for _, p := range pairs {
		setups = append(setups, p.Setup())
	}
	rounds := int(spend/(a.turn*time.Duration(len(setups)))) - untimed
	rounds = min(max(rounds, stats.LeastRounds(a.confidence)), mostRounds)
	results, err := a.measure(ctx, setups, rounds, spend)
	for _, p := range pairs {
		a.document.Ablation = append(a.document.Ablation, a.interaction(p, results))
	}
	return err
}

// interaction returns the row of a pair: the time with both and with neither against
// the times with one of them.
func (a *ablation) interaction(p factor.Pair, results map[Setup]*result.Result) Effect {
	e := Effect{Factor: p.A.Factor, With: p.B.Factor, Direction: OneIn, From: "each alone", To: p.A.To + ", " + p.B.To, ToSetup: p.Setup().String()}
	neither, one, other, both := results[p.A.Before()], results[p.A.After()], results[p.B.After()], results[p.Setup()]
	if e.Reason = unmeasured(neither, one, other, both); e.Reason == "" {
		a.fill(&e, added(neither.Samples, both.Samples), added(one.Samples, other.Samples), neither.Median.Value)
	}
	return e
}

// added adds the samples of each round.
func added(a, b []float64) []float64 {
	sum := make([]float64, min(len(a), len(b)))
	for i := range sum {
		sum[i] = a[i] + b[i]
	}
	return sum
}
