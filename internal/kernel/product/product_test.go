package product

import (
	"math/rand/v2"
	"slices"
	"testing"

	"tnbench/internal/dtype"
	"tnbench/internal/kernel/kerneltest"
	"tnbench/internal/kernel/nest"
	"tnbench/internal/kernel/vec"
	"tnbench/internal/kernel/vec/isa"
)

// microsOfType returns the micro-kernels for elements of type d and the real
// numbers in such an element.
func microsOfType(tier *isa.Tier, d dtype.Type) (m *isa.Micros, parts int) {
	if d.IsComplex() {
		return tier.MicrosFor(d.Size() / 2), 2
	}
	return tier.MicrosFor(d.Size()), 1
}

// smallCuts are ways to cut products into blocks of one or two tiles, so that
// small ones have edges of every kind.
func smallCuts(m *isa.Micros, parts int) []*cuts {
	b := blocking{rows: 2 * m.Rows, cols: m.Width() / parts, depth: 8}
	return []*cuts{
		{blocking: b},
		{blocking: b, rowsHeld: true},
		{blocking: b, colsHeld: true, order: rowsOuter},
		{blocking: blocking{rows: m.Rows, cols: 2 * m.Width() / parts, depth: 5}, colsHeld: true, rowsHeld: true},
		{blocking: b, rowsInPlace: true},
		{blocking: b, rowsInPlace: true, colsHeld: true, order: rowsOuter},
		{blocking: blocking{rows: m.Rows, cols: m.Width() / parts, depth: 5}, rowsInPlace: true, colsInPlace: true},
	}
}

// near returns a number around a multiple of n, at least 1.
func near(rng *rand.Rand, n, multiples int) int {
	return max(1, n*rng.IntN(multiples+1)+rng.IntN(3)-1)
}

func TestGemmEqualsReference(t *testing.T) {
	for _, tier := range append(slices.Clone(vec.Tiers()), tallTier()) {
		for _, d := range dtype.All {
			t.Run(tier.String()+"/"+d.String(), func(t *testing.T) {
				t.Parallel()
				rng := rand.New(rand.NewPCG(3, uint64(d)))
				m, parts := microsOfType(tier, d)
				trials := 150
				if testing.Short() {
					trials = 20
				}
				for i := range trials {
					s := kerneltest.ProductSpec(rng, d, 1+rng.IntN(3), 1+rng.IntN(5*m.Rows), near(rng, m.Width()/parts, 3), near(rng, 8, 4))
					kerneltest.MustEqualReference(t, s, New(s.Fused(), nest.Options{Tier: tier}), uint64(i))
					for _, cut := range smallCuts(m, parts) {
						kerneltest.MustEqualReference(t, s, newCut(s.Fused(), nest.Options{Tier: tier}, cut), uint64(i))
					}
				}
			})
		}
	}
}

// TestGemmManyBatches has more batches than a table holds, in loops that do not
// merge, for products that are lists of calls and others.
func TestGemmManyBatches(t *testing.T) {
	for _, d := range dtype.All {
		for _, k := range []int{6, 40} {
			s := kerneltest.Matrices(d, 5, 7, k)
			s.Batch = []nest.Loop{{Extent: 37, A: 5 * k, B: 7 * k, C: 36 * 31}, {Extent: 31, A: 37 * 5 * k, B: 0, C: 36}}
			kerneltest.MustEqualReference(t, s, New(s.Fused(), nest.Options{}), 1)
		}
	}
}
