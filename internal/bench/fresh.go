package bench

import (
	"fmt"
	"runtime"
	"strings"
	"unsafe"

	"tnbench/internal/alloc"
	"tnbench/internal/contract"
	"tnbench/internal/dtype"
	"tnbench/internal/instance"
)

// fresh is the strategy that others are judged by: every buffer is memory of its
// own, poisoned, and never used again. Before it is dropped, fresh looks at the
// numbers that the step left in it.
type fresh struct {
	program *contract.Program
	zeros   bool // the inputs are, so all is as it should be
	live    [][]byte
	garbage int
	found   [kinds]struct{ steps, first int }
}

// kind is something about the numbers of a tensor that a reader should know.
type kind int

const (
	infinite  kind = iota // some are infinite or NaN
	vanished              // all are zero
	subnormal             // some are too small for full precision
	kinds
)

var kindNames = [...]string{infinite: "infinite numbers or NaN", vanished: "nothing but zeros", subnormal: "subnormal numbers"}

// slack is the garbage that fresh lets lie around, in bytes.
const slack = 32 << 20

func newFresh(p *contract.Program, fill string) *fresh {
	return &fresh{program: p, zeros: fill == instance.Zeros.String()}
}

// freshNeed forecasts the most bytes that fresh holds, garbage included.
func freshNeed(p *contract.Program) int {
	total := 0
	for _, r := range p.Requests {
		total += r.Bytes
	}
	return min(total, p.PeakLive+slack)
}

// Prepare implements alloc.Strategy.
func (f *fresh) Prepare(requests []alloc.Request) error {
	f.live = make([][]byte, len(requests))
	return alloc.Validate(requests)
}

// Alloc implements alloc.Strategy.
func (f *fresh) Alloc(id int) unsafe.Pointer {
	// Not in Free: what is freed there is still the executor's.
	if n := f.program.Requests[id].Bytes; f.garbage > 0 && f.garbage+n > slack {
		runtime.GC()
		f.garbage = 0
	}
	b := dtype.MakeBytes(f.program.Requests[id].Bytes)
	poison(b)
	f.live[id] = b
	return unsafe.Pointer(unsafe.SliceData(b))
}

// Free implements alloc.Strategy.
func (f *fresh) Free(id int, _ unsafe.Pointer) {
	if id < f.program.Intermediates { // the others hold no results
		f.look(f.program.Maker(id), f.live[id])
	}
	f.garbage += len(f.live[id])
	f.live[id] = nil
}

// Reset implements alloc.Strategy.
func (f *fresh) Reset() {}

// Close implements alloc.Strategy.
func (f *fresh) Close() error { return nil }

// look notes what is to be known about the numbers that a step made.
func (f *fresh) look(step int, b []byte) {
	var has [kinds]bool
	if t := f.program.DType(); t == dtype.Float32 || t == dtype.Complex64 {
		has = lookAt(dtype.View[float32](b), 0x1p-126)
	} else {
		has = lookAt(dtype.View[float64](b), 0x1p-1022)
	}
	for k := range has {
		if n := &f.found[k]; has[k] && (kind(k) != vanished || !f.zeros) {
			if n.steps == 0 || step < n.first {
				n.first = step
			}
			n.steps++
		}
	}
}

// lookAt looks at numbers; smallest is the smallest normal one.
func lookAt[T float32 | float64](v []T, smallest T) (has [kinds]bool) {
	has[vanished] = true
	for _, x := range v {
		if x < 0 {
			x = -x
		}
		if x-x != 0 {
			has[infinite] = true
		}
		if x != 0 {
			has[vanished] = false
			if x < smallest {
				has[subnormal] = true
			}
		}
	}
	return has
}

// String says what was found; it is empty if all numbers were sound.
func (f *fresh) String() string {
	var parts []string
	for k, n := range f.found {
		if n.steps > 0 {
			parts = append(parts, fmt.Sprintf("steps that make %s: %d of %d, first step %d", kindNames[k], n.steps, len(f.program.Steps), n.first))
		}
	}
	return strings.Join(parts, "; ")
}
