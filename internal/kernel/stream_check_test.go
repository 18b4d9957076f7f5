package kernel

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"
	"unsafe"

	"tnbench/internal/dtype"
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

// spans returns how many elements each operand of s reaches over.
func spans(s Spec) (a, b, c int) {
	a, b, c = 1, 1, 1
	for _, group := range [...][]Loop{s.Batch, s.M, s.N, s.K} {
		for _, l := range group {
			a += (l.Extent - 1) * l.A
			b += (l.Extent - 1) * l.B
			c += (l.Extent - 1) * l.C
		}
	}
	return a, b, c
}

// show writes a spec so that a failure can be reproduced.
func show(s Spec) string {
	var w strings.Builder
	fmt.Fprintf(&w, "Spec{Type: dtype.Type(%d)", s.Type)
	for i, group := range [...][]Loop{s.Batch, s.M, s.N, s.K} {
		fmt.Fprintf(&w, ", %s: []Loop{", [...]string{"Batch", "M", "N", "K"}[i])
		for _, l := range group {
			fmt.Fprintf(&w, "{%d, %d, %d, %d}, ", l.Extent, l.A, l.B, l.C)
		}
		w.WriteString("}")
	}
	return w.String() + "}"
}

// mustEqualReference runs k on random data and holds it against Reference: each
// element of C within (terms+4)·ε·Σ|a||b|, nothing else written, nothing
// outside the operands read.
func mustEqualReference(t *testing.T, s Spec, k Kernel, seed uint64) {
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

func compareWithReference[T dtype.Element](t *testing.T, s Spec, k Kernel, seed uint64) {
	t.Helper()
	rng := rand.New(rand.NewPCG(seed, 99))
	na, nb, nc := spans(s)
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
	Reference(s, want.pointer(), a.pointer(), b.pointer())
	Reference(s, scale.pointer(), absA.pointer(), absB.pointer())

	scratch := make([]T, (k.Scratch()+int(unsafe.Sizeof(got.all[0]))-1)/int(unsafe.Sizeof(got.all[0]))+2*guardElements)
	for i := range scratch {
		scratch[i] = guardValue[T]()
	}
	env := &Env{}
	if k.Scratch() > 0 {
		env.Scratch = unsafe.Pointer(&scratch[guardElements])
	}
	k.Run(env, got.pointer(), a.pointer(), b.pointer())

	for i := range guardElements {
		if !isGuard(scratch[i]) || !isGuard(scratch[len(scratch)-1-i]) {
			t.Fatalf("%s (%s): scratch guard overwritten", show(s), k.Info().Class)
		}
	}
	terms := float64(Extent(s.K) + 4)
	for i := range got.all {
		if isGuard(want.all[i]) {
			if !isGuard(got.all[i]) {
				t.Fatalf("%s (%s): wrote %v to element %d, which is not of C", show(s), k.Info().Class, got.all[i], i-guardElements)
			}
			continue
		}
		g, w := wide(got.all[i]), wide(want.all[i])
		bound := terms * epsilon(s.Type) * real(wide(scale.all[i]))
		if d := g - w; !(math.Hypot(real(d), imag(d)) <= bound) {
			t.Fatalf("%s (%s), seed %d: element %d of C: got %v, want %v within %g", show(s), k.Info().Class, seed, i-guardElements, g, w, bound)
		}
	}
}

// specShape bounds what randomSpec makes.
type specShape struct {
	maxLoops  int // per group
	maxExtent int
	maxMACs   int
}

// randomSpec makes a valid Spec: random nests with interleaved groups, gaps,
// one-sided sums and diagonals.
func randomSpec(rng *rand.Rand, shape specShape) Spec {
	s := Spec{Type: dtype.All[rng.IntN(len(dtype.All))]}
	groups := [...]*[]Loop{&s.Batch, &s.M, &s.N, &s.K}
	var loops []*Loop
	for _, g := range groups {
		*g = make([]Loop, rng.IntN(shape.maxLoops+1))
		for i := range *g {
			loops = append(loops, &(*g)[i])
		}
	}
	rng.Shuffle(len(loops), func(i, j int) { loops[i], loops[j] = loops[j], loops[i] })
	for left := shape.maxMACs; len(loops) > 0; loops = loops[1:] {
		loops[0].Extent = 1 + rng.IntN(min(left, shape.maxExtent))
		left /= loops[0].Extent
	}
	layOut(rng, [...][]Loop{s.Batch, s.M, s.K}, func(l *Loop) *int { return &l.A }, true)
	layOut(rng, [...][]Loop{s.Batch, s.N, s.K}, func(l *Loop) *int { return &l.B }, true)
	layOut(rng, [...][]Loop{s.Batch, s.M, s.N}, func(l *Loop) *int { return &l.C }, false)
	for i := range s.K { // one-sided sums
		switch rng.IntN(6) {
		case 0:
			s.K[i].A = 0
		case 1:
			s.K[i].B = 0
		}
	}
	return s
}

// layOut gives the loops of three groups strides in one operand, outermost to
// innermost in random order, often the natural one.
func layOut(rng *rand.Rand, groups [3][]Loop, stride func(*Loop) *int, read bool) {
	var loops []*Loop
	for _, g := range groups {
		for i := range g {
			loops = append(loops, &g[i])
		}
	}
	if rng.IntN(3) > 0 {
		rng.Shuffle(len(loops), func(i, j int) { loops[i], loops[j] = loops[j], loops[i] })
	}
	next := 1
	if rng.IntN(6) == 0 {
		next = 1 + rng.IntN(3)
	}
	for _, l := range loops {
		*stride(l) = next
		next *= l.Extent
		if rng.IntN(8) == 0 {
			next += rng.IntN(3)
		}
	}
	if read && len(loops) > 1 && rng.IntN(8) == 0 { // a diagonal
		*stride(loops[0]) += *stride(loops[len(loops)-1])
	}
}
