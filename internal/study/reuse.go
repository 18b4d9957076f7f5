package study

import (
	"tnbench/internal/path"
)

// Reuse counts the step results of one contraction that a pool of buffers of
// exact sizes, empty at first, need not allocate.
type Reuse struct {
	// Unlimited takes every repeat of a size for a reuse, as if no buffer were
	// ever in use twice at once: results less unique sizes. It is an upper bound
	// that no order of the steps has to reach.
	Unlimited int `json:"unlimited_lifetimes"`
	// The others respect lifetimes, in the three execution orders: a step gets
	// the memory of its result first, the buffers of its operands go back
	// afterwards. Inputs are no buffers of the pool.
	PathOrder  int `json:"path_order"`
	DepthFirst int `json:"depth_first"`
	LowestPeak int `json:"lowest_peak"`
}

// reuse returns t's figures.
func (t *tree) reuse() Reuse {
	return Reuse{
		Unlimited:  len(t.steps) - uniqueSizes(t.elements()),
		PathOrder:  t.exactHits(t.order(path.AsWritten)),
		DepthFirst: t.exactHits(t.order(path.DepthFirst)),
		LowestPeak: t.exactHits(t.order(path.LowestPeak)),
	}
}

// exactHits runs an exact-size pool through the steps in the given order and
// returns how many results it serves.
func (t *tree) exactHits(order []int) int {
	hits := 0
	free := make(map[float64]int) // buffers by elements
	for _, i := range order {
		if n := t.steps[i].Elements; free[n] > 0 {
			free[n]--
			hits++
		}
		for made := range t.steps[i].Makers(t.inputs) {
			free[t.steps[made].Elements]++
		}
	}
	return hits
}

// uniqueSizes returns how many different sizes there are.
func uniqueSizes(sizes []float64) int {
	seen := make(map[float64]struct{})
	for _, n := range sizes {
		seen[n] = struct{}{}
	}
	return len(seen)
}
