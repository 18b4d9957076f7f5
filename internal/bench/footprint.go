package bench

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"unsafe"

	"tnbench/internal/alloc"
	"tnbench/internal/machine"
	"tnbench/internal/result"
)

// footprint measures the most bytes that the strategy of spec holds at any
// moment of one run in steady state. It does so before the competition, with a
// strategy of its own, because looking costs time. A strategy whose memory belongs
// to the collector does not know what it holds: there it is seen what the heap grows by,
// garbage included, and at least what is live, as the runtime counts small buffers
// only now and then.
//
// Both this run and the one before are watched: what a strategy hands out must be
// in nobody's use, and is poisoned, so that what a step leaves out can't pass for
// what an earlier contraction left behind.
func (m *measurement) footprint(ctx context.Context, spec string) (bytes result.Maybe[int], seen bool, err error) {
	strategy, err := alloc.New(spec)
	if err != nil {
		return bytes, false, err
	}
	defer strategy.Close()
	w := &watch{Strategy: strategy}
	w.sized, _ = strategy.(alloc.Sized)
	r, err := m.job.prepare(w)
	if err != nil {
		return bytes, false, err
	}
	defer r.close()
	defer context.AfterFunc(ctx, r.interrupt)()
	if err := m.rehearse(spec, r, w); err != nil {
		return bytes, false, err
	}
	m.heap.Settle()
	w.base, w.peak = int(machine.HeapBytes()), 0
	if err := m.rehearse(spec, r, w); err != nil {
		return bytes, false, err
	}
	return result.Measured(w.peak), w.sized == nil, nil
}

// sharedFootprint returns the most bytes that streams hold together which share a
// strategy, all of them at the same step, as peak live bytes are counted. A strategy
// that does not know what it holds is taken for as many as there are streams, each of
// which holds so many bytes.
func (m *measurement) sharedFootprint(spec string, each int) (int, error) {
	t, err := newTeam(m, spec)
	if err != nil {
		return 0, err
	}
	defer t.dismiss()
	most := 0
	for range 2 { // the first one fills pools
		most = 0
		t.walk(func([]byte) {
			if bytes, known := t.shared.Footprint(); known {
				most = max(most, bytes)
			} else {
				most = each * len(t.streams)
			}
		})
	}
	return most, nil
}

// rehearse does the job once under w and checks the result.
func (m *measurement) rehearse(spec string, r runner, w *watch) error {
	poison(r.output())
	if err := r.run(); err != nil {
		return cmp.Or(w.err, err) // the contraction that was broken off says no more than that
	}
	return m.check(spec, r.output())
}

// watch looks at what a strategy hands out and holds.
type watch struct {
	alloc.Strategy
	requests []alloc.Request
	live     []span      // by address
	sized    alloc.Sized // nil if the strategy's memory belongs to the collector
	bytes    int         // of all that is live
	base     int         // size of the heap before the contraction
	peak     int
	err      error
}

// span is the memory of a buffer that is in use.
type span struct {
	start, end uintptr
	id         int
}

// Prepare implements alloc.Strategy.
func (w *watch) Prepare(requests []alloc.Request) error {
	w.requests = requests
	return w.Strategy.Prepare(requests)
}

// Alloc implements alloc.Strategy. It breaks the contraction off before memory
// that is in use is overwritten.
func (w *watch) Alloc(id int) unsafe.Pointer {
	p := w.Strategy.Alloc(id)
	if p != nil {
		if !w.enter(id, p) {
			return nil
		}
		poison(unsafe.Slice((*byte)(p), w.requests[id].Bytes))
	}
	if w.sized != nil {
		w.peak = max(w.peak, w.sized.Footprint())
	} else {
		w.peak = max(w.peak, int(machine.HeapBytes())-w.base, w.bytes)
	}
	return p
}

// enter notes that the memory at p is in use and reports whether it was free.
func (w *watch) enter(id int, p unsafe.Pointer) bool {
	s := span{uintptr(p), uintptr(p) + uintptr(w.requests[id].Bytes), id}
	i := w.find(p)
	for _, j := range [...]int{i - 1, i} { // the others are disjoint: only neighbours can overlap
		if j >= 0 && j < len(w.live) && w.live[j].start < s.end && s.start < w.live[j].end {
			w.err = fmt.Errorf("wrong memory: the one for buffer %d overlaps that of buffer %d, which is in use", id, w.live[j].id)
			return false
		}
	}
	w.live = slices.Insert(w.live, i, s)
	w.bytes += w.requests[id].Bytes
	return true
}

// find returns where p is or would be in live.
func (w *watch) find(p unsafe.Pointer) int {
	i, _ := slices.BinarySearchFunc(w.live, uintptr(p), func(s span, start uintptr) int { return cmp.Compare(s.start, start) })
	return i
}

// Free implements alloc.Strategy.
func (w *watch) Free(id int, p unsafe.Pointer) {
	if i := w.find(p); i < len(w.live) && w.live[i].id == id {
		w.live = slices.Delete(w.live, i, i+1)
		w.bytes -= w.requests[id].Bytes
	}
	w.Strategy.Free(id, p)
}

// Reset implements alloc.Strategy.
func (w *watch) Reset() {
	w.live, w.bytes = w.live[:0], 0
	w.Strategy.Reset()
}
