package kernel

import (
	"unsafe"

	"tnbench/internal/dtype"
)

// A routine does the arithmetic of a streaming kernel over runs: stretches of
// memory along which the operands are contiguous or do not move. Everything
// else about the layout reaches it as tables of offsets, so that one call does
// many short runs and all terms of their sums.
type routine uint8

const (
	// multiplyRuns: both operands move along the run,
	//	c[i] = Σ_k x[k][i]·y[k][i]
	multiplyRuns routine = iota
	// scaleRuns: only x moves, and serves several rows of C at once,
	//	c[j][i] = Σ_k x[k][i]·y[k][j]
	scaleRuns
	// dotRuns: the run is summed, x serves several elements of C at once,
	//	c[j] = Σ_k Σ_i x[k][i]·y[k][j][i]
	dotRuns
	// sumRuns: the run is summed in x alone,
	//	c = Σ_k (Σ_i x[k][i])·y[k]
	sumRuns
	// transposeRuns: the run of C is a column of x,
	//	c[j][i] = x[i][j]·y
	transposeRuns
)

var routineNames = [...]string{"elementwise", "scale", "dot", "sum", "transpose"}

// sharesRows reports whether a routine does several rows at once.
func (r routine) sharesRows() bool { return r == scaleRuns || r == dotRuns }

// runOffset is where a run starts, in bytes.
type runOffset struct{ c, x, y int }

// termOffset is where a term of a run's sum starts, in bytes.
type termOffset struct{ x, y int }

// runArgs are the arguments of a routine. The assembly knows its layout.
type runArgs struct {
	c, x, y unsafe.Pointer
	runs    *runOffset
	numRuns int
	// terms are those of the sum; in transposeRuns, x is where a column of x
	// starts (one per element of C's run) and y is not used.
	terms    *termOffset
	numTerms int
	length   int // elements of a run
	rowY     int // bytes from one row to the next in y
	rowC     int // and in C
	add      int // 1: add to what C holds; 0: overwrite it
	// columns are where the rows of C start in transposeRuns.
	columns *int

	past bool // for program.call: C may be stored past the caches
}

// rowsOf returns how many of n rows the next call should do: as many as a
// routine can, but not so many that a single one is left over.
func rowsOf(r routine, n int, isComplex bool) int {
	switch {
	case r == scaleRuns && n >= 8 && n != 9 && !isComplex:
		return 8
	case r == scaleRuns && n >= 6 && n != 7:
		return 6
	case r == scaleRuns && n == 7:
		return 4
	case r == scaleRuns && n == 5:
		return 3
	case r == scaleRuns:
		return n
	case r == dotRuns && n >= 4:
		return 4
	}
	return 1
}

// batch is a number of rows that one call does, and how many such calls there
// are.
type batch struct{ rows, count int }

// batches are different sizes of batches: there are few.
type batches struct {
	list [6]batch
	n    int
}

// all returns the batches in order.
func (b *batches) all() []batch { return b.list[:b.n] }

// batchesOf shares out n rows among calls.
func batchesOf(r routine, n int, isComplex bool) (out batches) {
	for n > 0 {
		b := batch{rowsOf(r, n, isComplex), 1}
		if n > 4*b.rows { // then so will be the next ones
			b.count = n/b.rows - 2
		}
		n -= b.rows * b.count
		if last := out.n - 1; last >= 0 && out.list[last].rows == b.rows {
			out.list[last].count += b.count
		} else {
			out.list[out.n] = b
			out.n++
		}
	}
	return out
}

// slotsPerType is how many routines the assembly has for each element type.
const slotsPerType = 13

// scaleSlots are the slots of scaleRuns by rows, 0 where there is none.
var scaleSlots = [...]uint8{1: 1, 2: 2, 3: 3, 4: 4, 6: 5, 8: 6}

// slotOf returns the number by which the assembly knows a routine.
func slotOf(t dtype.Type, r routine, rows int) uint8 {
	slot := [...]uint8{multiplyRuns: 0, dotRuns: 7, sumRuns: 9, transposeRuns: 10}
	first := uint8(t-dtype.Float32) * slotsPerType
	switch {
	case r == scaleRuns:
		return first + scaleSlots[rows]
	case r == dotRuns && rows == 4:
		return first + slot[r] + 1
	}
	return first + slot[r]
}

// pastSlotOf returns the slot of the form of a routine that stores past the
// caches. There is one for a single row of multiplyRuns and scaleRuns.
func pastSlotOf(t dtype.Type, r routine) uint8 {
	first := uint8(t-dtype.Float32) * slotsPerType
	if r == scaleRuns {
		return first + 12
	}
	return first + 11
}
