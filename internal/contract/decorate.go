package contract

import (
	"context"
	"runtime/pprof"
	"unsafe"

	"tnbench/internal/kernel/model"
	"tnbench/internal/kernel/nest"
)

// What some executors do at each step beyond arithmetic stands in kernels that
// wrap the program's: the loop of [Executor.Run] tests for none of it, and who
// does not ask for it does not pay.

// Wrap replaces the kernel of each step by what around makes of it, which Run then
// runs: around those that are there already, between two contractions. The program
// keeps its own. One goroutine runs them all: slices are not shared out any more.
func (e *Executor) Wrap(around func(i int, k nest.Kernel) nest.Kernel) {
	e.sharing = nil
	e.wrap(around)
}

// wrap does the same with kernels that goroutines may share.
func (e *Executor) wrap(around func(i int, k nest.Kernel) nest.Kernel) {
	ops := make([]op, len(e.ops))
	copy(ops, e.ops)
	for i := range ops {
		ops[i].kernel = around(i, ops[i].kernel)
	}
	e.ops = ops
}

// hollow computes nothing in a kernel's place.
type hollow struct{ nest.Kernel }

// Run implements nest.Kernel.
func (hollow) Run(*nest.Env, unsafe.Pointer, unsafe.Pointer, unsafe.Pointer) {}

// fetching has a kernel fetch inputs from memory ahead of their use.
type fetching struct {
	nest.Kernel
	now, next [2][]byte // inputs of this step and of the next that are fetched
}

// Run implements nest.Kernel.
func (f *fetching) Run(env *nest.Env, c, a, b unsafe.Pointer) {
	env.Ahead.Expect(f.now, f.next)
	f.Kernel.Run(env, c, a, b)
	env.Ahead.Finish()
}

// wrapFetching wraps the steps that have inputs to be fetched, or whose successor
// has.
func (e *Executor) wrapFetching() {
	if e.program.InputBytes() < model.Here.Ahead.Inputs {
		return
	}
	fetched := func(i int) (inputs [2][]byte, any bool) {
		if i == len(e.ops) || e.ops[i].loop != none { // slices are read when they come
			return inputs, false
		}
		for side, slot := range [...]int32{e.ops[i].left, e.ops[i].right} {
			if e.program.fetched(slot) {
				inputs[side], any = e.inputs[slot], true
			}
		}
		return inputs, any
	}
	e.wrap(func(i int, k nest.Kernel) nest.Kernel {
		now, some := fetched(i)
		next, more := fetched(i + 1)
		if !some && !more {
			return k
		}
		return &fetching{k, now, next}
	})
}

// described has a step describe its result before the arithmetic.
type described struct {
	nest.Kernel
	recorders []recorder // by worker
	step      int
}

// Run implements nest.Kernel.
func (d *described) Run(env *nest.Env, c, a, b unsafe.Pointer) {
	env.Turn(nest.Describing)
	d.recorders[env.Worker].describe(d.step)
	env.Turn(nest.Computing)
	d.Kernel.Run(env, c, a, b)
}

// rechosen chooses a step's kernel anew in each contraction; in a region, for its first
// slice.
type rechosen struct {
	nest.Kernel
	*chooserEach
	step int
	now  nest.Kernel
}

// Run implements nest.Kernel.
func (p *rechosen) Run(env *nest.Env, c, a, b unsafe.Pointer) {
	if env.Slice == 0 {
		if p.step == 0 {
			env.Turn(nest.Classifying)
			p.begin()
		}
		env.Turn(nest.Choosing)
		p.now = p.choose(p.step)
		env.Turn(nest.Computing)
	}
	p.now.Run(env, c, a, b)
}

// labelled runs a kernel under pprof labels that name its class.
type labelled struct {
	nest.Kernel
	class, outside context.Context // the labels within and after the kernel
}

// Run implements nest.Kernel.
func (l *labelled) Run(env *nest.Env, c, a, b unsafe.Pointer) {
	pprof.SetGoroutineLabels(l.class)
	l.Kernel.Run(env, c, a, b)
	pprof.SetGoroutineLabels(l.outside)
}

// Profile makes Run carry the pprof labels of ctx and, in each kernel, the label
// "class" with the kernel's class. It costs some nanoseconds a step.
func (e *Executor) Profile(ctx context.Context) {
	classes := map[string]context.Context{}
	e.wrap(func(i int, k nest.Kernel) nest.Kernel {
		class := k.Info().Class
		if classes[class] == nil {
			classes[class] = pprof.WithLabels(ctx, pprof.Labels("class", class))
		}
		return &labelled{k, classes[class], ctx}
	})
}
