package nest

// Loop is one loop of a nest: its extent and how far each operand moves per
// iteration, in elements. A stride is 0 where the operand does not depend on it.
type Loop struct {
	Extent  int
	A, B, C int
}

// Turned returns l with A and B exchanged.
func (l Loop) Turned() Loop { return Loop{Extent: l.Extent, A: l.B, B: l.A, C: l.C} }

// Scaled returns l with all strides so many times as long: the bytes of an element
// make them bytes.
func (l Loop) Scaled(by int) Loop {
	return Loop{Extent: l.Extent, A: l.A * by, B: l.B * by, C: l.C * by}
}

// Turned returns loops with A and B exchanged.
func Turned(loops []Loop) []Loop { return each(loops, Loop.Turned) }

// Scaled returns loops with all strides so many times as long.
func Scaled(loops []Loop, by int) []Loop {
	return each(loops, func(l Loop) Loop { return l.Scaled(by) })
}

func each(loops []Loop, to func(Loop) Loop) []Loop {
	out := make([]Loop, len(loops))
	for i, l := range loops {
		out[i] = to(l)
	}
	return out
}

// Operand is one of the tensors of a contraction.
type Operand uint8

// The operands: C is the result.
const (
	A Operand = iota
	B
	C
	Operands
)

// Stride returns how far l moves an operand.
func (l *Loop) Stride(o Operand) int {
	switch o {
	case A:
		return l.A
	case B:
		return l.B
	}
	return l.C
}

// Extent returns the number of iterations of a nest.
func Extent(loops []Loop) int {
	n := 1
	for i := range loops {
		n *= loops[i].Extent
	}
	return n
}

// Footprint returns how many elements of an operand loops reach.
func Footprint(loops []Loop, o Operand) int {
	n := 1
	for i := range loops {
		if l := &loops[i]; l.Stride(o) != 0 {
			n *= l.Extent
		}
	}
	return n
}

// RunOf returns how many elements the loops of one group visit contiguously.
func RunOf(loops []Loop, o Operand) int {
	run := 1
	for again := true; again; {
		again = false
		for i := len(loops) - 1; i >= 0; i-- { // the innermost are the last as a rule
			if l := &loops[i]; l.Extent > 1 && l.Stride(o) == run {
				run *= l.Extent
				again = true
			}
		}
	}
	return run
}
