package main

import (
	"fmt"

	. "github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// peakChains is how many multiply-adds of the peak loop do not wait for each
// other: more than latency × issue width on any known core.
const peakChains = 12

// peak writes a loop of multiply-adds on registers alone.
func peak(set isa, elem real) {
	TEXT(fmt.Sprintf("peak%s%s", elem.name, set.suffix), NOSPLIT, "func(turns int)")
	Pragma("noescape")
	Load(Param("turns"), reg.RCX)
	m := micro{isa: set, real: elem}
	for i := range peakChains + 2 {
		m.zero(m.register(i))
	}
	Label("loop")
	for range 2 {
		for i := range peakChains {
			m.fma(m.register(peakChains), m.register(peakChains+1), m.register(i))
		}
	}
	DECQ(reg.RCX)
	JNZ(operand.LabelRef("loop"))
	VZEROUPPER()
	RET()
}
