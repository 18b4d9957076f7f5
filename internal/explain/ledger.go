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
	for i := range p.Steps {
		look(i, p.Steps[i].Bytes)
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
	if page := os.Getpagesize(); w.touch != nil && w.touch[id] >= page && p != nil {
		w.turn(w.first[id] + int(inTouch))
		memory := unsafe.Slice((*byte)(p), w.touch[id])
		for at := 0; at < len(memory); at += page {
			memory[at] = 0
		}
	}
	w.turn(w.first[id] + int(inLoop))
	return p
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

// turnCost measures what a turn costs: contractions without arithmetic, on memory
// that is there, with a ledger and without, in nanoseconds. Of several pairs of batches
// the median counts.
func turnCost(p *contract.Program, inputs [][]byte) (float64, error) {
	const pairs = 15
	const batch = 200 * time.Microsecond
	bare, err := newIdle(p, inputs, nil)
	if err != nil {
		return 0, err
	}
	defer bare.close()
	ledger := newLedger(p)
	clear(ledger.looked)
	watched, err := newIdle(p, inputs, ledger)
	if err != nil {
		return 0, err
	}
	defer watched.close()
	ledger.begin()
	if _, err := watched.run(1); err != nil {
		return 0, err
	}
	turns := 0
	for _, n := range ledger.turns {
		turns += n
	}
	times := 1 + int(batch/time.Duration(20*turns))
	var costs []float64
	for range pairs {
		with, err := watched.run(times)
		if err != nil {
			return 0, err
		}
		without, err := bare.run(times)
		if err != nil {
			return 0, err
		}
		costs = append(costs, float64(with-without)/float64(times*turns))
	}
	return stats.Median(costs), nil
}
