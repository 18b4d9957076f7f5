package region

import (
	"math"
	"slices"

	"tnbench/internal/instance"
	"tnbench/internal/kernel/model"
	"tnbench/internal/path"
)

// SliceSizes are the bytes of slices that [Auto] may try.
func SliceSizes() []int {
	return []int{model.Here.Caches.Third / 8, model.Here.Caches.Second / 2}
}

// Large reports whether a tree has a result that [Auto] may stream.
func Large(tree *path.Tree) bool {
	return slices.ContainsFunc(tree.Steps[:max(1, len(tree.Steps))-1], func(s path.Step) bool {
		return s.Elements*float64(tree.Instance.DType.Size()) >= float64(model.Here.Region.Smallest)
	})
}

// Find returns the regions of a tree, nil if there are none. With [Auto], slices have
// about so many bytes. Steps run in the order of the tree as far as Find is concerned:
// see [Regions.Order].
func Find(tree *path.Tree, mode Mode, slice int) *Regions {
	if mode == Off || len(tree.Steps) < 2 {
		return nil
	}
	f := newFinder(tree, mode, slice)
	if f.least >= f.largest {
		return nil // most networks are small
	}
	f.link()
	f.forecast = newForecast(tree.Instance)
	var all []Region
	for i := range tree.Steps {
		if f.next[i] == none || f.linked[i] {
			continue
		}
		f.follow(i)
		f.divide()
		for from, to := range f.parts() {
			steps := f.chain[from : to+1]
			if g, ok := f.region(steps, f.common(steps)); ok {
				all = append(all, g)
			}
		}
	}
	if mode != Auto {
		all = f.grow(all)
	}
	return New(tree, all)
}

// finder looks for regions along chains of steps, each of which uses the large
// result of the one before.
type finder struct {
	tree   *path.Tree
	mode   Mode
	inputs int
	bytes  []float64 // of the result of each step
	least  float64   // bytes from which on it may pay to stream a result
	slice  float64   // bytes that a slice of it may have

	largest float64 // bytes of an intermediate
	next    []int32 // the step that uses the result of a step as its largest operand, if it is to be streamed
	linked  []bool  // whether a step has such an operand

	chain []int32   // steps
	begin []int32   // begin[i]: the place in chain where the best region that ends at i begins
	best  []float64 // best[i]: bytes stored up to there
	marks []int32
	stamp int32

	forecast forecast
}

// longest bounds the steps of a region.
const longest = 64

func newFinder(tree *path.Tree, mode Mode, slice int) *finder {
	f := &finder{tree: tree, mode: mode, inputs: len(tree.Instance.Inputs), bytes: make([]float64, len(tree.Steps))}
	size := float64(tree.Instance.DType.Size())
	for i := range tree.Steps {
		f.bytes[i] = tree.Steps[i].Elements * size
		if i < len(tree.Steps)-1 {
			f.largest = max(f.largest, f.bytes[i])
		}
	}
	switch mode {
	case Auto:
		f.least, f.slice = float64(model.Here.Region.Smallest-1), float64(slice)
	case Max:
		f.least = max(leastSlice, f.largest/256)
		f.slice = f.least
	case Finest, Coarsest:
		f.slice = math.Inf(1)
	}
	return f
}

// leastSlice is a size below which slices save no memory that counts.
const leastSlice = 16 << 10

// link finds out what may be streamed.
func (f *finder) link() {
	n := len(f.tree.Steps)
	f.next, f.linked = make([]int32, n), make([]bool, n)
	f.marks = make([]int32, len(f.tree.Instance.Dims))
	for i := range f.next {
		f.next[i] = none
	}
	for k := range f.tree.Steps {
		big := none
		for made := range f.tree.Steps[k].Makers(f.inputs) {
			if f.bytes[made] > f.least && (big == none || f.bytes[made] > f.bytes[big]) {
				big = made
			}
		}
		if big != none {
			f.next[big], f.linked[k] = int32(k), true
		}
	}
}

// follow makes the chain that starts at a step the one that is looked at.
func (f *finder) follow(from int) {
	f.chain = f.chain[:0]
	for k := int32(from); k != none; k = f.next[k] {
		f.chain = append(f.chain, k)
	}
}

// divide finds the regions of a chain that leave least to be stored between them.
func (f *finder) divide() {
	n := len(f.chain)
	f.begin, f.best = grown(f.begin, n), grown(f.best, n)
	for j := range f.chain {
		f.best[j] = math.Inf(1)
		var common []instance.Label
		for i := j; i >= 0 && j-i < longest; i-- {
			if i < j {
				if common = f.both(common, f.chain[i], i == j-1); !f.fits(common, f.chain[i:j]) {
					break
				}
			}
			stored := 0.0
			if i > 0 {
				stored = f.best[i-1] + f.bytes[f.chain[i-1]]
			}
			if stored < f.best[j] || i < j && stored == f.best[j] {
				f.best[j], f.begin[j] = stored, int32(i)
			}
		}
	}
}

// grown returns memory for n elements.
func grown[T any](s []T, n int) []T {
	if cap(s) < n {
		return make([]T, n, 2*n)
	}
	return s[:n]
}

// both returns the labels of common, or all if it is the first, that the result of a
// step has too.
func (f *finder) both(common []instance.Label, step int32, first bool) []instance.Label {
	labels := f.tree.Steps[step].Kept()
	if first {
		return append([]instance.Label(nil), labels...)
	}
	f.stamp++
	for _, l := range labels {
		f.marks[l] = f.stamp
	}
	kept := common[:0]
	for _, l := range common {
		if f.marks[l] == f.stamp {
			kept = append(kept, l)
		}
	}
	return kept
}

// fits reports whether the results of steps, cut along all common labels, are small
// enough.
func (f *finder) fits(common []instance.Label, steps []int32) bool {
	parts := f.tree.Instance.Size(common)
	if parts < 2 {
		return false
	}
	for _, k := range steps {
		if f.bytes[k]/parts > f.slice {
			return false
		}
	}
	return true
}

// parts yields the first and the last place in chain of every region of some steps.
func (f *finder) parts() func(yield func(from, to int32) bool) {
	return func(yield func(from, to int32) bool) {
		for to := int32(len(f.chain)) - 1; to > 0; to = f.begin[to] - 1 {
			if from := f.begin[to]; from < to && !yield(from, to) {
				return
			}
		}
	}
}

// common returns the labels that all results but the last have.
func (f *finder) common(steps []int32) []instance.Label {
	common := f.both(nil, steps[0], true)
	for _, k := range steps[1 : len(steps)-1] {
		common = f.both(common, k, false)
	}
	return common
}

// region cuts some of the labels that the steps of a region have in common, if that is
// possible.
func (f *finder) region(steps []int32, common []instance.Label) (Region, bool) {
	c := &f.forecast
	c.begin(f.tree, steps)
	defer c.reset(common)
	f.cut(common)
	g := Region{Steps: append([]int32(nil), steps...), Adds: 1}
	root := f.tree.Steps[g.Root()]
	f.stamp++
	for _, l := range root.Kept() {
		f.marks[l] = f.stamp
	}
	for _, dropped := range [...]bool{false, true} {
		for _, l := range common {
			if n := c.parts[l]; n > 1 && dropped == (f.marks[l] != f.stamp) {
				g.Cuts = append(g.Cuts, instance.Cut{Label: l, Parts: n})
				if dropped {
					g.Adds *= n
				}
			}
		}
	}
	return g, len(g.Cuts) > 0
}
