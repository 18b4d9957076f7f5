package contract

import (
	"errors"
	"fmt"
	"math"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"

	"tnbench/internal/alloc"
	"tnbench/internal/instance"
	"tnbench/internal/kernel"
	"tnbench/internal/path"
)

// Options choose among programs that compute the same result.
type Options struct {
	Order  path.Order     // execution order of the steps
	Kernel kernel.Options // backend, threads
	// FixedTemporaries keeps the scratch of kernels in memory that the executor
	// holds for good, so that strategies serve intermediates only.
	FixedTemporaries bool
}

// Compile compiles in along p. It fails if the path does not fit the network or
// a step is too large to be addressed.
func Compile(in *instance.Instance, p instance.Path, o Options) (*Program, error) {
	ssa, err := path.FromLinear(len(in.Inputs), p.Pairs)
	if err != nil {
		return nil, fmt.Errorf("%s: paths.%s: %w", in.Name, p.Name, err)
	}
	tree, err := path.Analyze(in, ssa)
	if err != nil {
		return nil, fmt.Errorf("%s: paths.%s: %w", in.Name, p.Name, err)
	}
	c := &Program{Instance: in, Path: p.Name, Order: o.Order, tree: tree, options: o}
	c.Warnings = costWarnings(in, p, tree)
	c.setSteps(o.Order)
	if err := c.setLayouts(newLayoutPlan(tree)); err != nil {
		return nil, fmt.Errorf("%s: paths.%s: %w", in.Name, p.Name, err)
	}
	c.setRequests(o.FixedTemporaries)
	c.setAhead()
	return c, nil
}

// setSteps puts the tree's steps in execution order.
func (p *Program) setSteps(order path.Order) {
	if len(p.tree.Steps) == 0 {
		p.Steps = []Step{{Step: path.Lone(p.Instance)}}
		return
	}
	p.Steps = make([]Step, 0, len(p.tree.Steps))
	for _, i := range path.Reorder(len(p.Instance.Inputs), p.tree.Pairs(), p.tree.Sizes(), order) {
		p.Steps = append(p.Steps, Step{Step: &p.tree.Steps[i]})
	}
}

// setLayouts decides the layouts and chooses each step's kernel: of steps that no
// open layout touches in the meantime.
func (p *Program) setLayouts(plan *layoutPlan) error {
	p.ops = make([]op, len(p.Steps))
	var settled, open []int
	for i := range p.Steps {
		if s := &p.Steps[i]; plan.open(s.Left) || plan.open(s.Right) || plan.open(s.Out) {
			open = append(open, i)
		} else {
			settled = append(settled, i)
		}
	}
	descents, chosen := plan.descents(), &choices{steps: make(map[uint64]int32)}
	p.layouts = plan.all
	if err := p.setKernels(chosen, plan, settled, descents); err != nil {
		return err
	}
	plan.settle(descents)
	if err := p.setKernels(chosen, plan, open, nil); err != nil {
		return err
	}
	for i := range p.Steps {
		p.Flops += p.Steps[i].Flops
	}
	return nil
}

// setKernels chooses the kernels of some steps and runs descents, on all cores.
func (p *Program) setKernels(chosen *choices, plan *layoutPlan, steps []int, descents []descent) error {
	atOnce := min(max(1, len(steps)/tasksPerPhase), mostAtOnce)
	tasks := len(descents) + (len(steps)+atOnce-1)/atOnce
	var next atomic.Int64
	failed := make([]error, min(runtime.GOMAXPROCS(0), tasks))
	work := func(worker int) {
		build, search := newSpecs(p.Instance), search{layoutPlan: plan}
		for failed[worker] == nil {
			task := int(next.Add(1)) - 1
			switch {
			case task >= tasks:
				return
			case task < len(descents):
				descents[task].run(&search, build)
				continue
			}
			from := (task - len(descents)) * atOnce
			for _, i := range steps[from:min(from+atOnce, len(steps))] {
				if failed[worker] = p.setKernel(chosen, build, i); failed[worker] != nil {
					return
				}
			}
		}
	}
	var all sync.WaitGroup
	for worker := 1; worker < len(failed); worker++ {
		all.Go(func() { work(worker) })
	}
	if len(failed) > 0 {
		work(0)
	}
	all.Wait()
	return errors.Join(failed...)
}

// A goroutine chooses a few kernels before it takes more.
const (
	tasksPerPhase = 64 // at least, if there are so many steps
	mostAtOnce    = 8
)

// setKernel chooses the kernel of step i.
func (p *Program) setKernel(chosen *choices, build *specs, i int) error {
	s := &p.Steps[i]
	size := p.DType().Size()
	if s.Elements > math.MaxInt/2/size {
		return fmt.Errorf("step %d: the result of %d elements is too large to address", i, s.Elements)
	}
	s.Bytes = s.Elements * size
	p.ops[i] = op{left: s.Left, right: s.Right, out: s.Out}
	if s.Right == NoTensor {
		p.ops[i].right = s.Out + 1 // the slot of the scalar 1
	}
	spec := build.spec(s.Step, p.layouts)
	hash := spec.Hash()
	if same := chosen.find(hash); same != none && p.hasSpec(build, same, &spec) {
		s.Kernel, p.ops[i].kernel = p.Steps[same].Kernel, p.ops[same].kernel
		return nil
	}
	k, err := kernel.New(spec, p.options.Kernel)
	if err != nil {
		return fmt.Errorf("step %d: %w", i, err)
	}
	s.Kernel, p.ops[i].kernel = k.Info(), k
	chosen.add(hash, i)
	return nil
}

// hasSpec reports whether step i has the nests that build returned last.
func (p *Program) hasSpec(build *specs, i int32, last *kernel.Spec) bool {
	build.hold()
	spec := build.spec(p.Steps[i].Step, p.layouts)
	return spec.Equal(last)
}

// choices are steps that have their kernels, by the hashes of their nests: equal
// steps share a kernel. Goroutines may use them at the same time.
type choices struct {
	mutex sync.Mutex
	steps map[uint64]int32
}

// mostChoices bounds the steps that are remembered: a network that has so many
// different ones does not repeat itself.
const mostChoices = 1 << 12

// find returns the step with a hash, or none.
func (c *choices) find(hash uint64) int32 {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	if i, ok := c.steps[hash]; ok {
		return i
	}
	return none
}

// add remembers a step that has its kernel.
func (c *choices) add(hash uint64, i int) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	if len(c.steps) < mostChoices {
		c.steps[hash] = int32(i)
	}
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

// Inputs that do not stay in the caches from one contraction to the next are
// fetched ahead of their use. Small ones are not worth it, and large ones are
// used many times over, in an order of their own.
const (
	aheadInputs   = 4 << 20 // of all inputs together, bytes
	aheadSmallest = 4 << 10
	aheadLargest  = 4 << 20
)

// setAhead marks the steps that have inputs to be fetched, or whose successor
// has.
func (p *Program) setAhead() {
	if p.InputBytes() < aheadInputs {
		return
	}
	for i := range p.ops {
		op := &p.ops[i]
		if p.fetched(op.left) || p.fetched(op.right) {
			op.ahead = true
			p.ops[max(i-1, 0)].ahead = true
		}
	}
}

// fetched reports whether a slot is an input that is fetched ahead.
func (p *Program) fetched(slot int32) bool {
	if int(slot) >= len(p.Instance.Inputs) {
		return false
	}
	bytes := p.inputBytes(int(slot))
	return bytes >= aheadSmallest && bytes <= aheadLargest
}

// costWarnings compares the file's declared costs with the path's real ones. Some
// files count a multiply-add as one operation: that is another convention, not a
// contradiction.
func costWarnings(in *instance.Instance, p instance.Path, tree *path.Tree) []instance.Warning {
	cost := tree.Cost()
	var warnings []instance.Warning
	check := func(field string, declared float64, real ...float64) {
		const tolerance = 0.006 // files round to two to four decimals
		near := func(r float64) bool { return math.Abs(declared-r) <= tolerance }
		if math.IsNaN(declared) || slices.ContainsFunc(real, near) || math.IsInf(real[0], 0) {
			return
		}
		warnings = append(warnings, instance.Warning{
			Code:    "declared-cost",
			Message: fmt.Sprintf("%s: paths.%s.%s is declared as %g, the path has %.4f", in.Name, p.Name, field, declared, real[0]),
			Remedy:  "the computed figure is used; correct the file",
		})
	}
	check("log2_size", p.Log2Size, cost.Log2Size)
	check("log10_flops", p.Log10Flops, cost.Log10Flops, cost.Log10Flops-math.Log10(2))
	return warnings
}
