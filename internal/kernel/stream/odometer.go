package stream

import "tnbench/internal/kernel/nest"

// maxDepth bounds the loops around a routine's calls.
const maxDepth = 64

// odometer goes through the iterations of loops, the last loop fastest, and knows how
// far the operands have moved.
type odometer struct {
	x, y, c int
	steps   [maxDepth]int
}

// startAt returns the odometer of loops before an iteration of the first.
func startAt(loops []nest.Loop, first int) (o odometer) {
	l := &loops[0]
	o.steps[0] = first
	o.x, o.y, o.c = first*l.A, first*l.B, first*l.C
	return o
}

// next goes to the next iteration, of the first loop only to those before last. It
// reports whether there is one.
func (o *odometer) next(loops []nest.Loop, last int) bool {
	for i := len(loops) - 1; i >= 0; i-- {
		l, n := &loops[i], loops[i].Extent
		if i == 0 {
			n = last
		}
		o.x, o.y, o.c = o.x+l.A, o.y+l.B, o.c+l.C
		if o.steps[i]++; o.steps[i] < n {
			return true
		}
		o.x, o.y, o.c = o.x-n*l.A, o.y-n*l.B, o.c-n*l.C
		o.steps[i] = 0
	}
	return false
}
