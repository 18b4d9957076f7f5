package nest

import (
	"unsafe"

	"tnbench/internal/dtype"
)

// Reference computes s by nested loops, one element at a time: the oracle that
// every other kernel is held against. It works for any valid Spec.
func Reference(s Spec, c, a, b unsafe.Pointer) {
	switch s.Type {
	case dtype.Float32:
		reference[float32](s, c, a, b)
	case dtype.Float64:
		reference[float64](s, c, a, b)
	case dtype.Complex64:
		reference[complex64](s, c, a, b)
	case dtype.Complex128:
		reference[complex128](s, c, a, b)
	}
}

func reference[T dtype.Element](s Spec, c, a, b unsafe.Pointer) {
	outer := append(append(append([]Loop(nil), s.Batch...), s.M...), s.N...)
	walk(outer, 0, 0, 0, func(oa, ob, oc int) {
		var sum T
		walk(s.K, oa, ob, 0, func(oa, ob, _ int) { sum += *at[T](a, oa) * *at[T](b, ob) })
		*at[T](c, oc) = sum
	})
}

// walk calls visit with the operands' offsets for each iteration of loops.
func walk(loops []Loop, oa, ob, oc int, visit func(oa, ob, oc int)) {
	if len(loops) == 0 {
		visit(oa, ob, oc)
		return
	}
	l := loops[0]
	for i := range l.Extent {
		walk(loops[1:], oa+i*l.A, ob+i*l.B, oc+i*l.C, visit)
	}
}

// at returns the address of element i of an operand.
func at[T dtype.Element](p unsafe.Pointer, i int) *T {
	var zero T
	return (*T)(unsafe.Add(p, i*int(unsafe.Sizeof(zero))))
}
