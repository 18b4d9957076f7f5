package kernel

import (
	"math/rand/v2"
	"testing"

	"tnbench/internal/dtype"
	"tnbench/internal/kernel/vec"
)

// FuzzNew holds whatever kernel is chosen for a small spec against Reference.
// The input is a recipe: two seeds and the shape of the nests.
func FuzzNew(f *testing.F) {
	for i := range uint64(8) {
		f.Add(i, i*i, uint8(i), uint8(i*5), uint8(i))
	}
	f.Fuzz(func(t *testing.T, seed1, seed2 uint64, loops, extent, how uint8) {
		rng := rand.New(rand.NewPCG(seed1, seed2))
		s := randomSpec(rng, specShape{1 + int(loops)%5, 1 + int(extent)%48, 1 << 13})
		s.Type = dtype.All[how%4]
		tiers := vec.Tiers()
		o := Options{Tier: tiers[int(how/4)%len(tiers)]}
		k, err := New(s, o)
		if err != nil {
			t.Fatalf("New(%s): %v", show(s), err)
		}
		mustEqualReference(t, s, k, uint64(how))
		// The streaming kernel takes whatever New gives to others, and smaller
		// caches make it pack and cut.
		if fused := s.Fused(); s.MACs() > 0 {
			for _, lim := range []*limits{&defaultLimits, &smallLimits} {
				mustEqualReference(t, s, newStreamOf(fused, new(planner).planStream(fused, lim, anyCycles), o), uint64(how))
			}
		}
	})
}
