package main

import "fmt"

// The registers of the packers. For each of n terms they read at
// src + places[i] + terms[k] and write at dst + k·stride; what is written for the
// imaginary parts goes half a stride further.
var packing = struct {
	dst, src             r
	places               [4]r
	terms, count, stride r
	half, from, spread   r
	twice                r
}{0, 1, [4]r{2, 3, 4, 5}, 6, 7, 8, 9, 10, 11, 12}

const packSignature = "dst *byte, src *byte, places *int, terms *int, n int, stride int"

// packer writes a packer around the body for one term.
func (f *file) packer(name, signature string, places int, setup, body func()) {
	p := packing
	f.function(name, signature)
	f.load(argument{"places", p.from})
	for i, to := range p.places[:places] {
		f.do(fmt.Sprintf("MOVD %d(%v), %v", 8*i, p.from, to))
	}
	f.load(argument{"dst", p.dst}, argument{"src", p.src}, argument{"terms", p.terms}, argument{"n", p.count}, argument{"stride", p.stride})
	setup()
	f.label("loop")
	f.do(fmt.Sprintf("MOVD.P 8(%v), %v", p.terms, p.from), fmt.Sprintf("ADD %v, %v", p.src, p.from))
	body()
	f.do(fmt.Sprintf("ADD %v, %v", p.stride, p.dst))
	f.do(fmt.Sprintf("SUBS $1, %v", p.count))
	f.do("BNE loop")
	f.do("RET")
}

// copies writes the packer of so many vectors, each contiguous.
func (f *file) copies(units int) {
	p := packing
	f.packer(fmt.Sprintf("packCopy%d", units), packSignature+", spread int", units, func() {
		f.load(argument{"spread", p.spread})
		f.do(fmt.Sprintf("ADD %v, %v, %v", p.spread, p.spread, p.twice))
	}, func() {
		for i := range units {
			f.do(in("LDRQ", int(p.from), int(p.places[i]), i))
		}
		f.do(fmt.Sprintf("FMOVQ F0, (%v)", p.dst))
		for i, apart := range []r{p.spread, p.twice}[:units-1] {
			f.do(in("STRQ", int(p.dst), int(apart), i+1))
		}
	})
}

// four writes the packers of four elements that lie anywhere.
func (f *file) four(of real) {
	p := packing
	f.packer("packGather"+of.Name, packSignature, 4, func() {}, func() {
		for i, place := range p.places {
			f.do(fmt.Sprintf("FMOV%s (%v)(%v), %s", of.Suffix, p.from, place, v(i).scalar()))
		}
		for i := 0; i < 4; i += 2 {
			f.do(fmt.Sprintf("FSTP%s (F%d, F%d), %d(%v)", of.Suffix, i, i+1, i*of.Bytes, p.dst))
		}
	})
	halve := func() { f.do(fmt.Sprintf("LSR $1, %v, %v", p.stride, p.half)) }
	f.packer("packSplit"+of.Name, packSignature, 4, halve, func() {
		f.pairs(of)
		if of.Bytes == 4 {
			f.do("VUZP1 V1.S4, V0.S4, V4.S4", "VUZP2 V1.S4, V0.S4, V5.S4")
			f.do(fmt.Sprintf("FMOVQ F4, (%v)", p.dst), in("STRQ", int(p.dst), int(p.half), 5))
			return
		}
		for i := 0; i < 4; i += 2 {
			f.do(fmt.Sprintf("VZIP1 V%d.D2, V%d.D2, V%d.D2", i+1, i, 4+i/2), fmt.Sprintf("VZIP2 V%d.D2, V%d.D2, V%d.D2", i+1, i, 6+i/2))
		}
		f.do(fmt.Sprintf("FSTPQ (F4, F5), (%v)", p.dst), fmt.Sprintf("ADD %v, %v, %v", p.half, p.dst, p.from), fmt.Sprintf("FSTPQ (F6, F7), (%v)", p.from))
	})
	const sign = v(31)
	f.packer("packTwist"+of.Name, packSignature, 4, func() {
		halve()
		f.do(of.signs(p.from, sign)...)
	}, func() {
		f.pairs(of)
		vectors := 4 * 2 * of.Bytes / vector
		f.do(fmt.Sprintf("ADD %v, %v, %v", p.half, p.dst, p.from))
		for i := range vectors {
			f.do(of.swap(v(i), v(4+i)), fmt.Sprintf("VEOR %[1]s, V%[2]d.B16, V%[2]d.B16", sign.as("B16"), 4+i))
		}
		for i := 0; i < vectors; i += 2 {
			f.do(fmt.Sprintf("FSTPQ (F%d, F%d), %d(%v)", i, i+1, i*vector, p.dst), fmt.Sprintf("FSTPQ (F%d, F%d), %d(%v)", 4+i, 5+i, i*vector, p.from))
		}
	})
}

// pairs loads four complex elements: single ones two to a vector.
func (f *file) pairs(of real) {
	p := packing
	for i, place := range p.places {
		if of.Bytes == 8 {
			f.do(in("LDRQ", int(p.from), int(place), i))
			continue
		}
		f.do(fmt.Sprintf("FMOVD (%v)(%v), F%d", p.from, place, i))
	}
	if of.Bytes == 4 {
		f.do("VZIP1 V1.D2, V0.D2, V0.D2", "VZIP1 V3.D2, V2.D2, V1.D2")
	}
}

// turn writes the packer that transposes squares of so many places and terms, four
// places and a vector of terms at a time. For each square there is a pair of integers:
// where its first term lies in memory, and which term of the panel it is.
func (f *file) turn(of real) {
	const (
		dst, src, places, squares, count, stride, tall, long = r(0), r(1), r(2), r(3), r(4), r(5), r(6), r(7)
		from, to, place, left, term, terms                   = r(8), r(9), r(10), r(11), r(16), r(17)
	)
	at := [4]r{12, 13, 14, 15}
	f.function("packTurn"+of.Name, "dst *byte, src *byte, places *int, squares *int, n int, stride int, tall int, long int")
	f.loadAll()
	f.label("square")
	f.do(fmt.Sprintf("LDP.P %d(%v), (%v, %v)", pairBytes, squares, from, to))
	f.do(fmt.Sprintf("ADD %v, %v", src, from), fmt.Sprintf("MUL %v, %v", stride, to), fmt.Sprintf("ADD %v, %v", dst, to))
	f.do(fmt.Sprintf("MOVD %v, %v", places, place), fmt.Sprintf("MOVD %v, %v", tall, left))
	f.label("across")
	for i := 0; i < 4; i += 2 {
		f.do(fmt.Sprintf("LDP.P 16(%v), (%v, %v)", place, at[i], at[i+1]), fmt.Sprintf("ADD %v, %v", from, at[i]), fmt.Sprintf("ADD %v, %v", from, at[i+1]))
	}
	f.do(fmt.Sprintf("MOVD %v, %v", to, term), fmt.Sprintf("MOVD %v, %v", long, terms))
	f.label("along")
	for i, a := range at {
		f.do(fmt.Sprintf("FMOVQ.P %d(%v), F%d", vector, a, i))
	}
	f.square(of.Bytes)
	for k := range of.Lanes() {
		store := fmt.Sprintf("FMOVQ F%d, (%v)", k, term)
		if of.Bytes == 8 {
			store = fmt.Sprintf("FSTPQ (F%d, F%d), (%v)", 2*k, 2*k+1, term)
		}
		f.do(store, fmt.Sprintf("ADD %v, %v", stride, term))
	}
	f.do(fmt.Sprintf("SUBS $%d, %v", of.Lanes(), terms), "BNE along")
	f.do(fmt.Sprintf("ADD $%d, %v", 4*of.Bytes, to))
	f.do(fmt.Sprintf("SUBS $4, %v", left), "BNE across")
	f.do(fmt.Sprintf("SUBS $1, %v", count), "BNE square")
	f.do("RET")
}

// square transposes registers 0 to 3: 4×4 elements of 4 bytes or 4×2 of 8.
func (f *file) square(bytes int) {
	if bytes == 8 {
		f.do("VZIP2 V1.D2, V0.D2, V4.D2", "VZIP2 V3.D2, V2.D2, V5.D2")
		f.do("VZIP1 V1.D2, V0.D2, V0.D2", "VZIP1 V3.D2, V2.D2, V1.D2")
		f.do("VMOV V4.B16, V2.B16", "VMOV V5.B16, V3.B16")
		return
	}
	f.do("VZIP1 V2.S4, V0.S4, V4.S4", "VZIP2 V2.S4, V0.S4, V5.S4")
	f.do("VZIP1 V3.S4, V1.S4, V6.S4", "VZIP2 V3.S4, V1.S4, V7.S4")
	f.do("VZIP1 V6.S4, V4.S4, V0.S4", "VZIP2 V6.S4, V4.S4, V1.S4")
	f.do("VZIP1 V7.S4, V5.S4, V2.S4", "VZIP2 V7.S4, V5.S4, V3.S4")
}

// scatter writes what moves a tile from a buffer to its destination in units of
// contiguous bytes: unit u of row i lies at tile + i·width + u·unit and goes to
// c + rows[i] + cols[u·step/8].
func (f *file) scatter(of real, unit int) {
	const (
		c, tile, rows, cols, tall, units, width, step, add = r(0), r(1), r(2), r(3), r(4), r(5), r(6), r(7), r(8)
		row, col, from, left, to                           = r(9), r(10), r(11), r(12), r(13)
	)
	move := map[int]string{4: "FMOVS", 8: "FMOVD", 16: "FMOVQ"}[unit]
	get := func(post string, from r, x int) string {
		if unit == 2*vector {
			return fmt.Sprintf("FLDPQ%s(%v), (F%d, F%d)", post, from, x, x+1)
		}
		return fmt.Sprintf("%s%s(%v), F%d", move, post, from, x)
	}
	f.function(fmt.Sprintf("scatter%sx%d", of.Name, unit),
		"c *byte, tile *byte, rows *int, cols *int, tall int, units int, width int, step int, add int")
	f.loadAll()
	f.label("row")
	f.do(fmt.Sprintf("MOVD.P 8(%v), %v", rows, row), fmt.Sprintf("ADD %v, %v", c, row))
	f.do(fmt.Sprintf("MOVD %v, %v", cols, col), fmt.Sprintf("MOVD %v, %v", tile, from), fmt.Sprintf("MOVD %v, %v", units, left))
	f.label("unit")
	f.do(fmt.Sprintf("MOVD (%v), %v", col, to), fmt.Sprintf("ADD %v, %v", step, col), fmt.Sprintf("ADD %v, %v", row, to))
	f.do(get(fmt.Sprintf(".P %d", unit), from, 0))
	f.do(fmt.Sprintf("CBZ %v, store", add))
	f.do(get(" ", to, 2))
	for i := range max(1, unit/vector) {
		f.do(in("FADD_"+of.Suffix, 2+i, i, i))
	}
	f.label("store")
	if unit == 2*vector {
		f.do(fmt.Sprintf("FSTPQ (F0, F1), (%v)", to))
	} else {
		f.do(fmt.Sprintf("%s F0, (%v)", move, to))
	}
	f.do(fmt.Sprintf("SUBS $1, %v", left), "BNE unit")
	f.do(fmt.Sprintf("ADD %v, %v", width, tile))
	f.do(fmt.Sprintf("SUBS $1, %v", tall), "BNE row")
	f.do("RET")
}

// fetchTile writes what asks for the lines of a tile's destination.
func (f *file) fetchTile() {
	f.function("fetchTile", "c *byte, rows *int, cols *int, tall int, units int, step int")
	f.loadAll()
	f.label("row")
	f.do("MOVD.P 8(R1), R6", "ADD R0, R6")
	f.do("MOVD R2, R7", "MOVD R4, R8")
	f.label("unit")
	f.do("MOVD (R7), R9", "ADD R5, R7", "ADD R6, R9", "PRFM (R9), PSTL1KEEP")
	f.do("SUBS $1, R8", "BNE unit")
	f.do("SUBS $1, R3", "BNE row")
	f.do("RET")
}

// packers writes the packers and what copies buffered tiles.
func packers(f *file) {
	for units := 1; units <= maxVectors; units++ {
		f.copies(units)
	}
	for _, of := range reals {
		f.four(of)
		f.turn(of)
	}
	for _, of := range reals {
		for unit := of.Bytes; unit <= 2*vector; unit *= 2 {
			f.scatter(of, unit)
		}
	}
	f.fetchTile()
}
