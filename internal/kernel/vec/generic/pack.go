package generic

import (
	"unsafe"

	"tnbench/internal/kernel/vec/isa"
)

// PackSingles packs places one by one and fills up to width with zeros.
func PackSingles[T float32 | float64](f isa.Form, dst, src unsafe.Pointer, places, terms []int, stride, width int) {
	if width == 0 {
		return
	}
	for k, t := range terms {
		from, dst := unsafe.Add(src, t), unsafe.Add(dst, k*stride)
		switch f {
		case isa.Plain:
			to := unsafe.Slice((*T)(dst), width)
			for i, o := range places {
				to[i] = *(*T)(unsafe.Add(from, o))
			}
			for i := len(places); i < width; i++ {
				to[i] = 0
			}
		case isa.Split:
			re := unsafe.Slice((*T)(dst), width)
			im := unsafe.Slice((*T)(unsafe.Add(dst, stride/2)), width)
			for i, o := range places {
				x := (*[2]T)(unsafe.Add(from, o))
				re[i], im[i] = x[0], x[1]
			}
			for i := len(places); i < width; i++ {
				re[i], im[i] = 0, 0
			}
		case isa.Twist:
			straight := unsafe.Slice((*[2]T)(dst), width)
			turned := unsafe.Slice((*[2]T)(unsafe.Add(dst, stride/2)), width)
			for i, o := range places {
				y := *(*[2]T)(unsafe.Add(from, o))
				straight[i], turned[i] = y, [2]T{-y[1], y[0]}
			}
			for i := len(places); i < width; i++ {
				straight[i], turned[i] = [2]T{}, [2]T{}
			}
		}
	}
}

// ScatterReals writes or adds a buffered tile of real elements to the
// destination.
func ScatterReals[T float32 | float64](c, tile unsafe.Pointer, rows, cols []int, width int, add bool) {
	from := unsafe.Slice((*T)(tile), len(rows)*width)
	for i, r := range rows {
		line := from[i*width:][:len(cols)]
		to := unsafe.Add(c, r)
		if add {
			for j, o := range cols {
				*(*T)(unsafe.Add(to, o)) += line[j]
			}
			continue
		}
		for j, o := range cols {
			*(*T)(unsafe.Add(to, o)) = line[j]
		}
	}
}

// ScatterPairs is ScatterReals for complex elements; width counts real ones.
func ScatterPairs[T float32 | float64](c, tile unsafe.Pointer, rows, cols []int, width int, add bool) {
	from := unsafe.Slice((*[2]T)(tile), len(rows)*width/2)
	for i, r := range rows {
		line := from[i*width/2:][:len(cols)]
		to := unsafe.Add(c, r)
		for j, o := range cols {
			x := (*[2]T)(unsafe.Add(to, o))
			if add {
				x[0] += line[j][0]
				x[1] += line[j][1]
			} else {
				*x = line[j]
			}
		}
	}
}
