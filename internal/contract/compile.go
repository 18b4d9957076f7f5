package contract

import (
	"fmt"
	"math"
	"slices"

	"tnbench/internal/alloc"
	"tnbench/internal/instance"
	"tnbench/internal/kernel"
	"tnbench/internal/kernel/model"
	"tnbench/internal/layout"
	"tnbench/internal/path"
	"tnbench/internal/warning"
)

// Options choose among programs that compute the same result.
type Options struct {
	Order  path.Order     // execution order of the steps
	Kernel kernel.Options // backend, threads
	// FixedTemporaries keeps the scratch of kernels in memory that the executor
	// holds for good, so that strategies serve intermediates only.
	FixedTemporaries bool
}

// Analyze makes a tree of in along p. It fails if the path does not fit the
// network.
func Analyze(in *instance.Instance, p instance.Path) (*path.Tree, error) {
	ssa, err := path.FromLinear(len(in.Inputs), p.Pairs)
	if err != nil {
		return nil, fmt.Errorf("%s: paths.%s: %w", in.File(), p.Name, err)
	}
	return path.Analyze(in, ssa), nil
}

// SizeError is the error of a network that no machine can contract along a path.
// All that needs no memory can still be said of it.
type SizeError struct{ error }

func (e SizeError) Unwrap() error { return e.error }

// checkSizes returns a SizeError if anything that a contraction holds is larger
// than what can be addressed.
func checkSizes(tree *path.Tree, name string) error {
	in := tree.Instance
	if err := in.CheckSizes(); err != nil {
		return SizeError{err}
	}
	total := 0.0
	for i := range tree.Steps {
		if problem := in.TooLarge(tree.Steps[i].Kept()); problem != "" {
			return SizeError{fmt.Errorf("%s: paths.%s.path[%d]: the result of step %d, %s; take another path, or inspect it only", in.File(), name, i, i, problem)}
		}
		total += tree.Steps[i].Elements * float64(in.DType.Size())
	}
	if total > instance.MaxBytes {
		return SizeError{fmt.Errorf("%s: paths.%s: the results of all steps together have %.4g bytes, more than any machine can address; take another path, or inspect it only", in.File(), name, total)}
	}
	return nil
}

// Compile compiles in along p. It fails if the path does not fit the network, or
// with a [SizeError].
func Compile(in *instance.Instance, p instance.Path, o Options) (*Program, error) {
	crew := callCrew(len(p.Pairs))
	defer crew.letGo()
	tree, err := Analyze(in, p)
	if err != nil {
		return nil, err
	}
	return compile(tree, p, o, crew)
}

// CompileTree compiles a network that was analysed along p. It fails with a
// [SizeError].
func CompileTree(tree *path.Tree, p instance.Path, o Options) (*Program, error) {
	crew := callCrew(len(p.Pairs))
	defer crew.letGo()
	return compile(tree, p, o, crew)
}

func compile(tree *path.Tree, p instance.Path, o Options, crew *crew) (*Program, error) {
	if err := checkSizes(tree, p.Name); err != nil {
		return nil, err
	}
	in := tree.Instance
	c := &Program{Instance: in, Path: p.Name, Order: o.Order, tree: tree, options: o}
	c.Warnings = CostWarnings(tree, p)
	c.setSteps(o.Order)
	if err := c.setKernels(layout.New(tree), crew); err != nil {
		return nil, fmt.Errorf("%s: paths.%s: %w", in.File(), p.Name, err)
	}
	c.setRequests(o.FixedTemporaries)
	return c, nil
}

// setSteps puts the tree's steps in execution order.
func (p *Program) setSteps(order path.Order) {
	if len(p.tree.Steps) == 0 {
		p.Steps = []Step{{Step: path.Lone(p.Instance)}}
		p.Flops, p.Work = p.Steps[0].Flops, p.Steps[0].Work(p.Instance)
		return
	}
	p.Steps = make([]Step, 0, len(p.tree.Steps))
	if order == path.AsWritten {
		for i := range p.tree.Steps {
			p.addStep(i)
		}
		return
	}
	for _, i := range path.Reorder(len(p.Instance.Inputs), p.tree.Pairs(), p.tree.Sizes(), order) {
		p.addStep(i)
	}
}

// addStep makes step i of the tree the next one.
func (p *Program) addStep(i int) {
	p.Steps = append(p.Steps, Step{Step: &p.tree.Steps[i]})
	p.Flops += p.tree.Steps[i].Flops
	p.Work += p.tree.Steps[i].Work(p.Instance)
}

// setRequests lists the buffers with their lifetimes: an intermediate lives from
// the step that makes it to the step that uses it, a temporary in one step.
func (p *Program) setRequests(fixedTemporaries bool) {
	last := len(p.Steps) - 1
	inputs := len(p.Instance.Inputs)
	request := make([]int32, inputs+len(p.Steps)) // by SSA id
	p.Requests = make([]alloc.Request, 0, len(p.Steps))
	for i := range p.ops {
		op := &p.ops[i]
		op.lastLeft, op.lastRight, op.result, op.scratch = none, none, none, none
		if p.Steps[i].Left >= int32(inputs) {
			op.lastLeft = request[op.left]
			p.Requests[op.lastLeft].Last = int32(i)
		}
		if p.Steps[i].Right >= int32(inputs) {
			op.lastRight = request[op.right]
			p.Requests[op.lastRight].Last = int32(i)
		}
		if i < last {
			op.result = int32(len(p.Requests))
			request[op.out] = op.result
			p.Requests = append(p.Requests, alloc.Request{Bytes: p.Steps[i].Bytes, First: int32(i)})
		}
	}
	p.Intermediates = len(p.Requests)
	for i := range p.ops {
		bytes := p.ops[i].kernel.Scratch()
		switch {
		case bytes == 0:
		case fixedTemporaries:
			p.fixed = max(p.fixed, bytes)
		default:
			p.ops[i].scratch = int32(len(p.Requests))
			p.Requests = append(p.Requests, alloc.Request{Bytes: bytes, First: int32(i), Last: int32(i)})
		}
	}
	p.PeakLive = alloc.PeakLive(p.Requests)
}

// fetched reports whether a slot is an input that is fetched ahead.
func (p *Program) fetched(slot int32) bool {
	if int(slot) >= len(p.Instance.Inputs) {
		return false
	}
	bytes := p.inputBytes(int(slot))
	return bytes >= model.Here.Ahead.Smallest && bytes <= model.Here.Ahead.Largest
}

// CostWarnings compares the costs that the file declares for p with those of its
// tree. Some files count a multiply-add as one operation: that is another
// convention, not a contradiction.
func CostWarnings(tree *path.Tree, p instance.Path) []warning.Warning {
	cost := tree.Cost()
	var warnings []warning.Warning
	check := func(field string, declared float64, real ...float64) {
		const tolerance = 0.006 // files round to two to four decimals
		near := func(r float64) bool { return math.Abs(declared-r) <= tolerance }
		if math.IsNaN(declared) || slices.ContainsFunc(real, near) || math.IsInf(real[0], 0) {
			return
		}
		warnings = append(warnings, warning.Warning{
			Code:    "declared-cost",
			Subject: tree.Instance.File(),
			Message: fmt.Sprintf("paths.%s.%s is declared as %g, the path has %.4f", p.Name, field, declared, real[0]),
			Remedy:  "the computed figure is used; correct the file",
		})
	}
	check("log2_size", p.Log2Size, cost.Log2Size)
	check("log10_flops", p.Log10Flops, cost.Log10Flops, cost.Log10Flops-math.Log10(2))
	return warnings
}
