//go:build !noasm

package arm64

import "tnbench/internal/kernel/vec/isa"

// Tiers lists the tiers that the processor supports, slowest first. All have NEON.
func Tiers() []*isa.Tier { return []*isa.Tier{&neon} }

// neon has 128-bit vectors and fused multiply-add.
var neon = isa.Tier{
	Name:     "neon",
	Untested: true,
	Micros:   [2]*isa.Micros{&microsF32, &microsF64},
	Kits: [isa.Forms][2]*isa.Kit{
		isa.Plain: {&kitF32, &kitF64},
		isa.Split: {{Four: packSplitF32}, {Four: packSplitF64}},
		isa.Twist: {{Four: packTwistF32}, {Four: packTwistF64}},
	},
	Scatters: [2][4]isa.ScatterFunc{
		{scatterF32x4, scatterF32x8, scatterF32x16, scatterF32x32},
		{nil, scatterF64x8, scatterF64x16, scatterF64x32},
	},
	Fetch: fetchTile,
	Peaks: [2]isa.Peak{{Run: peakF32, FMAs: peakFMAs * 4}, {Run: peakF64, FMAs: peakFMAs * 2}},
	Slots: 0,
}

// copies move vectors.
var copies = [3][isa.CopiedUnits + 1]isa.CopyFunc{{1: packCopy1, 2: packCopy2, 3: packCopy3}}

// kitF32 and kitF64 are the packers of real elements.
var (
	kitF32 = isa.Kit{Copies: copies, Turns: turns(packTurnF32), Four: packGatherF32}
	kitF64 = isa.Kit{Copies: copies, Turns: turns(packTurnF64), Four: packGatherF64}
)

// turns are the packers of squares by their sides.
func turns(turn func(dst, src *byte, places, squares *int, n, stride, tall, long int)) (out [2][2]isa.TurnFunc) {
	for i := range out {
		for j := range out[i] {
			out[i][j] = func(dst, src *byte, places, squares *int, n, stride int) {
				turn(dst, src, places, squares, n, stride, 4<<i, 4<<j)
			}
		}
	}
	return out
}

// FetchLines fetches contiguous lines, by loads, as prefetches may be dropped.
func FetchLines(at uintptr, lines int) { fetchLines(at, lines) }

// HintLines asks for contiguous lines and does not wait for them.
func HintLines(at uintptr, lines int) { hintLines(at, lines) }
