package kernel

import (
	"slices"
	"unsafe"

	"tnbench/internal/dtype"
	"tnbench/internal/kernel/nest"
)

// Where a sum is taken slice by slice, each slice is added to those before. Blocked
// products add to C at no cost; what others compute is added afterwards.

// NewAdder returns the kernel for s that adds where [nest.Env] says so.
func NewAdder(s nest.Spec, o Options) (nest.Kernel, error) {
	k, err := New(s, o)
	if err != nil || adds(k) {
		return k, err
	}
	dense, to := densified(s)
	if k, err = New(dense, o); err != nil {
		return nil, err
	}
	elements := nest.Extent(s.Batch) * nest.Extent(s.M) * nest.Extent(s.N)
	return &added{Kernel: k, typ: s.Type, to: to, at: nest.RoundUp(k.Scratch(), nest.CacheLine), bytes: elements * s.Type.Size()}, nil
}

// adds reports whether a kernel can add to C.
func adds(k nest.Kernel) bool {
	a, ok := k.(nest.Adder)
	return ok && a.Adds()
}

// densified returns s with a C that is of one piece, its elements in the same order,
// and the loops that move from there, as A, to C.
func densified(s nest.Spec) (dense nest.Spec, to []nest.Loop) {
	dense = nest.Spec{Type: s.Type, Batch: slices.Clone(s.Batch), M: slices.Clone(s.M), N: slices.Clone(s.N), K: s.K}
	var loops []*nest.Loop
	for _, group := range [...][]nest.Loop{dense.Batch, dense.M, dense.N} {
		for i := range group {
			loops = append(loops, &group[i])
		}
	}
	slices.SortStableFunc(loops, func(x, y *nest.Loop) int { return x.C - y.C })
	stride := 1
	for _, l := range loops {
		to = append(to, nest.Loop{Extent: l.Extent, A: stride, C: l.C})
		l.C = stride
		stride *= l.Extent
	}
	return dense, nest.Fuse(make([]nest.Loop, 0, len(to)), to, nest.OutsideInC)
}

// added has a kernel compute to scratch memory, and puts or adds that to C.
type added struct {
	nest.Kernel
	typ       dtype.Type
	to        []nest.Loop
	at, bytes int // of what is computed, in scratch memory behind the kernel's own
}

// Adds implements [nest.Adder].
func (k *added) Adds() bool { return true }

// Scratch implements [nest.Kernel].
func (k *added) Scratch() int { return k.at + k.bytes }

// Run implements [nest.Kernel].
func (k *added) Run(env *nest.Env, c, a, b unsafe.Pointer) {
	from := unsafe.Add(env.Scratch, k.at)
	add := env.Add
	env.Add = false // the kernel may be one that adds by itself
	k.Kernel.Run(env, from, a, b)
	env.Add = add
	switch k.typ {
	case dtype.Float32:
		putOrAdd[float32](k.to, add, c, from)
	case dtype.Float64:
		putOrAdd[float64](k.to, add, c, from)
	case dtype.Complex64:
		putOrAdd[complex64](k.to, add, c, from)
	case dtype.Complex128:
		putOrAdd[complex128](k.to, add, c, from)
	}
}

// putOrAdd moves elements along loops from A to C.
func putOrAdd[T dtype.Element](loops []nest.Loop, add bool, c, a unsafe.Pointer) {
	var zero T
	size := int(unsafe.Sizeof(zero))
	if len(loops) > 1 || len(loops) == 1 && loops[0].C > 1 {
		l := &loops[0]
		for i := range l.Extent {
			putOrAdd[T](loops[1:], add, unsafe.Add(c, i*l.C*size), unsafe.Add(a, i*l.A*size))
		}
		return
	}
	n := 1
	if len(loops) == 1 {
		n = loops[0].Extent
	}
	to, from := unsafe.Slice((*T)(c), n), unsafe.Slice((*T)(a), n)
	if !add {
		copy(to, from)
		return
	}
	for i, x := range from {
		to[i] += x
	}
}
