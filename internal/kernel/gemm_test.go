package kernel

import (
	"math/rand/v2"
	"testing"

	"tnbench/internal/dtype"
	"tnbench/internal/kernel/vec"
	"tnbench/internal/kernel/vec/isa"
)

// productSpec returns a spec whose groups have exactly the given extents, each
// cut into loops at random, all laid out at random.
func productSpec(rng *rand.Rand, t dtype.Type, batch, m, n, k int) Spec {
	s := Spec{Type: t, Batch: factor(rng, batch), M: factor(rng, m), N: factor(rng, n), K: factor(rng, k)}
	layOut(rng, [...][]Loop{s.Batch, s.M, s.K}, func(l *Loop) *int { return &l.A }, true)
	layOut(rng, [...][]Loop{s.Batch, s.N, s.K}, func(l *Loop) *int { return &l.B }, true)
	layOut(rng, [...][]Loop{s.Batch, s.M, s.N}, func(l *Loop) *int { return &l.C }, false)
	for _, l := range [...]*int{pick(rng, s.Batch, true), pick(rng, s.Batch, false), pick(rng, s.K, true), pick(rng, s.K, false)} {
		if l != nil && rng.IntN(10) == 0 { // broadcast
			*l = 0
		}
	}
	return s
}

// pick returns the stride in A or B of one of loops, nil if there are none.
func pick(rng *rand.Rand, loops []Loop, inA bool) *int {
	if len(loops) == 0 {
		return nil
	}
	l := &loops[rng.IntN(len(loops))]
	if inA {
		return &l.A
	}
	return &l.B
}

// factor cuts an extent into loops: one, or its prime factors in groups.
func factor(rng *rand.Rand, n int) []Loop {
	var out []Loop
	together := rng.Float64()
	for f := 2; n > 1; f++ {
		for ; n%f == 0; n /= f {
			if len(out) > 0 && rng.Float64() < together {
				out[len(out)-1].Extent *= f
			} else {
				out = append(out, Loop{Extent: f})
			}
		}
	}
	rng.Shuffle(len(out), func(i, j int) { out[i], out[j] = out[j], out[i] })
	return out
}

// gemmOf makes the blocked kernel of s.
func gemmOf(t testing.TB, s Spec, o Options) Kernel {
	t.Helper()
	k, ok := newGemm(s.Fused(), o)
	if !ok {
		t.Fatalf("newGemm(%s): declined", show(s))
	}
	return k
}

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
func smallCuts(m *isa.Micros, parts int) []*blocksPlan {
	b := blocking{rows: 2 * m.Rows, cols: m.Width() / parts, depth: 8}
	return []*blocksPlan{
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
	for _, tier := range vec.Tiers() {
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
					s := productSpec(rng, d, 1+rng.IntN(3), near(rng, m.Rows, 5), near(rng, m.Width()/parts, 3), near(rng, 8, 4))
					mustEqualReference(t, s, gemmOf(t, s, Options{Tier: tier}), uint64(i))
					for _, cut := range smallCuts(m, parts) {
						mustEqualReference(t, s, gemmOf(t, s, Options{Tier: tier, blocks: cut}), uint64(i))
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
			s := product(d, 5, 7, k)
			s.Batch = []Loop{{37, 5 * k, 7 * k, 36 * 31}, {31, 37 * 5 * k, 0, 36}}
			mustEqualReference(t, s, gemmOf(t, s, Options{}), 1)
		}
	}
}
