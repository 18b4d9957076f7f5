package kernel

import (
	"math/rand/v2"
	"testing"
)

func TestStreamEqualsReference(t *testing.T) {
	shapes := []specShape{
		{maxLoops: 2, maxExtent: 3, maxMACs: 1 << 12},
		{maxLoops: 3, maxExtent: 7, maxMACs: 1 << 15},
		{maxLoops: 1, maxExtent: 40, maxMACs: 1 << 16},
		{maxLoops: 1, maxExtent: 200, maxMACs: 1 << 16},
		{maxLoops: 5, maxExtent: 2, maxMACs: 1 << 16},
	}
	rng := rand.New(rand.NewPCG(3, 4))
	for i := range 3000 {
		s := randomSpec(rng, shapes[i%len(shapes)])
		tiers := Tiers()
		k, ok := newStream(s, Options{Tier: tiers[i%len(tiers)]})
		if !ok {
			t.Fatalf("newStream(%s) declined", show(s))
		}
		mustEqualReference(t, s, k, uint64(i))
	}
}

// smallLimits make small operands cross every limit.
var smallLimits = limits{
	packedBytes: 512, packedShare: 1 << 20, minTile: 2, runs: 3, terms: 5,
	blockBytes: 256, cutBytes: 192, farTerms: 64, blockTerms: 2, blockRun: 128, transposeRun: 9, transposeRows: 11, pastBytes: 512, pastRun: 64,
}

// Not only the plan that is thought the cheapest must be right.
func TestEveryPlanEqualsReference(t *testing.T) {
	shapes := []specShape{
		{maxLoops: 2, maxExtent: 4, maxMACs: 1 << 12},
		{maxLoops: 1, maxExtent: 40, maxMACs: 1 << 15},
		{maxLoops: 4, maxExtent: 2, maxMACs: 1 << 12},
	}
	rng := rand.New(rand.NewPCG(5, 6))
	var packed, chunked int
	used := map[routine]int{}
	for i := range 600 {
		s := randomSpec(rng, shapes[i%len(shapes)]).Fused()
		for _, lim := range []*limits{&defaultLimits, &smallLimits} {
			for _, swapped := range []bool{false, true} {
				outs, sums := axes(s, swapped)
				for _, p := range plansFor(s.Type, lim, outs, sums, true) {
					p.swapped = swapped
					used[p.routine]++
					packed += min(1, len(p.packs))
					chunked += min(1, len(p.chunks))
					for _, tier := range Tiers() {
						mustEqualReference(t, s, newStreamOf(s, p, Options{Tier: tier}), uint64(i))
					}
				}
			}
		}
	}
	for r, name := range routineNames {
		if used[routine(r)] < 20 {
			t.Errorf("routine %s ran %d times, want at least 20: the test shows little", name, used[routine(r)])
		}
	}
	if packed < 100 || chunked < 100 {
		t.Errorf("%d plans packed and %d in chunks, want at least 100 of each", packed, chunked)
	}
}
