package nest

// Operand is one of the tensors of a contraction.
type Operand uint8

// The operands: C is the result.
const (
	A Operand = iota
	B
	C
)

// Of returns the stride that is selected.
func (o Operand) Of(a, b, c int) int {
	switch o {
	case A:
		return a
	case B:
		return b
	}
	return c
}

// Stride returns how far l moves an operand.
func (l *Loop) Stride(operand Operand) int { return operand.Of(l.A, l.B, l.C) }

// RunOf returns how many elements the loops of one group visit contiguously.
func RunOf(loops []Loop, operand Operand) int {
	run := 1
	for again := true; again; {
		again = false
		for i := len(loops) - 1; i >= 0; i-- { // the innermost are the last as a rule
			if l := &loops[i]; l.Extent > 1 && l.Stride(operand) == run {
				run *= l.Extent
				again = true
			}
		}
	}
	return run
}
