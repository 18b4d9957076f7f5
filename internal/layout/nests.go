package layout

import (
	"slices"

	"tnbench/internal/instance"
	"tnbench/internal/kernel"
	"tnbench/internal/kernel/nest"
	"tnbench/internal/path"
	"tnbench/internal/region"
)

// Nests turns classified labels and layouts into loop nests, of one slice where a step
// is in a region. It holds tables over all labels so that no step has to search its
// operands.
type Nests struct {
	in      *instance.Instance
	regions *region.Regions
	dims    []int    // of one slice, while the nests of a step in a region are made
	stored  []int    // of inputs and the result: those of the whole network
	strides [3][]int // by operand and label; valid for labels of that operand
	loops   []nest.Loop
	held    []nest.Loop
}

const (
	operandA = iota
	operandB
	operandC
)

// NewNests returns a builder for the steps of a tree, which has these regions.
func NewNests(tree *path.Tree, regions *region.Regions) *Nests {
	in := tree.Instance
	s, n := &Nests{in: in, regions: regions, dims: in.Dims, stored: in.Dims, loops: make([]nest.Loop, 0, usualLoops)}, len(in.Dims)
	if tree.Whole != nil {
		s.stored = tree.Whole.Dims
	}
	if regions != nil {
		s.dims = slices.Clone(in.Dims)
	}
	all := make([]int, len(s.strides)*n)
	for i := range s.strides {
		s.strides[i] = all[i*n : (i+1)*n]
	}
	return s
}

// usualLoops is room for the loops of most steps.
const usualLoops = 64

// Hold keeps valid what was returned last, until Hold is called again.
func (s *Nests) Hold() { s.loops, s.held = s.held, s.loops }

// Spec returns the nests of a step whose operands and result have the given
// layouts by SSA id. It is valid until the next call.
func (s *Nests) Spec(step *path.Step, layouts [][]instance.Label) nest.Spec {
	s.loops = s.loops[:0]
	return s.next(step, layouts)
}

// all makes the nests of some steps, in memory for all of their loops.
func (s *Nests) all(nests []kernel.Sized, loops []nest.Loop, visits []visit, layouts [][]instance.Label) {
	own := s.loops
	s.loops = loops[:0]
	for i := range visits {
		v := &visits[i]
		nests[i] = kernel.Size(s.next(v.step, layouts))
		nests[i].Far = v.far
	}
	s.loops = own
}

// next appends the nests of a step to loops.
func (s *Nests) next(step *path.Step, layouts [][]instance.Label) nest.Spec {
	if g := s.regions.Of(int(step.Out) - len(s.in.Inputs)); g != nil {
		g.Cut(s.dims)
		defer g.Restore(s.dims)
	}
	s.set(operandA, step.Left, layouts)
	if step.Right != path.NoTensor {
		s.set(operandB, step.Right, layouts)
	}
	s.set(operandC, step.Out, layouts)
	spec := nest.Spec{
		Type:  s.in.DType,
		Batch: s.nest(step.Labels(path.Batch), true, true, true),
		M:     s.nest(step.Labels(path.LeftFree), true, false, true),
		N:     s.nest(step.Labels(path.RightFree), false, true, true),
	}
	from := len(s.loops)
	s.nest(step.Labels(path.Contracted), true, true, false)
	s.nest(step.Labels(path.LeftSum), true, false, false)
	s.nest(step.Labels(path.RightSum), false, true, false)
	spec.K = s.loops[from:len(s.loops):len(s.loops)]
	return spec
}

// set computes the row-major strides of one operand. A label that repeats runs
// along the diagonal: its strides add up.
func (s *Nests) set(operand int, id int32, layouts [][]instance.Label) {
	strides, layout, dims := s.strides[operand], layouts[id], s.in.Dims
	switch {
	case int(id) < len(s.in.Inputs) || int(id) == len(layouts)-1:
		dims = s.stored
	case s.regions.Inside(id) != nil:
		dims = s.dims
	}
	for _, l := range layout {
		strides[l] = 0
	}
	stride := 1
	for i := len(layout) - 1; i >= 0; i-- {
		strides[layout[i]] += stride
		stride *= dims[layout[i]]
	}
}

// nest appends a loop per label, moving only the operands that have it.
func (s *Nests) nest(labels []instance.Label, a, b, c bool) []nest.Loop {
	from := len(s.loops)
	for _, l := range labels {
		loop := nest.Loop{Extent: s.dims[l]}
		if a {
			loop.A = s.strides[operandA][l]
		}
		if b {
			loop.B = s.strides[operandB][l]
		}
		if c {
			loop.C = s.strides[operandC][l]
		}
		s.loops = append(s.loops, loop)
	}
	return s.loops[from:len(s.loops):len(s.loops)]
}
