package contract

import (
	"errors"
	"fmt"
	"math"
	"sync"
	"sync/atomic"

	"tnbench/internal/kernel"
)

// setKernels decides the layouts and chooses each step's kernel, with all of a crew.
// Kernels of steps that no open layout touches are chosen in the meantime.
func (p *Program) setKernels(plan *layoutPlan, crew *crew) error {
	p.ops = make([]op, len(p.Steps))
	p.layouts = plan.all
	w := newWorkload(p, plan)
	failed := make([]error, crew.size)
	crew.run(func(worker int) { failed[worker] = w.share() })
	return errors.Join(failed...)
}

// workload is what goroutines do together to choose kernels: first descents, then
// steps whose layouts are settled, then those whose layouts the descents decide.
type workload struct {
	*Program
	plan     *layoutPlan
	descents []descent
	settled  batches
	open     batches
	chosen   choices

	next    atomic.Int64  // of the descents and batches
	running atomic.Int64  // descents that have not ended
	decided chan struct{} // closed when all have
}

// newWorkload parts the steps of a program.
func newWorkload(p *Program, plan *layoutPlan) *workload {
	w := &workload{Program: p, plan: plan, descents: plan.descents(), decided: make(chan struct{})}
	w.chosen.steps = make(map[uint64]int32)
	w.running.Store(int64(len(w.descents)))
	for i := range p.Steps {
		if s := &p.Steps[i]; plan.open(s.Left) || plan.open(s.Right) || plan.open(s.Out) {
			w.open.steps = append(w.open.steps, int32(i))
		} else {
			w.settled.steps = append(w.settled.steps, int32(i))
		}
	}
	w.settled.divide()
	w.open.divide()
	return w
}

// share does one goroutine's share of the work.
func (w *workload) share() error {
	build, search := newSpecs(w.Instance), search{layoutPlan: w.plan}
	for {
		task := int(w.next.Add(1)) - 1
		if task < len(w.descents) {
			w.descend(&w.descents[task], &search, build)
			continue
		}
		task -= len(w.descents)
		steps := w.settled.batch(task)
		if task -= w.settled.count; task >= 0 {
			if steps = w.open.batch(task); steps == nil {
				return nil
			}
			<-w.decided
		}
		for _, i := range steps {
			if err := w.choose(build, int(i)); err != nil {
				return err
			}
		}
	}
}

// descend runs a descent. The last one to end decides the open layouts.
func (w *workload) descend(d *descent, s *search, build *specs) {
	d.run(s, build)
	if w.running.Add(-1) == 0 {
		w.plan.settle(w.descents)
		close(w.decided)
	}
}

// batches are steps of which a goroutine takes a few at a time.
type batches struct {
	steps         []int32
	atOnce, count int
}

const (
	fewBatches = 64 // at least, if there are so many steps
	mostAtOnce = 8
)

// divide makes batches of the steps.
func (b *batches) divide() {
	b.atOnce = min(max(1, len(b.steps)/fewBatches), mostAtOnce)
	b.count = (len(b.steps) + b.atOnce - 1) / b.atOnce
}

// batch returns the steps of a batch, nil if there is none.
func (b *batches) batch(i int) []int32 {
	if i >= b.count {
		return nil
	}
	from := i * b.atOnce
	return b.steps[from:min(from+b.atOnce, len(b.steps))]
}

// choose chooses the kernel of step i.
func (w *workload) choose(build *specs, i int) error {
	s := &w.Steps[i]
	size := w.DType().Size()
	if s.Elements > math.MaxInt/2/size {
		return fmt.Errorf("step %d: the result of %d elements is too large to address", i, s.Elements)
	}
	s.Bytes = s.Elements * size
	w.ops[i] = op{left: s.Left, right: s.Right, out: s.Out}
	if s.Right == NoTensor {
		w.ops[i].right = s.Out + 1 // the slot of the scalar 1
	}
	spec := build.spec(s.Step, w.layouts)
	hash := spec.Hash()
	if same := w.chosen.find(hash); same != none && w.hasSpec(build, same, &spec) {
		s.Kernel, w.ops[i].kernel = w.Steps[same].Kernel, w.ops[same].kernel
		return nil
	}
	k, err := kernel.New(spec, w.options.Kernel)
	if err != nil {
		return fmt.Errorf("step %d: %w", i, err)
	}
	s.Kernel, w.ops[i].kernel = k.Info(), k
	w.chosen.add(hash, i)
	return nil
}

// hasSpec reports whether step i has the nests that build returned last.
func (w *workload) hasSpec(build *specs, i int32, last *kernel.Spec) bool {
	build.hold()
	spec := build.spec(w.Steps[i].Step, w.layouts)
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
