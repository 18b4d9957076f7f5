package stream

import (
	"cmp"
	"slices"

	"tnbench/internal/kernel/model"
	"tnbench/internal/kernel/nest"
	"tnbench/internal/kernel/vec/isa"
)

// schedule is one way to stream a contraction. In its loops A is x, the operand whose
// runs it follows, and B is y, the other. Their strides are those of the operands as
// the routine sees them; an operand that is packed has others in memory.
type schedule struct {
	*scheduler
	routine isa.Routine
	swapped bool      // x is B
	join    bool      // pack y so that several loops make rows
	run     nest.Loop // one routine call goes along it; its strides are 0 or 1
	rows    nest.Loop // x stands still along it, so several are done at once
	outs    []nest.Loop
	sums    []nest.Loop
	chain   []nest.Loop // the loops that run was made of
	columns []nest.Loop // isa.TransposeRuns: the rows of C, contiguous in x
	joined  []nest.Loop // the loops that rows was made of, if y must be packed for that
	packX   bool        // x must be packed
	packY   bool        // y must be packed
	packs   []repack    // the operands to pack
	chunks  []chunk     // loops around the packing
	cost    float64     // cycles
}

// makesRows reports whether x stands still along l while y moves, so that several
// rows can share x.
func makesRows(l *nest.Loop) bool { return l.A == 0 && l.B != 0 }

// loops returns the loops over elements of C and those over terms of a sum.
func (m *scheduler) loops(s nest.Spec, swapped bool) (outs, sums []nest.Loop) {
	turned := func(out, loops []nest.Loop) []nest.Loop {
		for _, l := range loops {
			if swapped {
				l = l.Turned()
			}
			out = append(out, l)
		}
		return out
	}
	outs = m.axes.room(len(s.Batch) + len(s.M) + len(s.N))
	outs = turned(turned(turned(outs, s.Batch), s.M), s.N)
	return outs, turned(m.axes.room(len(s.K)), s.K)
}

// cheapestFor returns the cheapest way to stream s, which is fused, nil if none costs
// less than limit. Without a limit there is one: runs of a single element fit
// everything.
func (m *scheduler) cheapestFor(s nest.Spec, tier *isa.Tier, lim *model.Limits, limit float64) *schedule {
	m.typ, m.limits, m.vector = s.Type, lim, vectorOf(tier)
	var none, best *schedule
	if limit < AnyCycles {
		none = &schedule{cost: limit}
		best = none
	}
	for _, swapped := range [...]bool{false, true} {
		outs, sums := m.loops(s, swapped)
		if p := m.cheapest(outs, sums, best); p != best {
			best = p
			best.swapped = swapped
		}
	}
	if best == none {
		return nil
	}
	return best
}

// Contractions of less work than this are done before many schedules are made.
const (
	smallWork  = 1 << 12
	smallTries = 3
)

// cheapest returns the cheapest schedule for loops with x as the operand to follow,
// or best if there is none cheaper.
func (m *scheduler) cheapest(outs, sums []nest.Loop, best *schedule) *schedule {
	if nest.Extent(outs)*nest.Extent(sums) < smallWork {
		if p := cheapestOf(m.schedulesFor(outs, sums, true), smallTries, best); p != nil {
			return p
		}
	}
	schedules := m.schedulesFor(outs, sums, false)
	return cheapestOf(schedules, len(schedules), best)
}

// cheapestOf completes the most promising schedules, so many at most, and returns the
// cheapest of them, or best if none is cheaper.
func cheapestOf(schedules []*schedule, tries int, best *schedule) *schedule {
	limit := AnyCycles
	if best != nil {
		limit = best.cost
	}
	schedules = slices.DeleteFunc(schedules, func(p *schedule) bool { return p.floor() >= limit || !p.begin() })
	slices.SortStableFunc(schedules, func(a, b *schedule) int { return cmp.Compare(a.cost, b.cost) })
	for _, p := range schedules[:min(len(schedules), tries)] {
		if p.cost >= limit {
			break // a lower bound, as packing may be slower than it could be
		}
		if p.complete(limit); p.cost < limit {
			best, limit = p, p.cost
		}
	}
	return best
}

// schedulesFor lists the ways to stream loops with x as the operand to follow, not
// yet complete; few leaves out those whose runs are shorter than they could be.
func (m *scheduler) schedulesFor(outs, sums []nest.Loop, few bool) []*schedule {
	longest := m.chainOf(outs, nest.C)
	schedules := m.lists.room(5*(len(outs)+1) + 2*len(sums))
	consider := func(r isa.Routine, chain, outs, sums []nest.Loop) *schedule {
		p := m.newSchedule(r, chain, outs, sums)
		schedules = append(schedules, p)
		if r.SharesRows() && p.joinable() {
			joined := m.newSchedule(r, chain, outs, sums)
			joined.join = true
			schedules = append(schedules, joined)
		}
		return p
	}
	first := shortest(len(longest), few)
	// The longer a run that needs no packing the better, within reason.
	for first < len(longest) && stateAlong(longest[:first+1], nest.A) == contiguous && stateAlong(longest[:first+1], nest.B) != scattered {
		first++
	}
	first = max(0, first-1)
	rest := m.without(outs, longest[:first])
	for n := first; n <= len(longest); n++ {
		if n > first {
			rest = m.without(rest, longest[n-1:n])
		}
		chain := longest[:n]
		y := stateAlong(chain, nest.B)
		if y == still {
			consider(isa.ScaleRuns, chain, rest, sums)
		}
		if y != still || n == 0 {
			consider(isa.MultiplyRuns, chain, rest, sums)
		}
		if n > 0 && len(sums) == 0 && y == still && stateAlong(chain, nest.A) == scattered {
			if across := m.chainOf(m.still(rest, nest.B), nest.A); len(across) > 0 {
				consider(isa.TransposeRuns, chain, m.without(rest, across), nil).columns = across
			}
		}
	}
	longest = m.chainOf(sums, nest.A)
	for n := max(1, shortest(len(longest), few)); n <= len(longest); n++ {
		chain := longest[:n]
		r := isa.DotRuns
		if stateAlong(chain, nest.B) == still {
			r = isa.SumRuns
		}
		consider(r, chain, outs, m.without(sums, chain))
	}
	return schedules
}

// shortest returns how many loops of a chain to take at least.
func shortest(chain int, few bool) int {
	if few {
		return max(0, chain-1)
	}
	return 0
}

// chainOf returns the loops, innermost first, that follow each other without a
// gap in one operand.
func (m *scheduler) chainOf(loops []nest.Loop, operand nest.Operand) []nest.Loop {
	chain := m.axes.room(len(loops))
	for next, again := 1, true; again; {
		again = false
		for i := range loops {
			if l := &loops[i]; l.Stride(operand) == next && l.Extent > 1 {
				chain = append(chain, *l)
				next *= l.Extent
				again = true
			}
		}
	}
	return chain
}

// still returns the loops along which an operand stands still.
func (m *scheduler) still(loops []nest.Loop, operand nest.Operand) []nest.Loop {
	out := m.axes.room(len(loops))
	for i := range loops {
		if loops[i].Stride(operand) == 0 {
			out = append(out, loops[i])
		}
	}
	return out
}

// without returns the loops that are not in taken.
func (m *scheduler) without(loops, taken []nest.Loop) []nest.Loop {
	rest := m.axes.room(len(loops))
	for _, l := range loops {
		if !slices.Contains(taken, l) {
			rest = append(rest, l)
		}
	}
	return rest
}

// state is how an operand moves along a chain of loops.
type state uint8

const (
	still      state = iota // not at all
	contiguous              // element by element, in the chain's order
	scattered               // in another way
)

func stateAlong(chain []nest.Loop, operand nest.Operand) state {
	moved, inOrder, next := false, true, 1
	for i := range chain {
		stride := chain[i].Stride(operand)
		moved = moved || stride != 0
		inOrder = inOrder && stride == next
		next *= chain[i].Extent
	}
	switch {
	case !moved:
		return still
	case inOrder:
		return contiguous
	}
	return scattered
}

// begin makes a schedule of its routine and chain, all but the packing, and reports
// whether it can work. Its cost is a lower bound.
func (p *schedule) begin() bool {
	p.own()
	p.run, p.rows = nest.Loop{Extent: nest.Extent(p.chain)}, nest.Loop{Extent: 1}
	if p.routine == isa.TransposeRuns {
		p.run.C = 1
		p.cost = p.estimate()
		return true
	}
	if len(p.chain) > 0 {
		p.run.A = 1
		if p.routine == isa.MultiplyRuns || p.routine == isa.DotRuns {
			p.run.B = 1
		}
		if p.routine == isa.MultiplyRuns || p.routine == isa.ScaleRuns {
			p.run.C = 1
		}
	}
	p.packX = p.run.A == 1 && stateAlong(p.chain, nest.A) != contiguous
	p.packY = p.run.B == 1 && stateAlong(p.chain, nest.B) != contiguous
	if p.packX && p.isNumber() { // nothing is gained by repeating it
		return false
	}
	if p.packX && !p.chunk(nest.A) || p.packY && !p.chunk(nest.B) {
		return false
	}
	if p.join {
		if !p.joinRows() {
			return false
		}
	} else {
		p.pickRows()
	}
	if !p.packX && !p.packY {
		p.share()
	}
	p.cost = p.estimate()
	if p.packX {
		p.cost += tuned.Copied * float64(p.packedSize(nest.A))
	}
	if p.packY {
		p.cost += tuned.Copied * float64(p.packedSize(nest.B))
	}
	return true
}

// isNumber reports whether x is a single element.
func (p *schedule) isNumber() bool {
	return nest.Footprint(p.chain, nest.A)*nest.Footprint(p.outs, nest.A)*nest.Footprint(p.sums, nest.A) == 1
}

// own copies the schedule's loops, which others look at as well.
func (p *schedule) own() {
	all := p.axes.room(len(p.chain) + len(p.outs) + len(p.sums))
	for _, group := range [...]*[]nest.Loop{&p.chain, &p.outs, &p.sums} {
		from := len(all)
		all = append(all, *group...)
		*group = all[from:len(all):len(all)]
	}
}

// complete schedules the packing, unless the schedule turns out to cost the limit or more
// before.
func (p *schedule) complete(limit float64) {
	if p.packX {
		p.pack(true)
	}
	if p.packY {
		p.pack(false)
	}
	if len(p.packs) == 0 {
		return
	}
	if p.cost = p.estimate(); p.cost >= limit {
		return
	}
	for i := range p.packs {
		k := &p.packs[i]
		k.copy = p.copyOf(k.loops)
		k.cost = k.copy.cost
	}
	p.cost = p.estimate()
}

// pickRows takes the longest loop along which x stands still as rows.
func (p *schedule) pickRows() {
	if !p.routine.SharesRows() {
		return
	}
	best := -1
	for i, l := range p.outs {
		if makesRows(&l) && (best < 0 || l.Extent > p.outs[best].Extent) {
			best = i
		}
	}
	if best >= 0 {
		p.rows = p.outs[best]
		p.outs = slices.Delete(p.outs, best, best+1)
	}
}

// joinable reports whether there may be loops for joinRows.
func (p *schedule) joinable() bool {
	n := 0
	for i := range p.outs {
		if makesRows(&p.outs[i]) {
			n++
		}
	}
	return n > 1
}

// joinRows takes as rows all loops along which x stands still and whose rows
// follow each other evenly in C. In y they need not: it is packed, which it must
// be small enough for. It reports whether there are such loops.
func (p *schedule) joinRows() bool {
	still := p.axes.room(len(p.outs))
	for _, l := range p.outs {
		if makesRows(&l) {
			still = append(still, l)
		}
	}
	slices.SortStableFunc(still, func(a, b nest.Loop) int { return a.C - b.C })
	for i := 0; i < len(still); {
		n, rows := 1, still[i].Extent
		for i+n < len(still) && still[i+n].C == still[i].C*rows {
			rows *= still[i+n].Extent
			n++
		}
		if n > 1 && rows > p.rows.Extent {
			p.rows = nest.Loop{Extent: rows, B: still[i].B, C: still[i].C}
			p.joined = still[i : i+n]
		}
		i += n
	}
	if p.joined == nil {
		return false
	}
	p.outs = p.without(p.outs, p.joined)
	p.packY = true
	return p.packedSize(nest.B)*p.rows.Extent <= max(p.limits.PackedBytes, p.traffic()/p.limits.PackedShare)
}
