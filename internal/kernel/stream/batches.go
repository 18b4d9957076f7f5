package stream

import "tnbench/internal/kernel/vec/isa"

// rowsOf returns how many of n rows the next call should do: as many as a
// routine can, but not so many that a single one is left over.
func rowsOf(r isa.Routine, n int, isComplex bool) int {
	switch {
	case r == isa.ScaleRuns && n >= isa.MaxScaled && n != 9 && !isComplex:
		return isa.MaxScaled
	case r == isa.ScaleRuns && n >= 6 && n != 7:
		return 6
	case r == isa.ScaleRuns && n == 7:
		return 4
	case r == isa.ScaleRuns && n == 5:
		return 3
	case r == isa.ScaleRuns:
		return n
	case r == isa.DotRuns && n >= 4:
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
func batchesOf(r isa.Routine, n int, isComplex bool) (out batches) {
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
