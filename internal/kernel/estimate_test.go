package kernel

import (
	"math/rand/v2"
	"testing"
)

// Layouts are given up on the strength of the least that they may take.
func TestNoEstimateIsBelowTheLeast(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	pays := 0
	for range 5000 {
		s := randomSpec(rng, specShape{maxLoops: 4, maxExtent: 30, maxMACs: 1 << 24})
		z := s.Sized()
		if z.pays {
			pays++
		}
		if got, least := z.Estimate(), z.Least(); got < least {
			t.Fatalf("%s: estimate %g, least %g", show(s), got, least)
		}
	}
	if pays < 100 {
		t.Errorf("%d blocked products, want at least 100: the test shows little", pays)
	}
}
