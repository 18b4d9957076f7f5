package stream

import (
	"tnbench/internal/kernel/model"
	"tnbench/internal/kernel/nest"
	"tnbench/internal/kernel/vec/isa"
)

// scaleVectors is how many vectors of x isa.ScaleRuns holds at once, by rows: where there
// are 32 registers, as there are of 64 bytes, and where there are half as many.
var scaleVectors = [2][9]int{{1: 8, 2: 4, 3: 4, 4: 4, 6: 4, 8: 2}, {1: 4, 2: 4, 3: 2, 4: 2, 6: 2, 8: 1}}

// wideVector is the bytes of the longest vectors.
const wideVector = 64

// transposeSide is the side of what is transposed in registers.
const transposeSide = 8

// transposeTile returns the cycles of transposing so much in registers.
func transposeTile(down, over int) float64 { return float64(16 + 2*down + 2*over) }

// estimate returns the cycles of the schedule's arithmetic, packing included. What
// memory takes is the same for all schedules and left out.
func (p *schedule) estimate() float64 {
	count := p.vectors(p.run.Extent)
	vectors, terms, complexity := float64(count), float64(nest.Extent(p.sums)), p.complexity()
	rows := batchesOf(p.routine, p.rows.Extent, p.typ.IsComplex())
	var run float64
	switch p.routine {
	case isa.MultiplyRuns:
		load := tuned.Load
		if terms > 1 && p.reread() > model.Here.Caches.First {
			load *= tuned.FarLoad
		}
		run = tuned.Run + terms*(2*tuned.Term+complexity*vectors*(tuned.Load+load)) + vectors
	case isa.SumRuns:
		run = tuned.Run + tuned.Dot + terms*(2*tuned.Term+complexity*vectors*tuned.Load)
	case isa.TransposeRuns:
		across := nest.Extent(p.columns)
		const side = transposeSide
		tiles := float64((p.run.Extent+side-1)/side) * float64((across+side-1)/side)
		run = tuned.Run + tiles*transposeTile(min(side, p.run.Extent), min(side, across))
	case isa.ScaleRuns:
		held := &scaleVectors[0]
		if p.vector < wideVector {
			held = &scaleVectors[1]
		}
		again := p.again()
		for _, b := range rows.all() {
			j, groups := float64(b.rows), float64((count+held[b.rows]-1)/held[b.rows])
			loads, fmas := (vectors+groups*j)*tuned.Load, vectors*j*tuned.FMA
			run += float64(b.count) * (tuned.Run + terms*(groups*tuned.Term+max(complexity*loads, complexity*fmas, j*again)) + vectors*j)
		}
	case isa.DotRuns:
		load := tuned.Load
		if p.rows.Extent*p.run.Extent*nest.Extent(p.sums)*p.typ.Size() > model.Here.Caches.First {
			load *= tuned.FarLoad
		}
		for _, b := range rows.all() {
			j := float64(b.rows)
			run += float64(b.count) * (tuned.Run + tuned.Dot*j + terms*(2*tuned.Term+complexity*vectors*(tuned.Load+j*load)))
		}
	}
	total := run*float64(nest.Extent(p.outs)) + p.scattered() + p.hopping(rows.all())
	steps := 1
	for _, c := range p.chunks {
		steps *= c.count()
	}
	total *= float64(steps)
	for _, k := range p.packs {
		if k.perChunk {
			total += k.cost * float64(steps)
		} else {
			total += k.cost
		}
	}
	return total
}

// floor returns cycles that a schedule which is yet to begin takes at least: with as
// many rows as share x at best, and nothing to pack.
func (p *schedule) floor() float64 {
	const rows = 8
	vectors := float64(p.vectors(nest.Extent(p.chain)))
	terms := float64(nest.Extent(p.sums)) * p.complexity()
	each := 0.0 // element of C, or run of it
	switch p.routine {
	case isa.MultiplyRuns:
		each = tuned.Run + terms*vectors*2*tuned.Load + vectors
	case isa.ScaleRuns:
		each = tuned.Run/rows + terms*vectors*tuned.FMA + vectors
	case isa.DotRuns, isa.SumRuns:
		each = tuned.Dot + terms*vectors*tuned.Load
	}
	const rounding = 1 - 1e-9
	return each * float64(nest.Extent(p.outs)) * rounding
}

// vectors returns how many vectors hold a run of n elements.
func (p *schedule) vectors(n int) int {
	lanes := max(1, p.vector/p.typ.Size())
	return (n + lanes - 1) / lanes
}

// complexity is how many times the arithmetic of a real number an element takes, as
// vectors of complex ones are two.
func (p *schedule) complexity() float64 {
	if p.typ.IsComplex() {
		return 2
	}
	return 1
}

// scattered estimates the cycles lost by writing a C that no cache holds element
// by element, if the next one is not in the same line.
func (p *schedule) scattered() float64 {
	size := p.typ.Size()
	runs := nest.Footprint(p.outs, nest.C) * p.rows.Extent
	if p.run.Extent > 1 || p.routine != isa.MultiplyRuns && p.routine != isa.ScaleRuns || runs*size <= p.limits.CacheBytes {
		return 0
	}
	next := p.rows // the loop that moves to the next run
	if next.Extent == 1 {
		for _, l := range p.outs {
			if next.Extent == 1 || l.A < next.A {
				next = l
			}
		}
	}
	if next.C*size <= tuned.LineBytes {
		return 0
	}
	return tuned.Line * float64(runs)
}

// hopping estimates the cycles lost by reading operands that no near cache holds
// piece by piece, every term from another place.
func (p *schedule) hopping(rows []batch) float64 {
	if p.routine != isa.ScaleRuns {
		return 0
	}
	lost := 0.0
	size := p.typ.Size()
	if x := p.run.Extent * nest.Footprint(p.outs, nest.A) * nest.Footprint(p.sums, nest.A); !p.packX && p.hops(nest.A, x) {
		passes := 0
		for _, b := range rows {
			passes += b.count
		}
		for _, l := range p.outs {
			if l.A == 0 {
				passes *= l.Extent
			}
		}
		if x*size <= model.Here.Caches.AtHand {
			passes++
		} else { // the first is from memory
			passes--
		}
		lost += tuned.HopPass * float64(passes) * float64(x*size/tuned.LineBytes)
	}
	if y := p.rows.Extent * p.rowsOfY(); !p.packY && p.hops(nest.B, y) && p.rows.B*p.rows.Extent*size >= tuned.LineBytes {
		lost += tuned.Hop * float64(y*size/tuned.LineBytes)
	}
	return lost
}

// again estimates the cycles of getting an element of y for each row of a term. Lines are
// read again for what else they hold or are multiplied with: that takes time if so many lie
// between that the nearest cache has lost them.
func (p *schedule) again() float64 {
	size, apart := p.typ.Size(), tuned.LineBytes
	for _, l := range append(p.sums[:len(p.sums):len(p.sums)], p.rows) {
		if l.B > 0 && l.Extent > 1 {
			apart = min(apart, l.B*size)
		}
	}
	if p.packY || p.rows.Extent*nest.Footprint(p.sums, nest.B)*apart <= model.Here.Caches.First {
		return 0
	}
	times := 1.0
	for _, l := range p.outs {
		if l.B*size < tuned.LineBytes {
			times *= float64(l.Extent)
		}
	}
	return tuned.HopPass * float64(apart) / float64(tuned.LineBytes) * (1 - 1/times)
}

// hops reports whether the terms of an operand of so many elements lie far from
// each other.
func (p *schedule) hops(operand nest.Operand, elements int) bool {
	return p.termsApart(operand) >= tuned.HopBytes && elements*p.typ.Size() >= tuned.HopFootprint
}

// termsApart returns how many bytes of an operand lie between neighbouring terms,
// 0 if they are all the same.
func (p *schedule) termsApart(operand nest.Operand) int {
	step := 0
	for i := range p.sums {
		if s := p.sums[i].Stride(operand); s != 0 && (step == 0 || s < step) {
			step = s
		}
	}
	return step * p.typ.Size()
}

// rowsOfY returns how many elements of y there are for each row.
func (p *schedule) rowsOfY() int {
	return nest.Footprint(p.outs, nest.B) * nest.Footprint(p.sums, nest.B)
}

// reread returns the bytes of y that are read again for the next rows of x.
func (p *schedule) reread() int {
	n := p.run.Extent * nest.Footprint(p.sums, nest.B)
	for _, l := range p.outs {
		if l.A == 0 {
			n *= l.Extent
		}
	}
	return n * p.typ.Size()
}

// traffic returns the bytes of both operands and C.
func (p *schedule) traffic() int {
	elements := 0
	for o := range nest.Operands {
		n := 1
		for _, group := range [...][]nest.Loop{p.outs, p.sums, p.chain, p.columns} {
			n *= nest.Footprint(group, o)
		}
		elements += n
	}
	return elements * p.typ.Size()
}
