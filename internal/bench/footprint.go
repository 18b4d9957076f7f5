package bench

import (
	"context"
	"unsafe"

	"tnbench/internal/alloc"
	"tnbench/internal/result"
)

// footprint measures the most bytes that the strategy of spec holds at any
// moment of one run in steady state. The run before is made in poisoned buffers
// and checked: there what a step leaves out can't pass for what an earlier
// contraction left behind, and buffers that overlap spoil each other. It does so before the competition,
// with a strategy of its own, because looking costs time. A strategy whose
// memory belongs to the collector does not know what it holds: there it is what
// the heap grows by, garbage included.
func (m *measurement) footprint(ctx context.Context, spec string) (result.Maybe[int], error) {
	strategy, err := alloc.New(spec)
	if err != nil {
		return result.Maybe[int]{}, err
	}
	defer strategy.Close()
	w := &watch{Strategy: strategy}
	w.sized, _ = strategy.(alloc.Sized)
	r, err := m.job.prepare(w)
	if err != nil {
		return result.Maybe[int]{}, err
	}
	defer r.close()
	defer context.AfterFunc(ctx, r.interrupt)()
	poison(r.output())
	w.poison = true
	if err := r.run(); err != nil {
		return result.Maybe[int]{}, err
	}
	if err := m.check(spec, r.output()); err != nil {
		return result.Maybe[int]{}, err
	}
	m.settle()
	w.base, w.peak, w.poison = int(heapBytes()), 0, false
	poison(r.output())
	if err := r.run(); err != nil {
		return result.Maybe[int]{}, err
	}
	return result.Measured(w.peak), m.check(spec, r.output())
}

// watch looks at what a strategy holds after each of its allocations.
type watch struct {
	alloc.Strategy
	requests []alloc.Request
	sized    alloc.Sized // nil if the strategy's memory belongs to the collector
	base     int         // size of the heap before the contraction
	peak     int
	// poison fills each buffer with NaN.
	poison bool
}

// Prepare implements alloc.Strategy.
func (w *watch) Prepare(requests []alloc.Request) error {
	w.requests = requests
	return w.Strategy.Prepare(requests)
}

// Alloc implements alloc.Strategy.
func (w *watch) Alloc(id int) unsafe.Pointer {
	p := w.Strategy.Alloc(id)
	if w.poison && p != nil {
		poison(unsafe.Slice((*byte)(p), w.requests[id].Bytes))
	}
	if w.sized != nil {
		w.peak = max(w.peak, w.sized.Footprint())
	} else {
		w.peak = max(w.peak, int(heapBytes())-w.base)
	}
	return p
}
