//go:build !noasm

package kernel

// microsOf returns the assembly micro-kernels of a tier for elements of the
// given bytes, nil if it has none.
func microsOf(t Tier, size int) *microSet {
	switch {
	case t == TierAVX512 && size == 4:
		return &avx512Micros32
	case t == TierAVX512:
		return &avx512Micros64
	case t == TierAVX2 && size == 4:
		return &avx2Micros32
	case t == TierAVX2:
		return &avx2Micros64
	}
	return nil
}

var avx512Micros32 = microSet{
	tier: TierAVX512, rows: 8, vectors: 3, lanes: 16, exact: true, masks: true,
	kernels: [][maxVectors + 1]microFunc{
		1: {1: microF32AVX512x1x1, 2: microF32AVX512x1x2, 3: microF32AVX512x1x3},
		2: {1: microF32AVX512x2x1, 2: microF32AVX512x2x2, 3: microF32AVX512x2x3},
		3: {1: microF32AVX512x3x1, 2: microF32AVX512x3x2, 3: microF32AVX512x3x3},
		4: {1: microF32AVX512x4x1, 2: microF32AVX512x4x2, 3: microF32AVX512x4x3},
		5: {1: microF32AVX512x5x1, 2: microF32AVX512x5x2, 3: microF32AVX512x5x3},
		6: {1: microF32AVX512x6x1, 2: microF32AVX512x6x2, 3: microF32AVX512x6x3},
		7: {1: microF32AVX512x7x1, 2: microF32AVX512x7x2, 3: microF32AVX512x7x3},
		8: {1: microF32AVX512x8x1, 2: microF32AVX512x8x2, 3: microF32AVX512x8x3},
	},
	strided: [][maxVectors + 1]stridedFunc{
		1: {1: stridedF32AVX512x1x1, 2: stridedF32AVX512x1x2, 3: stridedF32AVX512x1x3},
		2: {1: stridedF32AVX512x2x1, 2: stridedF32AVX512x2x2, 3: stridedF32AVX512x2x3},
		3: {1: stridedF32AVX512x3x1, 2: stridedF32AVX512x3x2, 3: stridedF32AVX512x3x3},
		4: {1: stridedF32AVX512x4x1, 2: stridedF32AVX512x4x2, 3: stridedF32AVX512x4x3},
		5: {1: stridedF32AVX512x5x1, 2: stridedF32AVX512x5x2, 3: stridedF32AVX512x5x3},
		6: {1: stridedF32AVX512x6x1, 2: stridedF32AVX512x6x2, 3: stridedF32AVX512x6x3},
		7: {1: stridedF32AVX512x7x1, 2: stridedF32AVX512x7x2, 3: stridedF32AVX512x7x3},
		8: {1: stridedF32AVX512x8x1, 2: stridedF32AVX512x8x2, 3: stridedF32AVX512x8x3},
	},
}

var avx512Micros64 = microSet{
	tier: TierAVX512, rows: 8, vectors: 3, lanes: 8, exact: true, masks: true,
	kernels: [][maxVectors + 1]microFunc{
		1: {1: microF64AVX512x1x1, 2: microF64AVX512x1x2, 3: microF64AVX512x1x3},
		2: {1: microF64AVX512x2x1, 2: microF64AVX512x2x2, 3: microF64AVX512x2x3},
		3: {1: microF64AVX512x3x1, 2: microF64AVX512x3x2, 3: microF64AVX512x3x3},
		4: {1: microF64AVX512x4x1, 2: microF64AVX512x4x2, 3: microF64AVX512x4x3},
		5: {1: microF64AVX512x5x1, 2: microF64AVX512x5x2, 3: microF64AVX512x5x3},
		6: {1: microF64AVX512x6x1, 2: microF64AVX512x6x2, 3: microF64AVX512x6x3},
		7: {1: microF64AVX512x7x1, 2: microF64AVX512x7x2, 3: microF64AVX512x7x3},
		8: {1: microF64AVX512x8x1, 2: microF64AVX512x8x2, 3: microF64AVX512x8x3},
	},
	strided: [][maxVectors + 1]stridedFunc{
		1: {1: stridedF64AVX512x1x1, 2: stridedF64AVX512x1x2, 3: stridedF64AVX512x1x3},
		2: {1: stridedF64AVX512x2x1, 2: stridedF64AVX512x2x2, 3: stridedF64AVX512x2x3},
		3: {1: stridedF64AVX512x3x1, 2: stridedF64AVX512x3x2, 3: stridedF64AVX512x3x3},
		4: {1: stridedF64AVX512x4x1, 2: stridedF64AVX512x4x2, 3: stridedF64AVX512x4x3},
		5: {1: stridedF64AVX512x5x1, 2: stridedF64AVX512x5x2, 3: stridedF64AVX512x5x3},
		6: {1: stridedF64AVX512x6x1, 2: stridedF64AVX512x6x2, 3: stridedF64AVX512x6x3},
		7: {1: stridedF64AVX512x7x1, 2: stridedF64AVX512x7x2, 3: stridedF64AVX512x7x3},
		8: {1: stridedF64AVX512x8x1, 2: stridedF64AVX512x8x2, 3: stridedF64AVX512x8x3},
	},
}

var avx2Micros32 = microSet{
	tier: TierAVX2, rows: 4, vectors: 3, lanes: 8, exact: true,
	kernels: [][maxVectors + 1]microFunc{
		1: {1: microF32AVX2x1x1, 2: microF32AVX2x1x2, 3: microF32AVX2x1x3},
		2: {1: microF32AVX2x2x1, 2: microF32AVX2x2x2, 3: microF32AVX2x2x3},
		3: {1: microF32AVX2x3x1, 2: microF32AVX2x3x2, 3: microF32AVX2x3x3},
		4: {1: microF32AVX2x4x1, 2: microF32AVX2x4x2, 3: microF32AVX2x4x3},
	},
	strided: [][maxVectors + 1]stridedFunc{
		1: {1: stridedF32AVX2x1x1, 2: stridedF32AVX2x1x2, 3: stridedF32AVX2x1x3},
		2: {1: stridedF32AVX2x2x1, 2: stridedF32AVX2x2x2, 3: stridedF32AVX2x2x3},
		3: {1: stridedF32AVX2x3x1, 2: stridedF32AVX2x3x2, 3: stridedF32AVX2x3x3},
		4: {1: stridedF32AVX2x4x1, 2: stridedF32AVX2x4x2, 3: stridedF32AVX2x4x3},
	},
}

var avx2Micros64 = microSet{
	tier: TierAVX2, rows: 4, vectors: 3, lanes: 4, exact: true,
	kernels: [][maxVectors + 1]microFunc{
		1: {1: microF64AVX2x1x1, 2: microF64AVX2x1x2, 3: microF64AVX2x1x3},
		2: {1: microF64AVX2x2x1, 2: microF64AVX2x2x2, 3: microF64AVX2x2x3},
		3: {1: microF64AVX2x3x1, 2: microF64AVX2x3x2, 3: microF64AVX2x3x3},
		4: {1: microF64AVX2x4x1, 2: microF64AVX2x4x2, 3: microF64AVX2x4x3},
	},
	strided: [][maxVectors + 1]stridedFunc{
		1: {1: stridedF64AVX2x1x1, 2: stridedF64AVX2x1x2, 3: stridedF64AVX2x1x3},
		2: {1: stridedF64AVX2x2x1, 2: stridedF64AVX2x2x2, 3: stridedF64AVX2x2x3},
		3: {1: stridedF64AVX2x3x1, 2: stridedF64AVX2x3x2, 3: stridedF64AVX2x3x3},
		4: {1: stridedF64AVX2x4x1, 2: stridedF64AVX2x4x2, 3: stridedF64AVX2x4x3},
	},
}
