package generic

import (
	"unsafe"

	"tnbench/internal/dtype"
	"tnbench/internal/kernel/vec/isa"
)

// Stream runs a routine of streams for so many rows.
func Stream(t dtype.Type, r isa.Routine, rows int, args *isa.Args) {
	switch t {
	case dtype.Float32:
		stream[float32](r, rows, args)
	case dtype.Float64:
		stream[float64](r, rows, args)
	case dtype.Complex64:
		stream[complex64](r, rows, args)
	case dtype.Complex128:
		stream[complex128](r, rows, args)
	}
}

func stream[T dtype.Element](r isa.Routine, rows int, args *isa.Args) {
	runs := unsafe.Slice(args.Runs, args.NumRuns)
	terms := unsafe.Slice(args.Terms, args.NumTerms)
	for _, run := range runs {
		c, x, y := unsafe.Add(args.C, run.C), unsafe.Add(args.X, run.X), unsafe.Add(args.Y, run.Y)
		switch r {
		case isa.TransposeRuns:
			transpose[T](args, c, x, y)
			continue
		case isa.MultiplyRuns:
			multiply[T](c, x, y, terms, args.Length, args.Add != 0)
			continue
		}
		for j := range rows {
			c, y := unsafe.Add(c, j*args.RowC), unsafe.Add(y, j*args.RowY)
			switch r {
			case isa.ScaleRuns:
				scale[T](c, x, y, terms, args.Length, args.Add != 0)
			case isa.DotRuns:
				dot[T](c, x, y, terms, args.Length, args.Add != 0)
			case isa.SumRuns:
				sum[T](c, x, y, terms, args.Length, args.Add != 0)
			}
		}
	}
}

func multiply[T dtype.Element](c, x, y unsafe.Pointer, terms []isa.TermOffset, n int, add bool) {
	out := unsafe.Slice((*T)(c), n)
	for _, t := range terms {
		xs := unsafe.Slice((*T)(unsafe.Add(x, t.X)), n)
		ys := unsafe.Slice((*T)(unsafe.Add(y, t.Y)), n)
		if add {
			for i, v := range xs {
				out[i] += v * ys[i]
			}
		} else {
			for i, v := range xs {
				out[i] = v * ys[i]
			}
		}
		add = true
	}
}

func scale[T dtype.Element](c, x, y unsafe.Pointer, terms []isa.TermOffset, n int, add bool) {
	out := unsafe.Slice((*T)(c), n)
	for _, t := range terms {
		xs := unsafe.Slice((*T)(unsafe.Add(x, t.X)), n)
		s := *(*T)(unsafe.Add(y, t.Y))
		if add {
			for i, v := range xs {
				out[i] += v * s
			}
		} else {
			for i, v := range xs {
				out[i] = v * s
			}
		}
		add = true
	}
}

func dot[T dtype.Element](c, x, y unsafe.Pointer, terms []isa.TermOffset, n int, add bool) {
	// Four sums at once hide the latency of the addition.
	var sums [4]T
	for _, t := range terms {
		xs := unsafe.Slice((*T)(unsafe.Add(x, t.X)), n)
		ys := unsafe.Slice((*T)(unsafe.Add(y, t.Y)), n)
		for len(xs) >= 4 && len(ys) >= 4 {
			sums[0] += xs[0] * ys[0]
			sums[1] += xs[1] * ys[1]
			sums[2] += xs[2] * ys[2]
			sums[3] += xs[3] * ys[3]
			xs, ys = xs[4:], ys[4:]
		}
		for i, v := range xs {
			sums[i] += v * ys[i]
		}
	}
	finish((*T)(c), sums, add)
}

func sum[T dtype.Element](c, x, y unsafe.Pointer, terms []isa.TermOffset, n int, add bool) {
	var sums [4]T
	for _, t := range terms {
		xs := unsafe.Slice((*T)(unsafe.Add(x, t.X)), n)
		s := *(*T)(unsafe.Add(y, t.Y))
		for len(xs) >= 4 {
			sums[0] += xs[0] * s
			sums[1] += xs[1] * s
			sums[2] += xs[2] * s
			sums[3] += xs[3] * s
			xs = xs[4:]
		}
		for i, v := range xs {
			sums[i] += v * s
		}
	}
	finish((*T)(c), sums, add)
}

func finish[T dtype.Element](c *T, sums [4]T, add bool) {
	sum := (sums[0] + sums[1]) + (sums[2] + sums[3])
	if add {
		sum += *c
	}
	*c = sum
}

// transpose works in blocks of 8×8 so that the lines of both sides stay
// in the cache.
func transpose[T dtype.Element](args *isa.Args, c, x, y unsafe.Pointer) {
	const block = 8
	columns := unsafe.Slice(args.Columns, args.Length)
	rows := unsafe.Slice(args.Terms, args.NumTerms)
	s := *(*T)(y)
	size := int(unsafe.Sizeof(s))
	for i0 := 0; i0 < len(rows); i0 += block {
		part := rows[i0:min(i0+block, len(rows))]
		for j, column := range columns {
			out := unsafe.Slice((*T)(unsafe.Add(c, column+i0*size)), len(part))
			for i := range part {
				out[i] = *(*T)(unsafe.Add(x, part[i].X+j*size)) * s
			}
		}
	}
}
