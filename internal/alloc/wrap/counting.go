package wrap

import (
	"unsafe"

	"tnbench/internal/alloc"
)

// Counts are what a [Counting] has seen since it was made or cleared.
type Counts struct {
	Allocs, Frees int
	Failed        int // calls of Alloc that returned nil
	Bytes         int // sum of all requests served
	Live, Peak    int // bytes requested and not yet freed: now, and at most
	Resets        int
	// Hits are calls of Alloc that got memory the strategy held already, Misses
	// those for which it took fresh memory. Both are 0 if it isn't a [Reuser],
	// as all strategies of this package are.
	Hits, Misses int
}

// Counting wraps a strategy and counts its traffic.
type Counting struct {
	inner    alloc.Strategy
	reuser   alloc.Reuser // nil: inner is none
	requests []alloc.Request
	base     int // misses when the counts were cleared
	counts   Counts
}

// NewCounting wraps inner, which must not be prepared yet.
func NewCounting(inner alloc.Strategy) *Counting {
	reuser, _ := As[alloc.Reuser](inner)
	return &Counting{inner: inner, reuser: reuser}
}

// Unwrap returns the wrapped strategy.
func (c *Counting) Unwrap() alloc.Strategy { return c.inner }

// Counts returns what was counted so far.
func (c *Counting) Counts() Counts {
	counts := c.counts
	if c.reuser != nil {
		counts.Misses = c.reuser.Misses() - c.base
		counts.Hits = counts.Allocs - counts.Misses
	}
	return counts
}

// Clear starts anew, between contractions.
func (c *Counting) Clear() {
	c.counts = Counts{Live: c.counts.Live, Peak: c.counts.Live}
	if c.reuser != nil {
		c.base = c.reuser.Misses()
	}
}

// Prepare implements Strategy.
func (c *Counting) Prepare(requests []alloc.Request) error {
	c.requests = requests
	return c.inner.Prepare(requests)
}

// Alloc implements Strategy.
func (c *Counting) Alloc(id int) unsafe.Pointer {
	p := c.inner.Alloc(id)
	if p == nil {
		c.counts.Failed++
		return nil
	}
	c.counts.Allocs++
	c.counts.Bytes += c.requests[id].Bytes
	c.counts.Live += c.requests[id].Bytes
	c.counts.Peak = max(c.counts.Peak, c.counts.Live)
	return p
}

// Free implements Strategy.
func (c *Counting) Free(id int, p unsafe.Pointer) {
	c.counts.Frees++
	c.counts.Live -= c.requests[id].Bytes
	c.inner.Free(id, p)
}

// Reset implements Strategy.
func (c *Counting) Reset() {
	c.counts.Resets++
	c.counts.Live = 0 // not there yet only if the contraction was broken off
	c.inner.Reset()
}

// Close implements Strategy.
func (c *Counting) Close() error { return c.inner.Close() }

// As looks for an interface such as [Sized] or [Reuser] in s and in whatever it
// wraps.
func As[T any](s alloc.Strategy) (T, bool) {
	for {
		if t, ok := s.(T); ok {
			return t, true
		}
		w, ok := s.(interface{ Unwrap() alloc.Strategy })
		if !ok {
			var none T
			return none, false
		}
		s = w.Unwrap()
	}
}
