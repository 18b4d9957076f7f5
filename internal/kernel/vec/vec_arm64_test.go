//go:build !noasm

package vec

import "testing"

func TestTheArchitecturesOwnTierIsTheBest(t *testing.T) {
	if Best().Name != "neon" {
		t.Errorf("Best() = %v, want neon: tiers %v", Best(), Tiers())
	}
}
