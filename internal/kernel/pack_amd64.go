//go:build !noasm

package kernel

// kitOf returns the packers of a tier for reals of the given bytes, nil if it
// has none.
func kitOf(t Tier, f packForm, size int) *packKit {
	if t < TierAVX2 {
		return nil
	}
	kit := &packKits[f]
	if t == TierAVX512 && f == packReal {
		kit = &wideKits
	}
	return &kit[size/8]
}

// copies2 and copies3 are the copiers up to 32 and 64 bytes.
var (
	copies2 = [3][4]copyFunc{
		{1: packCopy16x1, 2: packCopy16x2, 3: packCopy16x3},
		{1: packCopy32x1, 2: packCopy32x2, 3: packCopy32x3},
	}
	copies3 = [3][4]copyFunc{copies2[0], copies2[1], {1: packCopy64x1, 2: packCopy64x2, 3: packCopy64x3}}
)

// packKits by form and size of the reals; wideKits are those of real elements
// with AVX-512.
var (
	packKits = [...][2]packKit{
		packReal: {
			{copies: copies2, turns: [2][2]turnFunc{{packTurn4x4F32, packTurn4x8F32}, {packTurn8x4F32, packTurn8x8F32}}, four: packGatherF32},
			{copies: copies2, turns: [2][2]turnFunc{{packTurn4x4F64, packTurn4x8F64}, {packTurn8x4F64, packTurn8x8F64}}, four: packGatherF64},
		},
		packSplit: {{four: packSplitF32}, {four: packSplitF64}},
		packTwist: {{four: packTwistF32}, {four: packTwistF64}},
	}
	wideKits = [2]packKit{
		{copies: copies3, turns: packKits[packReal][0].turns, four: packGatherF32},
		{copies: copies3, turns: [2][2]turnFunc{{packTurn4x4F64, packTurn4x8F64}, {packTurn8x4F64, packTurnWide8x8F64}}, four: packGatherF64},
	}
)
