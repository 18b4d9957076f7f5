// Package contract compiles tensor networks into programs and runs them.
//
// Everything that labels and dimensions determine is done once, by [Compile]:
// what each step sums, how its operands are laid out, which kernel does the
// arithmetic, when each buffer is live. An [Executor] then is one loop over the
// steps that parses nothing and allocates nothing of its own.
package contract

import (
	"tnbench/internal/alloc"
	"tnbench/internal/dtype"
	"tnbench/internal/instance"
	"tnbench/internal/kernel/nest"
	"tnbench/internal/layout"
	"tnbench/internal/path"
	"tnbench/internal/region"
	"tnbench/internal/slicing"
	"tnbench/internal/warning"
)

// Program is an instance and a path, compiled. It is immutable and shared by
// goroutines, each with an Executor of its own.
type Program struct {
	Instance *instance.Instance
	Path     string
	Order    path.Order

	// Steps are in execution order. A network of one tensor has one step whose
	// Right is path.NoTensor.
	Steps []Step
	// Requests are the buffers that a strategy provides: first the intermediates,
	// in the order of the steps that make them (all steps but the last), then
	// the temporaries. Steps of a region take turns with buffers of a slice, and
	// all share a temporary.
	Requests []alloc.Request
	// Intermediates is how many of Requests are intermediates.
	Intermediates int
	// Regions are steps that run slice by slice, in execution order.
	Regions []Region
	// Slices is the loop around steps that run once per slice of the whole network; nil if
	// it is contracted at once.
	Slices *Slices

	Flops    float64 // of all steps, as often as they run
	Work     float64 // of all steps, as far as it cannot be avoided: see path.Step.Work
	PeakLive int     // bytes; the most that Requests have live at once
	Warnings []warning.Warning

	options Options
	whole   *path.Tree
	tree    *path.Tree // of a slice
	slicing *slicing.Slicing
	regions *region.Regions
	start   layout.Start       // of the search for layouts
	plain   *Program           // without regions, of which it has all but these; nil if it was made by itself
	places  []int32            // by step of the tree: its place in Steps
	loops   []loop             // of each region; behind them that around slices
	makers  []int32            // by intermediate among Requests: the step that is the last to write it
	layouts [][]instance.Label // layouts[id]: axis labels of each tensor, outermost first
	ops     []op
	fixed   int       // bytes of scratch that executors hold themselves
	cycles  []float64 // by step: the forecast of its arithmetic, while programs are compared
}

// Step is one pairwise contraction of a program.
type Step struct {
	*path.Step
	Kernel nest.Info // how it is computed
	Bytes  int       // of its result, all slices of a region together; of the last step, the network's
	// Streamed: the result is made and used slice by slice and never stored.
	Streamed bool
}

// op is what the executor needs of a step, and nothing else: the loop over them
// is the hot path of networks of tiny tensors.
type op struct {
	kernel              nest.Kernel
	left, right, out    int32 // slots
	loop                int32 // the outermost loop around it; none: it runs once
	region              int32 // none: it is in no region
	result              int32 // request of the result; none: the caller's memory
	scratch             int32 // request of the temporary; none: no scratch, or fixed
	lastLeft, lastRight int32 // requests of the operands, all of which are used for the last time; none: an input
}

// none marks the absence of a request.
const none = -1

// DType returns the element type of all tensors.
func (p *Program) DType() dtype.Type { return p.Instance.DType }

// Tree returns what the program was compiled from: the steps in the path's order.
// A network of one tensor has none.
func (p *Program) Tree() *path.Tree { return p.whole }

// ResultShape returns the dimensions of the result, a fresh slice.
func (p *Program) ResultShape() []int { return p.Instance.Shape(p.Instance.Output) }

// ResultBytes returns the size of the memory that [Executor.Run] fills.
func (p *Program) ResultBytes() int { return p.Steps[len(p.Steps)-1].Bytes }

// InputBytes returns the total size of the inputs.
func (p *Program) InputBytes() int {
	total := 0
	for t := range p.Instance.Inputs {
		total += p.inputBytes(t)
	}
	return total
}

// inputBytes returns the size of input t.
func (p *Program) inputBytes(t int) int {
	n, _ := p.Instance.Elements(p.Instance.Inputs[t])
	return n * p.DType().Size()
}

// IntermediateBytes returns the total size of all intermediates that are stored, each as
// often as it is made.
func (p *Program) IntermediateBytes() int { return p.made(false) }

// StreamedBytes returns the total size of the intermediates that are never stored.
func (p *Program) StreamedBytes() int { return p.made(true) }

// made returns the total size of intermediates, streamed or stored.
func (p *Program) made(streamed bool) int {
	total := 0
	for i := range p.Steps[:len(p.Steps)-1] {
		if p.Steps[i].Streamed == streamed {
			total += p.Steps[i].Bytes * p.times(i)
		}
	}
	return total
}

// Streams reports whether a tensor, by SSA id, is never stored whole.
func (p *Program) Streams(id int32) bool { return p.regions.Inside(id) != nil }

// Maker returns the step that an intermediate among Requests is the result of; of those
// that take turns with a buffer, the last.
func (p *Program) Maker(id int) int { return int(p.makers[id]) }

// Layout returns the axis labels of tensor id in memory, outermost first. The
// caller must not change it.
func (p *Program) Layout(id int32) []instance.Label { return p.layouts[id] }

// Spec returns the loop nests of a step, as its kernel got them: in a region, those of
// a slice.
func (p *Program) Spec(s *Step) nest.Spec {
	return layout.NewNests(p.tree, p.regions).Spec(s.Step, p.layouts)
}
