package alloc

import (
	"fmt"
	"math"
	"slices"
	"unsafe"
)

// MaxBytes is the largest buffer or block that is asked of the system. No
// 64-bit machine of today can address more, and make would panic.
const MaxBytes = min(1<<47, math.MaxInt/4)

// Validate reports the first request that no strategy can serve: fewer than one
// byte or more than any machine has, a lifetime that ends before it starts, or
// sizes whose sum overflows.
// Every Prepare calls it.
func Validate(requests []Request) error {
	sum := 0
	for id, r := range requests {
		switch {
		case r.Bytes < 1:
			return fmt.Errorf("request %d: %d bytes, at least 1 is needed", id, r.Bytes)
		case r.Bytes > MaxBytes:
			return fmt.Errorf("request %d: %d bytes is more than any machine can address", id, r.Bytes)
		case r.First < 0 || r.Last < r.First:
			return fmt.Errorf("request %d: lifetime of steps %d..%d is empty or negative", id, r.First, r.Last)
		case r.Bytes > math.MaxInt/2-sum:
			return fmt.Errorf("request %d: the sum of all requests overflows at %d bytes", id, r.Bytes)
		}
		sum += r.Bytes
	}
	return nil
}

// Walk calls alloc and free once for each request, in the order in which a
// contraction does: step by step, at each step first the buffers whose life
// starts there, then the frees of those that end there, both by id. Forecasts
// and replays rest on it.
func Walk(requests []Request, alloc, free func(id int)) {
	starts, ends := make([]int, len(requests)), make([]int, len(requests))
	for id := range requests {
		starts[id], ends[id] = id, id
	}
	slices.SortStableFunc(starts, func(a, b int) int { return int(requests[a].First) - int(requests[b].First) })
	slices.SortStableFunc(ends, func(a, b int) int { return int(requests[a].Last) - int(requests[b].Last) })
	for _, id := range ends {
		for len(starts) > 0 && requests[starts[0]].First <= requests[id].Last {
			alloc(starts[0])
			starts = starts[1:]
		}
		free(id)
	}
}

// roundUp returns the least multiple of unit, a power of two, that is at least n.
func roundUp(n, unit int) int { return (n + unit - 1) &^ (unit - 1) }

// PeakLive returns the most bytes that requests have live at once: the lower
// bound of what any strategy can hold.
func PeakLive(requests []Request) int {
	last := int32(-1)
	for _, r := range requests {
		last = max(last, r.Last)
	}
	change := make([]int, last+2) // change[s]: bytes that become live at step s, less those that ended before
	for _, r := range requests {
		change[r.First] += r.Bytes
		change[r.Last+1] -= r.Bytes
	}
	peak, live := 0, 0
	for _, c := range change {
		live += c
		peak = max(peak, live)
	}
	return peak
}

// sizes returns the bytes of each request.
func sizes(requests []Request) []int {
	bytes := make([]int, len(requests))
	for id, r := range requests {
		bytes[id] = r.Bytes
	}
	return bytes
}

// live remembers which buffers are out, so that a Reset after a contraction
// that was broken off can take them back. It costs a store on each side.
type live struct {
	at    []unsafe.Pointer // by id; nil: not live
	count int
}

func newLive(requests []Request) live {
	return live{at: make([]unsafe.Pointer, len(requests))}
}

func (l *live) add(id int, p unsafe.Pointer) {
	l.at[id] = p
	l.count++
}

func (l *live) drop(id int) {
	l.at[id] = nil
	l.count--
}

// takeBack frees whatever is still live.
func (l *live) takeBack(free func(id int, p unsafe.Pointer)) {
	if l.count == 0 {
		return
	}
	for id, p := range l.at {
		if p != nil {
			free(id, p)
		}
	}
}

// forget drops whatever is still live, without freeing it.
func (l *live) forget() {
	if l.count > 0 {
		clear(l.at)
		l.count = 0
	}
}
