package explain

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"runtime"
	"runtime/metrics"
	"time"
	"unsafe"

	"tnbench/internal/alloc"
	"tnbench/internal/contract"
	"tnbench/internal/dtype"
)

// pass is a way to spend the time of contractions, of which attribution makes
// phases: a whole contraction, a watched one, its memory traffic alone.
type pass struct {
	run   func(times int) (time.Duration, error)
	close func()
	// interrupt ends it soon; nil: it is short.
	interrupt func()
	ledger    *ledger // nil: it is not watched
	faults    *int64  // of the last run, where it counts them itself
}

// newWhole returns contractions under a setup, which a ledger watches if there is one,
// and which touch memory ahead of kernels if asked for. The result is held against expected, or makes it.
func newWhole(p *contract.Program, inputs [][]byte, s Setup, l *ledger, touches bool, expected *[]byte) (pass, error) {
	strategy, err := alloc.New(s.Strategy)
	if err != nil {
		return pass{}, err
	}
	if l != nil {
		strategy = l.watched(strategy, p.Requests, touches)
	}
	e, err := contract.NewExecutor(p, strategy, inputs, contract.Execution{Metadata: s.Metadata, Planning: s.Planning})
	if err != nil {
		strategy.Close()
		return pass{}, err
	}
	if l != nil {
		l.watch(e)
	}
	result := dtype.MakeBytes(p.ResultBytes())
	run := func(times int) (time.Duration, error) {
		for i := range result {
			result[i] = 0xFF // a result that is not written is seen
		}
		took, err := timed(times, l, func() error { return e.Run(result) })
		if err != nil {
			return took, err
		}
		if *expected == nil {
			*expected = bytes.Clone(result)
		}
		if !bytes.Equal(result, *expected) {
			return took, fmt.Errorf("%s: wrong result under %v: its bits differ from those under another configuration", p.Instance.Name, s)
		}
		return took, nil
	}
	return pass{run: run, close: func() { strategy.Close() }, interrupt: e.Interrupt, ledger: l}, nil
}

// timed runs something several times.
func timed(times int, l *ledger, run func() error) (time.Duration, error) {
	if l != nil {
		l.begin()
		defer l.end()
	}
	start := clock()
	for range times {
		if err := run(); err != nil {
			return 0, err
		}
	}
	return clock() - start, nil
}

// newIdle returns contractions without arithmetic, on memory that is there, of a program
// without regions.
func newIdle(p *contract.Program, inputs [][]byte, l *ledger) (pass, error) {
	var strategy alloc.Strategy = sameAddress{}
	if l != nil {
		strategy = l.watched(strategy, p.Requests, false)
	}
	e, err := contract.NewExecutor(p, strategy, inputs, contract.Execution{Hollow: true})
	if err != nil {
		return pass{}, err
	}
	if l != nil {
		l.watch(e)
	}
	result := dtype.MakeBytes(p.ResultBytes())
	run := func(times int) (time.Duration, error) {
		return timed(times, nil, func() error { return e.Run(result) })
	}
	return pass{run: run, close: func() { strategy.Close() }, ledger: l}, nil
}

// sameAddress hands out one address, which nobody may use.
type sameAddress struct{}

// nowhere is not in the Go heap: slices move on from it to where the collector wants no
// pointers.
var nowhere uint64

func (sameAddress) Prepare([]alloc.Request) error { return nil }
func (sameAddress) Alloc(int) unsafe.Pointer      { return unsafe.Pointer(&nowhere) }
func (sameAddress) Free(int, unsafe.Pointer)      {}
func (sameAddress) Reset()                        {}
func (sameAddress) Close() error                  { return nil }

// newTraffic returns the memory traffic of contractions under a strategy, in the order
// of the executor, or with "" what going through it costs without any call. Pages are
// touched as a contraction would, or they would cost nothing to give back; that is not in
// the time.
func newTraffic(p *contract.Program, spec string) (pass, error) {
	r := &replay{requests: p.Requests, at: make([]unsafe.Pointer, len(p.Requests))}
	alloc.Walk(p.Requests, func(id int) { r.events = append(r.events, event{id, false}) }, func(id int) { r.events = append(r.events, event{id, true}) })
	if spec != "" {
		var err error
		if r.strategy, err = alloc.New(spec); err != nil {
			return pass{}, err
		}
		if err := r.strategy.Prepare(p.Requests); err != nil {
			return pass{}, errors.Join(err, r.strategy.Close())
		}
	}
	run := func(times int) (time.Duration, error) {
		r.touching, r.faults = 0, -faultsNow()
		took, err := timed(times, nil, r.once)
		r.faults += faultsNow()
		return took - r.touching, err
	}
	return pass{run: run, close: r.close, faults: &r.faults}, nil
}

// event is a call of a strategy.
type event struct {
	id   int
	free bool
}

// replay calls a strategy as a contraction does.
type replay struct {
	strategy alloc.Strategy // nil: nothing is called
	requests []alloc.Request
	events   []event
	at       []unsafe.Pointer
	touching time.Duration
	faults   int64 // all but those of touching
}

// once replays a contraction.
func (r *replay) once() error {
	if r.strategy == nil {
		for _, e := range r.events {
			r.at[e.id] = nil
		}
		return nil
	}
	for _, e := range r.events {
		if e.free {
			r.strategy.Free(e.id, r.at[e.id])
			r.at[e.id] = nil
			continue
		}
		p := r.strategy.Alloc(e.id)
		if p == nil {
			clear(r.at)
			r.strategy.Reset()
			return alloc.ErrOutOfMemory
		}
		if r.at[e.id] = p; r.requests[e.id].Bytes >= os.Getpagesize() {
			r.touch(p, r.requests[e.id].Bytes)
		}
	}
	r.strategy.Reset()
	return nil
}

// touch touches pages.
func (r *replay) touch(p unsafe.Pointer, bytes int) {
	start, before := clock(), faultsNow()
	touchPages(p, bytes)
	r.faults -= faultsNow() - before
	r.touching += clock() - start
}

func (r *replay) close() {
	if r.strategy != nil {
		r.strategy.Close()
	}
}

// collected is what the garbage collector has done so far.
type collected struct {
	cycles float64
	waited float64 // ns that the contraction waited for it
}

// collectorNow reads it. It is brought up to date when a cycle ends. What allocating
// code does for the collector is waited for, and its pauses are; so is all of its
// work if it has no other processor. Otherwise what it takes of this one besides is
// not known, at most a quarter while it works.
func collectorNow() collected {
	samples := [...]metrics.Sample{
		{Name: "/gc/cycles/total:gc-cycles"},
		{Name: "/cpu/classes/gc/mark/assist:cpu-seconds"},
		{Name: "/cpu/classes/gc/pause:cpu-seconds"},
		{Name: "/cpu/classes/gc/mark/dedicated:cpu-seconds"},
	}
	metrics.Read(samples[:])
	processors := runtime.GOMAXPROCS(0)
	c := collected{cycles: float64(samples[0].Value.Uint64())}
	c.waited = samples[1].Value.Float64() + samples[2].Value.Float64()/float64(processors)
	if processors == 1 {
		c.waited += samples[3].Value.Float64()
	}
	if c.waited *= 1e9; clockIsForeign {
		c.waited = 0
	}
	return c
}

func (c collected) minus(earlier collected) collected {
	return collected{c.cycles - earlier.cycles, c.waited - earlier.waited}
}
