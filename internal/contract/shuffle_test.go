package contract

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"tnbench/internal/instance"
	"tnbench/internal/path"
	"tnbench/internal/region"
)

// shuffled returns the same network and path with the labels in another order, the tensors
// in another order and the operands of each step in another order: nothing of that changes
// what has to be computed, or where the inputs and the result have their axes.
func shuffled(in *instance.Instance, p instance.Path, rng *rand.Rand) (*instance.Instance, instance.Path) {
	n := len(in.Inputs)
	labels, tensors := rng.Perm(len(in.Dims)), rng.Perm(n)
	rename := func(from []instance.Label) []instance.Label {
		to := make([]instance.Label, len(from))
		for i, l := range from {
			to[i] = instance.Label(labels[l])
		}
		return to
	}
	out := *in
	out.Names, out.Dims, out.Inputs = slices.Clone(in.Names), slices.Clone(in.Dims), make([][]instance.Label, n)
	for from, to := range labels {
		out.Names[to], out.Dims[to] = in.Names[from], in.Dims[from]
	}
	for from, to := range tensors {
		out.Inputs[to] = rename(in.Inputs[from])
	}
	out.Output = rename(in.Output)
	ssa, err := path.FromLinear(n, p.Pairs)
	if err != nil {
		panic(err)
	}
	place := func(id int32) int32 {
		if int(id) < n {
			return int32(tensors[id])
		}
		return id
	}
	for i, pair := range ssa {
		pair = path.Pair{Left: place(pair.Left), Right: place(pair.Right)}
		if rng.IntN(2) == 0 {
			pair.Left, pair.Right = pair.Right, pair.Left
		}
		ssa[i] = pair
	}
	p.Pairs = path.ToLinear(n, ssa)
	return &out, p
}

// mostApart is how far apart, as a share, forecasts may lie of what must take the same time.
const mostApart = 0.05

// TestNamesAndOrdersDoNotMatter shuffles what must not matter: the layouts, regions and
// kernels that are found are forecast to take as long, whatever the names of labels and the
// order of tensors and operands.
func TestNamesAndOrdersDoNotMatter(t *testing.T) {
	instances, _ := suite(t)
	for _, in := range instances {
		for _, p := range in.Paths {
			for _, mode := range []region.Mode{region.Off, region.Auto} {
				o := Options{Regions: mode}
				program, err := Compile(in, p, o)
				if err != nil {
					t.Fatal(err)
				}
				want := program.Cycles()
				for seed := range uint64(20) {
					other, path := shuffled(in, p, rand.New(rand.NewPCG(seed, 1)))
					program, err := Compile(other, path, o)
					if err != nil {
						t.Fatal(err)
					}
					if now := program.Cycles(); math.Abs(now/want-1) > mostApart {
						t.Errorf("%s, %s, regions %v: %.3g cycles, shuffled by %d %.3g", in.Name, p.Name, mode, want, seed, now)
					}
				}
			}
		}
	}
}
