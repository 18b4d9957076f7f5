package bench

import (
	"bytes"
	"context"
	"fmt"
	"runtime"
	"runtime/metrics"
	"runtime/pprof"
	"unsafe"

	"tnbench/internal/alloc"
	"tnbench/internal/contract"
	"tnbench/internal/instance"
)

// contestant is a strategy in the competition.
type contestant struct {
	spec     string
	strategy alloc.Strategy
	executor *contract.Executor
	samples  []sample
	digest   Maybe[instance.Digest]
	heapPeak Maybe[int] // of strategies whose memory belongs to the collector
	err      error
}

// enter prepares a strategy for the measurement's program.
func (m *measurement) enter(ctx context.Context, spec string) *contestant {
	k := &contestant{spec: spec}
	if k.strategy, k.err = alloc.New(spec); k.err != nil {
		return k
	}
	if k.executor, k.err = contract.NewExecutor(m.program, k.strategy, m.inputs, m.workers); k.err != nil {
		return k
	}
	if m.config.Profile {
		k.executor.Profile(pprof.WithLabels(ctx, pprof.Labels("instance", m.program.Instance.Name, "alloc", spec)))
	}
	return k
}

// leave gives back the strategy's memory.
func (k *contestant) leave() {
	if k.strategy != nil {
		k.strategy.Close()
	}
}

// contract contracts once, untimed, and checks the result.
func (k *contestant) contract(m *measurement) error {
	m.settle()
	poison(m.result)
	if err := k.executor.Run(m.result); err != nil {
		return err
	}
	return m.check(k)
}

// sample contracts once untimed and once timed. Settling emptied the collected
// pools and another strategy's data is in the caches; the first contraction
// brings back the steady state that the second one measures.
func (k *contestant) sample(m *measurement) error {
	if err := k.contract(m); err != nil {
		return err
	}
	s, err := measure(func() error { return k.executor.Run(m.result) })
	if err != nil {
		return err
	}
	if sized, ok := k.strategy.(alloc.Sized); ok {
		s.footprint = sized.Footprint()
	}
	k.samples = append(k.samples, s)
	return m.check(k)
}

// check holds the result against the first one, bit for bit.
func (m *measurement) check(k *contestant) error {
	if m.expected == nil {
		m.expected, m.winner = bytes.Clone(m.result), k
	}
	if !bytes.Equal(m.expected, m.result) {
		shape, t := m.program.ResultShape(), m.program.DType()
		return fmt.Errorf("wrong result: digest %v differs from %v under %s", instance.NewDigest(t, shape, m.result),
			instance.NewDigest(t, shape, m.expected), m.winner.spec)
	}
	if !k.digest.OK {
		k.digest = Measured(instance.NewDigest(m.program.DType(), m.program.ResultShape(), m.result))
	}
	return nil
}

// settle collects what was left behind, so that no strategy pays for another.
// Two cycles: objects that only a sync.Pool's victim cache holds go in the second.
func (m *measurement) settle() {
	if heapBytes() > m.settled+settleSlack {
		runtime.GC()
		runtime.GC()
		m.settled = heapBytes()
	}
}

// settleSlack is how much garbage is not worth a collection.
const settleSlack = 64 << 10

// heapBytes returns the bytes of heap objects, dead ones included, at the cost of
// some hundred nanoseconds.
func heapBytes() uint64 {
	s := [1]metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
	metrics.Read(s[:])
	return s[0].Value.Uint64()
}

// poison fills memory with NaN, so that a result that was not written is seen.
func poison(b []byte) {
	for i := range b {
		b[i] = 0xff
	}
}

// watchHeap measures the footprint of a strategy that does not know its own,
// because its memory belongs to the collector: the most that the heap grew
// during one contraction, garbage included.
func (k *contestant) watchHeap(m *measurement) {
	if _, ok := k.strategy.(alloc.Sized); ok {
		return
	}
	strategy, err := alloc.New(k.spec)
	if err != nil {
		return
	}
	defer strategy.Close()
	m.settle()
	w := &heapWatch{Strategy: strategy, base: heapBytes()}
	e, err := contract.NewExecutor(m.program, w, m.inputs, m.workers)
	if err != nil || e.Run(m.result) != nil {
		return
	}
	k.heapPeak = Measured(w.peak)
}

// heapWatch reads the size of the heap after every allocation of a strategy.
type heapWatch struct {
	alloc.Strategy
	base uint64
	peak int
}

// Alloc implements alloc.Strategy.
func (w *heapWatch) Alloc(id int) unsafe.Pointer {
	p := w.Strategy.Alloc(id)
	w.peak = max(w.peak, int(heapBytes()-w.base))
	return p
}
