//go:build !noasm

package amd64

import "tnbench/internal/kernel/vec/isa"

// The micro-kernels by tier and bytes of the reals.

var avx512Micros32 = isa.Micros{
	Rows: 8, Vectors: 3, Lanes: 16, Exact: true, Masks: true,
	Kernels: [][isa.MaxVectors + 1]isa.MicroFunc{
		1: {1: microF32AVX512x1x1, 2: microF32AVX512x1x2, 3: microF32AVX512x1x3},
		2: {1: microF32AVX512x2x1, 2: microF32AVX512x2x2, 3: microF32AVX512x2x3},
		3: {1: microF32AVX512x3x1, 2: microF32AVX512x3x2, 3: microF32AVX512x3x3},
		4: {1: microF32AVX512x4x1, 2: microF32AVX512x4x2, 3: microF32AVX512x4x3},
		5: {1: microF32AVX512x5x1, 2: microF32AVX512x5x2, 3: microF32AVX512x5x3},
		6: {1: microF32AVX512x6x1, 2: microF32AVX512x6x2, 3: microF32AVX512x6x3},
		7: {1: microF32AVX512x7x1, 2: microF32AVX512x7x2, 3: microF32AVX512x7x3},
		8: {1: microF32AVX512x8x1, 2: microF32AVX512x8x2, 3: microF32AVX512x8x3},
	},
	Strided: [][isa.MaxVectors + 1]isa.StridedFunc{
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

var avx512Micros64 = isa.Micros{
	Rows: 8, Vectors: 3, Lanes: 8, Exact: true, Masks: true,
	Kernels: [][isa.MaxVectors + 1]isa.MicroFunc{
		1: {1: microF64AVX512x1x1, 2: microF64AVX512x1x2, 3: microF64AVX512x1x3},
		2: {1: microF64AVX512x2x1, 2: microF64AVX512x2x2, 3: microF64AVX512x2x3},
		3: {1: microF64AVX512x3x1, 2: microF64AVX512x3x2, 3: microF64AVX512x3x3},
		4: {1: microF64AVX512x4x1, 2: microF64AVX512x4x2, 3: microF64AVX512x4x3},
		5: {1: microF64AVX512x5x1, 2: microF64AVX512x5x2, 3: microF64AVX512x5x3},
		6: {1: microF64AVX512x6x1, 2: microF64AVX512x6x2, 3: microF64AVX512x6x3},
		7: {1: microF64AVX512x7x1, 2: microF64AVX512x7x2, 3: microF64AVX512x7x3},
		8: {1: microF64AVX512x8x1, 2: microF64AVX512x8x2, 3: microF64AVX512x8x3},
	},
	Strided: [][isa.MaxVectors + 1]isa.StridedFunc{
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

var avx2Micros32 = isa.Micros{
	Rows: 4, Vectors: 3, Lanes: 8, Exact: true,
	Kernels: [][isa.MaxVectors + 1]isa.MicroFunc{
		1: {1: microF32AVX2x1x1, 2: microF32AVX2x1x2, 3: microF32AVX2x1x3},
		2: {1: microF32AVX2x2x1, 2: microF32AVX2x2x2, 3: microF32AVX2x2x3},
		3: {1: microF32AVX2x3x1, 2: microF32AVX2x3x2, 3: microF32AVX2x3x3},
		4: {1: microF32AVX2x4x1, 2: microF32AVX2x4x2, 3: microF32AVX2x4x3},
	},
	Strided: [][isa.MaxVectors + 1]isa.StridedFunc{
		1: {1: stridedF32AVX2x1x1, 2: stridedF32AVX2x1x2, 3: stridedF32AVX2x1x3},
		2: {1: stridedF32AVX2x2x1, 2: stridedF32AVX2x2x2, 3: stridedF32AVX2x2x3},
		3: {1: stridedF32AVX2x3x1, 2: stridedF32AVX2x3x2, 3: stridedF32AVX2x3x3},
		4: {1: stridedF32AVX2x4x1, 2: stridedF32AVX2x4x2, 3: stridedF32AVX2x4x3},
	},
}

var avx2Micros64 = isa.Micros{
	Rows: 4, Vectors: 3, Lanes: 4, Exact: true,
	Kernels: [][isa.MaxVectors + 1]isa.MicroFunc{
		1: {1: microF64AVX2x1x1, 2: microF64AVX2x1x2, 3: microF64AVX2x1x3},
		2: {1: microF64AVX2x2x1, 2: microF64AVX2x2x2, 3: microF64AVX2x2x3},
		3: {1: microF64AVX2x3x1, 2: microF64AVX2x3x2, 3: microF64AVX2x3x3},
		4: {1: microF64AVX2x4x1, 2: microF64AVX2x4x2, 3: microF64AVX2x4x3},
	},
	Strided: [][isa.MaxVectors + 1]isa.StridedFunc{
		1: {1: stridedF64AVX2x1x1, 2: stridedF64AVX2x1x2, 3: stridedF64AVX2x1x3},
		2: {1: stridedF64AVX2x2x1, 2: stridedF64AVX2x2x2, 3: stridedF64AVX2x2x3},
		3: {1: stridedF64AVX2x3x1, 2: stridedF64AVX2x3x2, 3: stridedF64AVX2x3x3},
		4: {1: stridedF64AVX2x4x1, 2: stridedF64AVX2x4x2, 3: stridedF64AVX2x4x3},
	},
}
