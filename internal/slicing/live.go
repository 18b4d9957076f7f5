package slicing

import (
	"math"
	"slices"

	"tnbench/internal/path"
	"tnbench/internal/region"
)

// lives is when the intermediates of a sliced tree are live, without the temporaries of
// kernels.
type lives struct {
	tree        *path.Tree
	at          []int     // by step: its place in execution order
	first, last []int     // by step: the places between which its result is live
	bytes       []float64 // of it; 0 where it is never stored
	live        []float64 // by place
}

// livesOf follows a tree in an execution order; s may be nil, and then the tree is whole.
func livesOf(tree *path.Tree, s *Slicing, order path.Order, mode region.Mode) *lives {
	if s != nil {
		tree = s.Tree
	}
	n, inputs := len(tree.Steps), len(tree.Instance.Inputs)
	regions := s.Divide(region.Find(tree, mode, 0))
	l := &lives{tree: tree, at: make([]int, n), first: make([]int, n), last: make([]int, n), bytes: make([]float64, n), live: make([]float64, n+1)}
	for place, step := range s.Order(regions.Order(path.Reorder(inputs, tree.Pairs(), tree.Sizes(), order))) {
		l.at[step] = place
	}
	size := float64(tree.Instance.DType.Size())
	for i := range tree.Steps[:n-1] {
		if regions.Inside(int32(inputs+i)) == nil {
			l.bytes[i] = min(tree.Steps[i].Elements*size, mostBytes)
		}
		l.first[i], _ = l.span(i, regions)
	}
	for i := range tree.Steps {
		for made := range tree.Steps[i].Makers(inputs) {
			_, l.last[made] = l.span(i, regions)
			if s.Inside(i) && !s.Inside(made) {
				l.last[made] = l.at[s.Root] // every slice uses it
			}
		}
	}
	if s != nil {
		l.first[s.Root] = l.at[s.Root] + 1 - s.steps() // slices are added up there
	}
	for i := range tree.Steps[:n-1] {
		l.add(l.first[i], l.last[i], l.bytes[i])
	}
	if regions != nil {
		for g := range regions.All {
			r := &regions.All[g]
			root := int(r.Root())
			l.add(l.at[root]+1-len(r.Steps), l.at[root], ownSlices(tree, r)) // steps take turns with them
		}
	}
	for i := 1; i < n; i++ {
		l.live[i] += l.live[i-1]
	}
	l.live = l.live[:n]
	return l
}

// mostBytes is so large that nothing else matters, and that sums of it are finite.
const mostBytes = 1e290

// span returns the first and the last place of what a step is one of, for what it makes
// and uses: itself, or its region.
func (l *lives) span(step int, regions *region.Regions) (first, last int) {
	if r := regions.Of(step); r != nil {
		last = l.at[r.Root()]
		return last + 1 - len(r.Steps), last
	}
	return l.at[step], l.at[step]
}

// add has bytes live between two places.
func (l *lives) add(first, last int, bytes float64) {
	l.live[first] += bytes
	l.live[last+1] -= bytes
}

// steps returns how many steps the loop has.
func (s *Slicing) steps() int {
	n := 0
	for _, inside := range s.inside {
		if inside {
			n++
		}
	}
	return n
}

// ownSlices returns the most bytes of slices that a region makes for itself and has live.
func ownSlices(tree *path.Tree, r *region.Region) float64 {
	live, most, inputs := 0.0, 0.0, len(tree.Instance.Inputs)
	bytes := func(i int32) float64 {
		return tree.Steps[i].Elements * float64(tree.Instance.DType.Size()) / float64(r.Slices())
	}
	for _, i := range r.Steps {
		if i != r.Root() {
			live += bytes(i)
		}
		most = max(most, live)
		for made := range tree.Steps[i].Makers(inputs) {
			if slices.Contains(r.Steps, int32(made)) {
				live -= bytes(int32(made))
			}
		}
	}
	return most
}

// excess is how far a program is from a limit: 0 within it; what is over counts in
// octaves, at each step, so that halving any tensor that is live there shows.
func (l *lives) excess(limit float64) float64 {
	total := 0.0
	for _, live := range l.live {
		if live > limit {
			total += math.Log2(live / limit)
		}
	}
	return total
}
