package peaks

import (
	"runtime"
	"runtime/metrics"
	"time"

	"tnbench/internal/machine"
)

// Clock is what measuring itself costs, in seconds.
type Clock struct {
	Resolution float64 `json:"resolution_seconds"`      // the least step of the clock that was seen
	Now        float64 `json:"now_seconds"`             // reading the clock
	Usage      float64 `json:"usage_seconds,omitempty"` // reading faults and processor time
	Metrics    float64 `json:"metrics_seconds"`         // reading a runtime metric
	MemStats   float64 `json:"mem_stats_seconds"`       // reading exact heap counters, which stops the world
}

const (
	clockTrials = 9
	clockReads  = 10_000
)

// measureClock measures what measuring costs. It takes some 20 ms.
func measureClock() Clock {
	c := Clock{Resolution: resolution()}
	var now time.Time
	c.Now = each(clockTrials, clockReads, func() {
		for range clockReads {
			now = time.Now()
		}
	})
	runtime.KeepAlive(now)
	if _, ok := machine.ReadUsage(); ok {
		c.Usage = each(clockTrials, 100, func() {
			for range 100 {
				machine.ReadUsage()
			}
		})
	}
	sample := []metrics.Sample{{Name: "/gc/heap/allocs:bytes"}}
	c.Metrics = each(clockTrials, 100, func() {
		for range 100 {
			metrics.Read(sample)
		}
	})
	var stats runtime.MemStats
	c.MemStats = each(clockTrials, 1, func() { runtime.ReadMemStats(&stats) })
	return c
}

// resolution returns the least time in seconds by which the clock was seen to
// advance between readings that differ.
func resolution() float64 {
	least := time.Duration(1 << 62)
	last := time.Now()
	// Coarse clocks step every few milliseconds: wait for several steps.
	for steps, deadline := 0, last.Add(100*time.Millisecond); steps < clockReads && last.Before(deadline); {
		now := time.Now()
		if step := now.Sub(last); step > 0 {
			least = min(least, step)
			steps++
		}
		last = now
	}
	return least.Seconds()
}
