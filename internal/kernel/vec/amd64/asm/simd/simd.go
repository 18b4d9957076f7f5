// Package simd is what the generators share: the vector extensions and their
// registers.
package simd

import (
	. "github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/reg"
)

// ISA is a vector extension.
type ISA struct {
	Suffix string // in function names
	Vector int    // bytes of a register
	Rows   int    // of the largest micro-kernel
	Masks  bool   // loads and stores can leave lanes out at no cost
}

// The extensions.
var (
	AVX512 = ISA{Suffix: "AVX512", Vector: 64, Rows: 8, Masks: true}
	AVX2   = ISA{Suffix: "AVX2", Vector: 32, Rows: 4}
)

// Z, Y and X are the vector registers with 64, 32 and 16 bytes.
var Z, Y, X = registers()

func registers() (z, y, x []reg.VecPhysical) {
	z = []reg.VecPhysical{
		reg.Z0, reg.Z1, reg.Z2, reg.Z3, reg.Z4, reg.Z5, reg.Z6, reg.Z7,
		reg.Z8, reg.Z9, reg.Z10, reg.Z11, reg.Z12, reg.Z13, reg.Z14, reg.Z15,
		reg.Z16, reg.Z17, reg.Z18, reg.Z19, reg.Z20, reg.Z21, reg.Z22, reg.Z23,
		reg.Z24, reg.Z25, reg.Z26, reg.Z27, reg.Z28, reg.Z29, reg.Z30, reg.Z31,
	}
	for _, r := range z {
		y = append(y, r.AsY().(reg.VecPhysical))
		x = append(x, r.AsX().(reg.VecPhysical))
	}
	return z, y, x
}

// Register returns vector register i of the extension.
func (s ISA) Register(i int) reg.VecPhysical {
	if s.Vector == 64 {
		return Z[i]
	}
	return Y[i]
}

// Zero clears a register.
func (s ISA) Zero(r reg.VecPhysical) {
	if s.Masks {
		VPXORQ(r, r, r)
		return
	}
	VXORPD(r, r, r)
}

// Pick returns the form of an instruction for reals of 4 or of 8 bytes.
func Pick[F any](bytes int, ps, pd F) F {
	if bytes == 4 {
		return ps
	}
	return pd
}
