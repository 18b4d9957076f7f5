package main

import (
	. "github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// The instructions that differ between the element types.

func (m micro) load(from operand.Op, x reg.VecPhysical) {
	if m.size == 4 {
		VMOVUPS(from, x)
		return
	}
	VMOVUPD(from, x)
}

// loadMasked loads the lanes of K1 and clears the others.
func (m micro) loadMasked(from operand.Op, x reg.VecPhysical) {
	if m.size == 4 {
		VMOVUPS_Z(from, reg.K1, x)
		return
	}
	VMOVUPD_Z(from, reg.K1, x)
}

func (m micro) broadcast(from operand.Op, x reg.VecPhysical) {
	if m.size == 4 {
		VBROADCASTSS(from, x)
		return
	}
	VBROADCASTSD(from, x)
}

func (m micro) fma(x, y, sum reg.VecPhysical) {
	if m.size == 4 {
		VFMADD231PS(x, y, sum)
		return
	}
	VFMADD231PD(x, y, sum)
}

// accumulate adds what is in memory to x, only the lanes of K1 if masked.
func (m micro) accumulate(from operand.Op, x reg.VecPhysical, masked bool) {
	switch {
	case m.size == 4 && masked:
		VADDPS(from, x, reg.K1, x)
	case m.size == 4:
		VADDPS(from, x, x)
	case masked:
		VADDPD(from, x, reg.K1, x)
	default:
		VADDPD(from, x, x)
	}
}

func (m micro) storeWhole(x reg.VecPhysical, to operand.Op) {
	if m.size == 4 {
		VMOVUPS(x, to)
		return
	}
	VMOVUPD(x, to)
}

func (m micro) storeMasked(x reg.VecPhysical, to operand.Op) {
	if m.size == 4 {
		VMOVUPS(x, reg.K1, to)
		return
	}
	VMOVUPD(x, reg.K1, to)
}
