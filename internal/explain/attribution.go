package explain

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"os"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"tnbench/internal/await"
	"tnbench/internal/bench"
	"tnbench/internal/contract"
	"tnbench/internal/machine"
	"tnbench/internal/peaks"
	"tnbench/internal/region"
	"tnbench/internal/result"
	"tnbench/internal/stats"
	"tnbench/internal/warning"
)

// The attribution takes time apart in passes of its own, which take turns with the
// contraction as it is. A ledger tells phases by the clock, once for each; where that
// takes too much of a contraction, a phase is what the same program takes less
// without it.

// attribution finds out where the time goes under the strategies that the analysis is
// about.
func (e *explanation) attribution(ctx context.Context) error {
	return e.attribute(ctx, []Setup{{Strategy: "make"}, reportedHere(), best}, attributing{watching: mostWatching, costly: true})
}

// attributing says how to attribute.
type attributing struct {
	// watching is the share of a contraction that turns of a ledger may take.
	watching float64
	costly   bool          // list the costliest steps of the last setup
	rounds   int           // 0: as many as the pace allows
	sample   time.Duration // of short contractions, about; 0: sampleTime
}

// mostWatching is how much of a contraction a ledger may take: what is taken out for
// it is known to about a tenth.
const mostWatching = 0.15

// sumWithin is how close to the whole the phases must be together.
const sumWithin = 0.05

// attribute takes the setups' contractions apart.
func (e *explanation) attribute(ctx context.Context, setups []Setup, how attributing) error {
	how.sample = cmp.Or(how.sample, sampleTime)
	t := &survey{explanation: e, how: how, begun: time.Now()}
	var over atomic.Bool
	err := await.Done(ctx, func() error {
		defer over.Store(true)
		if err := t.enter(ctx, setups); err != nil {
			return err
		}
		return t.compete(ctx)
	})
	t.conclude()
	if over.Load() { // else a step that takes long still uses the memory of its pass
		t.close()
	}
	return err
}

// survey is an attribution that is being made.
type survey struct {
	*explanation
	how      attributing
	begun    time.Time
	accounts []*account
	lock     sync.Mutex
	kept     []*account // as they were after their last whole round; under the lock
	expected map[*contract.Program]*[]byte
	turns    *turnCost
	turn     float64   // ns of a ledger's turn in this round
	faults   []float64 // ns of a fault, by round
	heap     machine.Heap
}

// enter prepares all passes.
func (t *survey) enter(ctx context.Context, setups []Setup) error {
	t.expected = map[*contract.Program]*[]byte{}
	var specs []string
	for i, s := range setups {
		p, err := t.program(ctx, s)
		if err != nil {
			return err
		}
		if t.expected[p] == nil {
			t.expected[p] = new([]byte)
		}
		own := append(specs, s.Strategy, s.Strategy, s.Strategy)
		if limit := t.config.Limit; limit > 0 {
			scope := bench.Scope{Strategies: own, Check: bench.CheckOff, Held: true}
			if need, err := bench.NeedOf(p, scope); err == nil && int64(need.Results+need.Strategies) > limit {
				t.leaveOut(s, fmt.Errorf("its passes need more memory than there is"))
				continue
			}
		}
		a := &account{setup: s, program: p, wide: t.pagesPerFault(), costly: t.how.costly && i == len(setups)-1, requests: make([][]int, len(p.Steps)), bytes: storedBytes(p)}
		for id, r := range p.Requests {
			a.requests[r.First] = append(a.requests[r.First], id)
		}
		if err := t.open(a); err != nil {
			a.close()
			t.leaveOut(s, err)
			continue
		}
		specs = own
		t.accounts = append(t.accounts, a)
	}
	if len(t.accounts) == 0 {
		return nil
	}
	idle := t.accounts[0].setup
	idle.Regions = region.Off // slices would move away from the one address that all buffers have
	p, err := t.program(ctx, idle)
	if err != nil {
		return err
	}
	if t.turns, err = newTurnCost(p, t.subject.Inputs); err != nil {
		return err
	}
	if t.turn, err = t.turns.measure(); err != nil {
		return err
	}
	for _, a := range t.accounts {
		if err := t.prepare(ctx, a); err != nil {
			return err
		}
	}
	if _, counted := machine.ReadUsage(); !counted {
		t.warn(warning.Warning{Code: "no-faults", Subject: t.document.Instance, Message: "the system does not count page faults: what they take is within zeroing, packing and arithmetic", Remedy: "attribute on a system that does, such as Linux"})
	}
	return nil
}

// leaveOut warns of a setup that can't be measured.
func (t *survey) leaveOut(s Setup, err error) {
	t.warn(warning.Warning{Code: "not-attributed", Subject: t.document.Instance, Message: fmt.Sprintf("%v is left out of the attribution: %v", s, err), Remedy: "see what the other configurations show"})
}

// open makes the passes of an account that all need.
func (t *survey) open(a *account) error {
	add := func(r role, s Setup, l *ledger) error {
		p, err := newWhole(a.program, t.subject.Inputs, s, l, r == touched, t.expected[a.program])
		if err == nil {
			a.passes[r] = &p
		}
		return err
	}
	if err := add(asIs, a.setup, nil); err != nil {
		return err
	}
	if err := add(watchedAsIs, a.setup, newLedger(a.program)); err != nil {
		return err
	}
	if twin := uncleared[a.setup.Strategy]; twin != "" || a.fresh {
		s := a.setup
		s.Strategy = cmp.Or(twin, s.Strategy)
		if err := add(touched, s, newLedger(a.program)); err != nil {
			return err
		}
	}
	if !a.byDifference {
		return nil
	}
	if s := a.setup; s.Metadata != contract.MetadataNone {
		s.Metadata = contract.MetadataNone
		if err := add(noMetadata, s, nil); err != nil {
			return err
		}
	}
	if s := a.setup; s.Planning != contract.PlanAhead {
		s.Planning = contract.PlanAhead
		if err := add(noPlanning, s, nil); err != nil {
			return err
		}
	}
	specs := map[role]string{traffic: a.setup.Strategy, noTraffic: ""}
	if twin := uncleared[a.setup.Strategy]; twin != "" {
		specs[trafficTwin] = twin
	}
	for r, spec := range specs {
		p, err := newTraffic(a.program, spec)
		if err != nil {
			return err
		}
		a.passes[r] = &p
	}
	return nil
}

// close gives back what passes hold.
func (a *account) close() {
	for r, p := range a.passes {
		if p != nil {
			p.close()
			a.passes[r] = nil
		}
	}
}

func (t *survey) close() {
	for _, a := range t.accounts {
		a.close()
	}
}

// sampleTime is how long a sample of short contractions takes: no longer than the
// processor is left to one program where others want it, too.
const sampleTime = 2 * time.Millisecond

// A sample of contractions that are shorter than shortTime is taken again, so often at most
// and for twice that time, if others took the processor meanwhile. If they always do, the
// shortest counts.
const (
	shortTime = 20 * time.Millisecond
	mostTries = 20
)

// shortRounds is how many times as many rounds there are of contractions that are short:
// others disturb these more, and a round of them takes a moment.
const shortRounds = 4

// prepare finds out how an account's contractions are to be attributed, and how many
// a sample needs.
func (t *survey) prepare(ctx context.Context, a *account) error {
	t.progress(a.setup.String(), 0, 0)
	defer context.AfterFunc(ctx, a.interrupt)()
	least := time.Duration(0)
	for try, begun := 0, time.Now(); try < mostTries && (try < 2 || time.Since(begun) < 2*shortTime); try++ {
		took, err := a.passes[asIs].run(1)
		if err != nil {
			return err
		}
		if least == 0 || took < least {
			least = took
		}
	}
	a.batch = 1 + int(t.how.sample/max(1, least))
	a.short = least < shortTime
	w := a.passes[watchedAsIs]
	for range 2 { // the first may be the first ever
		if _, err := w.run(1); err != nil {
			return err
		}
	}
	s := a.splitOf(w.ledger, 1)
	a.byDifference = s.sum(func(e entry) float64 { return e.turns })*t.turn >= t.how.watching*float64(least)
	a.fresh = s.sum(func(e entry) float64 { return e.faults }) >= fewFaults
	return t.reopen(a)
}

// fewFaults is how many faults of a contraction are not worth a pass of their own.
const fewFaults = 16

// reopen makes the passes of an account anew, which are then elsewhere in memory.
func (t *survey) reopen(a *account) error {
	a.close()
	return t.open(a)
}

// interrupt ends what runs, before its next step.
func (a *account) interrupt() {
	for _, p := range a.passes {
		if p != nil && p.interrupt != nil {
			p.interrupt()
		}
	}
}

// compete lets all setups take turns, and all passes of each.
func (t *survey) compete(ctx context.Context) error {
	pace := t.config.pace()
	if t.how.rounds > 0 {
		pace.Runs, pace.MaxTime = t.how.rounds, 0
	}
	wanted, rounds := pace.Runs, 0
	if t.how.rounds == 0 && !slices.ContainsFunc(t.accounts, func(a *account) bool { return !a.short }) {
		wanted *= shortRounds
	}
	for order := range bench.Schedule(len(t.accounts), t.config.Seed) {
		spent := time.Since(t.begun)
		if rounds == wanted || pace.MaxTime > 0 && rounds > 0 && spent+spent/time.Duration(rounds) > pace.MaxTime {
			return nil
		}
		var err error
		if t.turn, err = t.turns.measure(); err != nil {
			return err
		}
		if cost, ok := faultCost(); ok && t.pagesPerFault() == 1 {
			t.faults = append(t.faults, cost)
		}
		for _, i := range order {
			a := t.accounts[i]
			t.progress(a.setup.String(), rounds, wanted)
			if err := t.round(ctx, a, rounds); err != nil {
				return err
			}
			t.keep(i)
		}
		rounds++
	}
	return nil
}

// keep notes what there is of an account: nobody waits for the rest if the context ends.
func (t *survey) keep(i int) {
	t.lock.Lock()
	defer t.lock.Unlock()
	if t.kept == nil {
		t.kept = make([]*account, len(t.accounts))
	}
	now := *t.accounts[i]
	now.faultCosts = t.faults
	t.kept[i] = &now
}

// pagesPerFault returns how many pages a fault may bring at once: as many as a huge page
// has, where the system gives these unasked.
func (t *survey) pagesPerFault() int {
	if t.document.Host.THP == "always" {
		return max(1, machine.HugePageBytes()/os.Getpagesize())
	}
	return 1
}

// faultCost returns what a page fault costs here, in nanoseconds: the least of a few tries,
// each on as much fresh memory as can be touched before others take the processor.
func faultCost() (least float64, ok bool) {
	const tries, region = 3, 512 << 10
	for range tries {
		if cost, known := peaks.FaultCost(region, clock); known && (!ok || cost*1e9 < least) {
			least, ok = cost*1e9, true
		}
	}
	return least, ok
}

// round takes a sample of each pass of a setup. Short contractions have their memory
// elsewhere in each round: where it lies costs or saves some per cent, so that rounds that
// shared it would not be independent, as intervals take them to be.
func (t *survey) round(ctx context.Context, a *account, n int) error {
	if a.batch > 1 && n > 0 {
		if err := t.reopen(a); err != nil {
			return err
		}
	}
	defer context.AfterFunc(ctx, a.interrupt)()
	t.heap.Settle()
	if n == 0 || a.short || !t.config.Quick { // long ones have no time for more than what intervals need
		if _, err := a.passes[asIs].run(1); err != nil {
			return t.broken(ctx, err)
		}
	}
	for k := range roles {
		r := role((k + n) % roles)
		p := a.passes[r]
		if p == nil {
			continue
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if a.batch > 1 {
			if _, err := p.run(1); err != nil {
				return t.broken(ctx, err)
			}
		}
		s, err := a.sample(r)
		if err != nil {
			return t.broken(ctx, err)
		}
		s.turn = t.turn
		a.samples[r] = append(a.samples[r], s)
	}
	return nil
}

// broken returns the error of a pass, or that of a context that ended it.
func (t *survey) broken(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return err
}

// sample takes a sample of a pass.
func (a *account) sample(r role) (best sample, err error) {
	begun := time.Now()
	for try := 0; try < mostTries && (try == 0 || a.short && time.Since(begun) < 2*shortTime); try++ {
		before := preempted()
		s, err := a.take(a.passes[r])
		if err != nil {
			return s, err
		}
		s.disturbed = preempted() > before
		if try == 0 || !s.disturbed || s.ns < best.ns {
			best = s
		}
		if !s.disturbed {
			break
		}
	}
	if a.costly && r == watchedAsIs {
		a.steps = append(a.steps, best.steps)
	}
	best.steps = nil
	return best, nil
}

// take takes a sample, however it may be disturbed.
func (a *account) take(p *pass) (sample, error) {
	before := collectorNow()
	took, err := p.run(a.batch)
	if err != nil {
		return sample{}, err
	}
	gc := collectorNow().minus(before)
	n := float64(a.batch)
	s := sample{ns: float64(took) / n, gc: collected{gc.cycles / n, gc.waited / n}}
	if p.faults != nil {
		s.faults = float64(*p.faults) / n
	}
	if p.ledger != nil {
		s.split, s.fresh = a.splitOf(p.ledger, a.batch), a.freshOf(p.ledger, a.batch)
		s.steps = stepsOf(p.ledger, a.batch)
	}
	return s, nil
}

// preempted returns how often other programs took the processor from this one.
func preempted() int64 {
	u, _ := machine.ReadUsage()
	return u.Preempted
}

// conclude enters what was found into the document.
func (t *survey) conclude() {
	t.lock.Lock()
	defer t.lock.Unlock()
	_, counted := machine.ReadUsage()
	for _, a := range t.kept {
		if a == nil || a.rounds() == 0 {
			continue
		}
		c := costs{fault: a.faultCost()}
		if c.fault.Median <= 0 && len(a.faultCosts) > 0 {
			c.fault = stats.MedianInterval(a.faultCosts, stats.Confidence)
		}
		if c.fault.Median <= 0 && counted {
			t.warn(warning.Warning{Code: "no-faults", Subject: t.document.Instance, Message: fmt.Sprintf("what a page fault costs under %v can't be told: it is within zeroing, packing and arithmetic", a.setup), Remedy: "see the ablation of page faults"})
		}
		t.conclusion(a, c)
	}
}

// conclusion enters what was found about one setup.
func (t *survey) conclusion(a *account, c costs) {
	timed := a.byTimers(c)
	found := timed
	time := a.usualTime(asIs, c)
	in := Attributed{Alloc: a.setup.String(), Method: "timers", NS: time.ns + time.waited}
	if a.byDifference {
		found, in.Method = a.byTakingOut(timed, c), "difference"
	} else {
		in.Together = result.Measured(a.together(timed))
		if apart := in.Together.Value - 1; math.Abs(apart) > sumWithin {
			t.warn(warning.Warning{Code: "attribution-sum", Subject: t.document.Instance,
				Message: fmt.Sprintf("the phases of %v are together %+.1f %% off the whole: other programs disturb, or timers do", a.setup, 100*apart),
				Remedy:  "repeat on a quieter machine"})
		}
	}
	found.settleClearing()
	sum := timed.all.sum()
	found.fit(in.NS)
	t.document.Attributed = append(t.document.Attributed, in)
	t.document.Attribution = append(t.document.Attribution, a.shares(found, in.NS, in.Method, c)...)
	if a.costly {
		t.document.Costly = t.costliest(a, in.NS, sum)
	}
}

// together returns what all phases by timers are of the contractions of the same rounds.
func (a *account) together(timed parted) float64 {
	sums, wholes := make([]float64, a.rounds()), make([]float64, a.rounds())
	for i := range sums {
		sums[i], wholes[i] = timed.rounds[i].sum(), a.samples[asIs][i].ns
	}
	return stats.Paired(sums, wholes, stats.Confidence).Median
}

// shares lists all phases of all classes that there are.
func (a *account) shares(found parted, whole float64, method string, c costs) (list []Share) {
	counts := a.counts()
	for class, all := range found.all {
		name := ""
		if class < len(SizeClasses) {
			name = SizeClasses[class].Name
		}
		for _, phase := range Phases {
			count := counts[class][phase]
			_, any := all[phase]
			if !any && !count.OK || all[phase] == 0 && (count.OK && count.Value == 0 || !a.can(phase, class, c)) {
				continue
			}
			s := Share{Alloc: a.setup.String(), Phase: phase, Class: name, Method: method, Count: count, NS: all[phase]}
			s.Share = s.NS / whole
			values := make([]float64, len(found.rounds))
			for i, p := range found.rounds {
				values[i] = p[class][phase]
			}
			if i := stats.MedianInterval(values, stats.Confidence); i.Bounded {
				low, high := i.Low, i.High
				if phase == PhaseFaults && c.fault.Bounded {
					low, high = low*c.fault.Low/c.fault.Median, high*c.fault.High/c.fault.Median
				}
				s.Low, s.High = result.Measured(min(low, s.NS)), result.Measured(max(high, s.NS))
			}
			list = append(list, s)
		}
	}
	return list
}

// can reports whether a setup has a phase that is known here.
func (a *account) can(phase Phase, class int, c costs) bool {
	switch phase {
	case PhaseMetadata:
		return a.setup.Metadata != contract.MetadataNone
	case PhasePlanning:
		return a.setup.Planning != contract.PlanAhead
	case PhaseZeroing:
		return uncleared[a.setup.Strategy] != "" && class < len(SizeClasses)
	case PhaseFaults:
		return c.fault.Median > 0
	}
	return true
}

// counts returns how often phases come in a contraction.
func (a *account) counts() []map[Phase]result.Maybe[float64] {
	all := make([]map[Phase]result.Maybe[float64], len(SizeClasses)+1)
	kept := a.usual(watchedAsIs)
	n := float64(len(kept))
	for class := range all {
		counts := map[Phase]float64{}
		for _, i := range kept {
			s := &a.samples[watchedAsIs][i]
			for at, e := range s.split[class] {
				counts[PhaseFaults] += e.faults / n
				switch phase := phaseOf[at]; phase {
				case PhaseAlloc, PhaseFree, PhasePacking, PhaseMetadata, PhasePlanning:
					counts[phase] += e.turns / n
				}
			}
		}
		all[class] = map[Phase]result.Maybe[float64]{}
		for phase, count := range counts {
			all[class][phase] = result.Measured(math.Round(count*1e6) / 1e6) // what is counted each time is a whole number
		}
		if class == len(SizeClasses) {
			all[class][PhaseCollector] = result.Measured(a.collector(asIs).cycles)
			continue
		}
		steps := 0
		for i := range a.program.Steps {
			if classOf(a.bytes[i]) == class {
				steps++
			}
		}
		all[class][PhaseArithmetic] = result.Measured(float64(steps))
	}
	return all
}
