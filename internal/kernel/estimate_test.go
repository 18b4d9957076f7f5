package kernel

import (
	"math/rand/v2"
	"testing"

	"tnbench/internal/dtype"
	"tnbench/internal/kernel/kerneltest"
	"tnbench/internal/kernel/model"
	"tnbench/internal/kernel/nest"
)

// Layouts are given up on the strength of the least that they may take.
func TestNoEstimateIsBelowTheLeast(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	pays := 0
	for range 5000 {
		s := kerneltest.RandomSpec(rng, kerneltest.SpecShape{MaxLoops: 4, MaxExtent: 30, MaxMACs: 1 << 24})
		z := Size(s)
		if z.pays {
			pays++
		}
		if got, least := z.Estimate(), z.Least(); got < least {
			t.Fatalf("%s: estimate %g, least %g", kerneltest.Show(s), got, least)
		}
	}
	if pays < 100 {
		t.Errorf("%d blocked products, want at least 100: the test shows little", pays)
	}
}

// Dot products read one operand again for each row of the other. Once that comes from
// memory they take up to thirty times as long as a blocked product, which is what long
// sums over two sides of some tens must be.
func TestLongSumsOfManyRowsAreBlocked(t *testing.T) {
	for _, d := range dtype.All {
		for _, sides := range [][2]int{{48, 48}, {24, 256}, {256, 24}, {48, 150}, {150, 150}, {256, 256}} {
			for k := 1 << 10; k <= 1<<18; k *= 2 {
				m, n := sides[0], sides[1]
				if min(m, n)*k*d.Size() <= model.Here.Caches.AtHand {
					continue
				}
				const inner = 64 // of two loops that are one sum, in another order in each operand
				for name, s := range map[string]nest.Spec{
					"one loop":  {Type: d, M: []nest.Loop{{Extent: m, A: k, C: n}}, N: []nest.Loop{{Extent: n, B: k, C: 1}}, K: []nest.Loop{{Extent: k, A: 1, B: 1}}},
					"two loops": {Type: d, M: []nest.Loop{{Extent: m, A: inner, C: n}}, N: []nest.Loop{{Extent: n, B: inner, C: 1}}, K: []nest.Loop{{Extent: k / inner, A: m * inner, B: n * inner}, {Extent: inner, A: 1, B: 1}}},
				} {
					kernel, err := New(s, Options{})
					if err != nil {
						t.Fatal(err)
					}
					if class := kernel.Info().Class; class != "gemm" {
						t.Errorf("%v, %d×%d, %d terms in %s: computed by %s", d, m, n, k, name, class)
					}
				}
			}
		}
	}
}
