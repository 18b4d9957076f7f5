//go:build !noasm

package amd64

import (
	"github.com/klauspost/cpuid/v2"

	"tnbench/internal/kernel/vec/isa"
)

// Tiers lists the tiers that the processor and the operating system support,
// slowest first.
func Tiers() []*isa.Tier {
	switch {
	case !cpuid.CPU.Supports(cpuid.AVX2, cpuid.FMA3, cpuid.BMI2):
		return nil
	case !cpuid.CPU.Supports(cpuid.AVX512F, cpuid.AVX512BW, cpuid.AVX512DQ, cpuid.AVX512VL):
		return []*isa.Tier{&avx2}
	}
	return []*isa.Tier{&avx2, &avx512}
}

// avx2 has 256-bit vectors and fused multiply-add.
var avx2 = isa.Tier{
	Name:     "avx2",
	Micros:   [2]*isa.Micros{&microsF32AVX2, &microsF64AVX2},
	Fans:     [2]isa.Fans{fansF32AVX2, fansF64AVX2},
	Kits:     kits(&plainKits),
	Scatters: scatters,
	Fetch:    fetchTile,
	Moves:    &moves,
	Peaks:    [2]isa.Peak{{Run: peakF32AVX2, FMAs: peakFMAs * 8}, {Run: peakF64AVX2, FMAs: peakFMAs * 4}},
	Slots:    0,
}

// avx512 has 512-bit vectors with masks.
var avx512 = isa.Tier{
	Name:     "avx512",
	Micros:   [2]*isa.Micros{&microsF32AVX512, &microsF64AVX512},
	Fans:     [2]isa.Fans{fansF32AVX512, fansF64AVX512},
	Kits:     kits(&wideKits),
	Scatters: scatters,
	Fetch:    fetchTile,
	Moves:    &moves,
	Peaks:    [2]isa.Peak{{Run: peakF32AVX512, FMAs: peakFMAs * 16}, {Run: peakF64AVX512, FMAs: peakFMAs * 8}},
	Slots:    4 * isa.SlotsPerType, // after those of avx2
}

// peakFMAs is the vector multiply-adds in a turn of the peak loops, see
// asm/product/peak.go.
const peakFMAs = 24

// kits are the packers by form of the element, plain for real ones.
func kits(plain *[2]isa.Kit) [isa.Forms][2]*isa.Kit {
	return [isa.Forms][2]*isa.Kit{
		isa.Plain: {&plain[0], &plain[1]},
		isa.Split: {{Four: packSplitF32}, {Four: packSplitF64}},
		isa.Twist: {{Four: packTwistF32}, {Four: packTwistF64}},
	}
}

// copies2 and copies3 are the copiers up to 32 and 64 bytes.
var (
	copies2 = [3][isa.CopiedUnits + 1]isa.CopyFunc{
		{1: packCopy16x1, 2: packCopy16x2, 3: packCopy16x3},
		{1: packCopy32x1, 2: packCopy32x2, 3: packCopy32x3},
	}
	copies3 = [3][isa.CopiedUnits + 1]isa.CopyFunc{copies2[0], copies2[1], {1: packCopy64x1, 2: packCopy64x2, 3: packCopy64x3}}
)

// plainKits and wideKits are the packers of real elements with AVX2 and AVX-512.
var (
	plainKits = [2]isa.Kit{
		{Copies: copies2, Turns: [2][2]isa.TurnFunc{{packTurn4x4F32, packTurn4x8F32}, {packTurn8x4F32, packTurn8x8F32}}, Four: packGatherF32},
		{Copies: copies2, Turns: [2][2]isa.TurnFunc{{packTurn4x4F64, packTurn4x8F64}, {packTurn8x4F64, packTurn8x8F64}}, Four: packGatherF64},
	}
	wideKits = [2]isa.Kit{
		{Copies: copies3, Turns: plainKits[0].Turns, Four: packGatherF32},
		{Copies: copies3, Turns: [2][2]isa.TurnFunc{{packTurn4x4F64, packTurn4x8F64}, {packTurn8x4F64, packTurnWide8x8F64}}, Four: packGatherF64},
	}
)

// scatters by size of the reals and unit.
var scatters = [2][4]isa.ScatterFunc{
	{scatterF32x4, scatterF32x8, scatterF32x16, scatterF32x32},
	{nil, scatterF64x8, scatterF64x16, scatterF64x32},
}

// moves are those of AVX2, for all tiers: they are bound by their loads and stores.
var moves = isa.Moves{
	Copy:    moveCopy,
	Turns:   [3]isa.MoveFunc{moveTurn4, moveTurn8, moveTurn16},
	Gathers: [2]isa.MoveFunc{moveGather4, moveGather8},
}

// FetchLines fetches contiguous lines, by loads, as of prefetches in close
// succession many are dropped.
func FetchLines(at uintptr, lines int) { fetchLines(at, lines) }

// HintLines asks for contiguous lines and does not wait for them.
func HintLines(at uintptr, lines int) { hintLines(at, lines) }
