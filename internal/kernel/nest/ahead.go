package nest

import (
	"unsafe"

	"tnbench/internal/kernel/model"
	"tnbench/internal/kernel/vec"
)

// Ahead is a list of memory that kernels will read soon and that no cache holds: the
// rest of the operands of the kernel that runs, then the beginnings of the operands of
// the kernel that runs next. A kernel that is busy computing fetches from this list into
// the second-level cache while it works. Reading then costs little more than if the
// operands had been in the cache all along. Only beginnings are fetched of the next
// operands, because what is fetched too early is evicted before it is used. The zero
// value is an empty list.
type Ahead struct {
	regions [4]region
	at, end int // regions[at:end] are still to be fetched
	later   int // regions[later:] belong to the next kernel
}

// region is the memory from at to end. These are numbers, not pointers, because
// fetching may run a little past the end of an operand.
type region struct{ at, end uintptr }

// Expect makes a new list: what lies behind the beginning of each operand that is read
// now, and the beginning of each that is read next. [model.Ahead] says how long
// beginnings are.
func (a *Ahead) Expect(now, next [2][]byte) {
	*a = Ahead{}
	for _, o := range now {
		if len(o) > model.Here.Ahead.Bytes {
			a.add(o[model.Here.Ahead.Bytes:])
		}
	}
	a.later = a.end
	for _, o := range next {
		if len(o) > 0 {
			a.add(o[:min(len(o), model.Here.Ahead.Bytes)])
		}
	}
}

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
	if a.later-a.at != 1 || a.regions[a.at].at != uintptr(operand)+uintptr(model.Here.Ahead.Bytes) {
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
