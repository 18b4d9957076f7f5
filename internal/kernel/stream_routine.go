package kernel

import "unsafe"

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

// maxRows is how many rows one call of each routine can do at once.
var maxRows = [...]int{multiplyRuns: 1, scaleRuns: 8, dotRuns: 4, sumRuns: 1, transposeRuns: 1}

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
}

// rowsOf returns how many of n rows the next call should do: as many as a
// routine can, but not so many that a single one is left over.
func rowsOf(r routine, n int) int {
	switch r {
	case scaleRuns:
		switch {
		case n >= 8 && n != 9:
			return 8
		case n >= 6:
			return 6
		case n == 5:
			return 3
		}
		return n
	case dotRuns:
		if n >= 4 {
			return 4
		}
	}
	return 1
}
