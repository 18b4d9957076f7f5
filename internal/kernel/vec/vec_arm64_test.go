//go:build !noasm

package vec

import "testing"

func TestTheArchitecturesOwnTierIsTheBest(t *testing.T) {
	if Best().Name != "arm64" {
		t.Errorf("Best() = %v, want arm64: tiers %v", Best(), Tiers())
	}
}
