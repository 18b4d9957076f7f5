package kernel

import "fmt"

// Tier is a set of vector instructions that kernels are written in. The zero
// Tier stands for the best one of the machine.
type Tier uint8

// The tiers, in ascending order of speed.
const (
	TierAuto   Tier = iota
	TierGo          // portable Go
	TierAVX2        // 256-bit vectors and fused multiply-add
	TierAVX512      // 512-bit vectors with masks
)

var tierNames = [...]string{TierAuto: "auto", TierGo: "go", TierAVX2: "avx2", TierAVX512: "avx512"}

// String names the tier as [ParseTier] reads it.
func (t Tier) String() string {
	if int(t) < len(tierNames) {
		return tierNames[t]
	}
	return fmt.Sprintf("tier(%d)", uint8(t))
}

// ParseTier returns the tier called name.
func ParseTier(name string) (Tier, error) {
	for t, n := range tierNames {
		if n == name {
			return Tier(t), nil
		}
	}
	return 0, fmt.Errorf("unknown tier %q: there are %v", name, tierNames)
}

// Tiers lists the tiers that run on this machine and in this build, slowest
// first.
func Tiers() []Tier {
	var out []Tier
	for t := TierGo; t <= bestTier; t++ {
		out = append(out, t)
	}
	return out
}

// resolve returns the tier that kernels use when asked for t: the best one for
// TierAuto and for those that this machine does not have.
func (t Tier) resolve() Tier {
	if t == TierAuto || t > bestTier {
		return bestTier
	}
	return t
}
