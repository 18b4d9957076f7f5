package blas

import (
	"slices"

	"tnbench/internal/dtype"
	"tnbench/internal/kernel/blas/openblas"
	"tnbench/internal/kernel/nest"
)

// view is a step as BLAS sees it: loops of extent 1 dropped, and the K loops
// parted into those of both operands and the one-sided sums.
type view struct {
	typ            dtype.Type
	batch, m, n, k []nest.Loop
	sumA, sumB     []nest.Loop // K loops along which the other operand stands still
}

func newView(s nest.Spec) view {
	v := view{typ: s.Type, batch: longer(s.Batch), m: longer(s.M), n: longer(s.N)}
	for _, l := range longer(s.K) {
		switch {
		case l.B == 0:
			v.sumA = append(v.sumA, l)
		case l.A == 0:
			v.sumB = append(v.sumB, l)
		default:
			v.k = append(v.k, l)
		}
	}
	return v
}

// longer returns the loops of more than one iteration.
func longer(loops []nest.Loop) []nest.Loop {
	return slices.DeleteFunc(slices.Clone(loops), func(l nest.Loop) bool { return l.Extent == 1 })
}

// swapped returns the view of Cᵀ = Bᵀ·Aᵀ.
func (v view) swapped() view {
	turn := nest.Turned
	return view{v.typ, turn(v.batch), turn(v.n), turn(v.m), turn(v.k), turn(v.sumB), turn(v.sumA)}
}

// ordered returns loops with the largest stride in an operand first.
func ordered(loops []nest.Loop, o nest.Operand) []nest.Loop {
	out := slices.Clone(loops)
	slices.SortStableFunc(out, func(x, y nest.Loop) int { return y.Stride(o) - x.Stride(o) })
	return out
}

// operand is how an operand of a product lies in memory.
type operand struct {
	inPlace  bool
	summed   bool // one-sided sums are added up in the copy
	trans    bool
	ld       int
	elements int       // of the copy
	copy     nest.Spec // from the tensor, or for C to it
	batch    []int     // strides of the view's batch loops in the copy
}

// access says how the operand is read.
func (o *operand) access() nest.Access {
	switch {
	case o.inPlace:
		return nest.InPlace
	case o.summed:
		return nest.Reduced
	}
	return nest.Permuted
}

// arrangement is one way to hand a step to BLAS.
type arrangement struct {
	swapped bool
	a, b, c operand
	product openblas.Product
	cost    int
}

// arrange returns the way that copies the fewest elements. The labels of a group
// may be taken in the order of either tensor that has them, and A and B may
// change places, so there are sixteen ways.
func (v view) arrange(slowTransposed bool) *arrangement {
	var best *arrangement
	for i, w := range [...]view{v, v.swapped()} {
		if nest.Extent(w.m) == 1 && nest.Extent(w.n) > 1 {
			continue // the other way round it is a product with a vector
		}
		for _, m := range [...][]nest.Loop{ordered(w.m, nest.C), ordered(w.m, nest.A)} {
			for _, n := range [...][]nest.Loop{ordered(w.n, nest.C), ordered(w.n, nest.B)} {
				for _, k := range [...][]nest.Loop{ordered(w.k, nest.A), ordered(w.k, nest.B)} {
					w.m, w.n, w.k = m, n, k
					p := w.lay(slowTransposed)
					p.swapped = i == 1
					if best == nil || p.cost < best.cost {
						best = p
					}
				}
			}
		}
	}
	return best
}

// lay works out the product for the groups in their present order.
func (v *view) lay(slowTransposed bool) *arrangement {
	p := &arrangement{}
	q := &p.product
	q.Type, q.M, q.N, q.K = v.typ, nest.Extent(v.m), nest.Extent(v.n), nest.Extent(v.k)
	p.a, p.b, p.c = matrixAt(v.m, v.k, nest.A), matrixAt(v.k, v.n, nest.B), matrixAt(v.m, v.n, nest.C)
	switch {
	case q.M == 1 && q.N == 1:
		q.Routine = openblas.Dot
		p.a, p.b, p.c = vectorAt(v.k, nest.A), vectorAt(v.k, nest.B), operand{inPlace: true, ld: 1}
	case q.N == 1:
		q.Routine = openblas.Gemv
		p.b, p.c = vectorAt(v.k, nest.B), vectorAt(v.m, nest.C)
	default:
		q.Routine = openblas.Gemm
	}
	if q.Routine == openblas.Gemm && p.c.trans {
		p.c.inPlace = false
	}
	if len(v.sumA) > 0 {
		p.a.inPlace, p.a.summed = false, true
	}
	if len(v.sumB) > 0 {
		p.b.inPlace, p.b.summed = false, true
	}
	if slowTransposed && q.Routine == openblas.Gemm && p.a.trans && p.b.trans && p.a.inPlace && p.b.inPlace {
		if q.M <= q.N {
			p.a.inPlace = false
		} else {
			p.b.inPlace = false
		}
	}
	v.layCopies(p, slowTransposed)
	q.TransA, q.TransB = p.a.trans, p.b.trans
	q.LDA, q.LDB, q.LDC = p.a.ld, p.b.ld, p.c.ld
	q.Batch = v.batchLoops(p)
	p.cost = v.cost(p)
	return p
}

// layCopies lays out the copies of what is not in place.
func (v *view) layCopies(p *arrangement, slowTransposed bool) {
	plainly := func(rows, cols []nest.Loop, o nest.Operand) bool {
		return slowTransposed || smallest(cols, o) <= smallest(rows, o)
	}
	if !p.a.inPlace {
		loops := p.a.lay(v.batch, v.m, v.k, nest.A, plainly(v.m, v.k, nest.A))
		p.a.copy = nest.Spec{Type: v.typ, M: loops, K: sources(v.sumA, nest.A)}
	}
	if !p.b.inPlace {
		loops := p.b.lay(v.batch, v.k, v.n, nest.B, plainly(v.k, v.n, nest.B))
		p.b.copy = nest.Spec{Type: v.typ, M: loops, K: sources(v.sumB, nest.B)}
	}
	if !p.c.inPlace {
		loops := p.c.lay(v.batch, v.m, v.n, nest.C, true)
		for i, l := range loops { // from the copy to the tensor
			loops[i].A, loops[i].C = l.C, l.A
		}
		p.c.copy = nest.Spec{Type: v.typ, M: loops}
	}
	switch p.product.Routine { // vectors are dense in their copies
	case openblas.Dot:
		p.a.dense()
		p.b.dense()
	case openblas.Gemv:
		p.b.dense()
		p.c.dense()
	}
}

// cost counts the elements that are copied. Between ways that copy as many, the
// one that lets C be copied in runs costs less.
func (v *view) cost(p *arrangement) int {
	cost := 2 * (p.a.elements + p.b.elements + p.c.elements)
	if !p.c.inPlace && smallest(v.n, nest.C) > smallest(v.m, nest.C) {
		cost++
	}
	return cost
}

// smallest returns the smallest stride of loops in an operand.
func smallest(loops []nest.Loop, o nest.Operand) int {
	least := int(^uint(0) >> 1)
	for _, l := range loops {
		least = min(least, l.Stride(o))
	}
	return least
}

// join makes one loop of loops, outermost first, if their strides allow it.
func join(loops []nest.Loop, o nest.Operand) (extent, step int, ok bool) {
	if len(loops) == 0 {
		return 1, 1, true
	}
	step = loops[len(loops)-1].Stride(o)
	if extent = nest.Extent(loops); nest.Unit(loops, o, step) != extent {
		return 0, 0, false
	}
	return extent, step, step > 0
}

// matrixAt describes the matrix of two groups in an operand. It is in place if
// BLAS can take it as it lies, plain or transposed.
func matrixAt(rows, cols []nest.Loop, o nest.Operand) operand {
	m, down, ok := join(rows, o)
	n, along, fine := join(cols, o)
	switch {
	case !ok || !fine:
		return operand{}
	case m == 1 && along == 1:
		return operand{inPlace: true, ld: n}
	case (n == 1 || along == 1) && down >= n:
		return operand{inPlace: true, ld: down}
	case (m == 1 || down == 1) && along >= m:
		return operand{inPlace: true, trans: true, ld: along}
	}
	return operand{}
}

// vectorAt describes a vector.
func vectorAt(loops []nest.Loop, o nest.Operand) operand {
	_, step, ok := join(loops, o)
	return operand{inPlace: ok, ld: step}
}

// lay lays out a dense copy: batches outermost, except those along which the
// operand stands still, then rows of cols, or cols of rows. It returns the loops
// that go from the tensor, A, to the copy, C.
func (o *operand) lay(batch, rows, cols []nest.Loop, in nest.Operand, plain bool) []nest.Loop {
	o.trans = !plain
	if !plain {
		rows, cols = cols, rows
	}
	o.ld = nest.Extent(cols)
	o.elements = 1
	o.batch = make([]int, len(batch))
	var loops []nest.Loop
	add := func(l nest.Loop) int {
		at := o.elements
		loops = append(loops, nest.Loop{Extent: l.Extent, A: l.Stride(in), C: at})
		o.elements *= l.Extent
		return at
	}
	for _, group := range [...][]nest.Loop{cols, rows} {
		for _, l := range slices.Backward(group) {
			add(l)
		}
	}
	for i, l := range slices.Backward(batch) {
		if l.Stride(in) != 0 {
			o.batch[i] = add(l)
		}
	}
	return loops
}

// sources returns loops that only read, from operand A.
func sources(loops []nest.Loop, o nest.Operand) []nest.Loop {
	out := make([]nest.Loop, len(loops))
	for i, l := range loops {
		out[i] = nest.Loop{Extent: l.Extent, A: l.Stride(o)}
	}
	return out
}

// dense says that the copy is of a vector.
func (o *operand) dense() {
	if !o.inPlace {
		o.ld, o.trans = 1, false
	}
}

// batchLoops are the loops around the product.
func (v *view) batchLoops(p *arrangement) []nest.Loop {
	loops := slices.Clone(v.batch)
	for i := range loops {
		for _, side := range [...]struct {
			operand *operand
			stride  *int
		}{{&p.a, &loops[i].A}, {&p.b, &loops[i].B}, {&p.c, &loops[i].C}} {
			if !side.operand.inPlace {
				*side.stride = side.operand.batch[i]
			}
		}
	}
	return nest.Scaled(nest.Fuse(nil, loops, nest.OutsideInC), v.typ.Size())
}
