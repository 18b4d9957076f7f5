package kernel

import (
	"unsafe"

	"tnbench/internal/dtype"
)

// runGeneric is every routine in plain Go: what runs where there is no assembly
// for the machine, and what the assembly is held against.
func runGeneric[T dtype.Element](r routine, rows int, args *runArgs) {
	runs := unsafe.Slice(args.runs, args.numRuns)
	terms := unsafe.Slice(args.terms, args.numTerms)
	for _, run := range runs {
		c, x, y := unsafe.Add(args.c, run.c), unsafe.Add(args.x, run.x), unsafe.Add(args.y, run.y)
		switch r {
		case transposeRuns:
			genericTranspose[T](args, c, x, y)
			continue
		case multiplyRuns:
			genericMultiply[T](c, x, y, terms, args.length, args.add != 0)
			continue
		}
		for j := range rows {
			c, y := unsafe.Add(c, j*args.rowC), unsafe.Add(y, j*args.rowY)
			switch r {
			case scaleRuns:
				genericScale[T](c, x, y, terms, args.length, args.add != 0)
			case dotRuns:
				genericDot[T](c, x, y, terms, args.length, args.add != 0)
			case sumRuns:
				genericSum[T](c, x, y, terms, args.length, args.add != 0)
			}
		}
	}
}

func genericMultiply[T dtype.Element](c, x, y unsafe.Pointer, terms []termOffset, n int, add bool) {
	out := unsafe.Slice((*T)(c), n)
	for _, t := range terms {
		xs := unsafe.Slice((*T)(unsafe.Add(x, t.x)), n)
		ys := unsafe.Slice((*T)(unsafe.Add(y, t.y)), n)
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

func genericScale[T dtype.Element](c, x, y unsafe.Pointer, terms []termOffset, n int, add bool) {
	out := unsafe.Slice((*T)(c), n)
	for _, t := range terms {
		xs := unsafe.Slice((*T)(unsafe.Add(x, t.x)), n)
		s := *(*T)(unsafe.Add(y, t.y))
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

func genericDot[T dtype.Element](c, x, y unsafe.Pointer, terms []termOffset, n int, add bool) {
	// Four sums at once hide the latency of the addition.
	var sums [4]T
	for _, t := range terms {
		xs := unsafe.Slice((*T)(unsafe.Add(x, t.x)), n)
		ys := unsafe.Slice((*T)(unsafe.Add(y, t.y)), n)
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

func genericSum[T dtype.Element](c, x, y unsafe.Pointer, terms []termOffset, n int, add bool) {
	var sums [4]T
	for _, t := range terms {
		xs := unsafe.Slice((*T)(unsafe.Add(x, t.x)), n)
		s := *(*T)(unsafe.Add(y, t.y))
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

// genericTranspose works in blocks of 8×8 so that the lines of both sides stay
// in the cache.
func genericTranspose[T dtype.Element](args *runArgs, c, x, y unsafe.Pointer) {
	const block = 8
	columns := unsafe.Slice(args.columns, args.length)
	rows := unsafe.Slice(args.terms, args.numTerms)
	s := *(*T)(y)
	for i0 := 0; i0 < len(rows); i0 += block {
		part := rows[i0:min(i0+block, len(rows))]
		for j, column := range columns {
			out := unsafe.Slice(at[T](unsafe.Add(c, column), i0), len(part))
			for i := range part {
				out[i] = *at[T](unsafe.Add(x, part[i].x), j) * s
			}
		}
	}
}
