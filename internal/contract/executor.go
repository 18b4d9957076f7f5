package contract

import (
	"errors"
	"fmt"
	"sync/atomic"
	"unsafe"

	"tnbench/internal/alloc"
	"tnbench/internal/dtype"
	"tnbench/internal/kernel/nest"
)

// ErrInterrupted is returned by a run that [Executor.Interrupt] broke off.
var ErrInterrupted = errors.New("interrupted")

// OutOfMemoryError says that a strategy could not provide a buffer.
type OutOfMemoryError struct {
	Step  int // in execution order
	Bytes int
}

// Error names the step and the bytes.
func (e *OutOfMemoryError) Error() string {
	return fmt.Sprintf("out of memory: step %d needs a buffer of %d bytes", e.Step, e.Bytes)
}

// Executor runs a program on one set of inputs under one strategy. It is for
// one goroutine; only Interrupt may be called from another.
type Executor struct {
	program  *Program
	strategy alloc.Strategy
	inputs   [][]byte         // kept alive: slots point into them
	slots    []unsafe.Pointer // by SSA id; after them the scalar 1
	env      nest.Env
	ops      []op             // the program's, or with kernels that do more: see Wrap
	taken    []unsafe.Pointer // the buffers of the loop that runs
	own      worker           // that runs loops
	sharing  *sharing         // the workers that share the slices of loops; nil: none do
	stop     atomic.Bool
}

// Execution are choices of how an executor works, beyond what is compiled. The
// zero value is the best there is.
type Execution struct {
	Workers  *nest.Workers // threads of large kernels; nil: serial. The caller closes it.
	Metadata Metadata
	Planning Planning
	// Hollow leaves the arithmetic out: strategies and metadata do at each step what
	// they always do, and the result is not written. Kernels that are chosen at each
	// contraction run all the same.
	Hollow bool
}

// NewExecutor prepares strategy for p and binds inputs, one row-major buffer per
// tensor, which Run only reads. The executor uses strategy but does not own it:
// the caller closes it.
func NewExecutor(p *Program, strategy alloc.Strategy, inputs [][]byte, x Execution) (*Executor, error) {
	e := &Executor{program: p, strategy: strategy, inputs: inputs, ops: p.ops, env: nest.Env{Workers: x.Workers}}
	if len(inputs) != len(p.Instance.Inputs) {
		return nil, fmt.Errorf("%s: %d inputs for %d tensors", p.Instance.Name, len(inputs), len(p.Instance.Inputs))
	}
	e.slots = make([]unsafe.Pointer, len(inputs)+len(p.Steps)+1)
	e.slots[len(e.slots)-1] = nest.One(p.DType())
	for t, data := range inputs {
		if n := p.inputBytes(t); len(data) != n {
			return nil, fmt.Errorf("%s: input %d has %d bytes: its shape needs %d", p.Instance.Name, t, len(data), n)
		}
		e.slots[t] = unsafe.Pointer(unsafe.SliceData(data))
	}
	taken, positions, shares := 0, 0, 1
	for i := range p.loops {
		l := &p.loops[i]
		taken, positions, shares = max(taken, len(l.takes)+len(l.offsets)), max(positions, l.place+len(l.parts)), max(shares, l.shares)
	}
	e.taken = make([]unsafe.Pointer, taken)
	if x.Workers == nil {
		shares = 1
	}
	e.own = worker{env: &e.env, slots: e.slots, at: make([]int, positions)}
	if p.fixed > 0 {
		e.own.fixed = unsafe.Pointer(unsafe.SliceData(dtype.MakeBytes(shares * p.fixedPart())))
	}
	if shares > 1 {
		e.sharing = newSharing(e, shares, positions)
	}
	if x.Hollow {
		e.wrap(func(_ int, k nest.Kernel) nest.Kernel { return hollow{k} })
	}
	if x.Planning == PlanEach {
		each := newChooserEach(p)
		e.Wrap(func(i int, k nest.Kernel) nest.Kernel { return &rechosen{Kernel: k, chooserEach: each, step: i} })
	}
	e.wrapFetching()
	if x.Metadata != MetadataNone {
		recorders := make([]recorder, shares)
		for i := range recorders {
			recorders[i] = newMetadata(x.Metadata, p)
		}
		e.wrap(func(i int, k nest.Kernel) nest.Kernel { return &described{k, recorders, i} })
	}
	if err := e.plant(); err != nil {
		return nil, err
	}
	if err := strategy.Prepare(p.Requests); err != nil {
		return nil, fmt.Errorf("%s: %w", p.Instance.Name, err)
	}
	return e, nil
}

// Run contracts the network once and writes its result, row-major in the order
// of the output labels, to result, which has ResultBytes bytes and belongs to
// the caller. All other memory comes from the strategy, which gets everything
// back before Run returns, also on errors.
func (e *Executor) Run(result []byte) error {
	if len(result) != e.program.ResultBytes() {
		return fmt.Errorf("%s: result memory has %d bytes: the result needs %d", e.program.Instance.Name, len(result), e.program.ResultBytes())
	}
	final := unsafe.Pointer(unsafe.SliceData(result))
	e.env.Slice, e.env.Slices, e.env.Add = 0, 0, false
	for i := 0; i < len(e.ops); i++ {
		op := &e.ops[i]
		if op.loop != none {
			l := &e.program.loops[op.loop]
			if err := e.runLoop(l, final); err != nil {
				return err
			}
			i = int(l.last)
			continue
		}
		out := final
		if op.result != none {
			out = e.strategy.Alloc(int(op.result))
		}
		e.env.Scratch = e.own.fixed
		if op.scratch != none {
			e.env.Scratch = e.strategy.Alloc(int(op.scratch))
		}
		if out == nil || (op.scratch != none && e.env.Scratch == nil) || e.stop.Load() {
			return e.breakOff(i, op.result, op.scratch)
		}
		op.kernel.Run(&e.env, out, e.slots[op.left], e.slots[op.right])
		e.slots[op.out] = out
		if op.scratch != none {
			e.strategy.Free(int(op.scratch), e.env.Scratch)
		}
		// Freed slots are cleared so that collected memory can go at once.
		if op.lastLeft != none {
			e.strategy.Free(int(op.lastLeft), e.slots[op.left])
			e.slots[op.left] = nil
		}
		if op.lastRight != none {
			e.strategy.Free(int(op.lastRight), e.slots[op.right])
			e.slots[op.right] = nil
		}
	}
	e.finish()
	return nil
}

// finish forgets what the contraction made and ends it for the strategy.
func (e *Executor) finish() {
	inputs := len(e.inputs)
	clear(e.slots[inputs : inputs+len(e.ops)])
	e.env.Scratch = nil
	clear(e.taken)
	e.strategy.Reset()
}

// breakOff ends a contraction before step i ran, which needs these buffers; the
// strategy's Reset takes back what is live.
func (e *Executor) breakOff(i int, requests ...int32) error {
	e.finish()
	for t, data := range e.inputs { // slices moved them
		e.slots[t] = unsafe.Pointer(unsafe.SliceData(data))
	}
	if e.stop.Load() {
		return ErrInterrupted
	}
	bytes := 0
	for _, id := range requests {
		if id != none {
			bytes = max(bytes, e.program.Requests[id].Bytes)
		}
	}
	return &OutOfMemoryError{Step: i, Bytes: bytes}
}

// Interrupt makes this and every later Run return ErrInterrupted before its
// next step. It may be called from any goroutine.
func (e *Executor) Interrupt() { e.stop.Store(true) }
