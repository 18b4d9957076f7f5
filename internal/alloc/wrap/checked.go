// Package wrap holds strategies around strategies: they watch what is asked of the
// inner one and what it gives, and pass it on.
package wrap

import (
	"cmp"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"unsafe"

	"tnbench/internal/alloc"
)

// Checked wraps a strategy and watches both sides of the contract. It finds
// memory written outside of a buffer (canaries before and after), read before
// it was written or after it was freed (both are filled with bytes of 0xFF,
// NaN in every float format, which spreads to the result), double frees,
// pointers that the strategy never gave, frees under the wrong id, buffers that
// overlap or are misaligned, ids allocated twice or not at all, and buffers
// never freed. What it finds are values: see Err.
//
// The canaries make every request larger by two times [Alignment].
type Checked struct {
	inner    alloc.Strategy
	requests []alloc.Request
	state    []checkedState // by id
	live     []span         // by address
	partial  bool           // the contraction is to be broken off
	errs     []error
	more     int // errors beyond maxErrors
}

type checkedState struct {
	p     unsafe.Pointer // nil: not live
	calls int            // of Alloc in this contraction
	site  site           // of Alloc
	freed site
}

// span is the memory of a live buffer, canaries included.
type span struct {
	start, end uintptr
	id         int
}

const (
	poison    = 0xFF // all bytes 0xFF: a NaN in every float type
	canary    = 0xA5
	margin    = alloc.Alignment
	maxErrors = 64
)

// NewChecked wraps inner, which must not be prepared yet.
func NewChecked(inner alloc.Strategy) *Checked { return &Checked{inner: inner} }

// Unwrap returns the wrapped strategy.
func (c *Checked) Unwrap() alloc.Strategy { return c.inner }

// Err returns everything found so far, joined; nil if that is nothing.
func (c *Checked) Err() error {
	if c.more > 0 {
		return errors.Join(append(slices.Clone(c.errs), fmt.Errorf("and %d more", c.more))...)
	}
	return errors.Join(c.errs...)
}

// BreakOff says that the contraction ends here: buffers that are live or were
// never allocated at the next Reset are no error.
func (c *Checked) BreakOff() { c.partial = true }

func (c *Checked) fail(at site, format string, args ...any) {
	if len(c.errs) == maxErrors {
		c.more++
		return
	}
	c.errs = append(c.errs, fmt.Errorf("%v: "+format, append([]any{at}, args...)...))
}

// Prepare implements Strategy.
func (c *Checked) Prepare(requests []alloc.Request) error {
	if err := alloc.Validate(requests); err != nil {
		return err
	}
	c.requests = slices.Clone(requests)
	c.state = make([]checkedState, len(requests))
	padded := slices.Clone(requests)
	for id := range padded {
		padded[id].Bytes += 2 * margin
	}
	return c.inner.Prepare(padded)
}

// Alloc implements Strategy.
func (c *Checked) Alloc(id int) unsafe.Pointer {
	at := caller()
	if id < 0 || id >= len(c.requests) {
		c.fail(at, "Alloc of id %d, there are %d", id, len(c.requests))
		return nil
	}
	s := &c.state[id]
	if s.calls++; s.calls > 1 {
		c.fail(at, "Alloc of id %d a second time in one contraction, first at %v", id, s.site)
	}
	if s.p != nil {
		return nil // a strategy is promised that this can't happen
	}
	raw := c.inner.Alloc(id)
	if raw == nil {
		s.calls-- // may be tried again
		return nil
	}
	s.site = at
	c.enter(id, raw)
	s.p = unsafe.Add(raw, margin)
	b := c.bytes(id)
	fill(b[:margin], canary)
	fill(b[margin:len(b)-margin], poison)
	fill(b[len(b)-margin:], canary)
	return s.p
}

// enter notes a buffer as live and checks its address.
func (c *Checked) enter(id int, raw unsafe.Pointer) {
	at := c.state[id].site
	if uintptr(raw)%8 != 0 {
		c.fail(at, "id %d is at %p, not aligned to 8 bytes", id, raw)
	}
	s := span{uintptr(raw), uintptr(raw) + uintptr(c.requests[id].Bytes+2*margin), id}
	i, _ := slices.BinarySearchFunc(c.live, s.start, func(l span, start uintptr) int { return cmp.Compare(l.start, start) })
	for _, j := range [...]int{i - 1, i} { // disjoint spans: only neighbours can overlap
		if j >= 0 && j < len(c.live) && c.live[j].start < s.end && s.start < c.live[j].end {
			other := c.live[j]
			c.fail(at, "id %d (%d bytes) overlaps id %d (%d bytes), live since %v", id, c.requests[id].Bytes,
				other.id, c.requests[other.id].Bytes, c.state[other.id].site)
		}
	}
	c.live = slices.Insert(c.live, i, s)
}

// bytes returns the memory of a live buffer with its margins.
func (c *Checked) bytes(id int) []byte {
	return unsafe.Slice((*byte)(unsafe.Add(c.state[id].p, -margin)), c.requests[id].Bytes+2*margin)
}

// Free implements Strategy. What is wrong it reports and keeps from the inner
// strategy.
func (c *Checked) Free(id int, p unsafe.Pointer) {
	at := caller()
	if id < 0 || id >= len(c.requests) {
		c.fail(at, "Free of id %d, there are %d", id, len(c.requests))
		return
	}
	switch s := &c.state[id]; {
	case s.p == nil && s.calls > 0:
		c.fail(at, "double Free of id %d, first at %v, allocated at %v", id, s.freed, s.site)
	case s.p == nil:
		c.fail(at, "Free of id %d, which was never allocated", id)
	case s.p != p:
		c.fail(at, "Free of id %d with %p%s, allocated as %p at %v", id, p, c.whose(p), s.p, s.site)
	default:
		s.freed = at
		c.checkCanaries(id, at)
		c.leave(id)
	}
}

// whose says which live buffer p belongs to.
func (c *Checked) whose(p unsafe.Pointer) string {
	for _, l := range c.live {
		if uintptr(p) >= l.start && uintptr(p) < l.end {
			return fmt.Sprintf(" (in id %d)", l.id)
		}
	}
	return " (a foreign pointer)"
}

// checkCanaries reports the margins of a live buffer that were written to.
func (c *Checked) checkCanaries(id int, at site) {
	b := c.bytes(id)
	before, after := b[:margin], b[len(b)-margin:]
	if i := firstNot(before, canary); i >= 0 {
		c.fail(at, "id %d (%d bytes) was written %d bytes before its start, allocated at %v", id, c.requests[id].Bytes, margin-i, c.state[id].site)
	}
	if i := firstNot(after, canary); i >= 0 {
		c.fail(at, "id %d (%d bytes) was written %d bytes past its end, allocated at %v", id, c.requests[id].Bytes, i+1, c.state[id].site)
	}
}

// firstNot returns where the first byte other than v is, -1 if there is none.
func firstNot(b []byte, v byte) int {
	return slices.IndexFunc(b, func(got byte) bool { return got != v })
}

// leave poisons a live buffer and frees it.
func (c *Checked) leave(id int) {
	b := c.bytes(id)
	fill(b, poison)
	c.state[id].p = nil
	raw := unsafe.Pointer(unsafe.SliceData(b))
	i, _ := slices.BinarySearchFunc(c.live, uintptr(raw), func(l span, start uintptr) int { return cmp.Compare(l.start, start) })
	for c.live[i].id != id { // only where buffers overlapped
		i++
	}
	c.live = slices.Delete(c.live, i, i+1)
	c.inner.Free(id, raw)
}

// Reset implements Strategy.
func (c *Checked) Reset() {
	at := caller()
	for id := range c.state {
		s := &c.state[id]
		switch {
		case s.p != nil:
			c.checkCanaries(id, at)
			if !c.partial {
				c.fail(at, "id %d (%d bytes) leaked, allocated at %v", id, c.requests[id].Bytes, s.site)
			}
		case s.calls == 0 && !c.partial:
			c.fail(at, "id %d (%d bytes) was never allocated", id, c.requests[id].Bytes)
		}
		c.state[id] = checkedState{}
	}
	c.live, c.partial = c.live[:0], false
	c.inner.Reset()
}

// Close implements Strategy.
func (c *Checked) Close() error {
	for _, l := range c.live {
		c.fail(caller(), "closed while id %d is live, allocated at %v", l.id, c.state[l.id].site)
	}
	return c.inner.Close()
}

// site is a place in the code, the zero value unknown.
type site uintptr

// caller returns the place that called the exported method which calls caller.
func caller() site {
	var pc [1]uintptr
	runtime.Callers(3, pc[:])
	return site(pc[0])
}

// String writes the site as file:line.
func (s site) String() string {
	if s == 0 {
		return "nowhere"
	}
	frame, _ := runtime.CallersFrames([]uintptr{uintptr(s)}).Next()
	return fmt.Sprintf("%s:%d", frame.File, frame.Line)
}

// fill sets every byte, by copies of what is already filled: large buffers are
// common, and byte by byte the race detector takes its time.
func fill(b []byte, v byte) {
	b[0] = v
	for n := 1; n < len(b); n *= 2 {
		copy(b[n:], b[:n])
	}
}
