package main

import (
	"fmt"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"

	"tnbench/internal/kernel/vec/amd64/asm/simd"
)

// The packers share a signature: for each of n terms they read at
// src + places[i] + terms[k] and write at dst + k·stride. What is written for
// the imaginary parts goes half a stride further.
const packSignature = "func(dst, src *byte, places, terms *int, n, stride int)"

// copySignature has in addition how far apart the units of a term are written.
const copySignature = "func(dst, src *byte, places, terms *int, n, stride, spread int)"

var (
	packDst    = reg.RDI
	packSrc    = reg.RSI
	packTerms  = reg.RDX
	packCount  = reg.RCX
	packStride = reg.R8
	packHalf   = reg.R9
	packFrom   = reg.RAX
	packPlaces = [8]reg.GPPhysical{reg.R10, reg.R11, reg.R12, reg.R13, reg.R15, reg.RBX, reg.R9, reg.R14}
)

// packing writes a packer around the body for one term.
func packing(name string, places int, setup, body func()) {
	packingAs(packSignature, name, places, setup, body)
}

// packingAs is packing with a signature of its own.
func packingAs(signature, name string, places int, setup, body func()) {
	TEXT(name, NOSPLIT, signature)
	Pragma("noescape")
	Load(Param("places"), packFrom)
	for i := range places {
		MOVQ(Mem{Base: packFrom, Disp: 8 * i}, packPlaces[i])
	}
	Load(Param("dst"), packDst)
	Load(Param("src"), packSrc)
	Load(Param("terms"), packTerms)
	Load(Param("n"), packCount)
	Load(Param("stride"), packStride)
	setup()
	Label("loop")
	MOVQ(Mem{Base: packTerms}, packFrom)
	ADDQ(packSrc, packFrom)
	body()
	ADDQ(Imm(8), packTerms)
	DECQ(packCount)
	JNZ(LabelRef("loop"))
	VZEROUPPER()
	RET()
}

// place is the address of what lies at place i of the present term.
func place(i int) Mem { return Mem{Base: packFrom, Index: packPlaces[i], Scale: 1} }

func nothing() {}

// nextTerm moves the destination on.
func nextTerm() { ADDQ(packStride, packDst) }

// copies writes the packers that copy units of some bytes, each contiguous.
func copies(unit, units int) {
	spread := packHalf
	name := fmt.Sprintf("packCopy%dx%d", unit, units)
	packingAs(copySignature, name, units, func() { Load(Param("spread"), spread) }, func() {
		registers := map[int][]reg.VecPhysical{16: simd.X, 32: simd.Y, 64: simd.Z}[unit]
		move := VMOVUPS
		if unit == 64 {
			move = VMOVUPD
		}
		to := [maxVectors]Mem{{Base: packDst}, {Base: packDst, Index: spread, Scale: 1}, {Base: packDst, Index: spread, Scale: 2}}
		for i := range units {
			ahead(i, copyAhead)
			move(place(i), registers[i])
			move(registers[i], to[i])
		}
		nextTerm()
	})
}

// gathers writes the packers of four elements that lie anywhere.
func gathers() {
	packing("packGatherF64", 4, nothing, func() {
		pairs64(0, 0, 1)
		pairs64(1, 2, 3)
		VINSERTF128(Imm(1), simd.X[1], simd.Y[0], simd.Y[0])
		VMOVUPD(simd.Y[0], Mem{Base: packDst})
		nextTerm()
	})
	packing("packGatherF32", 4, nothing, func() {
		VMOVSS(place(0), simd.X[0])
		VINSERTPS(Imm(0x10), place(1), simd.X[0], simd.X[0])
		VINSERTPS(Imm(0x20), place(2), simd.X[0], simd.X[0])
		VINSERTPS(Imm(0x30), place(3), simd.X[0], simd.X[0])
		VMOVUPS(simd.X[0], Mem{Base: packDst})
		nextTerm()
	})
	packing("packSplitF64", 4, halve, func() {
		VMOVUPD(place(0), simd.X[0])
		VINSERTF128(Imm(1), place(2), simd.Y[0], simd.Y[0])
		VMOVUPD(place(1), simd.X[1])
		VINSERTF128(Imm(1), place(3), simd.Y[1], simd.Y[1])
		VUNPCKLPD(simd.Y[1], simd.Y[0], simd.Y[2])
		VUNPCKHPD(simd.Y[1], simd.Y[0], simd.Y[3])
		VMOVUPD(simd.Y[2], Mem{Base: packDst})
		VMOVUPD(simd.Y[3], Mem{Base: packDst, Index: packHalf, Scale: 1})
		nextTerm()
	})
	packing("packSplitF32", 4, halve, func() {
		pairs64(0, 0, 1)
		pairs64(1, 2, 3)
		VSHUFPS(Imm(0x88), simd.X[1], simd.X[0], simd.X[2])
		VSHUFPS(Imm(0xdd), simd.X[1], simd.X[0], simd.X[3])
		VMOVUPS(simd.X[2], Mem{Base: packDst})
		VMOVUPS(simd.X[3], Mem{Base: packDst, Index: packHalf, Scale: 1})
		nextTerm()
	})
	sign := simd.Y[7]
	packing("packTwistF64", 4, func() {
		halve()
		VPCMPEQD(sign, sign, sign)
		VPSLLQ(Imm(63), sign, sign)
		VPSRLDQ(Imm(8), sign, sign) // of the lower element of each pair
	}, func() {
		for i := range 2 {
			VMOVUPD(place(2*i), simd.X[i])
			VINSERTF128(Imm(1), place(2*i+1), simd.Y[i], simd.Y[i])
			VPERMILPD(Imm(0x5), simd.Y[i], simd.Y[i+2])
			VXORPD(sign, simd.Y[i+2], simd.Y[i+2])
			VMOVUPD(simd.Y[i], Mem{Base: packDst, Disp: 32 * i})
			VMOVUPD(simd.Y[i+2], Mem{Base: packDst, Index: packHalf, Scale: 1, Disp: 32 * i})
		}
		nextTerm()
	})
	packing("packTwistF32", 4, func() {
		halve()
		VPCMPEQD(sign, sign, sign)
		VPSLLD(Imm(31), sign, sign)
		VPSRLQ(Imm(32), sign, sign) // of the lower element of each pair
	}, func() {
		pairs64(0, 0, 1)
		pairs64(1, 2, 3)
		VINSERTF128(Imm(1), simd.X[1], simd.Y[0], simd.Y[0])
		VPERMILPS(Imm(0xb1), simd.Y[0], simd.Y[1])
		VXORPS(sign, simd.Y[1], simd.Y[1])
		VMOVUPS(simd.Y[0], Mem{Base: packDst})
		VMOVUPS(simd.Y[1], Mem{Base: packDst, Index: packHalf, Scale: 1})
		nextTerm()
	})
}

// halve works out half the stride.
func halve() {
	MOVQ(packStride, packHalf)
	SHRQ(Imm(1), packHalf)
}

// pairs64 loads 64 bits each from two places.
func pairs64(x, low, high int) {
	VMOVSD(place(low), simd.X[x])
	VMOVHPD(place(high), simd.X[x], simd.X[x])
}

// turnSignature has a table of squares: for each a pair of integers, where its
// first term lies in memory and which term of the panel it is.
const turnSignature = "func(dst, src *byte, places, squares *int, n, stride int)"

// turnTo walks through the terms of a square in the panel.
var turnTo = reg.RSI

// turning writes a packer that transposes squares of so many places.
func turning(name string, places int, body func()) {
	TEXT(name, NOSPLIT, turnSignature)
	Pragma("noescape")
	squares := packTerms
	Load(Param("places"), packFrom)
	Load(Param("src"), turnTo)
	for i := range places {
		MOVQ(Mem{Base: packFrom, Disp: 8 * i}, packPlaces[i])
		ADDQ(turnTo, packPlaces[i])
	}
	Load(Param("dst"), packDst)
	Load(Param("squares"), squares)
	Load(Param("n"), packCount)
	Load(Param("stride"), packStride)
	Label("loop")
	MOVQ(Mem{Base: squares}, packFrom)
	MOVQ(Mem{Base: squares, Disp: 8}, turnTo)
	IMULQ(packStride, turnTo)
	ADDQ(packDst, turnTo)
	for i := range places {
		ahead(i, turnAhead)
	}
	body()
	ADDQ(Imm(16), squares)
	DECQ(packCount)
	JNZ(LabelRef("loop"))
	VZEROUPPER()
	RET()
}

// turned moves on to the next term of a square.
func turned() { ADDQ(packStride, turnTo) }

// transposes writes the packers of elements that are contiguous along the terms.
func transposes() {
	turning("packTurnWide8x8F64", 8, wide64)
	for _, places := range []int{4, 8} {
		for _, terms := range []int{4, 8} {
			name := func(elem real) string { return fmt.Sprintf("packTurn%dx%d%s", places, terms, elem.name) }
			turning(name(reals[1]), places, func() {
				for k := 0; k < terms; k += 4 {
					for i := 0; i < places; i += 4 {
						square64(i, k, simd.Y[4+i:8+i])
					}
					for k := range 4 {
						for i := 0; i < places; i += 4 {
							VMOVUPD(simd.Y[4+i+k], Mem{Base: turnTo, Disp: 8 * i})
						}
						turned()
					}
				}
			})
			turning(name(reals[0]), places, func() {
				turn := turn4x4
				if places == 8 {
					turn = turn8x4
				}
				for k := 0; k < terms; k += 4 {
					turn(k)
				}
			})
		}
	}
}

// wide64 transposes 8×8 double-precision numbers with AVX-512: pairs of rows,
// then pairs of pairs, then halves.
func wide64() {
	x, y := simd.Z[:8], simd.Z[8:16]
	for i := range 8 {
		VMOVUPD(place(i), x[i])
	}
	for i := 0; i < 8; i += 2 {
		VUNPCKLPD(x[i+1], x[i], y[i])
		VUNPCKHPD(x[i+1], x[i], y[i+1])
	}
	// y[2i+k] has in quarter q the terms 2q+k of rows 2i and 2i+1.
	for half := 0; half < 8; half += 4 {
		for k := range 2 {
			VSHUFF64X2(Imm(0x88), y[half+2+k], y[half+k], x[half+k])   // terms k, 4+k
			VSHUFF64X2(Imm(0xdd), y[half+2+k], y[half+k], x[half+2+k]) // terms 2+k, 6+k
		}
	}
	for k := range 4 {
		VSHUFF64X2(Imm(0x88), x[4+k], x[k], y[k])
		VSHUFF64X2(Imm(0xdd), x[4+k], x[k], y[4+k])
	}
	for k := range 8 {
		VMOVUPD(y[k], Mem{Base: turnTo})
		turned()
	}
}

// square64 transposes the double-precision numbers of four places from row on
// and of four terms from term on.
func square64(row, term int, out []reg.VecPhysical) {
	half := func(i, k int) Mem { m := place(row + i); m.Disp = 8*term + 16*k; return m }
	for k := range 2 {
		for i := range 2 {
			VMOVUPD(half(i, k), simd.X[2*k+i])
			VINSERTF128(Imm(1), half(i+2, k), simd.Y[2*k+i], simd.Y[2*k+i])
		}
	}
	for k := range 2 {
		VUNPCKLPD(simd.Y[2*k+1], simd.Y[2*k], out[2*k])
		VUNPCKHPD(simd.Y[2*k+1], simd.Y[2*k], out[2*k+1])
	}
}

// turn4x4 transposes the single-precision numbers of four places and of four
// terms from term on.
func turn4x4(term int) {
	for i := range 4 {
		m := place(i)
		m.Disp = 4 * term
		VMOVUPS(m, simd.X[i])
	}
	VUNPCKLPS(simd.X[1], simd.X[0], simd.X[4]) // a0 b0 a1 b1
	VUNPCKHPS(simd.X[1], simd.X[0], simd.X[5])
	VUNPCKLPS(simd.X[3], simd.X[2], simd.X[6]) // c0 d0 c1 d1
	VUNPCKHPS(simd.X[3], simd.X[2], simd.X[7])
	VMOVLHPS(simd.X[6], simd.X[4], simd.X[0])
	VMOVHLPS(simd.X[4], simd.X[6], simd.X[1])
	VMOVLHPS(simd.X[7], simd.X[5], simd.X[2])
	VMOVHLPS(simd.X[5], simd.X[7], simd.X[3])
	for k := range 4 {
		VMOVUPS(simd.X[k], Mem{Base: turnTo})
		turned()
	}
}

// turn8x4 transposes the single-precision numbers of eight places and of four
// terms from term on.
func turn8x4(term int) {
	x := simd.Y[:4]
	for i := range 4 { // rows i and i+4 side by side
		low, high := place(i), place(i+4)
		low.Disp, high.Disp = 4*term, 4*term
		VMOVUPS(low, simd.X[i])
		VINSERTF128(Imm(1), high, simd.Y[i], simd.Y[i])
	}
	VUNPCKLPS(x[1], x[0], simd.Y[8])
	VUNPCKHPS(x[1], x[0], simd.Y[9])
	VUNPCKLPS(x[3], x[2], simd.Y[10])
	VUNPCKHPS(x[3], x[2], simd.Y[11])
	VSHUFPS(Imm(0x44), simd.Y[10], simd.Y[8], x[0])
	VSHUFPS(Imm(0xee), simd.Y[10], simd.Y[8], x[1])
	VSHUFPS(Imm(0x44), simd.Y[11], simd.Y[9], x[2])
	VSHUFPS(Imm(0xee), simd.Y[11], simd.Y[9], x[3])
	for k := range 4 {
		VMOVUPS(x[k], Mem{Base: turnTo})
		turned()
	}
}

// How far ahead of a contiguous run memory is fetched: the processor's own
// prefetchers start anew on each run and are late. A copier comes back to the
// same run for the next panel after a few others, a transposer goes on at once.
const (
	copyAhead = 1536
	turnAhead = 256
)

// ahead fetches what follows at a place.
func ahead(i, bytes int) {
	m := place(i)
	m.Disp = bytes
	PREFETCHT0(m)
}

// packers writes all of them.
func packers() {
	for _, unit := range []int{16, 32, 64} {
		for units := 1; units <= 3; units++ {
			copies(unit, units)
		}
	}
	gathers()
	transposes()
}
