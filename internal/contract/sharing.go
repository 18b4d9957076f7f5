package contract

import (
	"sync/atomic"
	"unsafe"

	"tnbench/internal/kernel/nest"
)

// worker runs slices of loops. Slices move slots, so that it has its own.
type worker struct {
	number int // of those that share slices, from 0
	env    *nest.Env
	slots  []unsafe.Pointer
	at     []int          // where it is in the loop that runs, and in those in that
	fixed  unsafe.Pointer // scratch of kernels where temporaries are fixed
	_      [nest.CacheLine]byte
}

// part returns the worker's part of a buffer that a loop has taken, by its place.
func (w *worker) part(l *loop, taken []unsafe.Pointer, at int32) unsafe.Pointer {
	if w.number == 0 {
		return taken[at]
	}
	return unsafe.Add(taken[at], w.number*l.strides[at])
}

// sharing has several workers run the slices of a loop. Each does some that follow each
// other, with buffers of its own; what they make lies in different places of the result.
type sharing struct {
	executor *Executor
	workers  []worker
	loop     *loop // that runs
	parts    int   // that its slices are taken in
	stopped  atomic.Int32
}

// sharedParts is in how many parts for each worker slices are taken, as workers are not
// equally fast.
const sharedParts = 4

// newSharing returns so many workers, each with room for so many positions in loops.
func newSharing(e *Executor, shares, positions int) *sharing {
	// What workers write all the time must not lie in one cache line.
	const apart = nest.CacheLine / 8
	s := &sharing{executor: e, workers: make([]worker, shares)}
	for i := range s.workers {
		s.workers[i] = worker{
			number: i,
			env:    &nest.Env{Worker: i},
			slots:  make([]unsafe.Pointer, len(e.slots), len(e.slots)+apart),
			at:     make([]int, positions, positions+apart),
		}
		if e.own.fixed != nil {
			s.workers[i].fixed = unsafe.Add(e.own.fixed, i*e.program.fixedPart())
		}
	}
	return s
}

// run runs all slices of a loop that was entered. It reports false, having done nothing, if
// slices are not shared out or the other workers are busy; at is the step before which it
// was interrupted, or none.
func (s *sharing) run(l *loop) (at int32, ok bool) {
	if s == nil || l.shares == 1 {
		return none, false
	}
	s.loop, s.parts = l, min(l.slices/l.adds, sharedParts*l.shares)
	s.stopped.Store(none)
	ok = s.executor.env.Workers.RunShared(s, nil, nil, nil, nil, s.parts, l.shares)
	s.loop = nil
	return s.stopped.Load(), ok
}

// RunShare runs parts of the slices for a worker, for as long as next gives it any.
func (s *sharing) RunShare(_ *nest.Env, _, _, _ unsafe.Pointer, number int, next *nest.Parts) {
	e, l, w := s.executor, s.loop, &s.workers[number]
	ops := e.ops[l.first : l.last+1]
	for i := range ops {
		w.slots[ops[i].left], w.slots[ops[i].right] = e.slots[ops[i].left], e.slots[ops[i].right]
	}
	for i := range ops {
		out := e.slots[ops[i].out]
		if at := l.outs[i]; at != none {
			out = w.part(l, e.taken, at)
		}
		w.slots[ops[i].out] = out
	}
	sums := l.slices / l.adds
	for part, ok := next.Take(); ok; part, ok = next.Take() {
		from, to := part*sums/s.parts*l.adds, (part+1)*sums/s.parts*l.adds
		w.seek(l, e.slots, from)
		if at := e.someSlices(w, l, from, to, 0, l.slices, false); at != none {
			s.stopped.Store(at)
		}
	}
	for i := range ops { // collected memory can go at once
		w.slots[ops[i].left], w.slots[ops[i].right], w.slots[ops[i].out] = nil, nil, nil
	}
}

// seek goes to a slice of a loop; at the first one, slots are as given.
func (w *worker) seek(l *loop, slots []unsafe.Pointer, slice int) {
	for i := len(l.parts) - 1; i >= 0; i-- {
		w.at[l.place+i] = slice % l.parts[i]
		slice /= l.parts[i]
	}
	for k := range l.moves {
		m := &l.moves[k]
		offset := 0
		for i, by := range m.by {
			offset += w.at[l.place+i] * by
		}
		w.slots[m.slot] = unsafe.Add(slots[m.slot], offset)
	}
}

// fixedPart returns the bytes that a worker has of the scratch memory that executors hold.
func (p *Program) fixedPart() int { return nest.RoundUp(p.fixed, nest.CacheLine) }
