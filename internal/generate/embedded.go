package generate

// Embedded are the recipes of the instances that the program holds (see
// package instances), in the order in which they are listed.
var Embedded = []Recipe{
	// The statistics of a public instance that a report on allocation was about:
	// 260 matrices and 155 vectors, three intermediates in four small enough for
	// one cache line, one of 64 MiB. Seed and trials were chosen for that out of
	// 25,000 seeds; a longer search finds paths with far smaller intermediates.
	{Name: "cubic_light_415", Kind: "cubic", Params: Params{"vertices": 220, "tensors": 415}, Seed: 23368, Trials: 2},
	// Tiny tensors and nothing else.
	{Name: "ising_strip_5x250", Kind: "grid", Params: Params{"rows": 5, "columns": 250}, Seed: 1, Trials: 1},
	// Large matrix products and nothing else.
	{Name: "matrix_chain_10", Kind: "chain", Params: Params{"matrices": 10, "min": 256, "max": 1024}, Seed: 1, Trials: 16, Refine: 2},
	// Products of middling size, hundreds of them.
	{Name: "mps_inner_50", Kind: "mps", Params: Params{"sites": 50, "min": 40, "max": 80}, Seed: 1, Trials: 16, Refine: 2},
	// Hyperedges of dimension 3: batch labels, little arithmetic per byte.
	{Name: "potts_king_10x10", Kind: "grid", Params: Params{"rows": 10, "columns": 10, "dim": 3, "diagonals": 1}, Seed: 1, Trials: 32, Refine: 2},
}

// FindEmbedded returns the recipe of the embedded instance called name; false
// if there is none.
func FindEmbedded(name string) (Recipe, bool) {
	for _, r := range Embedded {
		if r.Name == name {
			return r, true
		}
	}
	return Recipe{}, false
}
