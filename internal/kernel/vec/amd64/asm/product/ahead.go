package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// fetching writes the functions that fetch contiguous lines. One loads from them,
// as of prefetches in close succession many are dropped: after some hundreds.
// The other does not wait for them.
func fetching() {
	eachLine("fetchLines", func() { MOVBLZX(Mem{Base: later}, reg.EAX) })
	eachLine("hintLines", func() { PREFETCHT1(Mem{Base: later}) })
}

// eachLine writes a function that does something with contiguous lines.
func eachLine(name string, do func()) {
	TEXT(name, NOSPLIT, "func(at uintptr, lines int)")
	Pragma("noescape")
	left := reg.RCX
	Load(Param("at"), later)
	Load(Param("lines"), left)
	TESTQ(left, left)
	JLE(LabelRef("done"))
	Label("loop")
	do()
	ADDQ(Imm(line), later)
	DECQ(left)
	JNZ(LabelRef("loop"))
	Label("done")
	RET()
}
