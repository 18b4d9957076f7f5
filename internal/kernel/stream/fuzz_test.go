package stream

import (
	"math/rand/v2"
	"testing"

	"tnbench/internal/dtype"
	"tnbench/internal/kernel/kerneltest"
	"tnbench/internal/kernel/model"
	"tnbench/internal/kernel/nest"
	"tnbench/internal/kernel/vec"
)

// FuzzStream holds streams of a small spec against Reference; smaller caches make
// them pack and cut. The input is a recipe: two seeds and the shape of the nests.
func FuzzStream(f *testing.F) {
	for i := range uint64(8) {
		f.Add(i, i*i, uint8(i), uint8(i*5), uint8(i))
	}
	f.Fuzz(func(t *testing.T, seed1, seed2 uint64, loops, extent, how uint8) {
		rng := rand.New(rand.NewPCG(seed1, seed2))
		s := kerneltest.RandomSpec(rng, kerneltest.SpecShape{MaxLoops: 1 + int(loops)%5, MaxExtent: 1 + int(extent)%48, MaxMACs: 1 << 13})
		s.Type = dtype.All[how%4]
		tiers := vec.Tiers()
		o := nest.Options{Tier: tiers[int(how/4)%len(tiers)]}
		if fused := s.Fused(); s.MACs() > 0 {
			for _, lim := range []*model.Limits{&tuned.Limits, &smallLimits} {
				kerneltest.MustEqualReference(t, s, newOf(fused, new(scheduler).cheapestFor(fused, o.ChosenTier(), lim, AnyCycles), o), uint64(how))
			}
		}
	})
}
