//go:build !noasm

package kernel

// peakAssembly returns the assembly loop of a tier, none for the portable one.
func peakAssembly(t Tier, size int) peakLoop {
	const perTurn = 24 // vector multiply-adds, see asm/gemm/peak.go
	switch {
	case t == TierAVX512 && size == 4:
		return peakLoop{peakF32AVX512, perTurn * 16}
	case t == TierAVX512:
		return peakLoop{peakF64AVX512, perTurn * 8}
	case t == TierAVX2 && size == 4:
		return peakLoop{peakF32AVX2, perTurn * 8}
	case t == TierAVX2:
		return peakLoop{peakF64AVX2, perTurn * 4}
	}
	return peakLoop{}
}
