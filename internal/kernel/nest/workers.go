package nest

import (
	"runtime"
	"sync"
	"sync/atomic"
	"time"
	"unsafe"
)

// Workers is a persistent pool of goroutines that share the parts of large
// kernels with the goroutine that runs them. Dispatching allocates nothing. A
// pool works for one kernel at a time: if two executors share it, the second
// runs its kernel alone. A nil pool is valid and does nothing.
//
// The state says all: which job it is, whether it is open, and how many helpers
// have joined it. A helper joins an open job, takes parts until there are none,
// and leaves; the caller does the same, closes the job and waits for those who
// joined. Helpers that wake up too late find it closed, so nobody waits for
// them.
type Workers struct {
	busy    sync.Mutex
	state   atomic.Uint64
	job     job   // written while no helper has joined
	next    Parts // of the job
	helpers []helper
	waiting atomic.Bool // the caller sleeps on done
	done    chan struct{}
	stop    atomic.Bool
	spin    time.Duration
	all     sync.WaitGroup
}

// helper is what the caller knows of one goroutine of the pool.
type helper struct {
	asleep atomic.Bool
	wake   chan struct{}
	_      [CacheLine]byte // helpers write to theirs without disturbing others
}

// job is a kernel to run in parts.
type job struct {
	parts   divided // one of
	share   shared  // the two
	env     *Env
	c, a, b unsafe.Pointer
	limit   int // how many may work on it
}

// divided is a kernel that can run in parts, in any order and at once.
type divided interface {
	// RunPart runs one part for a worker, numbered from 0.
	RunPart(env *Env, c, a, b unsafe.Pointer, part, worker int)
}

// shared is a divided kernel that keeps something from one part to the next.
type shared interface {
	// RunShare runs parts for a worker, numbered from 0, for as long as next
	// gives it any.
	RunShare(env *Env, c, a, b unsafe.Pointer, worker int, next *Parts)
}

// Parts are handed out to the workers one by one.
type Parts struct {
	taken atomic.Int64
	count int
}

// Take returns the next part, false if there is none.
func (p *Parts) Take() (part int, ok bool) {
	part = int(p.taken.Add(1)) - 1
	return part, part < p.count
}

// The fields of Workers.state: the number of the job, whether it is open, and
// the helpers that have joined.
const (
	stateOpen   = 1 << 31
	stateJoined = stateOpen - 1
	stateJob    = 1 << 32
)

// Waking a goroutine up takes several microseconds, and a hundred in a virtual
// machine whose core has gone to sleep, which is longer than most steps. So
// helpers look out for the next job for spinTime before they sleep, and the
// caller for the last helper. From politeTime on they let other goroutines run
// in between.
const (
	spinTime   = 2 * time.Millisecond
	politeTime = 20 * time.Microsecond
)

// NewWorkers starts a pool that runs kernels on n goroutines, the caller's
// included. n below 2 means serial and gives nil. The pool must be closed.
func NewWorkers(n int) *Workers {
	if n < 2 {
		return nil
	}
	w := &Workers{helpers: make([]helper, n-1), done: make(chan struct{}, 1)}
	if n <= runtime.GOMAXPROCS(0) {
		w.spin = spinTime
	}
	for i := range w.helpers {
		w.helpers[i].wake = make(chan struct{}, 1)
		w.all.Add(1)
		go w.help(i)
	}
	return w
}

// Size returns the number of goroutines that share a kernel.
func (w *Workers) Size() int {
	if w == nil {
		return 1
	}
	return len(w.helpers) + 1
}

// Close ends the goroutines of the pool and waits for them. It must not be in
// use.
func (w *Workers) Close() {
	if w == nil {
		return
	}
	w.stop.Store(true)
	for i := range w.helpers {
		w.helpers[i].rouse()
	}
	w.all.Wait()
}

// Run runs all parts of k on at most limit goroutines and returns when they are
// done. It reports false, having done nothing, if the pool is at work already.
func (w *Workers) Run(k divided, env *Env, c, a, b unsafe.Pointer, parts, limit int) bool {
	return w.dispatch(job{parts: k, env: env, c: c, a: a, b: b, limit: limit}, parts)
}

// RunShared is run for kernels that are told of all parts of a worker at once.
func (w *Workers) RunShared(k shared, env *Env, c, a, b unsafe.Pointer, parts, limit int) bool {
	return w.dispatch(job{share: k, env: env, c: c, a: a, b: b, limit: limit}, parts)
}

// dispatch runs a job of so many parts.
func (w *Workers) dispatch(j job, parts int) bool {
	if !w.busy.TryLock() {
		return false
	}
	defer w.busy.Unlock()
	w.job = j
	w.next.count = parts
	w.next.taken.Store(0)
	w.state.Store(w.state.Load()&^(stateJob-1) + stateJob | stateOpen)
	for i := range w.helpers[:min(j.limit, parts, w.Size())-1] {
		w.helpers[i].rouse()
	}
	w.work(0)
	w.await()
	w.job = job{}
	return true
}

// work does a worker's share of the job.
func (w *Workers) work(worker int) {
	j := &w.job
	switch {
	case worker >= j.limit:
	case j.share != nil:
		j.share.RunShare(j.env, j.c, j.a, j.b, worker, &w.next)
	default:
		for part, ok := w.next.Take(); ok; part, ok = w.next.Take() {
			j.parts.RunPart(j.env, j.c, j.a, j.b, part, worker)
		}
	}
}

// await closes the job and waits for the helpers that joined it.
func (w *Workers) await() {
	if w.state.Add(^uint64(stateOpen-1))&stateJoined == 0 {
		return
	}
	if w.lookOut(func() bool { return w.state.Load()&stateJoined == 0 }) {
		return
	}
	w.waiting.Store(true)
	if w.state.Load()&stateJoined == 0 && w.waiting.Swap(false) {
		return
	}
	<-w.done
}

// help is the life of a helper.
func (w *Workers) help(i int) {
	defer w.all.Done()
	h := &w.helpers[i]
	last := uint64(0) // the number of the last job joined
	for !w.stop.Load() {
		if number, ok := w.join(last); ok {
			last = number
			w.work(i + 1)
			w.leave()
			continue
		}
		if w.lookOut(func() bool { return w.offers(last) }) {
			continue
		}
		h.asleep.Store(true)
		if (w.offers(last) || w.stop.Load()) && h.asleep.Swap(false) {
			continue
		}
		<-h.wake
	}
}

// offers reports whether there is an open job other than the last.
func (w *Workers) offers(last uint64) bool {
	s := w.state.Load()
	return s&stateOpen != 0 && s/stateJob != last
}

// join joins an open job other than the last and returns its number.
func (w *Workers) join(last uint64) (number uint64, ok bool) {
	for {
		s := w.state.Load()
		if s&stateOpen == 0 || s/stateJob == last {
			return 0, false
		}
		if w.state.CompareAndSwap(s, s+1) {
			return s / stateJob, true
		}
	}
}

// leave leaves the job and wakes the caller if it is waiting for this.
func (w *Workers) leave() {
	s := w.state.Add(^uint64(0))
	if s&(stateOpen|stateJoined) == 0 && w.waiting.Swap(false) {
		w.done <- struct{}{}
	}
}

// lookOut waits for seen to hold, for a short while, and reports whether it
// does.
func (w *Workers) lookOut(seen func() bool) bool {
	if w.spin == 0 {
		return seen()
	}
	start := time.Now()
	for waited := time.Duration(0); waited < w.spin; waited = time.Since(start) {
		for range 64 {
			if seen() {
				return true
			}
		}
		if waited > politeTime {
			runtime.Gosched()
		}
	}
	return false
}

// rouse wakes the helper if it sleeps.
func (h *helper) rouse() {
	if h.asleep.Swap(false) {
		h.wake <- struct{}{}
	}
}
