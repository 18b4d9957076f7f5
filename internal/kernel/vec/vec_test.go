package vec

import (
	"math"
	"testing"

	"tnbench/internal/dtype"
)

func TestTiersHaveNamesAndPortableGoComesFirst(t *testing.T) {
	seen := map[string]bool{}
	for _, tier := range Tiers() {
		if tier.Name == "" || seen[tier.Name] {
			t.Errorf("tiers %v: a name is missing or there twice", Tiers())
		}
		seen[tier.Name] = true
	}
	if Tiers()[0].Name != "go" {
		t.Errorf("Tiers() = %v, want the portable one first", Tiers())
	}
	if Best() != Tiers()[len(Tiers())-1] {
		t.Errorf("Best() = %v, want the last of %v", Best(), Tiers())
	}
}

func TestPeakOfEveryTypeAndTierIsMeasured(t *testing.T) {
	trials := peakTrials
	if testing.Short() { // it may be an emulator that runs them
		trials = 2
	}
	for _, tier := range Tiers() {
		for _, d := range dtype.All {
			if p := fastest(d, tier, trials); !(p > 0) || math.IsInf(p, 0) {
				t.Errorf("peak of %v on %v = %v, want a positive number", d, tier, p)
			}
		}
	}
}
