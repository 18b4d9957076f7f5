package contract

import (
	"errors"
	"fmt"
	"slices"
	"sync/atomic"

	"tnbench/internal/kernel"
	"tnbench/internal/kernel/nest"
	"tnbench/internal/layout"
	"tnbench/internal/path"
)

// setKernels decides the layouts and chooses each step's kernel, with all of a crew.
// Kernels of steps that no open layout touches are chosen in the meantime.
func (p *Program) setKernels(layouts *layout.Layouts, crew *crew) error {
	p.ops = make([]op, len(p.Steps))
	p.markLoops()
	p.layouts = layouts.All()
	w := newWorkload(p, layouts)
	failed := make([]error, crew.size)
	crew.run(func(worker int) { failed[worker] = w.share() })
	return errors.Join(failed...)
}

// workload is what goroutines do together to choose kernels: first descents, then
// steps whose layouts are settled, then those whose layouts the descents decide.
type workload struct {
	*Program
	axes     *layout.Layouts
	descents []layout.Descent
	settled  batches
	open     batches

	next    atomic.Int64  // of the descents and batches
	running atomic.Int64  // descents that have not ended
	decided chan struct{} // closed when all have
}

// newWorkload parts the steps of a program.
func newWorkload(p *Program, axes *layout.Layouts) *workload {
	w := &workload{Program: p, axes: axes, descents: axes.Descents(), decided: make(chan struct{})}
	w.running.Store(int64(len(w.descents)))
	for i := range p.Steps {
		if s := &p.Steps[i]; axes.Open(s.Left) || axes.Open(s.Right) || axes.Open(s.Out) {
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
	c, s := newChooser(w.Program), layout.NewSearch(w.axes)
	for {
		task := int(w.next.Add(1)) - 1
		if task < len(w.descents) {
			w.descend(&w.descents[task], s, c.build)
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
			if err := c.choose(int(i)); err != nil {
				return err
			}
		}
	}
}

// descend runs a descent. The last one to end decides the open layouts.
func (w *workload) descend(d *layout.Descent, s *layout.Search, build *layout.Nests) {
	d.Run(s, build)
	if w.running.Add(-1) == 0 {
		w.axes.Settle(w.descents)
		close(w.decided)
	}
}

// batches are steps of which a goroutine takes a few at a time.
type batches struct {
	steps         []int32
	atOnce, count int
}

const (
	fewBatches = 32 // at least, if there are so many steps
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

// chooser chooses kernels, one for all equal steps that it gets. Goroutines have
// their own: what they share has to travel between cores.
type chooser struct {
	*Program
	build  *layout.Nests
	chosen map[uint64]int32 // steps that have their kernels, by the hashes of their nests
}

// mostChosen bounds the steps that are remembered: a network that has so many
// different ones does not repeat itself.
const mostChosen = 1 << 12

func newChooser(p *Program) *chooser {
	return &chooser{Program: p, build: layout.NewNests(p.tree, p.regions), chosen: make(map[uint64]int32)}
}

// choose chooses the kernel of step i.
func (c *chooser) choose(i int) error {
	s, op := &c.Steps[i], &c.ops[i]
	s.Bytes = c.bytes(s.Out)
	op.left, op.right, op.out = s.Left, s.Right, s.Out
	if s.Right == path.NoTensor {
		op.right = s.Out + 1 // the slot of the scalar 1
	}
	k := c.kept(i)
	if k == nil {
		var err error
		if k, err = c.chooseNew(i); err != nil {
			return err
		}
	}
	c.setKernel(i, k)
	return nil
}

// setKernel has a kernel compute step i.
func (p *Program) setKernel(i int, k nest.Kernel) {
	s, op := &p.Steps[i], &p.ops[i]
	op.kernel, s.Kernel = k, k.Info()
	times := p.times(i)
	if g := p.regionOf(op); g != nil {
		times *= g.Slices()
	}
	s.Kernel.BytesMoved *= times
}

// kept returns the kernel that a step has in the program without regions, if it has the
// same operands and layouts here.
func (c *chooser) kept(i int) nest.Kernel {
	if c.plain == nil || c.ops[i].region != none {
		return nil
	}
	s := &c.Steps[i]
	for _, id := range [...]int32{s.Left, s.Right, s.Out} {
		if !slices.Equal(c.layouts[id], c.plain.layouts[id]) {
			return nil
		}
	}
	return c.plain.ops[c.plain.place(s.Out)].kernel
}

// chooseNew returns the kernel of a step that is new or as one of those before.
func (c *chooser) chooseNew(i int) (nest.Kernel, error) {
	spec := c.build.Spec(c.Steps[i].Step, c.layouts)
	hash, adds := spec.Hash(), c.adds(i)
	options := c.kernelOptions(i)
	if same, ok := c.chosen[hash]; ok && !adds && c.kernelOptions(int(same)) == options && c.hasSpec(int(same), &spec) {
		return c.ops[same].kernel, nil
	}
	k, err := newKernel(spec, options, adds)
	if err != nil {
		return nil, fmt.Errorf("step %d: %w", i, err)
	}
	if !adds && len(c.chosen) < mostChosen {
		c.chosen[hash] = int32(i)
	}
	return k, nil
}

// adds reports whether step i adds up what slices give.
func (p *Program) adds(i int) bool {
	g := p.regionOf(&p.ops[i])
	return g != nil && g.Last == i && g.Adds > 1 || p.Slices != nil && p.Slices.Last == i && p.Slices.Adds > 1
}

// newKernel returns the kernel of a step.
func newKernel(s nest.Spec, o kernel.Options, adds bool) (nest.Kernel, error) {
	if adds {
		return kernel.NewAdder(s, o)
	}
	return kernel.New(s, o)
}

// hasSpec reports whether step i has the nests that were built last.
func (c *chooser) hasSpec(i int, last *nest.Spec) bool {
	c.build.Hold()
	spec := c.build.Spec(c.Steps[i].Step, c.layouts)
	return spec.Equal(last)
}
