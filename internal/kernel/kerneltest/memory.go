package kerneltest

import (
	"math/rand/v2"
	"unsafe"

	"tnbench/internal/dtype"
	"tnbench/internal/kernel/nest"
)

// Placed returns memory of n bytes that starts offset bytes after an address
// that is a multiple of 64, filled with value.
func Placed(n, offset int, value byte) []byte {
	m := dtype.MakeBytes(n + offset + 2*nest.CacheLine)
	start := int(uintptr(nest.Align(unsafe.Pointer(&m[0])))-uintptr(unsafe.Pointer(&m[0]))) + offset
	m = m[start : start+n]
	for i := range m {
		m[i] = value
	}
	return m
}

// FillRandom fills m with numbers in [-1, 1).
func FillRandom(rng *rand.Rand, d dtype.Type, m []byte) {
	if d == dtype.Float32 || d == dtype.Complex64 {
		for i := range dtype.View[float32](m) {
			dtype.View[float32](m)[i] = rng.Float32()*2 - 1
		}
		return
	}
	for i := range dtype.View[float64](m) {
		dtype.View[float64](m)[i] = rng.Float64()*2 - 1
	}
}
