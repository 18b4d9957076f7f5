package main

import (
	"fmt"

	. "github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"

	"tnbench/internal/kernel/vec/amd64/asm/simd"
)

// dotVectors is how many registers of x a dot product takes at once.
func (k kit) dotVectors(rows int) int {
	switch {
	case rows == 1:
		return 4
	case k.complex:
		return 1
	case !k.Masks:
		return 2
	}
	return 4
}

// dot writes c[j] = Σ Σ x[i]·y[j][i]. Complex products are summed as x·y and
// x·swapped(y), lane by lane, and put together at the end.
func (k kit) dot(rows int) string {
	vectors := k.dotVectors(rows)
	k.mask = k.restMask(14)
	name := fmt.Sprintf("dot%dx", rows)
	return k.function(name, "sums the products of runs.", rows, func(f *frame) {
		f.makeMasks(vectors)
	}, func(f *frame) {
		sums := f.sums(rows, group{vectors, whole})
		f.eachTerm(rows, func(x, y, _ reg.GPVirtual) {
			f.alongRun([]int{vectors}, vectors, false, func(g group) { f.dotGroup(sums, vectors, g, x, y) }, x, y)
		})
		f.reduceRows(sums, vectors, func(direct, crossed reg.VecPhysical) {
			if !k.complex {
				return
			}
			help := simd.X[15]
			if k.real == 8 {
				VUNPCKHPD(crossed, direct, help)
				VUNPCKLPD(crossed, direct, direct)
			} else {
				VUNPCKLPS(crossed, direct, direct)
				VMOVHLPS(direct, direct, help)
			}
			simd.Pick(k.real, VADDSUBPS, VADDSUBPD)(help, direct, direct)
		})
	})
}

func (f *frame) dotGroup(sums [][]reg.VecPhysical, vectors int, g group, x, y reg.GPVirtual) {
	first := len(sums) * len(sums[0])
	for v := range g.vectors {
		disp := v * f.Vector
		xv := f.vec(first+v%2*3, whole)
		w := f.of(g, v)
		f.loadZeroed(operand.Mem{Base: x, Disp: disp}, xv, w, v)
		for j, row := range sums {
			m := f.row(y, nil, j, disp)
			yv := f.vec(first+1, whole)
			if !f.complex && g.width != single {
				f.fma(f.operand(m, yv, w), xv, row[v], w, v)
				continue
			}
			f.loadZeroed(m, yv, w, v)
			f.fma(yv, xv, row[v], whole, v)
			if f.complex {
				crossed := f.vec(first+2, whole)
				f.swap(yv, crossed)
				f.fma(crossed, xv, row[vectors+v], whole, v)
			}
		}
	}
}

// loadZeroed loads with zeros in the lanes that a width leaves out.
func (f *frame) loadZeroed(m operand.Mem, r reg.VecPhysical, w width, v int) {
	if w == single {
		r = r.(reg.Vec).AsX().(reg.VecPhysical)
	}
	f.load(m, r, w, v)
}

// sum writes c = Σ (Σ x[i])·y.
func (k kit) sum() string {
	const vectors = 4
	k.mask = k.restMask(14)
	return k.function("sum", "sums runs, each times a number.", 1, func(f *frame) {
		f.makeMasks(vectors)
	}, func(f *frame) {
		sums := f.sums(1, group{vectors, whole})
		first := len(sums[0])
		f.eachTerm(1, func(x, y, _ reg.GPVirtual) {
			re, im := f.vec(first, whole), f.vec(first+1, whole)
			f.broadcast(operand.Mem{Base: y}, re, whole)
			if k.complex {
				f.broadcast(operand.Mem{Base: y, Disp: k.real}, im, whole)
			}
			f.alongRun([]int{vectors}, vectors, false, func(g group) {
				for v := range g.vectors {
					m := operand.Mem{Base: x, Disp: v * f.Vector}
					xv, w := f.vec(first+2+v%2, whole), f.of(g, v)
					if !k.complex && g.width != single {
						f.fma(f.operand(m, xv, w), re, sums[0][v], w, v)
						continue
					}
					f.loadZeroed(m, xv, w, v)
					f.fma(re, xv, sums[0][v], whole, v)
					if k.complex {
						f.fma(im, xv, sums[0][vectors+v], whole, v)
					}
				}
			}, x)
		})
		f.reduceRows(sums, vectors, func(direct, crossed reg.VecPhysical) {
			if k.complex {
				f.combine(direct, crossed, nil, single)
			}
		})
	})
}

// reduceRows adds up the lanes of each row's sums and writes the results.
func (f *frame) reduceRows(sums [][]reg.VecPhysical, vectors int, combine func(direct, crossed reg.VecPhysical)) {
	c := f.c
	if len(sums) > 1 {
		c = GP64()
		MOVQ(f.c, c)
	}
	for j, row := range sums {
		direct := f.reduce(row[:vectors])
		var crossed reg.VecPhysical
		if f.complex {
			crossed = f.reduce(row[vectors:])
		}
		combine(direct, crossed)
		store := f.label("store")
		CMPQ(f.arg(argAdd), imm(0))
		JEQ(operand.LabelRef(store))
		f.add(operand.Mem{Base: c}, direct, single, 0)
		Label(store)
		f.store(direct, operand.Mem{Base: c}, single, 0)
		if j+1 < len(sums) {
			ADDQ(f.arg(argRowC), c)
		}
	}
}

// reduce adds up registers and then halves until one element is left, for
// complex elements with its parts apart.
func (f *frame) reduce(rs []reg.VecPhysical) reg.VecPhysical {
	for n := len(rs); n > 1; n /= 2 {
		for i := range n / 2 {
			f.addVec(rs[i+n/2], rs[i])
		}
	}
	r := rs[0].(reg.Vec)
	help := simd.Z[15].(reg.Vec)
	if len(rs) > 1 { // free by now, where register 15 may hold another row
		help = rs[1].(reg.Vec)
	}
	if f.Masks {
		VEXTRACTF64X4(operand.U8(1), r.AsZ(), help.AsY())
		f.addVec(help.AsY().(reg.VecPhysical), r.AsY().(reg.VecPhysical))
	}
	VEXTRACTF128(operand.U8(1), r.AsY(), help.AsX())
	x, h := r.AsX().(reg.VecPhysical), help.AsX().(reg.VecPhysical)
	f.addVec(h, x)
	if f.real == 4 {
		VMOVHLPS(x, x, h)
		f.addVec(h, x)
	}
	switch {
	case f.complex:
	case f.real == 4:
		VMOVSHDUP(x, h)
		f.addVec(h, x)
	default:
		VPERMILPD(operand.U8(1), x, h)
		f.addVec(h, x)
	}
	return x
}
