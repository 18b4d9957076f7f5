package path

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"tnbench/internal/instance"
)

// Search says how hard to look for paths. The same search over the same network
// finds the same paths on every platform.
type Search struct {
	Trials int // greedy trials, at least 1
	Refine int // how many of the best trials to improve piecewise, by each objective; 0 for none
	Seed   uint64
}

// Found is the outcome of a search: the best path by flops, ties broken by the
// size of the largest result of a step, and the best by that size, ties broken
// by flops. They are called opt_flops and opt_size and declare their cost.
type Found struct{ Flops, Size instance.Path }

// Find searches paths for in, whose own paths it ignores: randomised greedy
// trials, of which the best are improved. A trial takes O(p log p) time for p
// pairs of neighbours, about 2 ms for 400 tensors in a random 3-regular graph;
// improving one takes about ten times as long, and gains more than as many
// trials would. Find fails if ctx ends.
func Find(ctx context.Context, in *instance.Instance, s Search) (Found, error) {
	if s.Trials < 1 || s.Refine < 0 {
		return Found{}, fmt.Errorf("%d trials, %d of them refined: a search needs at least 1, and 0", s.Trials, s.Refine)
	}
	if len(in.Inputs) == 0 {
		return Found{}, fmt.Errorf("%s: a network without tensors has no path", in.Name)
	}
	net := newHypergraph(in)
	byFlops := shortlist{compare: compareFlops, room: max(s.Refine, 1)}
	bySize := shortlist{compare: compareSize, room: max(s.Refine, 1)}
	g := newGreedy(net)
	for trial := range s.Trials {
		if err := ctx.Err(); err != nil {
			return Found{}, err
		}
		c := g.run(newTemper(s.Seed, trial))
		byFlops.add(c)
		bySize.add(c)
	}
	if s.Refine > 0 {
		// The second objective starts from what the first one improved.
		for _, cost := range [...]stepCost{flopsCost, sizeCost} {
			for _, c := range slices.Concat(byFlops.best, bySize.best) {
				c := improve(ctx, net, c, cost, rand.New(rand.NewPCG(s.Seed, uint64(s.Trials))))
				if err := ctx.Err(); err != nil {
					return Found{}, err
				}
				byFlops.add(c)
				bySize.add(c)
			}
		}
	}
	return found(in, byFlops.best[0], bySize.best[0])
}

// found writes the two best candidates as paths.
func found(in *instance.Instance, flops, size candidatePath) (Found, error) {
	var f Found
	for _, r := range []struct {
		name string
		c    candidatePath
		dst  *instance.Path
	}{{"opt_flops", flops, &f.Flops}, {"opt_size", size, &f.Size}} {
		*r.dst = instance.Path{Name: r.name, Pairs: [][2]int{}, Log2Size: math.NaN(), Log10Flops: math.NaN()}
		if len(r.c.ssa) == 0 {
			continue // one tensor: there is no step to cost
		}
		t := Analyze(in, r.c.ssa)
		// The order in which the trial came to the steps is of no use to anybody:
		// the least memory is a better one.
		n := len(in.Inputs)
		r.dst.Pairs = ToLinear(n, Permute(n, r.c.ssa, Reorder(n, r.c.ssa, t.Sizes(), LowestPeak)))
		c := t.Cost()
		r.dst.Log2Size, r.dst.Log10Flops = c.Log2Size, c.Log10Flops
	}
	return f, nil
}

// candidatePath is a path with its cost.
type candidatePath struct {
	ssa   []Pair
	flops float64
	size  float64 // elements of the largest step result
}

func compareFlops(a, b candidatePath) int {
	return cmp.Or(cmp.Compare(a.flops, b.flops), cmp.Compare(a.size, b.size))
}

func compareSize(a, b candidatePath) int {
	return cmp.Or(cmp.Compare(a.size, b.size), cmp.Compare(a.flops, b.flops))
}

// shortlist keeps the best candidates of distinct cost, best first.
type shortlist struct {
	compare func(a, b candidatePath) int
	room    int
	best    []candidatePath
}

// add takes c into the list if it is good enough.
func (s *shortlist) add(c candidatePath) {
	at, known := slices.BinarySearchFunc(s.best, c, s.compare)
	if known || at == s.room {
		return
	}
	s.best = slices.Insert(s.best[:min(len(s.best), s.room-1)], at, c)
}

// hypergraph is what a path search needs of a network.
type hypergraph struct {
	sets   [][]instance.Label // per input its distinct labels, ascending
	dims   []float64
	uses   []int32 // per label the inputs that have it, plus one if the output has
	inputs [][]int32
}

// newHypergraph reads in.
func newHypergraph(in *instance.Instance) *hypergraph {
	h := &hypergraph{
		sets:   make([][]instance.Label, len(in.Inputs)),
		dims:   make([]float64, len(in.Dims)),
		uses:   make([]int32, len(in.Dims)),
		inputs: make([][]int32, len(in.Dims)),
	}
	for l, d := range in.Dims {
		h.dims[l] = float64(d)
	}
	for t, labels := range in.Inputs {
		set := slices.Clone(labels)
		slices.Sort(set)
		h.sets[t] = slices.Compact(set)
		for _, l := range h.sets[t] {
			h.uses[l]++
			h.inputs[l] = append(h.inputs[l], int32(t))
		}
	}
	for _, l := range in.Output {
		h.uses[l]++
	}
	return h
}

// elements returns the size of a tensor. Paths that a search throws away can
// exceed any integer; beyond maxElements all are equally bad, and no difference
// of two sizes is undefined.
func (h *hypergraph) elements(set []instance.Label) float64 {
	size := 1.0
	for _, l := range set {
		size *= h.dims[l]
	}
	return min(size, maxElements)
}

const maxElements = 0x1p900

// merge makes the labels of the result of contracting tensors a and b, given how
// many tensors (and the output) use each label, appends them to dst and returns
// them with the number of elements of the result and of the loop over all labels
// of both.
func (h *hypergraph) merge(dst, a, b []instance.Label, uses []int32) (set []instance.Label, size, loop float64) {
	size, loop = 1, 1
	for len(a) > 0 || len(b) > 0 {
		var l instance.Label
		here := int32(1)
		switch {
		case len(b) == 0 || len(a) > 0 && a[0] < b[0]:
			l, a = a[0], a[1:]
		case len(a) == 0 || b[0] < a[0]:
			l, b = b[0], b[1:]
		default:
			l, a, b, here = a[0], a[1:], b[1:], 2
		}
		loop *= h.dims[l]
		if uses[l] > here {
			size *= h.dims[l]
			dst = append(dst, l)
		}
	}
	return dst, min(size, maxElements), min(loop, maxElements)
}

// cover returns the elements of the loop over the labels of both a and b, and
// how many labels they are.
func (h *hypergraph) cover(a, b []instance.Label) (loop float64, labels int) {
	loop = 1
	for len(a) > 0 || len(b) > 0 {
		var l instance.Label
		switch {
		case len(b) == 0 || len(a) > 0 && a[0] < b[0]:
			l, a = a[0], a[1:]
		case len(a) == 0 || b[0] < a[0]:
			l, b = b[0], b[1:]
		default:
			l, a, b = a[0], a[1:], b[1:]
		}
		loop *= h.dims[l]
		labels++
	}
	return min(loop, maxElements), labels
}

// stepFlops counts two per multiply-add, and one per element of a product
// without a sum, as the suite does.
func stepFlops(loop float64, sums bool) float64 {
	if sums {
		return 2 * loop
	}
	return loop
}
