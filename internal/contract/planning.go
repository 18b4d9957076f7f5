package contract

import (
	"tnbench/internal/kernel/nest"
	"tnbench/internal/layout"
	"tnbench/internal/path"
)

// Planning is when each step's labels are classified and its kernel is chosen.
type Planning uint8

// The kinds of planning.
const (
	PlanAhead Planning = iota // once, when the program is compiled
	PlanEach                  // again at each contraction, as interpreting engines do
)

var planningNames = []string{PlanAhead: "ahead", PlanEach: "each"}

// PlanningNames lists the names that ParsePlanning takes.
func PlanningNames() []string { return planningNames }

// ParsePlanning returns the kind called name.
func ParsePlanning(name string) (Planning, error) {
	i, err := parseChoice("planning", name, planningNames)
	return Planning(i), err
}

// String names the kind.
func (p Planning) String() string { return planningNames[p] }

// chooserEach derives every step anew, from labels to kernel. Only the
// layouts and the order of steps stay as compiled, so that it comes to the same
// kernels and the same bits.
type chooserEach struct {
	program *Program
	pairs   []path.Pair
	tree    *path.Tree
	build   *layout.Nests
}

func newChooserEach(p *Program) *chooserEach { return &chooserEach{program: p, pairs: p.tree.Pairs()} }

// begin classifies the labels of all steps.
func (r *chooserEach) begin() {
	r.tree = path.Analyze(r.program.Instance, r.pairs)
	if r.program.slicing != nil {
		r.tree = r.tree.Slice(r.program.tree.Instance)
	}
	r.build = layout.NewNests(r.tree, r.program.regions)
}

// choose returns the kernel of the i-th step in execution order.
func (r *chooserEach) choose(i int) nest.Kernel {
	step := r.program.Steps[i].Step
	if len(r.pairs) > 0 {
		step = &r.tree.Steps[int(step.Out)-len(r.program.Instance.Inputs)]
	}
	k, err := newKernel(r.build.Spec(step, r.program.layouts), r.program.kernelOptions(i), r.program.adds(i))
	if err != nil {
		return r.program.ops[i].kernel // not reached: it could be made before
	}
	return k
}
