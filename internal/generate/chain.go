package generate

import (
	"fmt"
	"math/rand/v2"
)

// chain is a product of matrices of random dimensions. The output is a matrix.
var chain = Kind{
	Name: "chain",
	Doc:  "a product of matrices of random dimensions; few steps, all of them large matrix products",
	Params: []Param{
		{"matrices", 10, 1, 10_000, "matrices in the product"},
		{"min", 256, 1, 1 << 20, "smallest dimension"},
		{"max", 1024, 1, 1 << 20, "largest dimension"},
		{"multiple", 1, 1, 1 << 20, "dimensions are multiples of this"},
	},
	build: buildChain,
}

func buildChain(v values, rng *rand.Rand) (*network, error) {
	dim, err := between(v["min"], v["max"], v["multiple"], rng)
	if err != nil {
		return nil, err
	}
	n := &network{}
	first := n.label(dim())
	last := first
	for range v["matrices"] {
		next := n.label(dim())
		n.tensor(last, next)
		last = next
	}
	n.output = []int{first, last}
	return n, nil
}

// between returns a function that draws multiples of a number in a range.
func between(low, high, multiple int, rng *rand.Rand) (func() int, error) {
	if low > high {
		return nil, fmt.Errorf("min=%d..max=%d holds no number; lower min, or raise max", low, high)
	}
	from, to := (low+multiple-1)/multiple, high/multiple
	if from > to {
		return nil, fmt.Errorf("no multiple of %d is in min=%d..max=%d", multiple, low, high)
	}
	return func() int { return multiple * (from + rng.IntN(to-from+1)) }, nil
}
