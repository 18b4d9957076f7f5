package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// fetchLines writes the function that fetches contiguous lines. It loads from
// them: of prefetches in close succession many would be dropped.
func fetchLines() {
	TEXT("fetchLines", NOSPLIT, "func(at uintptr, lines int)")
	Pragma("noescape")
	left := reg.RCX
	Load(Param("at"), later)
	Load(Param("lines"), left)
	TESTQ(left, left)
	JLE(LabelRef("done"))
	Label("loop")
	MOVBLZX(Mem{Base: later}, reg.EAX)
	ADDQ(Imm(line), later)
	DECQ(left)
	JNZ(LabelRef("loop"))
	Label("done")
	RET()
}
