package main

import (
	"fmt"

	. "github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"

	"tnbench/internal/kernel/vec/amd64/asm/simd"
)

// peakChains is how many multiply-adds of the peak loop do not wait for each
// other: more than latency × issue width on any known core.
const peakChains = 12

// peak writes a loop of multiply-adds on registers alone.
func peak(set simd.ISA, elem real) {
	TEXT(fmt.Sprintf("peak%s%s", elem.name, set.Suffix), NOSPLIT, "func(turns int)")
	Pragma("noescape")
	Load(Param("turns"), reg.RCX)
	m := micro{ISA: set, real: elem}
	for i := range peakChains + 2 {
		m.Zero(m.Register(i))
	}
	Label("loop")
	for range 2 {
		for i := range peakChains {
			m.fma(m.Register(peakChains), m.Register(peakChains+1), m.Register(i))
		}
	}
	DECQ(reg.RCX)
	JNZ(operand.LabelRef("loop"))
	VZEROUPPER()
	RET()
}
