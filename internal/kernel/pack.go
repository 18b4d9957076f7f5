package kernel

import "unsafe"

// packer copies blocks of one side of a product into panels. A panel holds the
// values of some rows (or columns) for every iteration of the contracted loops,
// those of one iteration next to each other:
//
//	panel[k][i] = X[i,k]
//
// Complex numbers are taken apart so that the real micro-kernels multiply them:
// with Re and Im as consecutive iterations on the row side, the column side
// holds the vectors that turn them into (Re, Im) pairs of the destination,
//
//	rows:    Re(x) | Im(x)
//	columns: Re(y), Im(y) | −Im(y), Re(y)
//
// which is the 1m method of Van Zee (ACM TOMS 46, 2020).
type packer struct {
	panel int // rows or columns of a full panel
	pad   int // a last panel is filled up with zeros to a multiple of this
	mode  packMode
	split bool // complex elements, on the row side
	twist bool // complex elements, on the column side
}

// packMode is how the elements of a panel are read.
type packMode uint8

const (
	packGather     packMode = iota // one by one
	packAlongPanel                 // contiguous across the panel
	packAlongDepth                 // contiguous across the contracted loops
)

// packBlock packs the elements at src + places[i] + terms[k] for all i and k
// into panels at dst.
func packBlock[T float32 | float64](p *packer, dst, src unsafe.Pointer, places, terms []int) {
	var zero T
	size := int(unsafe.Sizeof(zero))
	for len(places) > 0 {
		n := min(p.panel, len(places))
		padded := roundUp(n, p.pad)
		switch {
		case p.split:
			packSplit[T](dst, src, places[:n], terms, padded)
			dst = unsafe.Add(dst, 2*padded*len(terms)*size)
		case p.twist:
			packTwist[T](dst, src, places[:n], terms, padded)
			dst = unsafe.Add(dst, 4*padded*len(terms)*size)
		default:
			packPanel[T](dst, src, places[:n], terms, padded)
			dst = unsafe.Add(dst, padded*len(terms)*size)
		}
		places = places[n:]
	}
}

// packPanel gathers one panel of real elements.
func packPanel[T float32 | float64](dst, src unsafe.Pointer, places, terms []int, padded int) {
	out := unsafe.Slice((*T)(dst), padded*len(terms))
	for _, t := range terms {
		from := unsafe.Add(src, t)
		to := out[:padded]
		out = out[padded:]
		for i, o := range places {
			to[i] = *(*T)(unsafe.Add(from, o))
		}
		clear(to[len(places):])
	}
}

// packSplit gathers one panel of complex elements for the row side.
func packSplit[T float32 | float64](dst, src unsafe.Pointer, places, terms []int, padded int) {
	out := unsafe.Slice((*T)(dst), 2*padded*len(terms))
	for _, t := range terms {
		from := unsafe.Add(src, t)
		re, im := out[:padded], out[padded:][:padded]
		out = out[2*padded:]
		for i, o := range places {
			x := (*[2]T)(unsafe.Add(from, o))
			re[i], im[i] = x[0], x[1]
		}
		clear(re[len(places):])
		clear(im[len(places):])
	}
}

// packTwist gathers one panel of complex elements for the column side.
func packTwist[T float32 | float64](dst, src unsafe.Pointer, places, terms []int, padded int) {
	out := unsafe.Slice((*[2]T)(dst), 2*padded*len(terms))
	for _, t := range terms {
		from := unsafe.Add(src, t)
		straight, turned := out[:padded], out[padded:][:padded]
		out = out[2*padded:]
		for i, o := range places {
			y := *(*[2]T)(unsafe.Add(from, o))
			straight[i], turned[i] = y, [2]T{-y[1], y[0]}
		}
		clear(straight[len(places):])
		clear(turned[len(places):])
	}
}
