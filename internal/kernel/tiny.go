package kernel

import (
	"math"
	"unsafe"

	"tnbench/internal/dtype"
	"tnbench/internal/kernel/nest"
)

// Steps of a few multiply-adds spend their time on getting to the data, so
// everything about where it lies is worked out when the kernel is made: a table
// holds the byte offsets of each element of C and of the operands it starts
// from, a second the offsets of each term of its sum.

const (
	// maxTinyMACs bounds the work of a tiny kernel; beyond it vector kernels
	// win even on awkward strides.
	maxTinyMACs = 512
	// maxTinyElements bounds the table: elements of C.
	maxTinyElements = 128
)

// tinyElement is where one element of C lies and where its sum starts, in bytes.
type tinyElement struct{ c, a, b uint32 }

// tinyTerm is how far a term of a sum lies from the first, in bytes.
type tinyTerm struct{ a, b uint32 }

// tinyFits reports whether s is small enough for newTiny.
func tinyFits(s nest.Spec) bool {
	e := s.Extents()
	return e.Work() > 0 && e.Elements() <= maxTinyElements && e.Work() <= maxTinyMACs && reaches32(s)
}

// newTiny returns a kernel for s, which must be small enough.
func newTiny(s nest.Spec) nest.Kernel {
	switch s.Type {
	case dtype.Float32:
		return makeTiny[float32](s)
	case dtype.Complex64:
		return makeTiny[complex64](s)
	case dtype.Complex128:
		return makeTiny[complex128](s)
	}
	return makeTiny[float64](s)
}

// reaches32 reports whether all byte offsets of s fit into 32 bits.
func reaches32(s nest.Spec) bool {
	last := nest.Loop{}
	for _, group := range s.Groups() {
		for _, l := range group {
			last.A += (l.Extent - 1) * l.A
			last.B += (l.Extent - 1) * l.B
			last.C += (l.Extent - 1) * l.C
		}
	}
	return uint64(max(last.A, last.B, last.C)) <= uint64(math.MaxUint32/s.Type.Size())
}

func makeTiny[T dtype.Element](s nest.Spec) nest.Kernel {
	e := s.Extents()
	elements, terms := e.Elements(), e.Terms
	info := nest.Info{Class: "tiny", BytesMoved: nest.BytesMoved(s)}
	table := tinyElements(s, elements)
	switch terms {
	case 1:
		return &tinyProducts[T]{elements: table, info: info}
	case 2:
		var t [2]tinyTerm
		tinyTerms(s, t[:])
		return &tinyPairs[T]{elements: table, second: t[1], info: info}
	}
	k := &tinySums[T]{elements: table, terms: make([]tinyTerm, terms), info: info}
	tinyTerms(s, k.terms)
	return k
}

// tinyElements tabulates the elements of C. (It and tinyTerms are nest.Repeat written
// out: a call for each element would make a kernel take a fifth longer to make.)
func tinyElements(s nest.Spec, n int) []tinyElement {
	table := make([]tinyElement, n)
	size, filled := uint32(s.Type.Size()), 1
	for _, group := range [...][]nest.Loop{s.N, s.M, s.Batch} {
		for i := len(group) - 1; i >= 0; i-- {
			l := group[i]
			a, b, c := uint32(l.A)*size, uint32(l.B)*size, uint32(l.C)*size
			// Each loop repeats what the loops inside it made, one stride on.
			for j := filled; j < filled*l.Extent; j++ {
				e := table[j-filled]
				table[j] = tinyElement{c: e.c + c, a: e.a + a, b: e.b + b}
			}
			filled *= l.Extent
		}
	}
	return table
}

// tinyTerms tabulates the terms of a sum.
func tinyTerms(s nest.Spec, table []tinyTerm) {
	size, filled := uint32(s.Type.Size()), 1
	for i := len(s.K) - 1; i >= 0; i-- {
		l := s.K[i]
		a, b := uint32(l.A)*size, uint32(l.B)*size
		for j := filled; j < filled*l.Extent; j++ {
			t := table[j-filled]
			table[j] = tinyTerm{a: t.a + a, b: t.b + b}
		}
		filled *= l.Extent
	}
}

// tinyProducts has no sum: C is elementwise, an outer product or a mixture.
type tinyProducts[T dtype.Element] struct {
	elements []tinyElement
	info     nest.Info
}

func (k *tinyProducts[T]) Run(_ *nest.Env, c, a, b unsafe.Pointer) {
	elements := k.elements
	for i := range elements {
		e := &elements[i]
		x := *(*T)(unsafe.Add(a, e.a))
		y := *(*T)(unsafe.Add(b, e.b))
		*(*T)(unsafe.Add(c, e.c)) = x * y
	}
}

func (k *tinyProducts[T]) Scratch() int    { return 0 }
func (k *tinyProducts[T]) Info() nest.Info { return k.info }

// tinyPairs sums two terms, the commonest contraction of all: dimension 2.
type tinyPairs[T dtype.Element] struct {
	elements []tinyElement
	second   tinyTerm
	info     nest.Info
}

func (k *tinyPairs[T]) Run(_ *nest.Env, c, a, b unsafe.Pointer) {
	a1, b1 := unsafe.Add(a, k.second.a), unsafe.Add(b, k.second.b)
	elements := k.elements
	for i := range elements {
		e := &elements[i]
		x0, y0 := *(*T)(unsafe.Add(a, e.a)), *(*T)(unsafe.Add(b, e.b))
		x1, y1 := *(*T)(unsafe.Add(a1, e.a)), *(*T)(unsafe.Add(b1, e.b))
		*(*T)(unsafe.Add(c, e.c)) = x0*y0 + x1*y1
	}
}

func (k *tinyPairs[T]) Scratch() int    { return 0 }
func (k *tinyPairs[T]) Info() nest.Info { return k.info }

// tinySums sums any number of terms.
type tinySums[T dtype.Element] struct {
	elements []tinyElement
	terms    []tinyTerm
	info     nest.Info
}

func (k *tinySums[T]) Run(_ *nest.Env, c, a, b unsafe.Pointer) {
	elements, terms := k.elements, k.terms
	for i := range elements {
		e := &elements[i]
		pa, pb := unsafe.Add(a, e.a), unsafe.Add(b, e.b)
		var sum T
		for _, t := range terms {
			sum += *(*T)(unsafe.Add(pa, t.a)) * *(*T)(unsafe.Add(pb, t.b))
		}
		*(*T)(unsafe.Add(c, e.c)) = sum
	}
}

func (k *tinySums[T]) Scratch() int    { return 0 }
func (k *tinySums[T]) Info() nest.Info { return k.info }
