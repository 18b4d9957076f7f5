package main

import (
	"fmt"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"

	"tnbench/internal/kernel/vec/amd64/asm/simd"
)

// Scatter moves a tile from a buffer to its destination in units of contiguous
// bytes: unit u of row i lies at tile + i·width + u·unit and goes to
// c + rows[i] + cols[u·step/8].

// scatter writes the function for units of some bytes.
func scatter(elem real, unit int) {
	m := micro{ISA: simd.AVX2, real: elem}
	TEXT(fmt.Sprintf("scatter%sx%d", elem.name, unit), NOSPLIT,
		"func(c, tile *byte, rows, cols *int, tall, units, width, step, add int)")
	Pragma("noescape")
	tile, width, units, step, tall, add := reg.RSI, reg.R10, reg.R11, reg.R12, reg.R13, reg.R15
	Load(Param("c"), dest)
	Load(Param("tile"), tile)
	Load(Param("rows"), rows)
	Load(Param("tall"), tall)
	Load(Param("units"), units)
	Load(Param("width"), width)
	Load(Param("step"), step)
	Load(Param("add"), add)
	to, from, col, left, off := reg.RAX, reg.RDI, reg.RDX, reg.RCX, reg.RBX
	loop := func(name string, body func()) {
		Label(name)
		MOVQ(Mem{Base: rows}, to)
		ADDQ(dest, to)
		MOVQ(tile, from)
		Load(Param("cols"), col)
		MOVQ(units, left)
		Label(name + "Unit")
		MOVQ(Mem{Base: col}, off)
		body()
		ADDQ(Imm(uint64(unit)), from)
		ADDQ(step, col)
		DECQ(left)
		JNZ(LabelRef(name + "Unit"))
		ADDQ(Imm(8), rows)
		ADDQ(width, tile)
		DECQ(tall)
		JNZ(LabelRef(name))
		VZEROUPPER()
		RET()
	}
	source, target := Mem{Base: from}, Mem{Base: to, Index: off, Scale: 1}
	x := simd.X[0]
	y := simd.X[1]
	if unit == 32 {
		x, y = simd.Y[0], simd.Y[1]
	}
	TESTQ(add, add)
	JNZ(LabelRef("add"))
	loop("store", func() {
		m.moveUnit(unit, source, x)
		m.moveUnit(unit, x, target)
	})
	loop("add", func() {
		m.moveUnit(unit, source, x)
		m.moveUnit(unit, target, y)
		simd.Pick(elem.size, VADDPS, VADDPD)(y, x, x)
		m.moveUnit(unit, x, target)
	})
}

// moveUnit loads or stores a unit.
func (m micro) moveUnit(unit int, from, to Op) {
	switch unit {
	case 4:
		VMOVSS(from, to)
	case 8:
		VMOVSD(from, to)
	default:
		VMOVUPS(from, to)
	}
}

// fetch writes the function that asks for the lines of a tile's destination.
func fetch() {
	TEXT("fetchTile", NOSPLIT, "func(c *byte, rows, cols *int, tall, units, step int)")
	Pragma("noescape")
	Load(Param("c"), dest)
	Load(Param("rows"), rows)
	Load(Param("tall"), reg.R13)
	Load(Param("step"), reg.R12)
	Label("row")
	MOVQ(Mem{Base: rows}, reg.RAX)
	ADDQ(dest, reg.RAX)
	Load(Param("cols"), reg.RDX)
	Load(Param("units"), reg.RCX)
	Label("unit")
	MOVQ(Mem{Base: reg.RDX}, reg.RBX)
	PREFETCHT0(Mem{Base: reg.RAX, Index: reg.RBX, Scale: 1})
	ADDQ(reg.R12, reg.RDX)
	DECQ(reg.RCX)
	JNZ(LabelRef("unit"))
	ADDQ(Imm(8), rows)
	DECQ(reg.R13)
	JNZ(LabelRef("row"))
	RET()
}

// scatters writes all of them.
func scatters() {
	for _, elem := range reals {
		for unit := elem.size; unit <= 32; unit *= 2 {
			scatter(elem, unit)
		}
	}
	fetch()
}
