package kernel

import (
	"math/rand/v2"
	"testing"

	"tnbench/internal/kernel/kerneltest"
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
