package explain

import (
	"cmp"
	"os"
	"slices"

	"gonum.org/v1/gonum/stat"

	"tnbench/internal/contract"
	"tnbench/internal/kernel/nest"
	"tnbench/internal/stats"
)

// role is what a pass is for.
type role int

const (
	asIs        role = iota // the contraction itself
	watchedAsIs             // with a ledger
	touched                 // with a ledger, memory not cleared by the strategy but touched ahead of kernels
	traffic                 // what it asks of the strategy, without arithmetic
	trafficTwin             // the same where the strategy does not clear memory
	noTraffic               // what going through the traffic costs without any call
	noMetadata              // the contraction without describing results
	noPlanning              // the contraction with all planned ahead
	roles       = int(noPlanning) + 1
)

// uncleared are strategies that do the same as others, but for clearing memory before they
// hand it out. Those that are not listed here never clear.
var uncleared = map[string]string{"make": "make:nozero"}

// account is the attribution of one setup.
type account struct {
	setup   Setup
	program *contract.Program
	passes  [roles]*pass
	batch   int  // contractions of a sample
	fresh   bool // its contractions meet fresh memory
	short   bool // they may be over before others take the processor
	wide    int  // pages that a fault may bring at once
	// byDifference: turns of a ledger would take too much of a contraction.
	byDifference bool
	samples      [roles][]sample
	requests     [][]int     // of each step
	bytes        []int       // of each step: see storedBytes
	faultCosts   []float64   // of page faults elsewhere, by round
	steps        [][]float64 // ns of each step, by round, where the costliest are asked for
	costly       bool
}

// sample is a batch of contractions, all figures per contraction.
type sample struct {
	ns     float64
	gc     collected
	turn   float64 // what a turn of a ledger cost in that round
	faults float64 // of passes that count them themselves
	// disturbed tells that others took the processor meanwhile.
	disturbed bool
	split     split     // of watched passes
	steps     []float64 // see stepsOf
	fresh     entry     // where nearly all that was touched ahead of kernels was fresh memory
}

// split is what a ledger has, by the classes of steps; those of no step come last.
type split [][sections]entry

// entry is what was put down for a section.
type entry struct{ ns, turns, faults float64 }

// splitOf sums up a ledger over steps and contractions.
func (a *account) splitOf(l *ledger, times int) split {
	s := make(split, len(SizeClasses)+1)
	for slot := range l.spent {
		class := len(SizeClasses)
		if step := slot / sections; step < len(a.program.Steps) && slot%sections != int(during(nest.Classifying)) {
			class = classOf(a.bytes[step])
		}
		e := &s[class][slot%sections]
		e.ns += float64(l.spent[slot]) / float64(times)
		e.turns += float64(l.turns[slot]) / float64(times)
		e.faults += float64(l.faults[slot]) / float64(times)
	}
	return s
}

// freshOf sums up where a ledger saw nearly every page fault that was touched ahead of
// kernels: what it took is that of faults.
func (a *account) freshOf(l *ledger, times int) (f entry) {
	for i := range a.program.Steps {
		slot := i*sections + int(inTouch)
		if pages := a.pages(i) * times; pages > 0 && float64(l.faults[slot]) >= 0.9*float64(pages)/float64(a.wide) {
			f.ns += float64(l.spent[slot])
			f.faults += float64(l.faults[slot])
		}
	}
	return f
}

// pages returns how many pages a step's buffers have that are touched.
func (a *account) pages(step int) (n int) {
	page := os.Getpagesize()
	for _, r := range a.requests[step] {
		if bytes := a.program.Requests[r].Bytes; bytes >= page {
			n += (bytes + page - 1) / page
		}
	}
	return n
}

// storedBytes returns what each step stores at a time: its result, or a slice of that
// where it is streamed.
func storedBytes(p *contract.Program) []int {
	bytes := make([]int, len(p.Steps))
	for i := range p.Steps {
		bytes[i] = p.Steps[i].Bytes
	}
	for i := range p.Regions {
		g := &p.Regions[i]
		for k := g.First; k < g.Last; k++ {
			bytes[k] /= g.Slices()
		}
	}
	return bytes
}

// classOf returns the position in SizeClasses of a step with such a result.
func classOf(bytes int) int {
	return slices.IndexFunc(SizeClasses, func(c SizeClass) bool { return bytes <= c.Most })
}

// sum adds up something of all entries.
func (s split) sum(of func(entry) float64) (sum float64) {
	for class := range s {
		for _, e := range s[class] {
			sum += of(e)
		}
	}
	return sum
}

// faultCost returns what a page fault costs in these contractions, in nanoseconds, not
// bounded or 0 if that does not show. It is what kernels take less for each fault that
// touching memory ahead of them removes, so that what a fault drives from the caches is in
// it. Where that is lost in noise, or memory that is cleared is at hand, it is what
// touching takes.
func (a *account) faultCost() stats.Interval {
	if uncleared[a.setup.Strategy] == "" {
		if i := stats.MedianInterval(a.removed(), stats.Confidence); i.Bounded && i.Low > 0 && i.High-i.Low < i.Median/2 {
			return i
		}
	}
	var ns []float64
	for i := range a.samples[touched] {
		if f := a.samples[touched][i].fresh; f.faults >= fewFaults {
			ns = append(ns, f.ns/f.faults)
		}
	}
	if len(ns) == 0 {
		return stats.Interval{}
	}
	return stats.MedianInterval(ns, stats.Confidence)
}

// removed returns what kernels take less for each fault that touching memory ahead of them
// removes, by round, where that is more than a few.
func (a *account) removed() (ns []float64) {
	for i := range a.samples[touched] {
		if i >= len(a.samples[watchedAsIs]) {
			break
		}
		with, without := a.samples[watchedAsIs][i].split.kernels(), a.samples[touched][i].split.kernels()
		if faults := with.faults - without.faults; faults >= fewFaults {
			ns = append(ns, (with.ns-without.ns)/faults)
		}
	}
	return ns
}

// kernels adds up what kernels do to compute.
func (s split) kernels() (e entry) {
	for class := range s {
		for _, a := range [...]nest.Activity{nest.Computing, nest.Packing} {
			e.ns += s[class][during(a)].ns
			e.faults += s[class][during(a)].faults
		}
	}
	return e
}

// phases is nanoseconds by class and phase, of one contraction; the class of no step
// comes last.
type phases []map[Phase]float64

func newPhases() phases {
	p := make(phases, len(SizeClasses)+1)
	for i := range p {
		p[i] = map[Phase]float64{}
	}
	return p
}

// sum returns the time of some phases, of all if none is named.
func (p phases) sum(of ...Phase) (ns float64) {
	for _, class := range p {
		for phase, t := range class {
			if len(of) == 0 || slices.Contains(of, phase) {
				ns += t
			}
		}
	}
	return ns
}

// phaseOf says which phase a section is of.
var phaseOf = [sections]Phase{
	inLoop: PhaseArithmetic, inAlloc: PhaseAlloc, inFree: PhaseFree,
	inKernel + section(nest.Computing):   PhaseArithmetic,
	inKernel + section(nest.Packing):     PhasePacking,
	inKernel + section(nest.Describing):  PhaseMetadata,
	inKernel + section(nest.Choosing):    PhasePlanning,
	inKernel + section(nest.Classifying): PhasePlanning,
}

// costs is what things cost that are put apart, in nanoseconds.
type costs struct {
	fault stats.Interval // of a page; not bounded or 0 if it is not known
}

// timers makes phases of a watched sample: what turns cost is taken out, what faults
// cost is put apart, and so is what was waited for the collector, which only those
// phases wait for that take memory from the Go heap.
func (s *sample) timers(c costs) phases {
	p := newPhases()
	for class := range s.split {
		for at, e := range s.split[class] {
			faults := e.faults * c.fault.Median
			p[class][phaseOf[at]] += e.ns - e.turns*s.turn - faults
			p[class][PhaseFaults] += faults
		}
	}
	takers := []Phase{PhaseAlloc, PhaseMetadata, PhasePlanning}
	if taken := p.sum(takers...); taken > 0 {
		waited := min(s.gc.waited, taken)
		for _, class := range p {
			for _, phase := range takers {
				class[phase] *= 1 - waited/taken
			}
		}
		p[len(p)-1][PhaseCollector] = waited
	}
	return p
}

// rounds returns how many rounds all passes have had.
func (a *account) rounds() int {
	n := -1
	for r, p := range a.passes {
		if p != nil && (n < 0 || len(a.samples[r]) < n) {
			n = len(a.samples[r])
		}
	}
	return max(0, n)
}

// parted is what was found about the phases of a setup: in each round, and in all. What
// some rounds were disturbed by is not in the latter: see usual.
type parted struct {
	rounds []phases
	all    phases
}

// usual returns the rounds of a pass that count, by their time without what they waited
// for the collector. Means over these add up, as medians would not. Of long contractions
// it is the middle half. Short ones are over before anything else happens, or they are
// disturbed: of these it is the faster half, without the fastest tenth.
func (a *account) usual(r role) []int {
	times, order := make([]float64, a.rounds()), make([]int, a.rounds())
	for i := range times {
		times[i], order[i] = a.samples[r][i].ns-a.samples[r][i].gc.waited, i
	}
	slices.SortStableFunc(order, func(i, j int) int { return cmp.Compare(times[i], times[j]) })
	n := len(order)
	if a.short {
		return order[n/10 : (n+1)/2]
	}
	return order[n/4 : n-n/4]
}

// spent is the time of a pass without what it waited for the collector and for the faults
// that it counts itself, and what it waited.
type spent struct{ ns, waited float64 }

// spent returns that of a sample.
func (s *sample) spent(c costs) spent {
	return spent{s.ns - s.gc.waited - s.faults*c.fault.Median, s.gc.waited}
}

// usualTime returns that of the usual rounds.
func (a *account) usualTime(r role, c costs) (mean spent) {
	of := a.usual(r)
	for _, i := range of {
		mean.ns += a.samples[r][i].spent(c).ns / float64(len(of))
	}
	mean.waited = a.collector(r).waited
	return mean
}

// collector returns what the collector did in a round of a pass: the mean of all that were
// not disturbed, as it does not come in each.
func (a *account) collector(r role) (c collected) {
	all := a.samples[r][:a.rounds()]
	of := slices.DeleteFunc(slices.Clone(all), func(s sample) bool { return s.disturbed })
	if len(of) < len(all)/4 {
		of = all
	}
	for _, s := range of {
		c.cycles += s.gc.cycles / float64(len(of))
		c.waited += s.gc.waited / float64(len(of))
	}
	return c
}

// usualPhases returns the phases of a watched pass in its usual rounds: of long contractions
// means, of short ones medians, as what disturbs one for a moment can be many times what
// a phase takes.
func (a *account) usualPhases(r role, c costs) phases {
	usual, of := newPhases(), a.usual(r)
	values := make([]float64, len(of))
	found := make([]phases, len(of))
	for n, i := range of {
		found[n] = a.samples[r][i].timers(c)
	}
	for class := range usual {
		for phase := range found[0][class] {
			for n, p := range found {
				values[n] = p[class][phase]
			}
			if usual[class][phase] = stat.Mean(values, nil); a.short {
				usual[class][phase] = stats.Median(values)
			}
		}
	}
	usual[len(usual)-1][PhaseCollector] = a.collector(r).waited
	return usual
}

// byTimers returns the phases by ledgers. Clearing is what a strategy's calls take longer
// than those of one that does not clear.
func (a *account) byTimers(c costs) parted {
	clears := uncleared[a.setup.Strategy] != ""
	f := parted{all: a.usualPhases(watchedAsIs, c)}
	if clears {
		f.all.setClearing(a.usualPhases(touched, c))
	}
	for i := range a.rounds() {
		p := a.samples[watchedAsIs][i].timers(c)
		if clears {
			p.setClearing(a.samples[touched][i].timers(c))
		}
		f.rounds = append(f.rounds, p)
	}
	return f
}

// setClearing takes clearing out of a strategy's calls, given those of one that does not
// clear.
func (p phases) setClearing(without phases) {
	for class := range p {
		p[class][PhaseZeroing] = p[class][PhaseAlloc] - without[class][PhaseAlloc]
		p[class][PhaseAlloc] = without[class][PhaseAlloc]
	}
}

// byTakingOut returns the phases by difference, given those by ledgers.
func (a *account) byTakingOut(timed parted, c costs) parted {
	f := parted{all: a.takeOut(timed.all, timed.all, func(r role) spent { return a.usualTime(r, c) })}
	for i := range a.rounds() {
		f.rounds = append(f.rounds, a.takeOut(timed.rounds[i], timed.all, func(r role) spent { return a.samples[r][i].spent(c) }))
	}
	return f
}

// takeOut returns phases: what a contraction takes longer than one without a phase, or what
// the phase takes alone. Ledgers only say how a phase is parted among classes, and the
// strategy's time between its two calls. What is long enough for ledgers they tell:
// packing and faults.
func (a *account) takeOut(timed, like phases, time func(role) spent) phases {
	p := newPhases()
	nothing := time(noTraffic)
	none := nothing.ns + nothing.waited // that is another pass's: this one leaves nothing to collect
	calls := time(traffic).ns - none
	if a.passes[trafficTwin] != nil {
		without := time(trafficTwin).ns - none
		p.part(calls-without, like, PhaseZeroing)
		calls = without
	}
	p.part(calls, a.calls(like), PhaseAlloc, PhaseFree)
	whole := time(asIs)
	if a.passes[noMetadata] != nil {
		p.part(whole.ns-time(noMetadata).ns, like, PhaseMetadata)
	}
	if a.passes[noPlanning] != nil {
		p.part(whole.ns-time(noPlanning).ns, like, PhasePlanning)
	}
	for class := range p {
		p[class][PhasePacking] = timed[class][PhasePacking]
		p[class][PhaseFaults] = timed[class][PhaseFaults]
	}
	p.part(whole.ns-p.sum(), like, PhaseArithmetic)
	p[len(p)-1][PhaseCollector] = whole.waited
	return p
}

// calls returns the proportions of a strategy's calls, given those by ledgers. Where all
// together take less than is known of what turns cost, each takes the same.
func (a *account) calls(like phases) phases {
	const known = 0.2
	made, cost := newPhases(), 0.0
	for _, s := range a.samples[watchedAsIs] {
		for class := range s.split {
			made[class][PhaseAlloc] += s.split[class][inAlloc].turns
			made[class][PhaseFree] += s.split[class][inFree].turns
		}
		cost += s.turn
	}
	n := float64(len(a.samples[watchedAsIs]))
	if like.sum(PhaseAlloc, PhaseFree) > known*(cost/n)*(made.sum()/n) {
		return like
	}
	return made
}

// fit makes phases parts of a whole: each sample's shares stand, and how long it took beside
// others does not. A phase that seems to take less than nothing takes nothing.
func (f *parted) fit(whole float64) {
	for _, p := range append(f.rounds, f.all) {
		scale := 1.0
		if sum := p.sum(); sum > 0 {
			scale = whole / sum
		}
		for _, class := range p {
			for phase := range class {
				class[phase] *= scale
			}
		}
	}
	f.all.raise(whole)
}

// raise lifts what is below zero, at the cost of all else.
func (p phases) raise(whole float64) {
	above := 0.0
	for _, class := range p {
		for phase := range class {
			class[phase] = max(0, class[phase])
			above += class[phase]
		}
	}
	if above == 0 {
		return
	}
	for _, class := range p {
		for phase := range class {
			class[phase] *= whole / above
		}
	}
}

// settleClearing leaves clearing to the strategy's calls where it does not show: getting
// memory that is not cleared takes longer there.
func (f *parted) settleClearing() {
	for class, all := range f.all {
		if all[PhaseZeroing] > 0 {
			continue
		}
		for _, p := range append(f.rounds, f.all) {
			p[class][PhaseAlloc] += p[class][PhaseZeroing]
			delete(p[class], PhaseZeroing)
		}
	}
}

// part adds time to some phases, in the proportions that these have in like.
func (p phases) part(ns float64, like phases, of ...Phase) {
	total := 0.0
	for class := range like {
		for _, phase := range of {
			total += max(0, like[class][phase])
		}
	}
	if total == 0 {
		p[len(p)-1][of[0]] += ns
		return
	}
	for class := range like {
		for _, phase := range of {
			p[class][phase] += ns * max(0, like[class][phase]) / total
		}
	}
}
