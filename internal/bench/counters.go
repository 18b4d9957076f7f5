package bench

import (
	"runtime"
	"time"

	"tnbench/internal/machine"
)

// counters is what the runtime and the system have counted so far.
type counters struct {
	mallocs, bytes uint64
	cycles         uint32
	pause          uint64 // ns that the world stood still for the collector
	heap           uint64 // bytes of heap objects, dead ones included
	usage          machine.Usage
	usageOK        bool
}

// count reads all counters. It stops the world for some ten microseconds, so it
// belongs outside the clock; faults are read last before and first after it, as
// reading the others may itself fault.
func count() (c counters) {
	c.memory()
	c.usage, c.usageOK = machine.ReadUsage()
	return c
}

func (c *counters) memory() {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	c.mallocs, c.bytes, c.cycles, c.pause, c.heap = m.Mallocs, m.TotalAlloc, m.NumGC, m.PauseTotalNs, m.HeapAlloc
}

// sample is one timed contraction, or as many at once as there are streams.
type sample struct {
	time                   time.Duration // of one contraction; the median over streams
	wall                   time.Duration // from the first start to the last end
	mallocs, bytes, cycles int64
	pause, faults          int64
	faultsOK               bool
}

// measure lets t contract once between two readings of all counters.
func measure(t *team) (sample, error) {
	before := count()
	start := time.Now()
	err := t.run()
	wall := time.Since(start)
	usage, ok := machine.ReadUsage()
	var after counters
	after.memory()
	return sample{
		time:     t.median(),
		wall:     wall,
		mallocs:  int64(after.mallocs - before.mallocs),
		bytes:    int64(after.bytes - before.bytes),
		cycles:   int64(after.cycles - before.cycles),
		pause:    int64(after.pause - before.pause),
		faults:   usage.Sub(before.usage).MinorFaults,
		faultsOK: before.usageOK && ok,
	}, err
}
