package bench

import (
	"iter"
	"math/rand/v2"
)

// Schedule yields, for each round, the order in which n strategies take their
// turns, without end. Within each block of n rounds every strategy stands once at every
// position (a cyclic Latin square), so that neither position nor drift favours
// one; which square, and in which order its rows come, is drawn from seed.
func Schedule(n int, seed uint64) iter.Seq[[]int] {
	return func(yield func([]int) bool) {
		rng := rand.New(rand.NewPCG(seed, uint64(n)))
		for n > 0 {
			first := rng.Perm(n)
			for _, shift := range rng.Perm(n) {
				row := make([]int, n)
				for i := range row {
					row[i] = first[(i+shift)%n]
				}
				if !yield(row) {
					return
				}
			}
		}
	}
}
