package kernel

import (
	"cmp"
	"math"
	"slices"
	"unsafe"

	"tnbench/internal/dtype"
	"tnbench/internal/kernel/model"
	"tnbench/internal/kernel/nest"
)

// Where a result is small beside what it is made of, it is better to read that in its own
// order than to write in another one. The result is then computed in scratch memory, in
// the order of the large operand, and put in its place in the end. The same does for sums
// that are taken slice by slice where a kernel can't add to C by itself.

// placed has a kernel compute to scratch memory, and puts or adds that to C.
type placed struct {
	nest.Kernel
	typ       dtype.Type
	cycles    float64
	at, bytes int // of what is computed, in scratch memory behind the kernel's own
	// Where that goes in C, one run of elements after the other: loops around a table of
	// offsets, in elements.
	outer []nest.Loop
	runs  []int
	run   int // elements of each
}

// mostRuns bounds the table: enough for the loops around it to cost nothing.
const mostRuns = 512

// newPlaced returns the fastest kernel for s that computes in the order of one of its
// operands.
func newPlaced(s nest.Spec, make func(nest.Spec) (nest.Kernel, error)) (best *placed, err error) {
	for _, o := range arrangements {
		dense, to := densified(s, o)
		k, err := make(dense)
		if err != nil {
			return nil, err
		}
		elements := nest.Extent(to)
		p := &placed{
			Kernel: k, typ: s.Type, cycles: Cycles(k, dense) + model.Here.Region.Add*float64(elements),
			at: nest.RoundUp(k.Scratch(), nest.CacheLine), bytes: elements * s.Type.Size(),
		}
		if best == nil || p.cycles < best.cycles {
			p.place(to)
			best = p
		}
	}
	return best, nil
}

// placingPays reports whether a result that is small beside the large operand, which is
// beyond the second-level cache, lies in another order than that, or not of one piece.
func placingPays(s nest.Spec) bool {
	a, b, c := nest.Footprints(s)
	large := max(a, b)
	return c > 1 && large*s.Type.Size() > model.Here.Caches.Second && c*model.Here.Stages.SmallPart <= large && !inOrder(s, largeOperand(s))
}

// inOrder reports whether C is of one piece and has its loops in the order of an operand,
// those that it has.
func inOrder(s nest.Spec, o nest.Operand) bool {
	var loops []nest.Loop
	elements, last := 1, 0
	for _, group := range [...][]nest.Loop{s.Batch, s.M, s.N} {
		for _, l := range group {
			if l.Extent == 1 {
				continue
			}
			elements, last = elements*l.Extent, last+(l.Extent-1)*l.C
			if l.Stride(o) > 0 {
				loops = append(loops, l)
			}
		}
	}
	if last >= elements {
		return false
	}
	slices.SortFunc(loops, func(x, y nest.Loop) int { return x.C - y.C })
	return slices.IsSortedFunc(loops, func(x, y nest.Loop) int { return x.Stride(o) - y.Stride(o) })
}

// arrangement is an order of elements: that of the large operand, but for loops that it does
// not have, and for batches, if they are to be innermost.
type arrangement struct{ batchInnermost, othersOutermost bool }

var arrangements = [...]arrangement{{}, {othersOutermost: true}, {batchInnermost: true}, {batchInnermost: true, othersOutermost: true}}

// densified returns s with a C that is of one piece, its elements in an arrangement, and the
// loops that move from there to C, the outermost first.
func densified(s nest.Spec, o arrangement) (dense nest.Spec, to []nest.Loop) {
	dense = nest.Spec{Type: s.Type, Batch: slices.Clone(s.Batch), M: slices.Clone(s.M), N: slices.Clone(s.N), K: s.K}
	var loops []*nest.Loop
	for _, group := range [...][]nest.Loop{dense.Batch, dense.M, dense.N} {
		for i := range group {
			loops = append(loops, &group[i])
		}
	}
	large := largeOperand(s)
	place := func(l *nest.Loop) int {
		at := l.Stride(large)
		switch {
		case o.batchInnermost && l.A > 0 && l.B > 0:
			return at - math.MaxInt
		case at == 0 && o.othersOutermost:
			return math.MaxInt
		}
		return at
	}
	slices.SortStableFunc(loops, func(x, y *nest.Loop) int {
		return cmp.Or(cmp.Compare(place(x), place(y)), cmp.Compare(x.C, y.C))
	})
	stride := 1
	for _, l := range loops {
		to = append(to, nest.Loop{Extent: l.Extent, A: stride, C: l.C})
		l.C = stride
		stride *= l.Extent
	}
	slices.Reverse(to)
	return dense, to
}

// largeOperand returns the operand that has most elements.
func largeOperand(s nest.Spec) nest.Operand {
	if a, b, _ := nest.Footprints(s); a > b {
		return nest.A
	}
	return nest.B
}

// place finds out where elements go that lie next to each other in the order of loops, the
// outermost first.
func (p *placed) place(loops []nest.Loop) {
	p.run, p.runs = 1, []int{0}
	for n := len(loops); n > 0 && loops[n-1].C == p.run; n-- {
		p.run *= loops[n-1].Extent
		loops = loops[:n-1]
	}
	for n := len(loops); n > 0 && len(p.runs)*loops[n-1].Extent <= mostRuns; n-- {
		l := loops[n-1]
		p.runs = nest.Repeat(p.runs, l.Extent, func(offset int) int { return offset + l.C })
		loops = loops[:n-1]
	}
	p.outer = loops
}

// Adds implements [nest.Adder].
func (p *placed) Adds() bool { return true }

// Cycles estimates how many cycles one run takes if what it reads is in the caches.
func (p *placed) Cycles() float64 { return p.cycles }

// Scratch implements [nest.Kernel].
func (p *placed) Scratch() int { return p.at + p.bytes }

// Run implements [nest.Kernel].
func (p *placed) Run(env *nest.Env, c, a, b unsafe.Pointer) {
	from := unsafe.Add(env.Scratch, p.at)
	add := env.Add
	env.Add = false // the kernel may be one that adds by itself
	p.Kernel.Run(env, from, a, b)
	env.Add = add
	switch p.typ {
	case dtype.Float32:
		put[float32](p, p.outer, add, c, from, 0)
	case dtype.Float64:
		put[float64](p, p.outer, add, c, from, 0)
	case dtype.Complex64:
		put[complex64](p, p.outer, add, c, from, 0)
	case dtype.Complex128:
		put[complex128](p, p.outer, add, c, from, 0)
	}
}

// put puts or adds elements, from one on, to where loops and the table say. It returns the
// one that comes next.
func put[T dtype.Element](p *placed, outer []nest.Loop, add bool, c, from unsafe.Pointer, at int) int {
	var zero T
	size := int(unsafe.Sizeof(zero))
	if len(outer) > 0 {
		l := &outer[0]
		for i := range l.Extent {
			at = put[T](p, outer[1:], add, unsafe.Add(c, i*l.C*size), from, at)
		}
		return at
	}
	values := unsafe.Slice((*T)(unsafe.Add(from, at*size)), len(p.runs)*p.run)
	if p.run == 1 {
		for i, offset := range p.runs {
			to := (*T)(unsafe.Add(c, offset*size))
			if add {
				*to += values[i]
			} else {
				*to = values[i]
			}
		}
		return at + len(values)
	}
	for i, offset := range p.runs {
		to, run := unsafe.Slice((*T)(unsafe.Add(c, offset*size)), p.run), values[i*p.run:][:p.run]
		if add {
			for j, x := range run {
				to[j] += x
			}
		} else {
			copy(to, run)
		}
	}
	return at + len(values)
}
