package stream

import "tnbench/internal/kernel/nest"

// maxDepth bounds the loops around a routine's calls.
const maxDepth = 64

// place is how far the operands have moved, in bytes.
type place struct{ x, y, c int }

// odometer goes through the iterations of loops, the last loop fastest. That one is
// left to the caller, who can keep in registers where it is.
type odometer struct {
	place               // at the beginning of the last loop
	line  *nest.Loop    // the last loop
	times int           // its iterations
	loops []nest.Loop   // the others
	last  int           // of the first loop, the iterations to stop before
	steps [maxDepth]int // of each loop but the last
}

// start puts a zero odometer before loops, of the first of which iterations first to
// last are done.
func (o *odometer) start(loops []nest.Loop, first, last int) {
	end, l := len(loops)-1, &loops[0]
	o.place = place{first * l.A, first * l.B, first * l.C}
	o.line, o.times = &loops[end], loops[end].Extent
	o.loops, o.last, o.steps[0] = loops[:end], last, first
	if end == 0 {
		o.times = last - first
	}
}

// next goes to the next time around the last loop. It reports whether there is one.
func (o *odometer) next() bool {
	for i := len(o.loops) - 1; i >= 0; i-- {
		l, n := &o.loops[i], o.loops[i].Extent
		if i == 0 {
			n = o.last
		}
		o.place = place{o.x + l.A, o.y + l.B, o.c + l.C}
		if o.steps[i]++; o.steps[i] < n {
			return true
		}
		o.place = place{o.x - n*l.A, o.y - n*l.B, o.c - n*l.C}
		o.steps[i] = 0
	}
	return false
}
