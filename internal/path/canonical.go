package path

import (
	"cmp"
	"math"
	"slices"

	"tnbench/internal/instance"
)

// What a network is called must not matter: which letters its labels have, in which order
// its tensors are written, and which operand of a step comes first. So operands and labels
// have an order of the tree's own, in which whatever goes by order, as searches where they
// see a tie, finds the same.

// unranked labels were in no step yet.
const unranked = math.MaxInt32

// canonicalise puts the operands of all steps and the labels in order. Two operands that
// nothing tells apart stay as they are written.
func (t *Tree) canonicalise() {
	t.Rank = make([]int32, len(t.Instance.Dims))
	for l := range t.Rank {
		t.Rank[l] = unranked
	}
	next := int32(0)
	for i := range t.Steps {
		s := &t.Steps[i]
		if t.compare(s.Left, s.Right) > 0 {
			s.swap()
		}
		for _, id := range [...]int32{s.Left, s.Right} {
			if int(id) >= len(t.Instance.Inputs) {
				continue // its labels have their ranks
			}
			for _, l := range t.Instance.Inputs[id] {
				if t.Rank[l] == unranked {
					t.Rank[l] = next
					next++
				}
			}
		}
		for c := Batch; c < classes; c++ {
			slices.SortFunc(s.Labels(c), func(x, y instance.Label) int { return int(t.Rank[x] - t.Rank[y]) })
		}
	}
}

// compare orders the operands of a step: inputs come first, by their axes, then
// intermediates in the order in which they are made.
func (t *Tree) compare(x, y int32) int {
	inputs := int32(len(t.Instance.Inputs))
	switch {
	case x >= inputs && y >= inputs:
		return cmp.Compare(x, y)
	case x >= inputs:
		return 1
	case y >= inputs:
		return -1
	}
	a, b := t.Instance.Inputs[x], t.Instance.Inputs[y]
	if c := cmp.Compare(len(b), len(a)); c != 0 {
		return c
	}
	for i := range a {
		if c := t.compareAxes(a, b, i); c != 0 {
			return c
		}
	}
	return 0
}

// compareAxes orders the i-th axes of two inputs: by dimension, by when the label goes and
// when it came, and by whether it repeats one of the tensor's own.
func (t *Tree) compareAxes(a, b []instance.Label, i int) int {
	x, y := a[i], b[i]
	return cmp.Or(
		cmp.Compare(t.Instance.Dims[y], t.Instance.Dims[x]),
		cmp.Compare(t.Dropped[x], t.Dropped[y]),
		cmp.Compare(t.Rank[x], t.Rank[y]),
		cmp.Compare(slices.Index(a, x), slices.Index(b, y)),
	)
}

// swap exchanges the operands.
func (s *Step) swap() {
	s.Left, s.Right = s.Right, s.Left
	s.exchange(LeftFree)
	s.exchange(LeftSum)
}

// exchange exchanges the labels of a class of the left operand with those of the class of
// the right one, which is the next.
func (s *Step) exchange(left Class) {
	first, second := s.Labels(left), s.Labels(left+1)
	if len(first) == 0 && len(second) == 0 {
		return
	}
	from := int(s.ends[left]) - len(first)
	both := s.labels[from : from+len(first)+len(second)]
	s.ends[left] = int32(from + len(second))
	slices.Reverse(first)
	slices.Reverse(second)
	slices.Reverse(both)
}
