package main

import (
	"fmt"

	. "github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// group is how many registers of a run are done together, and how.
type group struct {
	vectors int
	width   width
}

// alongRun writes the loops that walk a run in whole groups, the largest first,
// and do the rest masked or element by element, with halves in half a register
// if that is enough. The pointers move along.
func (f *frame) alongRun(wholes []int, rest int, halves bool, body func(group), pointers ...reg.GPVirtual) {
	left := GP64()
	MOVQ(f.arg(argLength), left)
	done := f.label("done")
	if f.past {
		f.align(left, body, pointers)
	}
	for _, n := range wholes {
		again, smaller := f.label("whole"), f.label("smaller")
		elements := imm(n * f.lanes())
		CMPQ(left, elements)
		JLT(operand.LabelRef(smaller))
		Label(again)
		body(group{n, whole})
		for _, p := range pointers {
			ADDQ(imm(n*f.Vector), p)
		}
		SUBQ(elements, left)
		CMPQ(left, elements)
		JGE(operand.LabelRef(again))
		Label(smaller)
	}
	TESTQ(left, left)
	JZ(operand.LabelRef(done))
	if f.Masks {
		if f.past {
			f.masksFor(left, rest)
		}
		one, half := f.label("one"), f.label("half")
		if rest > 1 {
			CMPQ(left, imm(f.lanes()))
			JLE(operand.LabelRef(one))
			body(group{rest, masked})
			JMP(operand.LabelRef(done))
			Label(one)
		}
		if halves {
			CMPQ(left, imm(f.lanes()/2))
			JLE(operand.LabelRef(half))
		}
		body(group{1, masked})
		if halves {
			JMP(operand.LabelRef(done))
			Label(half)
			body(group{1, halved})
		}
	} else {
		again := f.label("single")
		Label(again)
		body(group{1, single})
		for _, p := range pointers {
			ADDQ(imm(f.bytes()), p)
		}
		DECQ(left)
		JNZ(operand.LabelRef(again))
	}
	Label(done)
}

// align does the elements before the first aligned address of C.
func (f *frame) align(left reg.GPVirtual, body func(group), pointers []reg.GPVirtual) {
	aligned, head := f.label("aligned"), GP64()
	MOVQ(f.c, head)
	NEGQ(head)
	ANDQ(imm(f.Vector-1), head)
	JZ(operand.LabelRef(aligned))
	shift := map[int]uint8{4: 2, 8: 3, 16: 4}[f.bytes()]
	SHRQ(operand.U8(shift), head)
	CMPQ(head, left)
	CMOVQGT(left, head)
	SUBQ(head, left)
	if f.Masks {
		f.masksFor(head, 1)
		body(group{1, masked})
		SHLQ(operand.U8(shift), head)
		for _, p := range pointers {
			ADDQ(head, p)
		}
	} else {
		again := f.label("before")
		Label(again)
		body(group{1, single})
		for _, p := range pointers {
			ADDQ(imm(f.bytes()), p)
		}
		DECQ(head)
		JNZ(operand.LabelRef(again))
	}
	Label(aligned)
}

// sums returns the registers in which a group is summed: for complex elements
// pairs, x times the real and x times the imaginary parts of y.
func (f *frame) sums(rows int, g group) [][]reg.VecPhysical {
	halves := 1
	if f.complex {
		halves = 2
	}
	out := make([][]reg.VecPhysical, rows)
	for j := range out {
		for v := range g.vectors * halves {
			r := f.vec(j*g.vectors*halves+v, g.width)
			f.Zero(r)
			out[j] = append(out[j], r)
		}
	}
	return out
}

// finish combines, adds and stores the sums of a group.
func (f *frame) finish(sums [][]reg.VecPhysical, g group, ones reg.VecPhysical) {
	if f.complex {
		for _, row := range sums {
			for v := range g.vectors {
				f.combine(row[v], row[g.vectors+v], ones, g.width)
			}
		}
	}
	store, stored := f.label("store"), f.label("stored")
	CMPQ(f.arg(argAdd), imm(0))
	JEQ(operand.LabelRef(store))
	f.storeRows(sums, g, true)
	JMP(operand.LabelRef(stored))
	Label(store)
	f.storeRows(sums, g, false)
	Label(stored)
}

func (f *frame) storeRows(sums [][]reg.VecPhysical, g group, add bool) {
	c := f.c
	if len(sums) > 1 {
		c = GP64()
		MOVQ(f.c, c)
	}
	for j, row := range sums {
		for v := range g.vectors {
			m := operand.Mem{Base: c, Disp: v * f.Vector}
			if add {
				f.add(m, row[v], g.width, v)
			}
			f.store(row[v], m, g.width, v)
		}
		if j+1 < len(sums) {
			ADDQ(f.arg(argRowC), c)
		}
	}
}

// multiply writes c[i] = Σ x[i]·y[i].
func (k kit) multiply() string {
	wholes, rest := []int{8, 4}, 4
	switch {
	case k.complex && k.Masks:
		wholes = []int{4}
	case k.complex:
		wholes = []int{2, 1}
	case !k.Masks:
		wholes = []int{8, 1}
	}
	ones := k.vec(31, whole)
	return k.function("multiply", "multiplies runs element by element.", 1, func(f *frame) {
		f.makeMasks(rest)
		if k.complex && k.Masks {
			k.ones(ones)
		}
	}, func(f *frame) {
		f.alongRun(wholes, rest, true, func(g group) {
			sums := f.sums(1, g)
			f.eachTerm(1, func(x, y, _ reg.GPVirtual) { f.multiplyTerm(sums[0], g, x, y) })
			f.finish(sums, g, ones)
		}, f.c, f.x, f.y)
	})
}

func (f *frame) multiplyTerm(sums []reg.VecPhysical, g group, x, y reg.GPVirtual) {
	first := len(sums)
	for v := range g.vectors {
		at := func(p reg.GPVirtual) operand.Mem { return operand.Mem{Base: p, Disp: v * f.Vector} }
		r := f.vec(first+v%4, g.width)
		f.load(at(x), r, g.width, v)
		f.fetchAhead(x, v, g)
		f.fetchAhead(y, v, g)
		if !f.complex {
			f.fma(at(y), r, sums[v], g.width, v)
			continue
		}
		// Shuffles from memory read masked lanes too, so y is loaded apart
		// where it may end.
		re, im := f.vec(first+4, g.width), f.vec(first+5, g.width)
		var from operand.Op = at(y)
		if g.width != whole {
			f.load(at(y), im, g.width, v)
			from = im
		}
		f.duplicate(from, re, false)
		f.duplicate(from, im, true)
		f.fma(re, r, sums[v], plain(g.width), v)
		f.fma(im, r, sums[g.vectors+v], plain(g.width), v)
	}
}

// plain is the width for arithmetic on registers whose masked lanes are zero.
func plain(w width) width {
	if w.partial() {
		return whole
	}
	return w
}

// scaleVectors is how many registers of x a routine holds for some rows, so that
// all sums fit.
func (k kit) scaleVectors(rows int) int {
	switch {
	case k.complex && k.Masks:
		return map[int]int{1: 4, 2: 4, 3: 2, 4: 2, 6: 2}[rows]
	case k.complex:
		return map[int]int{1: 2, 2: 2, 3: 2, 4: 1, 6: 1}[rows]
	case k.Masks:
		return map[int]int{1: 8, 2: 4, 3: 4, 4: 4, 6: 4, 8: 2}[rows]
	}
	return map[int]int{1: 4, 2: 4, 3: 2, 4: 2, 6: 2, 8: 1}[rows]
}

// scale writes c[j][i] = Σ x[i]·y[j] for a number of rows.
func (k kit) scale(rows int) string {
	vectors := k.scaleVectors(rows)
	wholes, rest := []int{vectors}, min(4, vectors)
	if k.Masks && vectors == 8 {
		wholes = []int{8, 4}
	}
	if !k.Masks && vectors > 1 {
		wholes = append(wholes, 1)
	}
	ones := k.vec(31, whole)
	name := fmt.Sprintf("scale%dx", rows)
	return k.function(name, "multiplies runs by a number for each row.", rows, func(f *frame) {
		f.makeMasks(rest)
		if k.complex && k.Masks {
			k.ones(ones)
		}
	}, func(f *frame) {
		f.alongRun(wholes, rest, true, func(g group) {
			sums := f.sums(rows, g)
			f.fetchRows(rows, g)
			f.eachTerm(rows, func(x, y, y4 reg.GPVirtual) { f.scaleTerm(sums, g, x, y, y4) })
			f.finish(sums, g, ones)
		}, f.c, f.x)
	})
}

func (f *frame) scaleTerm(sums [][]reg.VecPhysical, g group, x, y, y4 reg.GPVirtual) {
	first := len(sums) * len(sums[0])
	xs := make([]reg.VecPhysical, g.vectors)
	for v := range xs {
		xs[v] = f.vec(first+v, g.width)
		f.load(operand.Mem{Base: x, Disp: v * f.Vector}, xs[v], g.width, v)
		f.fetchAhead(x, v, g)
	}
	help := f.vec(first+g.vectors, g.width)
	halves := len(sums[0]) / g.vectors
	for j, row := range sums {
		for h := range halves {
			m := f.row(y, y4, j, h*f.real)
			if g.vectors == 1 {
				f.fmaBroadcast(m, xs[0], row[h], help, plain(g.width))
				continue
			}
			f.broadcast(m, help, g.width)
			for v := range xs {
				f.fma(help, xs[v], row[h*g.vectors+v], plain(g.width), v)
			}
		}
	}
}

// fetchDistance is how far ahead of the loads operands are fetched. Runs cross
// pages, at which the processor's own prefetching stops, and terms hop between
// runs. 512 to 2048 bytes do equally well (Zen 4 and 5, 2026-11).
const fetchDistance = 1024

// fetchAhead asks for what register v of a group will hold a little later. It
// goes to the second-level cache: the first one has too few lines under way to
// keep memory busy, and gets what is near by itself in time. On a Zen 4 core
// (2026-11) a product of two long runs moves 29 to 33 GB/s this way, and 23 to 25
// with fetches into the first-level cache.
func (f *frame) fetchAhead(p reg.GPVirtual, v int, g group) {
	if g.width == whole || g.width == masked { // ends of short runs are many
		PREFETCHT1(operand.Mem{Base: p, Disp: v*f.Vector + fetchDistance})
	}
}

// fetchRows asks for the lines of C that a group will be stored to, if its sum
// has enough terms to wait for them.
func (f *frame) fetchRows(rows int, g group) {
	if rows == 1 || g.width == single {
		return
	}
	skip, c := f.label("skip"), GP64()
	CMPQ(f.arg(argNumTerms), imm(fetchTerms))
	JLT(operand.LabelRef(skip))
	MOVQ(f.c, c)
	for j := range rows {
		for v := 0; v < g.vectors; v += 64 / f.Vector {
			PREFETCHT0(operand.Mem{Base: c, Disp: v * f.Vector})
		}
		if j+1 < rows {
			ADDQ(f.arg(argRowC), c)
		}
	}
	Label(skip)
}

// fetchTerms is how many terms of a sum take about as long as fetching a line.
const fetchTerms = 8
