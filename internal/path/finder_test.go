package path

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"testing"

	"tnbench/internal/dtype"
	"tnbench/internal/instance"
	"tnbench/internal/source"
)

// randomNetwork has hyperedges, labels in one tensor only, repeated labels,
// rank-0 tensors, dimension 1 and, often, several components.
func randomNetwork(rng *rand.Rand, tensors, labels int) *instance.Instance {
	in := &instance.Instance{Name: "random", DType: dtype.Float64, Inputs: make([][]instance.Label, tensors), Dims: make([]int, labels)}
	for l := range in.Dims {
		in.Dims[l] = 1 + rng.IntN(3)
		for range 1 + rng.IntN(3) {
			t := rng.IntN(tensors)
			in.Inputs[t] = append(in.Inputs[t], instance.Label(l))
		}
		if rng.IntN(10) == 0 {
			in.Output = append(in.Output, instance.Label(l))
		}
	}
	return in
}

// network makes an instance from one string of letters per tensor.
func network(output string, dims map[rune]int, tensors ...string) *instance.Instance {
	in := &instance.Instance{Name: "test", DType: dtype.Float64}
	numbers := map[rune]instance.Label{}
	for _, t := range tensors {
		var labels []instance.Label
		for _, r := range t {
			l, ok := numbers[r]
			if !ok {
				l = instance.Label(len(in.Dims))
				numbers[r] = l
				in.Dims = append(in.Dims, max(dims[r], 2))
				in.Names = append(in.Names, r)
			}
			labels = append(labels, l)
		}
		in.Inputs = append(in.Inputs, labels)
	}
	for _, r := range output {
		in.Output = append(in.Output, numbers[r])
	}
	return in
}

// mustFind searches and checks that what is found is a path with the declared
// cost.
func mustFind(t *testing.T, in *instance.Instance, s Search) Found {
	t.Helper()
	f, err := Find(context.Background(), in, s)
	if err != nil {
		t.Fatalf("%v with %+v: %v", in.Inputs, s, err)
	}
	for _, p := range []instance.Path{f.Flops, f.Size} {
		ssa, err := FromLinear(len(in.Inputs), p.Pairs)
		if err != nil {
			t.Fatalf("%v: %s: %v", in.Inputs, p.Name, err)
		}
		tree := Analyze(in, ssa)
		if c := tree.Cost(); len(ssa) > 0 && (c.Log2Size != p.Log2Size || c.Log10Flops != p.Log10Flops) {
			t.Fatalf("%v: %s declares 2^%v, 10^%v: it costs %+v", in.Inputs, p.Name, p.Log2Size, p.Log10Flops, c)
		}
	}
	return f
}

func TestFindGivesValidPathsOfAnyNetwork(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for i := range 150 {
		in := randomNetwork(rng, 1+rng.IntN(30), rng.IntN(40))
		f := mustFind(t, in, Search{Trials: 1 + rng.IntN(4), Refine: rng.IntN(3), Seed: uint64(i)})
		if f.Flops.Log10Flops > f.Size.Log10Flops || f.Size.Log2Size > f.Flops.Log2Size {
			t.Fatalf("%v: the best by flops is %+v, by size %+v", in.Inputs, f.Flops, f.Size)
		}
	}
}

// The search's own bookkeeping of labels and costs must be that of Analyze.
func TestSearchCostsAreThoseOfTheTree(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 2))
	for i := range 150 {
		in := randomNetwork(rng, 2+rng.IntN(40), 1+rng.IntN(60))
		net := newHypergraph(in)
		greedy := newGreedy(net).run(newTemper(uint64(i), i))
		for name, c := range map[string]candidatePath{
			"greedy":           greedy,
			"improved (flops)": improve(context.Background(), net, greedy, flopsCost, rng),
			"improved (size)":  improve(context.Background(), net, greedy, sizeCost, rng),
		} {
			tree := Analyze(in, c.ssa)
			cost := tree.Cost()
			if math.Abs(cost.Flops-c.flops) > 1e-9*cost.Flops || math.Exp2(cost.Log2Size) > c.size*(1+1e-9) || math.Exp2(cost.Log2Size) < max(1, c.size)*(1-1e-9) {
				t.Fatalf("%v: %s path %v: flops %v, size %v, the tree has %+v", in.Inputs, name, c.ssa, c.flops, c.size, cost)
			}
			if name == "improved (flops)" && c.flops > greedy.flops*(1+1e-9) {
				t.Fatalf("%v: improving raised flops from %v to %v", in.Inputs, greedy.flops, c.flops)
			}
		}
	}
}

// leastFlops tries all trees over the tensors of an SSA state.
func leastFlops(in *instance.Instance) float64 {
	best := math.Inf(1)
	var ssa []Pair
	var extend func(alive []int32)
	extend = func(alive []int32) {
		if len(alive) == 1 {
			best = min(best, Analyze(in, ssa).Cost().Flops)
			return
		}
		for i, a := range alive {
			for _, b := range alive[:i] {
				ssa = append(ssa, Pair{b, a})
				rest := slices.DeleteFunc(slices.Clone(alive), func(id int32) bool { return id == a || id == b })
				extend(append(rest, int32(len(in.Inputs)+len(ssa)-1)))
				ssa = ssa[:len(ssa)-1]
			}
		}
	}
	alive := make([]int32, len(in.Inputs))
	for i := range alive {
		alive[i] = int32(i)
	}
	extend(alive)
	return best
}

func TestRefinedPathsOfSmallNetworksAreOptimal(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 2))
	for i := range 120 {
		in := randomNetwork(rng, 2+rng.IntN(5), 1+rng.IntN(12))
		f := mustFind(t, in, Search{Trials: 1, Refine: 1, Seed: uint64(i)})
		if got, want := math.Pow(10, f.Flops.Log10Flops), leastFlops(in); math.Abs(got-want) > 1e-6*want {
			t.Fatalf("%v -> %v, dims %v: %v flops, want %v", in.Inputs, in.Output, in.Dims, got, want)
		}
	}
}

func TestFindIsDeterministic(t *testing.T) {
	rng := rand.New(rand.NewPCG(6, 2))
	in := randomNetwork(rng, 60, 90)
	s := Search{Trials: 20, Refine: 2, Seed: 7}
	if a, b := mustFind(t, in, s), mustFind(t, in, s); !reflect.DeepEqual(a, b) {
		t.Errorf("two searches %+v differ:\n%+v\n%+v", s, a, b)
	}
}

func TestFindJoinsDisconnectedPartsSmallestFirst(t *testing.T) {
	// Nothing is shared: joining by size makes 2·4, 8·8, 64·128.
	in := network("abcd", map[rune]int{'a': 128, 'b': 8, 'c': 4, 'd': 2}, "a", "b", "c", "d")
	f := mustFind(t, in, Search{Trials: 1})
	if want := math.Log10(2*4 + 8*8 + 64*128); math.Abs(f.Flops.Log10Flops-want) > 1e-12 {
		t.Errorf("path %v: log10 flops %v, want %v", f.Flops.Pairs, f.Flops.Log10Flops, want)
	}
}

func TestFindTakesALabelOfThousandsOfTensors(t *testing.T) {
	// A batch label in every tensor of a chain. Were all its tensors neighbours,
	// there would be eight million pairs.
	const n = 4000
	in := &instance.Instance{Name: "batch", DType: dtype.Float64, Dims: make([]int, n+2)}
	for l := range in.Dims {
		in.Dims[l] = 2
	}
	for t := range n {
		in.Inputs = append(in.Inputs, []instance.Label{0, instance.Label(t + 1), instance.Label(t + 2)})
	}
	in.Output = []instance.Label{0, 1, n + 1}
	f := mustFind(t, in, Search{Trials: 2})
	if want := math.Log10((n - 1) * 32); math.Abs(f.Flops.Log10Flops-want) > 1e-9 {
		t.Errorf("log10 flops %v, want %v", f.Flops.Log10Flops, want)
	}
}

// A label with one holder too many makes no pairs; once a contraction leaves few
// enough, it makes all of them.
func TestLabelsMakePairsOnceFewEnoughHaveThem(t *testing.T) {
	in := &instance.Instance{Name: "hub", DType: dtype.Float64, Dims: []int{2}}
	for i := range fan + 1 {
		in.Dims = append(in.Dims, 2)
		in.Inputs = append(in.Inputs, []instance.Label{0, instance.Label(i + 1)})
	}
	g := newGreedy(newHypergraph(in))
	g.reset(newTemper(1, 0))
	if len(g.pairs) != 0 {
		t.Fatalf("%d tensors have the label, and %d pairs: want none", fan+1, len(g.pairs))
	}
	a, b := g.choose()
	g.contract(a, b, []instance.Label{0}, 2)
	have := map[[2]int32]bool{}
	for _, p := range g.pairs {
		if g.alive[p.a] && g.alive[p.b] {
			have[[2]int32{p.a, p.b}] = true
		}
	}
	if want := fan * (fan - 1) / 2; len(have) != want {
		t.Errorf("%d tensors have the label, and %d pairs: want %d", fan, len(have), want)
	}
}

func TestFindTakesALoneTensor(t *testing.T) {
	f := mustFind(t, network("a", nil, "aab"), Search{Trials: 3, Refine: 1})
	if len(f.Flops.Pairs) != 0 || !math.IsNaN(f.Flops.Log10Flops) {
		t.Errorf("path of one tensor: %+v", f.Flops)
	}
}

func TestFindRefusesWhatItCannotSearch(t *testing.T) {
	in := network("", nil, "a", "a")
	for _, s := range []Search{{}, {Trials: -1}, {Trials: 1, Refine: -1}} {
		if _, err := Find(context.Background(), in, s); err == nil {
			t.Errorf("search %+v gives no error", s)
		}
	}
	if _, err := Find(context.Background(), network("", nil), Search{Trials: 1}); err == nil {
		t.Error("a network without tensors gives no error")
	}
}

func TestFindStopsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := Find(ctx, network("", nil, "ab", "bc", "ca"), Search{Trials: 1 << 40}); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v, want %v", err, context.Canceled)
	}
}

func TestFindTakesNetworksThatAreTooLargeToRun(t *testing.T) {
	in := &instance.Instance{Name: "huge", DType: dtype.Float64}
	for l := range instance.Label(70) {
		in.Dims = append(in.Dims, 2)
		in.Inputs = append(in.Inputs, []instance.Label{l})
		in.Output = append(in.Output, l)
	}
	f, err := Find(context.Background(), in, Search{Trials: 2, Refine: 1})
	if err != nil || f.Flops.Log2Size != 70 || f.Flops.Log10Flops < 70*math.Log10(2) {
		t.Errorf("a result of 2^70 elements: %v, a path with log2_size %v and log10_flops %v", err, f.Flops.Log2Size, f.Flops.Log10Flops)
	}
}

// TestFindMatchesPublicPaths holds the search against the paths that came with
// the public instances.
func TestFindMatchesPublicPaths(t *testing.T) {
	dir := os.Getenv("TNBENCH_SUITE")
	if dir == "" {
		t.Skip("TNBENCH_SUITE does not name the directory of the public instances")
	}
	files, err := filepath.Glob(filepath.Join(dir, "*.json"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no instances in %s: %v", dir, err)
	}
	for _, file := range files {
		in, err := instance.Load(t.Context(), file, source.Limit{})
		if err != nil {
			t.Fatal(err)
		}
		f := mustFind(t, in, Search{Trials: 32, Refine: 4, Seed: 1})
		for _, p := range in.Paths {
			ssa, err := FromLinear(len(in.Inputs), p.Pairs)
			if err != nil {
				t.Fatal(err)
			}
			tree := Analyze(in, ssa)
			// 2 % more flops are as good. Sizes of gm_queen5 are powers of 3: one
			// label more must pass, two must not.
			if c := tree.Cost(); f.Flops.Log10Flops > c.Log10Flops+math.Log10(1.02) || f.Size.Log2Size > c.Log2Size+1.6 {
				t.Errorf("%s: found 10^%.4f flops and size 2^%.2f, the file's %s has 10^%.4f and 2^%.2f",
					in.Name, f.Flops.Log10Flops, f.Size.Log2Size, p.Name, c.Log10Flops, c.Log2Size)
			}
		}
	}
}

func TestMinHeapSorts(t *testing.T) {
	rng := rand.New(rand.NewPCG(8, 2))
	for range 200 {
		var h minHeap[sized]
		var want []float64
		for i := range rng.IntN(50) {
			x := float64(rng.IntN(20))
			h.push(sized{x, int32(i)})
			want = append(want, x)
		}
		slices.Sort(want)
		for i, x := range want {
			if got := h.pop(); got.size != x {
				t.Fatalf("element %d of %v is %v", i, want, got.size)
			}
		}
	}
}

func BenchmarkGreedyTrial(b *testing.B) {
	for _, vertices := range []int{150, 600} {
		b.Run(fmt.Sprintf("tensors=%d", vertices*5/2), func(b *testing.B) {
			g := newGreedy(newHypergraph(ring(vertices)))
			for i := range b.N {
				g.run(newTemper(1, i))
			}
		})
	}
}

func BenchmarkImprove(b *testing.B) {
	net := newHypergraph(ring(150))
	c := newGreedy(net).run(newTemper(1, 0))
	for range b.N {
		improve(context.Background(), net, c, flopsCost, rand.New(rand.NewPCG(1, 1)))
	}
}

// ring is a ring with a random matching of chords, a matrix per edge and a
// vector per vertex.
func ring(vertices int) *instance.Instance {
	in := &instance.Instance{Name: "ring", DType: dtype.Float64, Dims: make([]int, vertices)}
	rng := rand.New(rand.NewPCG(9, 2))
	chords := rng.Perm(vertices)
	for v := range vertices {
		in.Dims[v] = 2
		l := instance.Label(v)
		in.Inputs = append(in.Inputs, []instance.Label{l}, []instance.Label{l, (l + 1) % instance.Label(vertices)})
		if v%2 == 0 {
			in.Inputs = append(in.Inputs, []instance.Label{instance.Label(chords[v]), instance.Label(chords[v+1])})
		}
	}
	return in
}
