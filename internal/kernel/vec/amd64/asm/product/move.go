package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"

	"tnbench/internal/kernel/vec/amd64/asm/simd"
)

// Moves rearrange what lies in a near cache. They share a signature: at each place
// something small is read at from and written at to, by a table of offsets.
const moveSignature = "func(to, from *byte, rows, places, last *int)"

var (
	moveTo, moveFrom = reg.RDI, reg.RSI
	movePlace        = reg.RDX
	moveRows         = reg.RCX // where the table is
	moveRead         = reg.RAX // the place at hand
	moveWrite        = reg.RBX
	moveAt           = reg.R14
	moveOffsets      = [7]reg.GPPhysical{reg.R8, reg.R9, reg.R10, reg.R11, reg.R12, reg.R13, reg.R15}
)

// moveRowsWritten is where in the table the columns of a square are.
const moveRowsWritten = 8

// moving writes a move around the body for one place. The first offsets of the table
// are in registers, seven at most.
func moving(name string, offsets int, body func()) {
	TEXT(name, NOSPLIT, moveSignature)
	Pragma("noescape")
	Load(Param("to"), moveTo)
	Load(Param("from"), moveFrom)
	Load(Param("rows"), moveRows)
	Load(Param("places"), movePlace)
	for i := range min(offsets, 7) {
		MOVQ(Mem{Base: moveRows, Disp: 8 * i}, moveOffsets[i])
	}
	last, err := Param("last").Resolve()
	if err != nil {
		panic(err)
	}
	Label("place")
	MOVQ(Mem{Base: movePlace}, moveRead)
	MOVQ(Mem{Base: movePlace, Disp: 8}, moveWrite)
	ADDQ(moveFrom, moveRead)
	ADDQ(moveTo, moveWrite)
	body()
	ADDQ(Imm(16), movePlace)
	CMPQ(movePlace, last.Addr)
	JLS(LabelRef("place"))
	VZEROUPPER()
	RET()
}

// moveSource addresses what is some bytes behind the start of row i, of which those
// from the eighth on have no register.
func moveSource(i, bytes int) Mem {
	offset := moveAt
	if i < 7 {
		offset = moveOffsets[i]
	} else {
		MOVQ(Mem{Base: moveRows, Disp: 8 * i}, offset)
	}
	return Mem{Base: moveRead, Index: offset, Scale: 1, Disp: bytes}
}

// storeColumn writes column j of a square.
func storeColumn(j int, r reg.VecPhysical) {
	MOVQ(Mem{Base: moveRows, Disp: 8 * (moveRowsWritten + j)}, moveAt)
	VMOVUPS(r, Mem{Base: moveWrite, Index: moveAt, Scale: 1})
}

// loadHalves fills a register with 16 bytes each of two rows.
func loadHalves(y, low, high, bytes int) {
	VMOVUPS(moveSource(low, bytes), simd.X[y])
	VINSERTF128(Imm(1), moveSource(high, bytes), simd.Y[y], simd.Y[y])
}

// moves writes all of them.
func moves() {
	moving("moveTurn4", 8, func() {
		for half := range 2 {
			for i := range 4 {
				loadHalves(4*half+i, i, i+4, 16*half)
			}
		}
		for half := range 2 {
			x, t := simd.Y[4*half:], simd.Y[8+4*half:]
			VUNPCKLPS(x[1], x[0], t[0]) // a0 b0 a1 b1
			VUNPCKHPS(x[1], x[0], t[1])
			VUNPCKLPS(x[3], x[2], t[2]) // c0 d0 c1 d1
			VUNPCKHPS(x[3], x[2], t[3])
			VUNPCKLPD(t[2], t[0], x[0])
			VUNPCKHPD(t[2], t[0], x[1])
			VUNPCKLPD(t[3], t[1], x[2])
			VUNPCKHPD(t[3], t[1], x[3])
			for j := range 4 {
				storeColumn(4*half+j, x[j])
			}
		}
	})
	moving("moveTurn8", 4, func() {
		for half := range 2 {
			x, t := simd.Y[2*half:], simd.Y[4+2*half:]
			loadHalves(2*half, 0, 2, 16*half)
			loadHalves(2*half+1, 1, 3, 16*half)
			VUNPCKLPD(x[1], x[0], t[0])
			VUNPCKHPD(x[1], x[0], t[1])
			storeColumn(2*half, t[0])
			storeColumn(2*half+1, t[1])
		}
	})
	moving("moveTurn16", 2, func() {
		for half := range 2 {
			loadHalves(half, 0, 1, 16*half)
			storeColumn(half, simd.Y[half])
		}
	})
	moving("moveGather4", 4, func() {
		VMOVSS(moveSource(0, 0), simd.X[0])
		VINSERTPS(Imm(0x10), moveSource(1, 0), simd.X[0], simd.X[0])
		VINSERTPS(Imm(0x20), moveSource(2, 0), simd.X[0], simd.X[0])
		VINSERTPS(Imm(0x30), moveSource(3, 0), simd.X[0], simd.X[0])
		VMOVUPS(simd.X[0], Mem{Base: moveWrite})
	})
	moving("moveGather8", 4, func() {
		for half := range 2 {
			VMOVSD(moveSource(2*half, 0), simd.X[half])
			VMOVHPD(moveSource(2*half+1, 0), simd.X[half], simd.X[half])
		}
		VINSERTF128(Imm(1), simd.X[1], simd.Y[0], simd.Y[0])
		VMOVUPD(simd.Y[0], Mem{Base: moveWrite})
	})
	moving("moveCopy", 1, func() {
		left := moveAt
		MOVQ(moveOffsets[0], left)
		SUBQ(Imm(32), left)
		JLT(LabelRef("short"))
		Label("whole")
		VMOVUPS(Mem{Base: moveRead}, simd.Y[0])
		VMOVUPS(simd.Y[0], Mem{Base: moveWrite})
		ADDQ(Imm(32), moveRead)
		ADDQ(Imm(32), moveWrite)
		SUBQ(Imm(32), left)
		JGE(LabelRef("whole"))
		Label("short")
		CMPQ(left, I8(-32))
		JEQ(LabelRef("copied"))
		VMOVUPS(Mem{Base: moveRead}, simd.X[0])
		VMOVUPS(simd.X[0], Mem{Base: moveWrite})
		Label("copied")
	})
}
