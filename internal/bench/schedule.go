package bench

import "math/rand/v2"

// schedule returns, for each round, the order in which n strategies take their
// turns. Within each block of n rounds every strategy stands once at every
// position (a cyclic Latin square), so that neither position nor drift favours
// one; which square, and in which order its rows come, is drawn from seed.
func schedule(n, rounds int, seed uint64) [][]int {
	rng := rand.New(rand.NewPCG(seed, uint64(n)))
	var order [][]int
	for len(order) < rounds {
		first := rng.Perm(n)
		for _, shift := range rng.Perm(n) {
			row := make([]int, n)
			for i := range row {
				row[i] = first[(i+shift)%n]
			}
			order = append(order, row)
		}
	}
	return order[:rounds]
}
