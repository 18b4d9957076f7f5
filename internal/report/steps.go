package report

import (
	"tnbench/internal/contract"
	"tnbench/internal/path"
)

// tree is a program without its execution order: what the figures rest on that
// compare orders.
type tree struct {
	inputs  int
	steps   []*contract.Step // in the path's order
	scratch []int            // bytes of each step's temporary
}

// treeOf returns the tree of p.
func treeOf(p *contract.Program) tree {
	t := tree{
		inputs:  len(p.Instance.Inputs),
		steps:   make([]*contract.Step, len(p.Steps)),
		scratch: make([]int, len(p.Steps)),
	}
	for i := range p.Steps {
		s := &p.Steps[i]
		t.steps[int(s.Out)-t.inputs] = s
	}
	for _, r := range p.Requests[p.Intermediates:] {
		made := int(p.Steps[r.First].Out) - t.inputs
		t.scratch[made] += r.Bytes
	}
	return t
}

// elements returns the sizes of all step results.
func (t *tree) elements() []int {
	sizes := make([]int, len(t.steps))
	for i, s := range t.steps {
		sizes[i] = s.Elements
	}
	return sizes
}

// pairs returns the operands of all steps.
func (t *tree) pairs() []path.Pair {
	ssa := make([]path.Pair, len(t.steps))
	for i, s := range t.steps {
		ssa[i] = s.Pair
	}
	return ssa
}

// order returns the steps in execution order o, as positions in t.steps.
func (t *tree) order(o path.Order) []int {
	if t.steps[0].Right == path.NoTensor {
		return []int{0} // one tensor alone has one step and nothing to order
	}
	sizes := make([]int64, len(t.steps))
	for i, s := range t.steps[:len(t.steps)-1] {
		sizes[i] = int64(s.Elements)
	}
	return path.Reorder(t.inputs, t.pairs(), sizes, o)
}

// operands calls visit for those operands of step i that steps made.
func (t *tree) operands(i int, visit func(made int)) {
	for _, id := range [...]int32{t.steps[i].Left, t.steps[i].Right} {
		if made := int(id) - t.inputs; made >= 0 {
			visit(made)
		}
	}
}

// peakLive returns the most bytes that intermediates have live at once when the
// steps run in the given order; with scratch, temporaries count too. The last
// result is the caller's and does not.
func (t *tree) peakLive(order []int, scratch bool) int {
	live, peak := 0, 0
	for _, i := range order {
		if i < len(t.steps)-1 {
			live += t.steps[i].Bytes
		}
		now := live
		if scratch {
			now += t.scratch[i]
		}
		peak = max(peak, now)
		t.operands(i, func(made int) { live -= t.steps[made].Bytes })
	}
	return peak
}
