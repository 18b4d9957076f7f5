package explain

import (
	"os"
	"time"
	"unsafe"

	"tnbench/internal/alloc"
	"tnbench/internal/contract"
	"tnbench/internal/kernel/nest"
	"tnbench/internal/machine"
	"tnbench/internal/stats"
)

// section is what a moment of a watched contraction belongs to: the loop of the
// executor, the strategy, or an activity of a kernel.
type section int

const (
	inLoop section = iota
	inAlloc
	inFree
	inTouch  // of fresh memory, ahead of kernels
	inKernel // and the activities that follow
	sections = int(inKernel) + int(nest.Activities)
)

// during returns the section of an activity.
func during(a nest.Activity) section { return inKernel + section(a) }

// clock is what time is read from: nanoseconds from some moment on. On a machine that
// is never quiet, tests take the processor time of a thread instead.
var clock = func() time.Duration { return time.Since(begun) }

var begun = time.Now()

// clockIsForeign says that the clock is not the one by which the collector reckons.
var clockIsForeign = false

// ledger splits the time of contractions among sections and steps: whenever another
// begins, what passed since the last is put down. So all is put down that passes
// between begin and end, and nothing twice; page faults likewise. A slot is a section
// of a step, or of no step, which comes last.
type ledger struct {
	last time.Duration
	at   int // the slot that is under way
	step int // the first slot of its step

	spent  []time.Duration
	turns  []int
	faults []int64
	// looked are the slots at whose ends faults are counted. The system needs half a
	// microsecond for that, which is put down nowhere. Small buffers share pages:
	// their few faults fall to the slot that is under way at the next count.
	looked []bool
	seen   int64
}

// newLedger returns a ledger for a program.
func newLedger(p *contract.Program) *ledger {
	slots := (len(p.Steps) + 1) * sections
	l := &ledger{spent: make([]time.Duration, slots), turns: make([]int, slots), faults: make([]int64, slots), looked: make([]bool, slots)}
	look := func(step, bytes int) {
		if bytes < os.Getpagesize() {
			return
		}
		for s := inAlloc; int(s) < sections; s++ {
			l.looked[step*sections+int(s)] = s != inFree
		}
	}
	for i, bytes := range storedBytes(p) {
		look(i, bytes)
	}
	for _, r := range p.Requests {
		look(int(r.First), r.Bytes)
	}
	return l
}

// begin starts a contraction, or several.
func (l *ledger) begin() {
	clear(l.spent)
	clear(l.turns)
	clear(l.faults)
	l.step = len(l.spent) - sections
	l.at = l.step
	l.seen = faultsNow()
	l.last = clock()
}

// end ends them: the last section is put down.
func (l *ledger) end() {
	l.turn(l.at)
	l.count()
}

// turn puts down what ends, and goes to another slot.
func (l *ledger) turn(to int) {
	now := clock()
	l.spent[l.at] += now - l.last
	l.turns[l.at]++
	if l.last = now; l.looked[l.at] || l.looked[to] {
		l.count()
		l.last = clock()
	}
	l.at = to
}

// count puts down the faults since the last count.
func (l *ledger) count() {
	now := faultsNow()
	l.faults[l.at] += now - l.seen
	l.seen = now
}

// faultsNow returns how many pages this process has been given.
func faultsNow() int64 {
	u, _ := machine.ReadUsage()
	return u.MinorFaults + u.MajorFaults
}

// Turn implements [nest.Watch].
func (l *ledger) Turn(to nest.Activity) { l.turn(l.step + int(during(to))) }

// watch has a ledger follow an executor, whose strategy is a watchedStrategy.
func (l *ledger) watch(e *contract.Executor) {
	e.Wrap(func(i int, k nest.Kernel) nest.Kernel { return &watchedKernel{k, l, i * sections} })
}

// watchedKernel tells a ledger when a step's kernel begins and ends.
type watchedKernel struct {
	nest.Kernel
	*ledger
	first int // slot of the step
}

// Run implements [nest.Kernel].
func (w *watchedKernel) Run(env *nest.Env, c, a, b unsafe.Pointer) {
	env.Watch = w.ledger
	w.ledger.step = w.first
	w.turn(w.first + int(inKernel))
	w.Kernel.Run(env, c, a, b)
	w.turn(w.first + int(inLoop))
}

// watchedStrategy tells a ledger of calls of a strategy. A buffer belongs to the step
// that makes it.
type watchedStrategy struct {
	alloc.Strategy
	*ledger
	first []int // slots of the steps of requests
	touch []int // bytes of requests; nil: kernels are the first to touch memory
}

// watched returns a strategy that a ledger follows. If it touches, it writes to each page
// of what it hands out, so that kernels find no fresh memory.
func (l *ledger) watched(s alloc.Strategy, requests []alloc.Request, touches bool) alloc.Strategy {
	w := &watchedStrategy{Strategy: s, ledger: l, first: make([]int, len(requests))}
	if touches {
		w.touch = make([]int, len(requests))
	}
	for id, r := range requests {
		w.first[id] = int(r.First) * sections
		if touches {
			w.touch[id] = r.Bytes
		}
	}
	return w
}

// Alloc implements [alloc.Strategy].
func (w *watchedStrategy) Alloc(id int) unsafe.Pointer {
	w.turn(w.first[id] + int(inAlloc))
	p := w.Strategy.Alloc(id)
	if w.touch != nil && w.touch[id] >= os.Getpagesize() && p != nil {
		w.turn(w.first[id] + int(inTouch))
		touchPages(p, w.touch[id])
	}
	w.turn(w.first[id] + int(inLoop))
	return p
}

// touchPages writes to each page of memory.
func touchPages(p unsafe.Pointer, bytes int) {
	memory := unsafe.Slice((*byte)(p), bytes)
	for at := 0; at < bytes; at += os.Getpagesize() {
		memory[at] = 0
	}
	memory[bytes-1] = 0 // its page may begin after the last of them
}

// Free implements [alloc.Strategy].
func (w *watchedStrategy) Free(id int, p unsafe.Pointer) {
	w.turn(w.first[id] + int(inFree))
	w.Strategy.Free(id, p)
	w.turn(w.ledger.step + int(inLoop))
}

// Reset implements [alloc.Strategy].
func (w *watchedStrategy) Reset() {
	last := len(w.spent) - sections
	w.turn(last + int(inFree))
	w.Strategy.Reset()
	w.turn(last + int(inLoop))
}

// turnCost finds what a turn of a ledger costs: contractions without arithmetic, on memory
// that is there, with a ledger and without.
type turnCost struct {
	with, without pass
	turns, times  int
}

// newTurnCost prepares it for a program.
func newTurnCost(p *contract.Program, inputs [][]byte) (*turnCost, error) {
	const batch = 100 * time.Microsecond
	c := &turnCost{}
	var err error
	if c.without, err = newIdle(p, inputs, nil); err != nil {
		return nil, err
	}
	ledger := newLedger(p)
	clear(ledger.looked)
	if c.with, err = newIdle(p, inputs, ledger); err != nil {
		return nil, err
	}
	ledger.begin()
	took, err := c.with.run(1)
	for _, n := range ledger.turns {
		c.turns += n
	}
	c.times = 1 + int(batch/max(1, took))
	return c, err
}

// measure returns the cost in nanoseconds. Of several pairs of batches the median counts.
func (c *turnCost) measure() (float64, error) {
	const pairs = 9
	costs := make([]float64, pairs)
	for i := range costs {
		with, err := c.with.run(c.times)
		if err != nil {
			return 0, err
		}
		without, err := c.without.run(c.times)
		if err != nil {
			return 0, err
		}
		costs[i] = float64(with-without) / float64(c.times*c.turns)
	}
	return max(0, stats.Median(costs)), nil // less than nothing if others took the processor
}
