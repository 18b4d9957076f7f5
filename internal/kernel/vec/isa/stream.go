package isa

import (
	"unsafe"

	"tnbench/internal/dtype"
)

// A Routine does the arithmetic of a streaming kernel over runs: stretches of
// memory along which the operands are contiguous or do not move. Everything
// else about the layout reaches it as tables of offsets, so that one call does
// many short runs and all terms of their sums.
type Routine uint8

// The routines.
const (
	// MultiplyRuns: both operands move along the run,
	//	c[i] = Σ_k x[k][i]·y[k][i]
	MultiplyRuns Routine = iota
	// ScaleRuns: only x moves, and serves several rows of C at once,
	//	c[j][i] = Σ_k x[k][i]·y[k][j]
	ScaleRuns
	// DotRuns: the run is summed, x serves several elements of C at once,
	//	c[j] = Σ_k Σ_i x[k][i]·y[k][j][i]
	DotRuns
	// SumRuns: the run is summed in x alone,
	//	c = Σ_k (Σ_i x[k][i])·y[k]
	SumRuns
	// TransposeRuns: the run of C is a column of x,
	//	c[j][i] = x[i][j]·y
	TransposeRuns
	Routines
)

// String names what the routine does.
func (r Routine) String() string {
	return [...]string{"elementwise", "scale", "dot", "sum", "transpose"}[r]
}

// SharesRows reports whether a routine does several rows at once.
func (r Routine) SharesRows() bool { return r == ScaleRuns || r == DotRuns }

// RunOffset is where a run starts, in bytes.
type RunOffset struct{ C, X, Y int }

// TermOffset is where a term of a run's sum starts, in bytes.
type TermOffset struct{ X, Y int }

// TermsAhead is how far beyond the terms of a call the assembly looks into their
// table, to fetch what they will need.
const TermsAhead = 16

// Args are the arguments of a routine. The assembly knows its layout and that of
// the offsets, which a test holds against what it was generated with.
type Args struct {
	C, X, Y unsafe.Pointer
	Runs    *RunOffset
	NumRuns int
	// Terms are those of the sum; in TransposeRuns, X is where a column of x
	// starts (one per element of C's run) and Y is not used.
	Terms    *TermOffset
	NumTerms int
	Length   int // elements of a run
	RowY     int // bytes from one row to the next in y
	RowC     int // and in C
	Add      int // 1: add to what C holds; 0: overwrite it
	// Columns are where the rows of C start in TransposeRuns.
	Columns *int
}

// NoSlot is the slot of a routine that is portable Go.
const NoSlot = 255

// SlotsPerType is how many routines the assembly has for each element type.
const SlotsPerType = 13

// MaxScaled and MaxScaledComplex are the most rows that ScaleRuns does at once.
const MaxScaled, MaxScaledComplex = 8, 6

// The slots of a type: of ScaleRuns by rows, 0 where there is none, and of the
// others.
var (
	scaleSlots = [...]uint8{1: 1, 2: 2, 3: 3, 4: 4, 6: 5, 8: 6}
	slots      = [...]uint8{MultiplyRuns: 0, DotRuns: 7, SumRuns: 9, TransposeRuns: 10}
)

// Slot returns the number by which the assembly knows a routine for so many rows.
func (t *Tier) Slot(d dtype.Type, r Routine, rows int) uint8 {
	switch {
	case r == ScaleRuns:
		return t.slot(d, scaleSlots[rows])
	case r == DotRuns && rows == 4:
		return t.slot(d, slots[r]+1)
	}
	return t.slot(d, slots[r])
}

// PastSlot returns the slot of the form of a routine that stores past the
// caches. There is one for a single row of MultiplyRuns and ScaleRuns.
func (t *Tier) PastSlot(d dtype.Type, r Routine) uint8 {
	if r == ScaleRuns {
		return t.slot(d, 12)
	}
	return t.slot(d, 11)
}

func (t *Tier) slot(d dtype.Type, of uint8) uint8 {
	if t.Slots == NoSlot {
		return NoSlot
	}
	return t.Slots + uint8(d-dtype.Float32)*SlotsPerType + of
}
