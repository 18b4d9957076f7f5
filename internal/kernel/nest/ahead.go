package nest

import (
	"unsafe"

	"tnbench/internal/kernel/vec"
)

// Ahead is memory that is going to be read soon and is in no cache: what is
// left of the operands at hand, and the beginnings of the next kernel's. A
// kernel bound by arithmetic fetches it into the second-level cache while it
// computes, at the pace of memory; it then costs little more than operands that
// are in the caches already. What runs too far ahead would be evicted before it
// is used, which is why only beginnings are fetched. The zero value is no memory.
type Ahead struct {
	regions [4]region
	at, end int // the regions that are not yet fetched
	later   int // the first of the next kernel's
}

// region is memory from at to end. They are no pointers, as fetching may go a
// little beyond an end.
type region struct{ at, end uintptr }

// Expect replaces the memory by the rest of the operands at hand, from a number
// of bytes on, and by the beginnings of the next operands.
func (a *Ahead) Expect(now, next [2][]byte) {
	*a = Ahead{}
	for _, o := range now {
		if len(o) > AheadBytes {
			a.add(o[AheadBytes:])
		}
	}
	a.later = a.end
	for _, o := range next {
		if len(o) > 0 {
			a.add(o[:min(len(o), AheadBytes)])
		}
	}
}

// AheadBytes is how far ahead of their use operands are fetched. It should be
// small beside the second-level cache, where pages compete for the same lines,
// and long beside what the loads at hand have under way: 64 to 256 KiB do
// equally well on a Zen 5 core (2026-11), 512 KiB worse.
const AheadBytes = 128 << 10

func (a *Ahead) add(o []byte) {
	p := uintptr(unsafe.Pointer(unsafe.SliceData(o)))
	a.regions[a.end] = region{p, p + uintptr(len(o))}
	a.end++
}

// Left returns the bytes of the current region that are not yet fetched, 0 if
// there is none.
func (a *Ahead) Left() int {
	if a.at == a.end {
		return 0
	}
	return int(a.regions[a.at].end - a.regions[a.at].at)
}

// Take hands out the next so many bytes of the current region, or another
// address if there is none.
func (a *Ahead) Take(bytes int, other uintptr) uintptr {
	if a.at == a.end {
		return other
	}
	r := &a.regions[a.at]
	from := r.at
	r.at += uintptr(bytes)
	if r.at >= r.end {
		a.at++
	}
	return from
}

// Panels returns how many of a number of panels it takes to fetch the current
// region, all if there is none.
func (a *Ahead) Panels(most, bytesEach int) int {
	if n := a.Left(); n > 0 {
		return min(most, (n+bytesEach-1)/bytesEach)
	}
	return most
}

// LeaveOut drops the rest of an operand at hand. It reports whether there is such a
// rest, and of no other operand.
func (a *Ahead) LeaveOut(operand unsafe.Pointer) bool {
	if a.later-a.at != 1 || a.regions[a.at].at != uintptr(operand)+AheadBytes {
		return false
	}
	a.at++
	return true
}

// Part returns what one of several workers fetches.
func (a *Ahead) Part(number, of int) Ahead {
	p := *a
	for i := a.at; i < a.end; i++ {
		r := a.regions[i]
		each := (r.end - r.at) / uintptr(of)
		p.regions[i] = region{r.at + uintptr(number)*each, r.at + uintptr(number+1)*each}
	}
	return p
}

// Finish fetches what is left of the next kernel's operands.
func (a *Ahead) Finish() {
	for a.at = max(a.at, a.later); a.at < a.end; a.at++ {
		vec.FetchLines(a.regions[a.at].at, (a.Left()+CacheLine-1)/CacheLine)
	}
}
