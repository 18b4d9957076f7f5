package main

import (
	. "github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"

	"tnbench/internal/kernel/vec/amd64/asm/simd"
)

// The instructions that differ between the element types.

func (m micro) load(from operand.Op, x reg.VecPhysical) {
	simd.Pick(m.size, VMOVUPS, VMOVUPD)(from, x)
}

// loadMasked loads the lanes of K1 and clears the others.
func (m micro) loadMasked(from operand.Op, x reg.VecPhysical) {
	simd.Pick(m.size, VMOVUPS_Z, VMOVUPD_Z)(from, reg.K1, x)
}

func (m micro) broadcast(from operand.Op, x reg.VecPhysical) {
	simd.Pick(m.size, VBROADCASTSS, VBROADCASTSD)(from, x)
}

func (m micro) fma(x, y, sum reg.VecPhysical) {
	simd.Pick(m.size, VFMADD231PS, VFMADD231PD)(x, y, sum)
}

// accumulate adds what is in memory to x, only the lanes of K1 if masked.
func (m micro) accumulate(from operand.Op, x reg.VecPhysical, masked bool) {
	add := simd.Pick(m.size, VADDPS, VADDPD)
	if masked {
		add(from, x, reg.K1, x)
		return
	}
	add(from, x, x)
}

func (m micro) storeWhole(x reg.VecPhysical, to operand.Op) {
	simd.Pick(m.size, VMOVUPS, VMOVUPD)(x, to)
}

func (m micro) storeMasked(x reg.VecPhysical, to operand.Op) {
	simd.Pick(m.size, VMOVUPS, VMOVUPD)(x, reg.K1, to)
}
