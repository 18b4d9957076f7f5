package stream

import (
	"slices"

	"tnbench/internal/kernel/nest"
	"tnbench/internal/kernel/vec/isa"
)

// An operand whose elements do not follow each other along the run is packed: a
// nested schedule copies it into scratch memory in the order in which it is read. If
// it is large, chunk loops are put around the packing and all that follows, so
// that what is packed stays in the cache.

// repack rearranges an operand.
type repack struct {
	isX      bool
	perChunk bool        // the chunk loops move it
	loops    []nest.Loop // of the copy: its x is the operand, its y the constant 1
	copy     *schedule
	cost     float64 // of the copy, or less until it is scheduled
	elements int
}

// chunk is a loop around the packing: count steps of tile iterations of a loop
// of n. Where tile does not divide n the last step starts early and does some
// elements of C again.
type chunk struct {
	nest.Loop // strides of one iteration in the operands' memory
	tile      int
}

func (c chunk) count() int { return (c.Extent + c.tile - 1) / c.tile }

// start returns the iteration of the loop at which a step starts.
func (c chunk) start(step int) int { return min(step*c.tile, c.Extent-c.tile) }

// chunk puts loops around the schedule until the part of an operand that is left
// may be packed. It reports whether that is possible.
func (p *schedule) chunk(operand nest.Operand) bool {
	size := p.packedSize(operand)
	if size <= p.limits.PackedBytes || size <= p.traffic()/p.limits.PackedShare {
		return true
	}
	p.chunks = append(p.chunkLists.room(len(p.chunks)+len(p.outs)+1), p.chunks...)
	for ; size > p.limits.PackedBytes; size = p.packedSize(operand) {
		i := p.widest(operand)
		if i < 0 {
			return p.chunkRun(size)
		}
		l := p.outs[i]
		least := 1
		if l.Stride(operand) == 1 {
			least = min(p.limits.MinTile, l.Extent)
		}
		tile := evenly(l.Extent, max(least, l.Extent*p.limits.PackedBytes/size))
		p.chunks = append(p.chunks, chunk{l, tile})
		if tile == 1 {
			p.outs = slices.Delete(p.outs, i, i+1)
			continue
		}
		p.outs[i].Extent = tile
		if size = p.packedSize(operand); l.Stride(operand) == 1 && size > p.limits.PackedBytes {
			return p.chunkRun(size)
		}
	}
	return true
}

// evenly returns the size of as few even tiles as can be, of at most so many iterations;
// whole lines where there are some.
func evenly(extent, most int) int {
	const line = 8
	return min(most, extent, nest.RoundUp(nest.EvenTile(extent, most), line))
}

// packedSize returns the bytes of an operand once it is packed, all rows of one
// chunk less those of p.rows.
func (p *schedule) packedSize(operand nest.Operand) int {
	n := 1
	if p.run.Stride(operand) != 0 {
		n = p.run.Extent
	}
	return n * nest.Footprint(p.outs, operand) * nest.Footprint(p.sums, operand) * p.typ.Size()
}

// widest returns the loop that moves an operand furthest and is not cut yet,
// or -1.
func (p *schedule) widest(operand nest.Operand) int {
	best := -1
	furthest := 0
	for i := range p.outs {
		l := &p.outs[i]
		if s := l.Stride(operand); s > furthest && l.Extent > 1 && (s > 1 || l.Extent > p.limits.MinTile) {
			best, furthest = i, s
		}
	}
	return best
}

// chunkRun cuts the outermost loop of the run.
func (p *schedule) chunkRun(size int) bool {
	if p.run.C == 0 { // a chain of sums cannot be cut
		return false
	}
	last := &p.chain[len(p.chain)-1]
	inner := p.run.Extent / last.Extent
	tile := evenly(last.Extent, max(1, last.Extent*p.limits.PackedBytes/size))
	if last.Extent*p.limits.PackedBytes < size || tile*inner < p.limits.MinTile {
		return false
	}
	p.chunks = append(p.chunks, chunk{*last, tile})
	last.Extent = tile
	p.run.Extent = tile * inner
	return true
}

// share cuts a long run of which both operands have several rows to multiply with
// each other, so that all rows of a chunk stay in the cache until that is done.
// That pays if whole rows would come from memory each time.
func (p *schedule) share() {
	if p.routine != isa.MultiplyRuns || len(p.chain) == 0 {
		return
	}
	rowsX, rowsY := nest.Footprint(p.sums, nest.A), nest.Footprint(p.sums, nest.B)
	acrossX, acrossY := 1, 1
	for _, l := range p.outs {
		switch {
		case l.B == 0:
			acrossX *= l.Extent
		case l.A == 0:
			acrossY *= l.Extent
		}
	}
	bytes := (rowsX*acrossX + rowsY*acrossY) * p.run.Extent * p.typ.Size()
	if acrossX > 1 && acrossY > 1 && bytes > p.limits.CacheBytes {
		p.chunkRun(bytes)
	}
}

// pack gives the schedule the strides of a copy of x or y, which is yet to be scheduled.
func (p *schedule) pack(isX bool) {
	operand := nest.B
	if isX {
		operand = nest.A
	}
	loops := p.axes.room(len(p.chain) + len(p.joined) + 1 + len(p.outs) + len(p.sums))
	next := 1
	copied := func(l *nest.Loop) int {
		loops = append(loops, nest.Loop{Extent: l.Extent, A: l.Stride(operand), C: next})
		at := next
		next *= l.Extent
		return at
	}
	if p.run.Stride(operand) != 0 {
		for i := range p.chain {
			copied(&p.chain[i])
		}
	}
	var memory [maxDepth + 1]*nest.Loop
	moving := memory[:0]
	if !isX && len(p.joined) > 0 {
		p.rows.B = next
		for i := range p.joined {
			copied(&p.joined[i])
		}
	} else if p.rows.Stride(operand) != 0 {
		moving = append(moving, &p.rows)
	}
	for _, group := range [...][]nest.Loop{p.outs, p.sums} {
		for i := range group {
			if group[i].Stride(operand) != 0 {
				moving = append(moving, &group[i])
			}
		}
	}
	slices.SortStableFunc(moving, func(a, b *nest.Loop) int { return a.Stride(operand) - b.Stride(operand) })
	for _, l := range moving {
		if at := copied(l); isX {
			l.A = at
		} else {
			l.B = at
		}
	}
	loops = fuseAxes(loops)
	moved := slices.ContainsFunc(p.chunks, func(c chunk) bool { return c.Stride(operand) != 0 })
	if p.packs == nil {
		p.packs = p.packLists.room(2) // of x and of y
	}
	p.packs = append(p.packs, repack{
		isX: isX, perChunk: moved, elements: next, loops: loops, cost: p.copyFloor(loops),
	})
}

// copyOf returns the cheapest schedule of a copy. Many schedules need the same one.
func (m *scheduler) copyOf(loops []nest.Loop) *schedule {
	if c := m.copied(loops); c != nil {
		return c
	}
	best := m.scheduleCopy(loops)
	m.copies = append(m.copies, madeCopy{loops, best})
	return best
}

// madeCopy is the best schedule of a copy.
type madeCopy struct {
	loops []nest.Loop
	best  *schedule
}

// copied returns the schedule of a copy if it is made already, and nil otherwise.
func (m *scheduler) copied(loops []nest.Loop) *schedule {
	for i := range m.copies {
		if c := &m.copies[i]; slices.Equal(c.loops, loops) {
			return c.best
		}
	}
	return nil
}

// scheduleCopy schedules a copy. If runs of what is read are runs of the copy, it follows
// them, and if there are no runs it goes element by element. Otherwise it may be a
// transposition.
func (m *scheduler) scheduleCopy(loops []nest.Loop) *schedule {
	run := innermost(loops)
	if run > 0 {
		return m.scheduleTransposition(loops, run)
	}
	p := m.newSchedule(isa.ScaleRuns, loops[:run+1], loops[run+1:], nil)
	p.begin()
	return p
}

// longRun is how long a run of a transposition is worth making, in elements.
const longRun = 256

// scheduleTransposition schedules a copy whose runs are not runs of what is read: those
// are along another loop. It goes element by element only if that is faster, which
// is not asked if there is little to do.
func (m *scheduler) scheduleTransposition(loops []nest.Loop, run int) *schedule {
	if run == len(loops)-1 && nest.Extent(loops) < smallWork {
		if p := m.transposition(loops, run); p != nil {
			return p
		}
	}
	best := m.newSchedule(isa.ScaleRuns, nil, loops, nil)
	best.begin()
	for n := 1; n <= run; n++ {
		if p := m.transposition(loops, n); p != nil && p.cost < best.cost {
			best = p
		}
		if nest.Extent(loops[:n]) >= longRun {
			break // nothing is gained by a longer one
		}
	}
	return best
}

// transposition returns the schedule of a copy whose runs are along so many loops, nil
// if that would repeat the same element.
func (m *scheduler) transposition(loops []nest.Loop, n int) *schedule {
	if stateAlong(loops[:n], nest.A) != scattered {
		return nil
	}
	across := m.chainOf(loops[n:], nest.A)
	p := m.newSchedule(isa.TransposeRuns, loops[:n], m.without(loops[n:], across), nil)
	p.columns = across
	p.begin()
	return p
}

// innermost returns the loop along which neighbours in x are read, -1 if there is
// none.
func innermost(loops []nest.Loop) int {
	return slices.IndexFunc(loops, func(l nest.Loop) bool { return l.A == 1 })
}

// copyFloor returns the least cycles that a copy may take: those of whole blocks
// that are transposed, unless it is clear already how it is done.
func (m *scheduler) copyFloor(loops []nest.Loop) float64 {
	run := innermost(loops)
	if run <= 0 {
		return m.copyOf(loops).cost
	}
	if c := m.copied(loops); c != nil {
		return c.cost
	}
	down, over := nest.Extent(loops[:run]), nest.Extent(m.chainOf(loops, nest.A))
	down, over = min(down, transposeSide), min(over, transposeSide)
	return float64(nest.Extent(loops)/(down*over)) * transposeTile(down, over)
}

// fuseAxes merges neighbours, innermost first, that one loop can do the work of.
func fuseAxes(loops []nest.Loop) []nest.Loop {
	out := loops[:0]
	for _, l := range loops {
		if l.Extent == 1 {
			continue
		}
		if len(out) > 0 {
			p := &out[len(out)-1]
			if l.A == p.A*p.Extent && l.B == p.B*p.Extent && l.C == p.C*p.Extent {
				p.Extent *= l.Extent
				continue
			}
		}
		out = append(out, l)
	}
	return out
}
