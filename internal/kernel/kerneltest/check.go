// Package kerneltest holds kernels against the reference: random contractions, and
// operands with guards around them.
package kerneltest

import (
	"math"
	"math/rand/v2"
	"testing"
	"unsafe"

	"tnbench/internal/dtype"
	"tnbench/internal/kernel/nest"
)

// guardElements are left around every operand; what lies there is NaN, so that
// a stray read shows in the result and a stray write in the guard.
const guardElements = 80

// guarded is a tensor with guards on both sides.
type guarded[T dtype.Element] struct{ all []T }

func newGuarded[T dtype.Element](elements int) guarded[T] {
	o := guarded[T]{make([]T, elements+2*guardElements)}
	for i := range o.all {
		o.all[i] = guardValue[T]()
	}
	return o
}

func (o guarded[T]) pointer() unsafe.Pointer { return unsafe.Pointer(&o.all[guardElements]) }
func (o guarded[T]) inner() []T              { return o.all[guardElements : len(o.all)-guardElements] }

// guardValue is a NaN with a payload no arithmetic yields.
func guardValue[T dtype.Element]() T {
	var v any
	f32, f64 := math.Float32frombits(0x7fc12345), math.Float64frombits(0x7ff8123456789abc)
	switch dtype.Of[T]() {
	case dtype.Float32:
		v = f32
	case dtype.Float64:
		v = f64
	case dtype.Complex64:
		v = complex(f32, f32)
	default:
		v = complex(f64, f64)
	}
	return v.(T)
}

func isGuard[T dtype.Element](x T) bool {
	g := guardValue[T]()
	size := unsafe.Sizeof(x)
	return string(unsafe.Slice((*byte)(unsafe.Pointer(&x)), size)) == string(unsafe.Slice((*byte)(unsafe.Pointer(&g)), size))
}

// value makes an element from two reals.
func value[T dtype.Element](re, im float64) T {
	var v any
	switch dtype.Of[T]() {
	case dtype.Float32:
		v = float32(re)
	case dtype.Float64:
		v = re
	case dtype.Complex64:
		v = complex(float32(re), float32(im))
	default:
		v = complex(re, im)
	}
	return v.(T)
}

// wide returns an element in the widest type.
func wide[T dtype.Element](x T) complex128 {
	switch v := any(x).(type) {
	case float32:
		return complex(float64(v), 0)
	case float64:
		return complex(v, 0)
	case complex64:
		return complex128(v)
	case complex128:
		return v
	}
	panic("no such type")
}

func epsilon(t dtype.Type) float64 {
	if t == dtype.Float32 || t == dtype.Complex64 {
		return 0x1p-23
	}
	return 0x1p-52
}

// MustEqualReference runs k on random data and holds it against Reference: each
// element of C within (terms+4)·ε·Σ|a||b|, nothing else written, nothing
// outside the operands read.
func MustEqualReference(t *testing.T, s nest.Spec, k nest.Kernel, seed uint64) {
	t.Helper()
	switch s.Type {
	case dtype.Float32:
		compareWithReference[float32](t, s, k, seed)
	case dtype.Float64:
		compareWithReference[float64](t, s, k, seed)
	case dtype.Complex64:
		compareWithReference[complex64](t, s, k, seed)
	case dtype.Complex128:
		compareWithReference[complex128](t, s, k, seed)
	}
}

func compareWithReference[T dtype.Element](t *testing.T, s nest.Spec, k nest.Kernel, seed uint64) {
	t.Helper()
	rng := rand.New(rand.NewPCG(seed, 99))
	na, nb, nc := Spans(s)
	a, b := newGuarded[T](na), newGuarded[T](nb)
	absA, absB := newGuarded[T](na), newGuarded[T](nb)
	for _, o := range [...][2]guarded[T]{{a, absA}, {b, absB}} {
		for i := range o[0].inner() {
			re, im := rng.Float64()*2-1, rng.Float64()*2-1
			o[0].inner()[i] = value[T](re, im)
			o[1].inner()[i] = value[T](math.Abs(re)+math.Abs(im), 0)
		}
	}
	got, want, scale := newGuarded[T](nc), newGuarded[T](nc), newGuarded[T](nc)
	nest.Reference(s, want.pointer(), a.pointer(), b.pointer())
	nest.Reference(s, scale.pointer(), absA.pointer(), absB.pointer())

	scratch := make([]T, (k.Scratch()+int(unsafe.Sizeof(got.all[0]))-1)/int(unsafe.Sizeof(got.all[0]))+2*guardElements)
	for i := range scratch {
		scratch[i] = guardValue[T]()
	}
	env := &nest.Env{}
	if k.Scratch() > 0 {
		env.Scratch = unsafe.Pointer(&scratch[guardElements])
	}
	k.Run(env, got.pointer(), a.pointer(), b.pointer())

	for i := range guardElements {
		if !isGuard(scratch[i]) || !isGuard(scratch[len(scratch)-1-i]) {
			t.Fatalf("%s (%s): scratch guard overwritten", Show(s), k.Info().Class)
		}
	}
	terms := float64(nest.Extent(s.K) + 4)
	for i := range got.all {
		if isGuard(want.all[i]) {
			if !isGuard(got.all[i]) {
				t.Fatalf("%s (%s): wrote %v to element %d, which is not of C", Show(s), k.Info().Class, got.all[i], i-guardElements)
			}
			continue
		}
		g, w := wide(got.all[i]), wide(want.all[i])
		bound := terms * epsilon(s.Type) * real(wide(scale.all[i]))
		if d := g - w; !(math.Hypot(real(d), imag(d)) <= bound) {
			t.Fatalf("%s (%s), seed %d: element %d of C: got %v, want %v within %g", Show(s), k.Info().Class, seed, i-guardElements, g, w, bound)
		}
	}
}
