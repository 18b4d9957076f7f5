package main

import (
	. "github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"

	"tnbench/internal/kernel/vec/amd64/asm/simd"
)

// tile is the square of elements that a transposition does in registers.
func (k kit) tile() int {
	if k.bytes() == 4 {
		return 8 // half registers with AVX-512
	}
	return k.Vector / k.bytes()
}

func (k kit) tileVec(i int) reg.VecPhysical {
	if k.bytes() == 4 {
		return simd.Y[i]
	}
	return k.vec(i, whole)
}

// transpose writes c[j][i] = x[i][j]·y, where the addresses of the rows of x
// and those of c come from tables.
func (k kit) transpose() string {
	return k.function("transpose", "transposes, times a number.", 1, func(*frame) {}, func(f *frame) {
		re, im := k.tileVec(14), k.tileVec(15)
		if k.Masks {
			re, im = k.tileVec(30), k.tileVec(31)
		}
		f.broadcastNumber(re, im)
		f.transposeBlocks(re, im)
	})
}

// broadcastNumber fills re and im with y.
func (f *frame) broadcastNumber(re, im reg.VecPhysical) {
	f.broadcast(operand.Mem{Base: f.y}, re, whole)
	if f.complex {
		f.broadcast(operand.Mem{Base: f.y, Disp: f.real}, im, whole)
	}
}

// transposeBlocks walks the tiles: along a row of C outside, along the rows of
// x inside.
func (f *frame) transposeBlocks(re, im reg.VecPhysical) {
	n := f.tile()
	term, terms := GP64(), GP64()
	column, columns, x := GP64(), GP64(), GP64()
	MOVQ(f.arg(argTerms), term)
	MOVQ(f.arg(argNumTerms), terms)
	down, across := f.label("down"), f.label("across")
	part, next := f.label("part"), f.label("next")
	Label(down)
	MOVQ(f.arg(argColumns), column)
	MOVQ(f.arg(argLength), columns)
	MOVQ(f.x, x)
	Label(across)
	if !f.Masks && n == 8 { // the last tile needed all registers
		f.broadcastNumber(re, im)
	}
	CMPQ(terms, imm(n))
	JLT(operand.LabelRef(part))
	CMPQ(columns, imm(n))
	JLT(operand.LabelRef(part))
	f.wholeTile(term, column, x, re, im)
	JMP(operand.LabelRef(next))
	Label(part)
	if f.Masks {
		f.maskedTile(term, terms, column, columns, x, re, im)
	} else {
		f.partTile(term, terms, column, columns, x, re, im)
	}
	Label(next)
	ADDQ(imm(n*8), column)
	ADDQ(imm(n*f.bytes()), x)
	SUBQ(imm(n), columns)
	JG(operand.LabelRef(across))
	ADDQ(imm(n*f.bytes()), f.c)
	ADDQ(imm(n*termBytes), term)
	SUBQ(imm(n), terms)
	JG(operand.LabelRef(down))
}

// times multiplies r by the number in re and im.
func (f *frame) times(r, help, re, im reg.VecPhysical) {
	if !f.complex {
		simd.Pick(f.real, VMULPS, VMULPD)(re, r, r)
		return
	}
	f.swap(r, help)
	simd.Pick(f.real, VMULPS, VMULPD)(im, help, help)
	simd.Pick(f.real, VFMADDSUB213PS, VFMADDSUB213PD)(help, re, r)
}

func (f *frame) wholeTile(term, column, x reg.GPVirtual, re, im reg.VecPhysical) {
	n := f.tile()
	at := GP64()
	// Complex products need a register to spare: the last of the second half.
	help := f.tileVec(2*n - 1)
	rows := make([]reg.VecPhysical, n)
	for i := range rows {
		rows[i] = f.tileVec(i)
		MOVQ(operand.Mem{Base: term, Disp: i*termBytes + termX}, at)
		simd.Pick(f.real, VMOVUPS, VMOVUPD)(operand.Mem{Base: x, Index: at, Scale: 1}, rows[i])
		f.times(rows[i], help, re, im)
	}
	for j, r := range f.transposed(rows) {
		MOVQ(operand.Mem{Base: column, Disp: j * 8}, at)
		simd.Pick(f.real, VMOVUPS, VMOVUPD)(r, operand.Mem{Base: f.c, Index: at, Scale: 1})
	}
}

// maskedTile does a tile at the edge.
func (f *frame) maskedTile(term, terms, column, columns, x reg.GPVirtual, re, im reg.VecPhysical) {
	n := f.tile()
	at := GP64()
	f.laneMask(columns, reg.K1)
	f.laneMask(terms, reg.K2)
	help := f.tileVec(2*n - 1)
	rows := make([]reg.VecPhysical, n)
	loaded, stored := f.label("loaded"), f.label("stored")
	for i := range rows {
		rows[i] = f.tileVec(i)
		f.Zero(rows[i])
	}
	for i := range rows {
		if i > 0 {
			CMPQ(terms, imm(i))
			JLE(operand.LabelRef(loaded))
		}
		MOVQ(operand.Mem{Base: term, Disp: i*termBytes + termX}, at)
		simd.Pick(f.real, VMOVUPS_Z, VMOVUPD_Z)(operand.Mem{Base: x, Index: at, Scale: 1}, reg.K1, rows[i])
		f.times(rows[i], help, re, im)
	}
	Label(loaded)
	for j, r := range f.transposed(rows) {
		if j > 0 {
			CMPQ(columns, imm(j))
			JLE(operand.LabelRef(stored))
		}
		MOVQ(operand.Mem{Base: column, Disp: j * 8}, at)
		simd.Pick(f.real, VMOVUPS, VMOVUPD)(r, reg.K2, operand.Mem{Base: f.c, Index: at, Scale: 1})
	}
	Label(stored)
}

// laneMask sets a mask to min(n, tile) elements.
func (f *frame) laneMask(n reg.GPVirtual, k reg.OpmaskPhysical) {
	count, bits := GP64(), GP64()
	MOVQ(imm(f.tile()), count)
	CMPQ(n, count)
	CMOVQLT(n, count)
	if f.complex {
		SHLQ(operand.U8(1), count)
	}
	MOVQ(operand.I64(-1), bits)
	BZHIQ(count, bits, bits)
	KMOVW(bits.As32(), k)
}

// partTile does a tile at the edge without mask registers.
func (f *frame) partTile(term, terms, column, columns, x reg.GPVirtual, re, im reg.VecPhysical) {
	n := f.tile()
	at := GP64()
	f.mask = f.tileVec(13) // free until all rows are loaded
	f.tileMask(columns)
	help := f.tileVec(2*n - 1)
	rows := make([]reg.VecPhysical, n)
	loaded := f.label("loaded")
	for i := range rows {
		rows[i] = f.tileVec(i)
		f.Zero(rows[i])
	}
	for i := range rows {
		if i > 0 {
			CMPQ(terms, imm(i))
			JLE(operand.LabelRef(loaded))
		}
		MOVQ(operand.Mem{Base: term, Disp: i*termBytes + termX}, at)
		simd.Pick(f.real, VMASKMOVPS, VMASKMOVPD)(operand.Mem{Base: x, Index: at, Scale: 1}, f.mask, rows[i])
		f.times(rows[i], help, re, im)
	}
	Label(loaded)
	f.storeTile(f.transposed(rows), terms, column, columns)
}

// tileMask sets the mask to min(count, tile) elements.
func (f *frame) tileMask(count reg.GPVirtual) {
	reals, bits := GP64(), GP64()
	MOVQ(imm(f.tile()), reals)
	CMPQ(count, reals)
	CMOVQLT(count, reals)
	f.maskOf(reals, bits)
}

// storeTile stores the first elements of the first rows, as many as there are terms and
// columns.
func (f *frame) storeTile(rows []reg.VecPhysical, terms, column, columns reg.GPVirtual) {
	part, stored := f.label("few"), f.label("stored")
	at, on := GP64(), GP64()
	each := func(end string, body func(r reg.VecPhysical)) {
		for j, r := range rows {
			if j > 0 {
				CMPQ(columns, imm(j))
				JLE(operand.LabelRef(end))
			}
			MOVQ(operand.Mem{Base: column, Disp: j * 8}, at)
			body(r)
		}
	}
	CMPQ(terms, imm(f.tile()))
	JLT(operand.LabelRef(part))
	each(stored, func(r reg.VecPhysical) {
		simd.Pick(f.real, VMOVUPS, VMOVUPD)(r, operand.Mem{Base: f.c, Index: at, Scale: 1})
	})
	JMP(operand.LabelRef(stored))
	Label(part)
	MOVQ(f.c, on)
	for bytes := f.Vector / 2; bytes >= f.bytes(); bytes /= 2 {
		skip, next := f.label("skip"), f.label("on")
		TESTQ(imm(bytes/f.bytes()), terms)
		JZ(operand.LabelRef(skip))
		each(next, func(r reg.VecPhysical) { f.storePart(r, operand.Mem{Base: on, Index: at, Scale: 1}, bytes) })
		Label(next)
		ADDQ(imm(bytes), on)
		Label(skip)
	}
	Label(stored)
}

// transposed writes the shuffles of a tile and returns the registers that hold
// its columns. It uses twice as many registers as the tile has rows.
func (f *frame) transposed(rows []reg.VecPhysical) []reg.VecPhysical {
	n := len(rows)
	spare := make([]reg.VecPhysical, n)
	for i := range spare {
		spare[i] = f.tileVec(n + i)
	}
	switch {
	case f.bytes() == 16 && n == 2:
		VPERM2F128(operand.U8(0x20), rows[1], rows[0], spare[0])
		VPERM2F128(operand.U8(0x31), rows[1], rows[0], spare[1])
		return spare
	case f.bytes() == 16:
		return lanes4(rows, spare)
	case f.bytes() == 8 && n == 4:
		pairs(rows, spare)
		VPERM2F128(operand.U8(0x20), spare[2], spare[0], rows[0])
		VPERM2F128(operand.U8(0x20), spare[3], spare[1], rows[1])
		VPERM2F128(operand.U8(0x31), spare[2], spare[0], rows[2])
		VPERM2F128(operand.U8(0x31), spare[3], spare[1], rows[3])
		return rows
	case f.bytes() == 8:
		pairs(rows, spare)
		// Row pairs of even columns, then of odd ones: 128-bit lanes to transpose.
		even := lanes4([]reg.VecPhysical{spare[0], spare[2], spare[4], spare[6]}, rows[:4])
		odd := lanes4([]reg.VecPhysical{spare[1], spare[3], spare[5], spare[7]}, rows[4:])
		return []reg.VecPhysical{even[0], odd[0], even[1], odd[1], even[2], odd[2], even[3], odd[3]}
	}
	return f.transposed32(rows, spare)
}

// pairs interleaves the 64-bit elements of neighbouring rows.
func pairs(rows, to []reg.VecPhysical) {
	for i := 0; i < len(rows); i += 2 {
		VUNPCKLPD(rows[i+1], rows[i], to[i])
		VUNPCKHPD(rows[i+1], rows[i], to[i+1])
	}
}

// lanes4 transposes 4×4 lanes of 128 bits. It overwrites its input.
func lanes4(in, out []reg.VecPhysical) []reg.VecPhysical {
	lo, hi := operand.U8(0x88), operand.U8(0xdd)
	VSHUFF64X2(operand.U8(0x44), in[1], in[0], out[0]) // a0 a1 b0 b1
	VSHUFF64X2(operand.U8(0xee), in[1], in[0], out[1]) // a2 a3 b2 b3
	VSHUFF64X2(operand.U8(0x44), in[3], in[2], out[2]) // c0 c1 d0 d1
	VSHUFF64X2(operand.U8(0xee), in[3], in[2], out[3]) // c2 c3 d2 d3
	VSHUFF64X2(lo, out[2], out[0], in[0])
	VSHUFF64X2(hi, out[2], out[0], in[1])
	VSHUFF64X2(lo, out[3], out[1], in[2])
	VSHUFF64X2(hi, out[3], out[1], in[3])
	return in
}

// transposed32 transposes 8×8 elements of 32 bits.
func (f *frame) transposed32(rows, spare []reg.VecPhysical) []reg.VecPhysical {
	for i := 0; i < 8; i += 2 {
		VUNPCKLPS(rows[i+1], rows[i], spare[i])
		VUNPCKHPS(rows[i+1], rows[i], spare[i+1])
	}
	for i := 0; i < 8; i += 4 {
		VSHUFPS(operand.U8(0x44), spare[i+2], spare[i], rows[i])
		VSHUFPS(operand.U8(0xee), spare[i+2], spare[i], rows[i+1])
		VSHUFPS(operand.U8(0x44), spare[i+3], spare[i+1], rows[i+2])
		VSHUFPS(operand.U8(0xee), spare[i+3], spare[i+1], rows[i+3])
	}
	for i := range 4 {
		VPERM2F128(operand.U8(0x20), rows[i+4], rows[i], spare[i])
		VPERM2F128(operand.U8(0x31), rows[i+4], rows[i], spare[i+4])
	}
	return spare
}
