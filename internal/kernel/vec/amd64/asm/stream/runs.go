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
	var last, full string
	if f.mask != nil { // short runs have no time for questions
		last, full = f.label("last"), f.label("full")
		CMPQ(left, imm(f.lanes()))
		JLT(operand.LabelRef(last))
		if rest > 1 {
			JEQ(operand.LabelRef(full))
		}
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
	} else if f.mask != nil {
		f.lastGroups(left, rest, body, last, full, done)
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

// lastGroups does what is left of a run at once, with registers as far as it goes, up to
// rest of them, and a mask for the last one. One register is done at the label full, and less
// than that at the label last; single elements need no mask.
func (f *frame) lastGroups(left reg.GPVirtual, rest int, body func(group), last, full, done string) {
	f.rest = left
	for n := rest; n > 1; n-- {
		fewer := f.label("fewer")
		CMPQ(left, imm((n-1)*f.lanes()))
		JLE(operand.LabelRef(fewer))
		body(group{n, masked})
		JMP(operand.LabelRef(done))
		Label(fewer)
	}
	if rest > 1 {
		CMPQ(left, imm(f.lanes()))
		JLT(operand.LabelRef(last))
		Label(full)
		body(group{1, whole})
		JMP(operand.LabelRef(done))
	}
	Label(last)
	if f.lanes() > 2 {
		one := f.label("one")
		CMPQ(left, imm(1))
		JEQ(operand.LabelRef(one))
		body(group{1, masked})
		JMP(operand.LabelRef(done))
		Label(one)
	}
	body(group{1, single})
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
	staged := g.width == masked && !f.Masks
	f.eachRow(sums, 0, func(c reg.GPVirtual, row []reg.VecPhysical) {
		for v := range g.vectors {
			m := operand.Mem{Base: c, Disp: v * f.Vector}
			if add {
				f.add(m, row[v], f.of(g, v), v)
			}
			if !staged || v+1 < g.vectors {
				f.store(row[v], m, f.of(g, v), v)
			}
		}
	})
	if staged {
		f.storeStaged(sums, g)
	}
}

// eachRow calls body with the address of each row of C, some bytes on.
func (f *frame) eachRow(sums [][]reg.VecPhysical, from int, body func(c reg.GPVirtual, row []reg.VecPhysical)) {
	c := f.c
	if len(sums) > 1 || from > 0 {
		c = GP64()
		MOVQ(f.c, c)
		if from > 0 {
			ADDQ(imm(from), c)
		}
	}
	for j, row := range sums {
		body(c, row)
		if j+1 < len(sums) {
			ADDQ(f.arg(argRowC), c)
		}
	}
}

// storeStaged stores the lanes of the last registers that a run reaches: all, or half
// of them and half of what is left as far as that goes. Stores with masks take tens of
// cycles on some processors.
func (f *frame) storeStaged(sums [][]reg.VecPhysical, g group) {
	last := g.vectors - 1
	stored, part := f.label("rest"), f.label("part")
	if g.vectors > 1 { // else it would have been a whole one
		CMPQ(f.rest, imm(g.vectors*f.lanes()))
		JLT(operand.LabelRef(part))
		f.eachRow(sums, last*f.Vector, func(c reg.GPVirtual, row []reg.VecPhysical) {
			f.store(row[last], operand.Mem{Base: c}, whole, 0)
		})
		JMP(operand.LabelRef(stored))
		Label(part)
	}
	// The registers move on to what is left, and so do the addresses.
	at := GP64()
	MOVQ(imm(last*f.Vector), at)
	for bytes := f.Vector / 2; bytes >= f.bytes(); bytes /= 2 {
		skip := f.label("skip")
		TESTQ(imm(bytes/f.bytes()), f.rest)
		JZ(operand.LabelRef(skip))
		f.eachRow(sums, 0, func(c reg.GPVirtual, row []reg.VecPhysical) {
			f.storePart(row[last], operand.Mem{Base: c, Index: at, Scale: 1}, bytes)
		})
		ADDQ(imm(bytes), at)
		Label(skip)
	}
	Label(stored)
}

// storePart stores the first bytes of a register, and moves those behind them there.
func (f *frame) storePart(r reg.VecPhysical, m operand.Mem, bytes int) {
	x := r.(reg.Vec).AsX()
	switch bytes {
	case 16:
		VMOVUPS(x, m)
		if f.bytes() < 16 {
			VEXTRACTF128(operand.U8(1), r, x)
		}
	case 8:
		VMOVSD(x, m)
		if f.bytes() < 8 {
			VPERMILPD(operand.U8(1), x, x)
		}
	default:
		VMOVSS(x, m)
	}
}

// multiply writes c[i] = Σ x[i]·y[i].
func (k kit) multiply() string {
	wholes, rest := []int{8, 4}, 4
	switch {
	case k.complex && k.Masks:
		wholes = []int{4}
	case k.complex && k.past:
		wholes = []int{2, 1}
	case k.complex:
		wholes, rest = []int{2}, 2
	case k.past && !k.Masks:
		wholes = []int{8, 1}
	}
	k.mask = k.restMask(15)
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
		r, w := f.vec(first+v%4, g.width), f.of(g, v)
		f.load(at(x), r, w, v)
		f.fetchAhead(x, v, g)
		f.fetchAhead(y, v, g)
		if !f.complex {
			f.fma(f.operand(at(y), f.vec(first+4, g.width), w), r, sums[v], w, v)
			continue
		}
		// Shuffles from memory read masked lanes too, so y is loaded apart
		// where it may end.
		re, im := f.vec(first+4, g.width), f.vec(first+5, g.width)
		var from operand.Op = at(y)
		if w != whole {
			f.load(at(y), im, w, v)
			from = im
		}
		f.duplicate(from, re, false)
		f.duplicate(from, im, true)
		f.fma(re, r, sums[v], plain(g.width), v)
		f.fma(im, r, sums[g.vectors+v], plain(g.width), v)
	}
}

// operand returns an operand in memory as instructions take it: in help if it ends where
// others than those with masks would read on.
func (k kit) operand(m operand.Mem, help reg.VecPhysical, w width) operand.Op {
	if k.Masks || w != masked {
		return m
	}
	k.load(m, help, w, 0)
	return help
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
	if !k.Masks && k.past && vectors > 1 {
		wholes = append(wholes, 1)
	}
	k.mask = k.restMask(15)
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
		f.load(operand.Mem{Base: x, Disp: v * f.Vector}, xs[v], f.of(g, v), v)
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
