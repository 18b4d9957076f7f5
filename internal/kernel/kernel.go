// Package kernel is the arithmetic of a step: the contraction of two strided
// operands. It chooses among kernels of its own for tiny steps and for sums of one
// operand, and those of packages product, stream, narrow and blas.
package kernel

import (
	"unsafe"

	"tnbench/internal/kernel/blas"
	"tnbench/internal/kernel/model"
	"tnbench/internal/kernel/narrow"
	"tnbench/internal/kernel/nest"
	"tnbench/internal/kernel/product"
	"tnbench/internal/kernel/stream"
	"tnbench/internal/kernel/vec/isa"
)

// Options choose among ways to do the same arithmetic.
type Options struct {
	Threads int          // workers that Run may be given; 0 and 1 mean serial
	Tier    *isa.Tier    // vector instructions to use; nil means the best there are
	Backend blas.Backend // who multiplies matrices
}

// native returns the options of the kernels of this module.
func (o Options) native() nest.Options { return nest.Options{Threads: o.Threads, Tier: o.Tier} }

// New returns the kernel for s. It fails only if the backend is not available or
// cannot address s.
func New(s nest.Spec, o Options) (nest.Kernel, error) {
	if o.Backend == blas.Native {
		return newNative(s, o.native()), nil
	}
	k, ok, err := blas.New(s, o.Backend, o.native(), newNative)
	if err != nil || ok {
		return k, err
	}
	return newNative(s, o.native()), nil
}

// newNative returns the kernel of this module for s.
func newNative(s nest.Spec, o nest.Options) nest.Kernel {
	isTiny := tinyFits(s)
	if isTiny && tinyCycles(s) < tinySurely() {
		return newTiny(s)
	}
	s = s.Fused()
	for _, staged := range [...]func(nest.Spec, nest.Options) (nest.Kernel, bool){newReduced, newFolded, newCrossed, newTiled} {
		if k, ok := staged(s, o); ok {
			return k
		}
	}
	k := newInOrder(s, o)
	if placingPays(s) {
		p, _ := newPlaced(s, func(dense nest.Spec) (nest.Kernel, error) { return newInOrder(dense.Fused(), o), nil })
		if p.cycles < Cycles(k, s)*(1+model.Here.Stages.Unknown) {
			return p
		}
	}
	return k
}

// newInOrder returns the kernel for s, which is fused, of those that write C where it lies.
func newInOrder(s nest.Spec, o nest.Options) nest.Kernel {
	k := newUsual(s, o, tinyFits(s))
	if n, ok := narrow.New(s, o, Cycles(k, s)/model.Here.Narrow.Doubt); ok {
		return n
	}
	return k
}

// newUsual returns the kernel for s, which is fused, of those for operands of any size.
func newUsual(s nest.Spec, o nest.Options, isTiny bool) nest.Kernel {
	e := s.Extents()
	var blocked product.Blocked
	if product.Applies(e) {
		if blocked = product.New(s, o); product.Pays(e) && !streamMayPay(s, e) {
			return blocked
		}
	}
	if isTiny && blocked != nil && blocked.Cycles() < tinyCycles(s) {
		isTiny = false
	}
	streamed, ok := stream.New(s, o, streamLimit(s, e, isTiny, blocked))
	switch {
	case ok:
		return streamed
	case isTiny:
		return newTiny(s)
	case blocked != nil:
		return blocked
	}
	return loops{s}
}

// streamLimit returns how many cycles a streaming kernel must stay below to be chosen
// instead of a tiny one or of a blocked product, if there is one.
func streamLimit(s nest.Spec, e nest.Extents, isTiny bool, blocked product.Blocked) float64 {
	switch {
	case isTiny:
		return cyclesToBeatTiny(s)
	case blocked == nil:
		return stream.AnyCycles
	case product.Pays(e) && nest.BytesMoved(s) <= model.Here.Caches.AtHand:
		return cyclesToBeatProduct(s, blocked.Cycles())
	}
	// The loops alone say that streaming is better: unless its schedule says that they err.
	return model.Here.Stream.Doubt * blocked.Cycles()
}

// streamMayPay reports whether streaming may be faster than a blocked product.
// The schedules' own costs are for operands in the cache; of larger ones it matters
// more in what runs they are read and how many rows share what passes by, which
// decides it.
func streamMayPay(s nest.Spec, e nest.Extents) bool {
	if nest.BytesMoved(s) > model.Here.Caches.AtHand {
		z := Size(s)
		return z.estimateStream() < z.estimateProduct()
	}
	return min(e.Rows, e.Cols) < model.Here.Product.Wide
}

// loops is the fallback for shapes that no faster kernel takes.
type loops struct{ spec nest.Spec }

func (k loops) Run(_ *nest.Env, c, a, b unsafe.Pointer) { nest.Reference(k.spec, c, a, b) }
func (k loops) Scratch() int                            { return 0 }
func (k loops) Info() nest.Info                         { return nest.Info{Class: "loops", A: nest.Gathered, B: nest.Gathered} }
