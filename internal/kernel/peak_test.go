package kernel

import (
	"math"
	"testing"

	"tnbench/internal/dtype"
)

func TestTierNamesAreReadBack(t *testing.T) {
	for tier := TierAuto; tier <= TierAVX512; tier++ {
		if got, err := ParseTier(tier.String()); err != nil || got != tier {
			t.Errorf("ParseTier(%q) = %v, %v, want %v", tier.String(), got, err, tier)
		}
	}
	if _, err := ParseTier("sse"); err == nil {
		t.Error(`ParseTier("sse"): no error, want one`)
	}
}

func TestTiersThatAreMissingAreReplaced(t *testing.T) {
	tiers := Tiers()
	if tiers[0] != TierGo {
		t.Errorf("Tiers() = %v, want the portable one first", tiers)
	}
	for tier := TierAuto; tier <= TierAVX512; tier++ {
		got := tier.resolve()
		if got == TierAuto || got > tiers[len(tiers)-1] {
			t.Errorf("%v resolves to %v, want one of %v", tier, got, tiers)
		}
		if m := microsFor(tier, 8); m.tier != got {
			t.Errorf("micro-kernels for %v are of tier %v, want %v", tier, m.tier, got)
		}
	}
}

func TestPeakOfEveryTypeAndTierIsMeasured(t *testing.T) {
	for _, tier := range Tiers() {
		for _, d := range dtype.All {
			if p := FMAPeak(d, tier); !(p > 0) || math.IsInf(p, 0) {
				t.Errorf("FMAPeak(%v, %v) = %v, want a positive number", d, tier, p)
			}
		}
	}
}
