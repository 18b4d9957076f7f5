package contract

import (
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"tnbench/internal/dtype"
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

// upTo returns the part of a network that makes the result of a step of a path, which is its
// result, and the path in it.
func upTo(in *instance.Instance, p instance.Path, root int) (*instance.Instance, instance.Path) {
	n := int32(len(in.Inputs))
	ssa, err := path.FromLinear(int(n), p.Pairs)
	if err != nil {
		panic(err)
	}
	tree := path.Analyze(in, ssa)
	needed := make([]bool, int(n)+len(ssa))
	needed[int(n)+root] = true
	for i := root; i >= 0; i-- {
		if needed[int(n)+i] {
			needed[ssa[i].Left], needed[ssa[i].Right] = true, true
		}
	}
	part := &instance.Instance{Name: in.Name, DType: in.DType}
	ids := make([]int32, len(needed))
	labels := map[instance.Label]instance.Label{}
	for t, axes := range in.Inputs {
		if !needed[t] {
			continue
		}
		ids[t] = int32(len(part.Inputs))
		own := make([]instance.Label, len(axes))
		for i, l := range axes {
			if _, ok := labels[l]; !ok {
				labels[l] = instance.Label(len(part.Dims))
				part.Dims, part.Names = append(part.Dims, in.Dims[l]), append(part.Names, in.Names[l])
			}
			own[i] = labels[l]
		}
		part.Inputs = append(part.Inputs, own)
	}
	var pairs []path.Pair
	for i := range root + 1 {
		if needed[int(n)+i] {
			ids[int(n)+i] = int32(len(part.Inputs) + len(pairs))
			pairs = append(pairs, path.Pair{Left: ids[ssa[i].Left], Right: ids[ssa[i].Right]})
		}
	}
	for _, l := range tree.Steps[root].Kept() {
		part.Output = append(part.Output, labels[l])
	}
	p.Pairs = path.ToLinear(len(part.Inputs), pairs)
	return part, p
}

// TestTheOrderOfASmallResultDoesNotMatter cuts light_415 where its large intermediates come
// down to 2 MiB, and asks for these in twenty orders of their labels: the forecasts are the
// same, and so is what is computed.
func TestTheOrderOfASmallResultDoesNotMatter(t *testing.T) {
	instances, _ := suite(t)
	at := slices.IndexFunc(instances, func(in *instance.Instance) bool { return strings.Contains(in.Name, "light_415") })
	if at < 0 {
		t.Skip("there is no light_415")
	}
	const root, orders = 408, 20
	in, p := upTo(instances[at], instances[at].Paths[0], root)
	rng := rand.New(rand.NewPCG(4, 15))
	for _, mode := range []region.Mode{region.Off, region.Auto} {
		low, high := math.Inf(1), 0.0
		for i := range orders {
			other := *in
			other.Output = slices.Clone(in.Output)
			if i > 0 {
				rng.Shuffle(len(other.Output), func(i, j int) { other.Output[i], other.Output[j] = other.Output[j], other.Output[i] })
			}
			program, err := Compile(&other, p, Options{Regions: mode})
			if err != nil {
				t.Fatal(err)
			}
			low, high = min(low, program.Cycles()), max(high, program.Cycles())
			if i < 2 && !testing.Short() && !raceEnabled {
				checkTotal(t, program)
			}
		}
		limit := mostApart
		if mode == region.Auto {
			limit = 0.06 // the last step is in the region or not, as it hardly pays
		}
		if high > low*(1+limit) {
			t.Errorf("regions %v: between %.3g and %.3g cycles", mode, low, high)
		}
	}
}

// checkTotal contracts a network, and one that also sums its result: the sum of the elements
// is the same.
func checkTotal(t *testing.T, program *Program) {
	t.Helper()
	in := program.Instance
	inputs, err := in.Data(instance.Balanced, 1)
	if err != nil {
		t.Fatal(err)
	}
	total := func(p *Program) (sum float64) {
		for _, x := range dtype.View[float64](contractOnce(t, p, "planned", inputs)) {
			sum += x
		}
		return sum
	}
	summed := *in
	summed.Output = nil
	scalar, err := CompileTree(path.Analyze(&summed, program.Tree().Pairs()), instance.Undeclared("total"), Options{})
	if err != nil {
		t.Fatal(err)
	}
	if got, want := total(program), total(scalar); math.Abs(got-want) > 1e-9*math.Abs(want)+1e-9 {
		t.Errorf("the elements add up to %g, want %g", got, want)
	}
}
