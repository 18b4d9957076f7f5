package explain

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"tnbench/internal/explain/dissect"
	"tnbench/internal/warning"
)

// claim is a sentence of the light_415 analysis and how it is tested.
type claim struct {
	id, section string
	text        string
	experiment  string
	regime      bool // tried on the regimes, too: it may be otherwise there
	judge       func(*evidence) finding
}

// reportedNetwork is what the analysis is about. Its own numbers are held against no
// other network: there the question is whether what it concludes from them is so.
const reportedNetwork = "tensornetwork_permutation_light_415"

// claims are all that are tested, in the order of the analysis.
var claims = []claim{
	{"small-results", "1", "305 of 414 step results have at most 64 bytes: most are tiny", "counted from the network; the rows of the analysis's own table add up to 306", true, judgeSmall},
	{"reuses", "1", "22 sizes and 392 possible reuses: most results could have a buffer of their size again", "counted from the network, with and without lifetimes", true, judgeReuses},
	{"scope", "2", "the timing scope is the same for all: inputs outside, every intermediate inside", "every strategy serves one contraction and is watched: requests, frees, resets", false, judgeScope},
	{"miss-and-hit", "3", "at least four heap allocations on a miss, three on a hit", "anatomy of the report's pool with metadata on the heap, counted by the runtime", false, judgeMissAndHit},
	{"cold-pool", "3", "the pool is cold at each call", "anatomy of the pool over two contractions: misses in each", false, judgeColdPool},
	{"one-allocation", "4", "one allocation per array where metadata is inline", "anatomy of make with metadata inline, counted by the runtime", false, judgeOneAllocation},
	{"product", "6", "the arithmetic of a 2×2 product takes about 5 ns", "a chain of 2×2 products on fixed memory, in turn with the same chain without the arithmetic, per step; about is half to twice", false, judgeProduct},
	{"malloc-call", "6", "a call of the system's allocator takes 20 to 50 ns", "pairs of a 32-byte malloc and free, half each, less the cost of crossing from Go to C, in turn; what the strategy around them takes is in it", false, judgeCall("malloc", 20, 50)},
	{"mimalloc-call", "6", "a call of mimalloc takes 10 to 20 ns", "pairs of a 32-byte malloc and free, half each, less the cost of crossing from Go to C, in turn; what the strategy around them takes is in it", false, judgeCall("mimalloc", 10, 20)},
	{"metadata-per-tensor", "6", "metadata costs more than the arithmetic of a 4-element tensor", "the chain of 2×2 products with three heap slices of metadata at each step and without, in turn", false, judgeRecords},
	{"allocation-dominates", "6", "allocation outweighs arithmetic in this workload", "attribution of the report's configuration: allocator, metadata, zeroing, faults, frees and collector against packing and arithmetic", true, judgeDominates},
	{"contention", "6", "contention explains a factor of 2 at four threads", "as many contractions at once, with the system's allocator and with mimalloc: how much slower each becomes", false, judgeContention},
	{"rank-allocator", "6, table", "system malloc or mimalloc: middling to high", "ablation: the allocator switched in the report's configuration; " + ranks, true, judgeRank(FactorAllocator, toAny("mimalloc"), lowBelow, 0)},
	{"rank-metadata", "6, table", "metadata allocated anew each time: high", "ablation: metadata switched in the report's configuration; " + ranks, true, judgeRank(FactorMetadata, nil, highAbove, 0)},
	{"rank-hash-map", "6, table", "the pool's hash map: low to middling", "ablation: bookkeeping switched in the report's configuration; " + ranks, true, judgeRank(FactorBookkeeping, nil, 0, highAbove)},
	{"rank-contention", "6, table", "contention of threads in the allocator: middling, at four threads", "the contention experiment; middling is 5 to 20 per cent", false, judgeRankContention},
	{"proposal-allocator", "7.1", "mimalloc or jemalloc in place of the system's allocator gains", "ablation: the allocator switched in the report's configuration", true, judgeGain(FactorAllocator, toAny("mimalloc", "jemalloc"))},
	{"proposal-metadata", "7.2", "metadata inline gains", "ablation: metadata switched in the report's configuration", true, judgeGain(FactorMetadata, toAny("inline"))},
	{"proposal-kept-pool", "7.3", "a pool that is kept between calls gains", "ablation: the pool kept in the report's configuration", true, judgeGain(FactorKept, nil)},
	{"proposal-small-buffers", "7.4", "fixed buffers for tensors of at most 64 elements gain", "ablation: small buffers switched in the report's configuration", true, judgeGain(FactorSmall, nil)},
	{"proposal-inline-tensors", "7.5", "tensors of at most 32 elements inside their records gain", "ablation: inline tensors switched in the report's configuration", true, judgeGain(FactorInline, nil)},
}

// ranks says what the words of section 6 are taken for.
var ranks = fmt.Sprintf("low is below %g per cent of a contraction, high above %g, middling between", lowBelow, highAbove)

// claims judges every claim by what was measured, on the subject and on the regimes.
func (e *explanation) claims(ctx context.Context) error {
	own, err := e.gather(ctx)
	if err != nil {
		return err
	}
	for _, c := range claims {
		e.document.Claims = append(e.document.Claims, c.on(own, ""))
	}
	for _, r := range e.config.Regimes {
		if e.config.Quick || r.Instance == e.subject.Instance || r.Instance.Hash != "" && r.Instance.Hash == e.subject.Instance.Hash {
			continue
		}
		there, err := r.evidence(ctx, e)
		if ctx.Err() != nil {
			return err
		}
		if err != nil {
			e.warn(warning.Warning{Code: "regime", Subject: r.Instance.Name, Message: "claims are not tried on it: " + err.Error(), Remedy: "see what they are on the others"})
			continue
		}
		for _, c := range claims {
			if c.regime {
				e.document.Claims = append(e.document.Claims, c.on(there, r.Instance.Name))
			}
		}
	}
	place := map[string]int{}
	for i, c := range claims {
		place[c.id] = i
	}
	slices.SortStableFunc(e.document.Claims, func(a, b Claim) int { return place[a.ID] - place[b.ID] })
	return nil
}

// on judges a claim by evidence. instance names what it is of, if not the document's.
func (c *claim) on(v *evidence, instance string) Claim {
	f := c.judge(v)
	return Claim{ID: c.id, Section: c.section, Claim: c.text, Experiment: c.experiment, Measured: f.measured, Verdict: f.verdict, Instance: instance}
}

func judgeSmall(v *evidence) finding {
	f := v.facts
	holds := 2*f.small > f.steps
	more := ""
	if v.Instance == reportedNetwork {
		if exact := f.steps == 414 && f.small == 305; holds && !exact {
			holds, more = false, "; that most are tiny holds all the same"
		}
	}
	return say(exactly(holds), "%d of %d (%.1f %%)%s", f.small, f.steps, 100*float64(f.small)/float64(max(f.steps, 1)), more)
}

func judgeReuses(v *evidence) finding {
	f := v.facts
	reuses := f.steps - f.unique
	holds := 2*reuses > f.steps
	if v.Instance == reportedNetwork {
		holds = f.unique == 22 && reuses == 392
	}
	return say(exactly(holds), "%s, %s; %d where lifetimes are respected", counted(f.unique, "size"), counted(reuses, "possible reuse"), f.served)
}

// counted writes a count with its noun.
func counted(n int, noun string) string {
	if n != 1 {
		noun += "s"
	}
	return fmt.Sprintf("%d %s", n, noun)
}

func judgeScope(v *evidence) finding {
	var other []string
	for spec, same := range v.served {
		if !same {
			other = append(other, spec)
		}
	}
	slices.Sort(other)
	switch {
	case len(v.served) < 2:
		return untestable("fewer than two strategies could be watched")
	case len(other) > 0:
		return say(DoesNotHold, "something else was asked of %s", strings.Join(other, ", "))
	}
	return say(Holds, "the clock spans the same requests, frees and reset for %d strategies; loading, inputs and the result's memory lie outside for all", len(v.served))
}

// unseen says why the anatomy of a strategy shows nothing.
func (v *evidence) unseen(alloc string) finding {
	if v.facts.steps == 1 {
		return untestable("there is one step, whose result is the caller's: no strategy serves it")
	}
	return untestable("the anatomy of %s was not measured", alloc)
}

func judgeMissAndHit(v *evidence) finding {
	row := v.row(reportedHere().Strategy, reported.Metadata.String())
	switch {
	case row == nil || row.Hits+row.Misses == 0:
		return v.unseen(reportedHere().Strategy)
	case !row.MissAllocs.OK || !row.HitAllocs.OK:
		return untestable("%d hits and %d misses: one of both is missing", row.Hits, row.Misses)
	}
	miss, hit := row.MissAllocs.Value, row.HitAllocs.Value
	return say(exactly(miss >= 4 && hit >= 3), "%.2f on a miss, %.2f on a hit (%d misses, %d hits)", miss, hit, row.Misses, row.Hits)
}

func judgeColdPool(v *evidence) finding {
	row, kept := v.row(reportedHere().Strategy, "none"), v.row(reported.Strategy+":keep", "none")
	if row == nil || row.Hits+row.Misses == 0 {
		return v.unseen(reportedHere().Strategy)
	}
	each, of := row.Misses/dissect.Contractions, (row.Hits+row.Misses)/dissect.Contractions
	text := fmt.Sprintf("%d of %d steps miss in each contraction", each, of)
	if kept != nil {
		text += fmt.Sprintf("; of a pool that is kept, %d in two together", kept.Misses)
	}
	return say(exactly(row.Misses == dissect.Contractions*each && each > 0), "%s", text)
}

func judgeOneAllocation(v *evidence) finding {
	const seldom = 0.1 // of steps: larger ranks than a record has room for
	with, without := v.row("make", "inline"), v.row("make", "none")
	if with == nil || without == nil || !with.MissAllocs.OK || !without.MissAllocs.OK {
		return v.unseen("make")
	}
	more := with.MissAllocs.Value - without.MissAllocs.Value
	return say(exactly(more < seldom), "%.2f a step, temporaries included; metadata adds %.3f", with.MissAllocs.Value, more)
}

func judgeProduct(v *evidence) finding {
	if !v.product.OK {
		return untestable("the chain of products was not measured")
	}
	return say(within(v.product.Value, 2.5, 10), "%s; %s with the executor's loop", v.product.Value.text(), ns(v.step.Value.value))
}

func judgeCall(library string, low, high float64) func(*evidence) finding {
	return func(v *evidence) finding {
		call := v.calls[library]
		if !call.OK {
			return untestable("%s can't be called here: see tnbench allocators", library)
		}
		return say(within(call.Value, low, high), "at most %s, without the %s of crossing from Go to C", call.Value.text(), ns(v.cgo))
	}
}

func judgeRecords(v *evidence) finding {
	if !v.records.OK || !v.product.OK {
		return untestable("the chain of products was not measured")
	}
	return say(above(v.records.Value, v.product.Value), "metadata %s, arithmetic %s a step", v.records.Value.text(), v.product.Value.text())
}

func judgeDominates(v *evidence) finding {
	under := reportedHere().String()
	memory := v.phases(under, PhaseAlloc, PhaseMetadata, PhaseZeroing, PhaseFaults, PhaseFree, PhaseCollector)
	work := v.phases(under, PhaseArithmetic, PhasePacking)
	if !memory.OK || !work.OK {
		return untestable("the attribution of %s was not measured", under)
	}
	return say(above(memory.Value, work.Value), "allocation %s, arithmetic %s", memory.Value.text(), work.Value.text())
}

// atFour is the number of threads that the analysis speaks of.
const atFour = 4

func judgeContention(v *evidence) finding {
	c := &v.streams
	if f, ok := c.untestable(); ok {
		return f
	}
	return say(within(c.gain.Value, 2, 1e9), "%s", c.text())
}

func judgeRankContention(v *evidence) finding {
	c := &v.streams
	if f, ok := c.untestable(); ok {
		return f
	}
	p := estimate{100 * (c.gain.Value.value - 1), 100 * (c.gain.Value.low - 1), 100 * (c.gain.Value.high - 1)}
	return say(within(impact(p), lowBelow, highAbove), "%s", c.text())
}

// untestable says why contention at four threads can't be judged, if it can't.
func (c *crowd) untestable() (finding, bool) {
	switch {
	case !c.gain.OK && len(c.slowdown) == 0:
		return untestable("several contractions at once were not measured: there are fewer than two processors"), true
	case c.streams < atFour:
		return untestable("there are %d processors, not %d; %s", c.cores, atFour, c.text()), true
	case !c.gain.OK:
		return untestable("mimalloc can't be called here; %s", c.text()), true
	}
	return finding{}, false
}

// text says what contention did.
func (c *crowd) text() string {
	var parts []string
	for _, name := range sortedKeys(c.slowdown) {
		parts = append(parts, fmt.Sprintf("%s %.2f×", name, c.slowdown[name].value))
	}
	text := fmt.Sprintf("a contraction beside %d others takes, to one alone: %s", c.streams-1, strings.Join(parts, ", "))
	if c.streams == 2 {
		text = strings.Replace(text, "1 others", "another", 1)
	}
	if g := c.gain; g.OK {
		text += fmt.Sprintf("; malloc to mimalloc %.3f×", g.Value.value)
		if g.Value.bounded() {
			text += fmt.Sprintf(" [%.3f, %.3f]", g.Value.low, g.Value.high)
		}
	}
	return text
}

// toAny takes effects of a switch to one of several choices.
func toAny(names ...string) func(*Effect) bool {
	return func(e *Effect) bool {
		return slices.ContainsFunc(names, func(name string) bool { return strings.Contains(e.To, name) })
	}
}

// judgeRank judges the rank of a factor: its impact is at least low and, if that is not
// 0, at most high, in per cent of a contraction under the report's configuration.
func judgeRank(factor string, choose func(*Effect) bool, low, high float64) func(*evidence) finding {
	return func(v *evidence) finding {
		effect := largest(v.effects(factor, OneIn, choose))
		if effect == nil {
			return v.missing(factor, OneIn, choose)
		}
		if high == 0 {
			high = 1e9
		}
		return say(within(impact(effect.percent()), low, high), "%s", effect.describe())
	}
}

// judgeGain judges whether a change gains: it does if all of the interval lies below
// zero, and does not if no part of it lies below what doesn't count.
func judgeGain(factor string, choose func(*Effect) bool) func(*evidence) finding {
	return func(v *evidence) finding {
		all := v.effects(factor, OneIn, choose)
		if len(all) == 0 {
			return v.missing(factor, OneIn, choose)
		}
		best := slices.MinFunc(all, func(a, b *Effect) int { return cmp.Compare(a.NS.Value, b.NS.Value) })
		verdict := NotResolved
		switch p := best.percent(); {
		case p.high < 0:
			verdict = Holds
		case p.low > -noGain:
			verdict = DoesNotHold
		}
		return say(verdict, "%s", best.describe())
	}
}
