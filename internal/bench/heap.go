package bench

import (
	"runtime"
	"runtime/debug"
	"runtime/metrics"
)

// Heap is what the Go heap holds between turns.
type Heap struct {
	settled uint64 // bytes of objects after the last settling
}

// settleSlack is how much garbage is not worth a collection: an eighth of what the
// runtime itself lets lie.
const settleSlack = 512 << 10

// Settle collects what was left behind, so that no strategy pays for another. A second
// cycle takes what only a sync.Pool's victim cache holds, if that is much.
func (h *Heap) Settle() {
	garbage := func() bool { return heapBytes() > h.settled+settleSlack }
	if !garbage() {
		return
	}
	if runtime.GC(); garbage() {
		runtime.GC()
	}
	h.settled = heapBytes()
}

// collect collects all garbage.
func (h *Heap) collect() {
	runtime.GC()
	h.settled = heapBytes()
}

// giveBack collects all garbage and returns what is free to the system. Where small
// objects lie in memory that was freed, large buffers don't fit there any more: it
// would stay resident beside fresh memory for them.
func (h *Heap) giveBack() {
	h.collect()
	debug.FreeOSMemory() // collects once more
}

// heapBytes returns the bytes of heap objects, dead ones included.
func heapBytes() uint64 { return metric("/memory/classes/heap/objects:bytes") }

// collections returns how often the collector has run. Each time it empties what others
// have in a sync.Pool.
func collections() uint64 { return metric("/gc/cycles/total:gc-cycles") }

// metric returns a figure of the runtime, at the cost of some hundred nanoseconds.
func metric(name string) uint64 {
	s := [1]metrics.Sample{{Name: name}}
	metrics.Read(s[:])
	return s[0].Value.Uint64()
}
