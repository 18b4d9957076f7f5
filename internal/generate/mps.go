package generate

import "math/rand/v2"

// mps is the inner product of two matrix product states with different bond
// dimensions. The output is a scalar, or a vector if there is a batch.
var mps = Kind{
	Name: "mps",
	Doc:  "inner product of two matrix product states, optionally a batch of them",
	Params: []Param{
		{"sites", 50, 2, 100_000, "sites of each state; there are two tensors per site"},
		{"min", 16, 1, 1 << 16, "smallest bond dimension"},
		{"max", 32, 1, 1 << 16, "largest bond dimension"},
		{"physical", 4, 1, 1 << 16, "dimension of a site"},
		{"batch", 0, 0, 1 << 20, "dimension of a label that all tensors have, kept in the output; 0 for none"},
	},
	build: buildMPS,
}

func buildMPS(v values, rng *rand.Rand) (*network, error) {
	dim, err := between(v["min"], v["max"], 1, rng)
	if err != nil {
		return nil, err
	}
	n := &network{}
	if v["batch"] > 0 {
		n.output = []int{n.label(v["batch"])}
	}
	sites := v["sites"]
	physical := n.labels(sites, v["physical"])
	for range 2 {
		bond := -1
		for s := range sites {
			labels := append([]int(nil), n.output...)
			if bond >= 0 {
				labels = append(labels, bond)
			}
			labels = append(labels, physical+s)
			if s < sites-1 {
				bond = n.label(dim())
				labels = append(labels, bond)
			}
			n.tensor(labels...)
		}
	}
	return n, nil
}
