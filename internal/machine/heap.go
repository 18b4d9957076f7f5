package machine

import (
	"runtime"
	"runtime/debug"
	"runtime/metrics"
)

// Heap is what the Go heap holds between measurements. The zero value has not settled yet.
type Heap struct {
	settled uint64 // bytes of objects after the last settling
}

// LittleGarbage is how many bytes of garbage are not worth a collection: an eighth of what
// the runtime itself lets lie.
const LittleGarbage = 512 << 10

// Settle collects what was left behind, so that nobody pays for another. A second
// cycle takes what only a sync.Pool's victim cache holds, if that is much.
func (h *Heap) Settle() {
	garbage := func() bool { return HeapBytes() > h.settled+LittleGarbage }
	if !garbage() {
		return
	}
	if runtime.GC(); garbage() {
		runtime.GC()
	}
	h.settled = HeapBytes()
}

// GiveBack collects all garbage and returns what is free to the system. Where small
// objects lie in memory that was freed, large buffers don't fit there any more: it
// would stay resident beside fresh memory for them.
func (h *Heap) GiveBack() {
	runtime.GC()
	debug.FreeOSMemory() // collects once more
	h.settled = HeapBytes()
}

// HeapBytes returns the bytes of heap objects, dead ones included.
func HeapBytes() uint64 { return metric("/memory/classes/heap/objects:bytes") }

// LiveHeapBytes returns the bytes of heap objects that the collector found live the last time.
func LiveHeapBytes() uint64 { return metric("/gc/heap/live:bytes") }

// Collections returns how often the collector has run. Each time it empties what others
// have in a sync.Pool.
func Collections() uint64 { return metric("/gc/cycles/total:gc-cycles") }

// metric returns a figure of the runtime, at the cost of some hundred nanoseconds.
func metric(name string) uint64 {
	s := [1]metrics.Sample{{Name: name}}
	metrics.Read(s[:])
	return s[0].Value.Uint64()
}
