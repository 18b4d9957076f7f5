package contract

import (
	"fmt"
	"math"
	"slices"

	"tnbench/internal/alloc"
	"tnbench/internal/instance"
	"tnbench/internal/kernel"
	"tnbench/internal/kernel/model"
	"tnbench/internal/kernel/vec"
	"tnbench/internal/layout"
	"tnbench/internal/path"
	"tnbench/internal/region"
	"tnbench/internal/slicing"
	"tnbench/internal/warning"
)

// Options choose among programs that compute the same result.
type Options struct {
	Order  path.Order     // execution order of the steps
	Kernel kernel.Options // backend, threads
	// FixedTemporaries keeps the scratch of kernels in memory that the executor
	// holds for good, so that strategies serve intermediates only.
	FixedTemporaries bool
	Regions          region.Mode // which steps run slice by slice
	// Slices cuts labels for the whole network: see [slicing.Slicing].
	Slices []instance.Cut
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
// than what can be addressed. tree is that of a slice, or the whole one.
func checkSizes(whole, tree *path.Tree, name string) error {
	if err := whole.Instance.CheckSizes(); err != nil {
		return SizeError{err}
	}
	in := tree.Instance
	total := 0.0
	for i := range tree.Steps {
		if problem := in.TooLarge(tree.Steps[i].Kept()); problem != "" {
			return SizeError{fmt.Errorf("%s: paths.%s.path[%d]: the result of step %d, %s; take another path, cut labels with --slice, or inspect it only", in.File(), name, i, i, problem)}
		}
		total += tree.Steps[i].Elements * float64(in.DType.Size())
	}
	if total > instance.MaxBytes {
		return SizeError{fmt.Errorf("%s: paths.%s: the results of all steps together have %.4g bytes, more than any machine can address; take another path, cut labels with --slice, or inspect it only", in.File(), name, total)}
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
	whole, sliced := tree, (*slicing.Slicing)(nil)
	if len(o.Slices) > 0 {
		if len(tree.Steps) == 0 {
			return nil, fmt.Errorf("%s: a network of one tensor has no intermediates: there is nothing to slice", tree.Instance.File())
		}
		if slicing.TooMany(o.Slices) {
			return nil, fmt.Errorf("%s: --slice %s makes more slices than can be contracted: cut fewer labels, or into fewer parts", tree.Instance.File(), slicing.Format(tree.Instance, o.Slices))
		}
		sliced = slicing.New(tree, o.Slices)
		tree = sliced.Tree
	}
	if err := checkSizes(whole, tree, p.Name); err != nil {
		return nil, err
	}
	c := &Program{Instance: whole.Instance, Path: p.Name, Order: o.Order, Warnings: CostWarnings(whole, p), whole: whole, tree: tree, slicing: sliced, options: o}
	choose := o.Regions == region.Auto || o.Regions == region.Max
	var regions *region.Regions
	if !choose {
		regions = c.find(o.Regions, 0)
	}
	if err := c.assemble(regions, layout.Usual, crew); err != nil {
		return nil, err
	}
	if regions == nil {
		var err error
		if c, err = c.rearranged(); err != nil {
			return nil, err
		}
	}
	if choose {
		return c.streamed()
	}
	return c.alone(), nil
}

// find returns regions of the program's tree. With [region.Auto], slices have about so
// many bytes.
func (p *Program) find(mode region.Mode, slice int) *region.Regions {
	return p.slicing.Divide(region.Find(p.tree, mode, slice))
}

// It is worth to compile twice, as what layouts are ranked by knows less than kernels do,
// if a contraction takes longContraction cycles and nearLeast times as long as its
// multiply-adds alone. Then muchFaster must be gained by it.
const (
	longContraction = 1e8
	nearLeast       = 1.35
	muchFaster      = 0.05
)

// rearranged returns a program whose layouts were looked for from one order of labels for
// all tensors, if kernels are forecast to be much faster with these, or else p.
func (p *Program) rearranged() (*Program, error) {
	if len(p.tree.Steps) > manySteps || p.forecast() < max(longContraction, nearLeast*p.leastCycles()) {
		return p, nil
	}
	other, err := p.again(nil, p.options, nil, layout.Together)
	if err != nil {
		return nil, err
	}
	if other.forecast() < (1-muchFaster)*p.forecast() {
		return other, nil
	}
	return p, nil
}

// leastCycles returns what the multiply-adds of all steps take with full vectors.
func (p *Program) leastCycles() float64 {
	real, times := p.DType().Size(), 1.0
	if p.DType().IsComplex() {
		real, times = real/2, 4
	}
	tier := p.options.Kernel.Tier
	if tier == nil {
		tier = vec.Best()
	}
	const perMAC = 2 // flops
	return times * p.Work / perMAC * model.Here.Product.FMA / float64(tier.MicrosFor(real).Lanes)
}

// assemble makes all of a program that depends on its regions, and of where their layouts
// are looked for.
func (p *Program) assemble(regions *region.Regions, start layout.Start, crew *crew) error {
	p.regions, p.start = regions, start
	p.setSteps(p.Order)
	var base [][]instance.Label
	if p.plain != nil {
		base = p.plain.layouts
	}
	if err := p.setKernels(layout.New(p.tree, regions, base, start), crew); err != nil {
		return fmt.Errorf("%s: paths.%s: %w", p.Instance.File(), p.Path, err)
	}
	p.setRequests(p.options.FixedTemporaries)
	return nil
}

// setSteps puts the tree's steps in execution order.
func (p *Program) setSteps(order path.Order) {
	if len(p.tree.Steps) == 0 {
		p.Steps = []Step{{Step: path.Lone(p.Instance)}}
		p.Flops, p.Work = p.Steps[0].Flops, p.Steps[0].Work(p.Instance)
		return
	}
	p.Steps, p.places = make([]Step, 0, len(p.tree.Steps)), make([]int32, len(p.tree.Steps))
	if order == path.AsWritten && p.regions == nil && p.slicing == nil {
		for i := range p.tree.Steps {
			p.addStep(i)
		}
		return
	}
	for _, i := range p.slicing.Order(p.regions.Order(path.Reorder(len(p.Instance.Inputs), p.tree.Pairs(), p.tree.Sizes(), order))) {
		p.addStep(i)
	}
	p.setRegions()
	p.setSlices()
}

// place returns where the step that makes a tensor is in execution order.
func (p *Program) place(id int32) int {
	return int(p.places[int(id)-len(p.Instance.Inputs)])
}

// addStep makes step i of the tree the next one.
func (p *Program) addStep(i int) {
	p.places[i] = int32(len(p.Steps))
	p.Steps = append(p.Steps, Step{Step: &p.tree.Steps[i]})
	times := float64(p.slicing.Times(i))
	p.Flops += times * p.tree.Steps[i].Flops
	p.Work += times * p.tree.Steps[i].Work(p.tree.Instance)
}

// setRequests lists the buffers with their lifetimes: an intermediate lives from
// the step that makes it to the step that uses it, a temporary in one step. A region
// is one step in this: all that is made or used there lives through all of it.
func (p *Program) setRequests(fixedTemporaries bool) {
	request := make([]int32, len(p.Instance.Inputs)+len(p.Steps)) // by SSA id; none: an input or streamed
	for id := range request {
		request[id] = none
	}
	for i := range p.ops {
		p.ops[i].result, p.ops[i].scratch = none, none
	}
	p.Requests, p.makers = make([]alloc.Request, 0, len(p.Steps)), make([]int32, 0, len(p.Steps))
	for i := range p.ops {
		op, first, last := &p.ops[i], int32(i), int32(i)
		if g := p.regionOf(op); g != nil {
			if first, last = int32(g.First), int32(g.Last); i == g.First {
				p.addSlices(g)
			}
		}
		op.lastLeft, op.lastRight = p.lastUse(request, p.Steps[i].Left, last), p.lastUse(request, p.Steps[i].Right, last)
		if i < len(p.ops)-1 && !p.Steps[i].Streamed {
			op.result = p.addIntermediate(p.Steps[i].Bytes, i, first, last)
			request[op.out] = op.result
		}
	}
	p.Intermediates = len(p.Requests)
	p.addTemporaries(fixedTemporaries)
	p.shareOut()
	inside := p.packSlice()
	p.PeakLive = alloc.PeakLive(p.Requests)
	p.setLoops(inside)
}

// addIntermediate adds the request of what a step makes.
func (p *Program) addIntermediate(bytes, maker int, first, last int32) int32 {
	p.Requests = append(p.Requests, alloc.Request{Bytes: bytes, First: first, Last: last})
	p.makers = append(p.makers, int32(maker))
	return int32(len(p.Requests) - 1)
}

// lastUse ends the life of an operand at a step. It returns its request, if it has one.
func (p *Program) lastUse(request []int32, id, step int32) int32 {
	if id == path.NoTensor || request[id] == none {
		return none
	}
	p.Requests[request[id]].Last = step
	return request[id]
}

// addTemporaries adds the requests of the scratch memory of kernels.
func (p *Program) addTemporaries(fixed bool) {
	for i := range p.ops {
		op := &p.ops[i]
		bytes := op.kernel.Scratch()
		switch g := p.regionOf(op); {
		case bytes == 0:
		case fixed:
			p.fixed = max(p.fixed, bytes)
		case g == nil:
			op.scratch = p.addTemporary(bytes, i, i)
		case g.scratch == none:
			g.scratch = p.addTemporary(bytes, g.First, g.Last)
			op.scratch = g.scratch
		default:
			op.scratch = g.scratch
			p.Requests[g.scratch].Bytes = max(p.Requests[g.scratch].Bytes, bytes)
		}
	}
}

func (p *Program) addTemporary(bytes, first, last int) int32 {
	p.Requests = append(p.Requests, alloc.Request{Bytes: bytes, First: int32(first), Last: int32(last)})
	return int32(len(p.Requests) - 1)
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
