package alloc

import (
	"fmt"
	"math"
	"slices"
)

// maxBytes is the largest buffer or block that is asked of the system. No
// 64-bit machine of today can address more, and make would panic.
const maxBytes = min(1<<47, math.MaxInt/4)

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
		case r.Bytes > maxBytes:
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
