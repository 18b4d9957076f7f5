package nest

import (
	"unsafe"

	"tnbench/internal/dtype"
)

// CacheLine is the bytes of a cache line, and the alignment of what is packed.
const CacheLine = 64

// Align returns the first multiple of cacheLine from p on.
func Align(p unsafe.Pointer) unsafe.Pointer {
	return unsafe.Add(p, -uintptr(p)&(CacheLine-1))
}

// RoundUp rounds n up to a multiple of step.
func RoundUp(n, step int) int { return (n + step - 1) / step * step }

// EvenTile returns the size of as few even tiles of n iterations as can be, each of at
// most so many.
func EvenTile(n, most int) int {
	tiles := (n + most - 1) / most
	return (n + tiles - 1) / tiles
}

// ones holds the number 1 in every type: the second factor of a copy.
var ones = struct {
	f32  float32
	f64  float64
	c64  complex64
	c128 complex128
}{1, 1, 1, 1}

// One returns the address of the number 1 of type t, which nobody may change: with
// it as B, all strides 0, a contraction copies, sums or permutes A.
func One(t dtype.Type) unsafe.Pointer {
	switch t {
	case dtype.Float32:
		return unsafe.Pointer(&ones.f32)
	case dtype.Float64:
		return unsafe.Pointer(&ones.f64)
	case dtype.Complex64:
		return unsafe.Pointer(&ones.c64)
	}
	return unsafe.Pointer(&ones.c128)
}
