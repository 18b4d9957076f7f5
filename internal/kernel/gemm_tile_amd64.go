//go:build !noasm

package kernel

import "math/bits"

// scatterOf returns the assembly that copies tiles in units of some bytes, and
// fetches them ahead, nil if the tier has none.
func scatterOf(t Tier, real, unit int) (scatterFunc, fetchFunc) {
	if t < TierAVX2 {
		return nil, nil
	}
	return scatters[real/8][bits.Len(uint(unit))-3], fetchTile
}

// scatters by size of the reals and logarithm of the bytes of a unit, from 4 on.
var scatters = [2][4]scatterFunc{
	{scatterF32x4, scatterF32x8, scatterF32x16, scatterF32x32},
	{nil, scatterF64x8, scatterF64x16, scatterF64x32},
}
