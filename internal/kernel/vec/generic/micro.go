package generic

import (
	"unsafe"

	"tnbench/internal/kernel/vec/isa"
)

// The micro-kernel's tile: as many sums as fit into registers.
const (
	tileRows  = 4
	tileLanes = 2
)

func micros(f isa.MicroFunc) *isa.Micros {
	return &isa.Micros{Rows: tileRows, Vectors: 1, Lanes: tileLanes, Kernels: [isa.MaxVectors + 1]isa.MicroFunc{1: f}}
}

// micro is the portable micro-kernel, an [isa.MicroFunc].
func micro[T float32 | float64](k int, a, b, c *byte, rows, cols *int, panels int, _ uint64, add int, _ uintptr) {
	left := unsafe.Slice((*[tileRows]T)(unsafe.Pointer(a)), panels*k)
	right := unsafe.Slice((*[tileLanes]T)(unsafe.Pointer(b)), k)
	offsets := unsafe.Slice((*[tileRows]int)(unsafe.Pointer(rows)), panels)
	for p := range panels {
		var s [tileRows * tileLanes]T
		sums(&s, left[p*k:][:k], right)
		for i, o := range offsets[p] {
			to := (*[tileLanes]T)(unsafe.Add(unsafe.Pointer(c), o+*cols))
			if add != 0 {
				to[0] += s[2*i]
				to[1] += s[2*i+1]
			} else {
				*to = [tileLanes]T(s[2*i:])
			}
		}
	}
}

// sums adds up the products of a tile.
func sums[T float32 | float64](s *[tileRows * tileLanes]T, left [][tileRows]T, right [][tileLanes]T) {
	var s00, s01, s10, s11, s20, s21, s30, s31 T
	right = right[:len(left)]
	for k := range left {
		x, y := &left[k], &right[k]
		y0, y1 := y[0], y[1]
		s00 += x[0] * y0
		s01 += x[0] * y1
		s10 += x[1] * y0
		s11 += x[1] * y1
		s20 += x[2] * y0
		s21 += x[2] * y1
		s30 += x[3] * y0
		s31 += x[3] * y1
	}
	*s = [...]T{s00, s01, s10, s11, s20, s21, s30, s31}
}
