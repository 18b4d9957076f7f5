package study

import (
	"math"

	"tnbench/internal/contract"
	"tnbench/internal/path"
)

// tree is a network contracted along a path, without an execution order: what the
// figures rest on that compare orders. It need not be small enough to be run.
type tree struct {
	from    *path.Tree
	inputs  int
	steps   []*path.Step // in the path's order; a lone tensor has one
	bytes   float64      // of an element
	scratch []int        // bytes of each step's temporary; nil if it is not compiled
}

// newTree returns the tree of a network along a path.
func newTree(from *path.Tree) tree {
	t := tree{from: from, inputs: len(from.Instance.Inputs), steps: make([]*path.Step, len(from.Steps)), bytes: float64(from.Instance.DType.Size())}
	for i := range from.Steps {
		t.steps[i] = &from.Steps[i]
	}
	if len(t.steps) == 0 {
		t.steps = []*path.Step{path.Lone(from.Instance)}
	}
	return t
}

// treeOf returns the tree of p, with its temporaries.
func treeOf(p *contract.Program) tree {
	t := newTree(p.Tree())
	t.scratch = make([]int, len(t.steps))
	for _, r := range p.Requests[p.Intermediates:] {
		made := int(p.Steps[r.First].Out) - t.inputs
		t.scratch[made] += r.Bytes
	}
	return t
}

// elements returns the sizes of all step results.
func (t *tree) elements() []float64 {
	sizes := make([]float64, len(t.steps))
	for i, s := range t.steps {
		sizes[i] = s.Elements
	}
	return sizes
}

// order returns the steps in execution order o, as positions in t.steps.
func (t *tree) order(o path.Order) []int {
	if t.steps[0].Right == path.NoTensor {
		return []int{0} // one tensor alone has one step and nothing to order
	}
	return path.Reorder(t.inputs, t.from.Pairs(), t.from.Sizes(), o)
}

// peakLive returns the most bytes that intermediates have live at once when the
// steps run in the given order; with scratch, temporaries count too. The last
// result is the caller's and does not.
func (t *tree) peakLive(order []int, scratch bool) float64 {
	live, peak := 0.0, 0.0
	for _, i := range order {
		if i < len(t.steps)-1 {
			live += t.steps[i].Elements * t.bytes
		}
		now := live
		if scratch {
			now += float64(t.scratch[i])
		}
		if peak = max(peak, now); math.IsInf(peak, 1) {
			break
		}
		for made := range t.steps[i].Makers(t.inputs) {
			live -= t.steps[made].Elements * t.bytes
		}
	}
	return peak
}
