package kernel

import (
	"unsafe"

	"tnbench/internal/kernel/vec"
	"tnbench/internal/kernel/vec/isa"
)

// Options choose among ways to do the same arithmetic.
type Options struct {
	Threads int       // workers that Run may be given; 0 and 1 mean serial
	Tier    *isa.Tier // vector instructions to use; nil means the best there are
	Backend Backend   // who multiplies matrices

	blocks *blocksPlan // overrides how large products are cut, for tests
}

// tier returns the vector instructions to use.
func (o Options) tier() *isa.Tier {
	if o.Tier == nil {
		return vec.Best()
	}
	return o.Tier
}

// New returns the kernel for s. It fails only if the backend is not available or
// cannot address s.
func New(s Spec, o Options) (Kernel, error) {
	if o.Backend != Native {
		if k, ok, err := newForeign(s, o); ok || err != nil {
			return k, err
		}
	}
	isTiny := tinyFits(s)
	if isTiny && tinyCycles(s) < tinySurely {
		return newTiny(s), nil
	}
	s = s.Fused()
	if k, ok := newReduced(s, o); ok {
		return k, nil
	}
	e := s.extents()
	var product Kernel
	if e.gemmPays() {
		var ok bool
		if product, ok = newGemm(s, o); ok && !streamMayPay(s, e) {
			return product, nil
		}
	}
	limit := anyCycles
	switch {
	case isTiny:
		limit = cyclesToBeatTiny(s)
	case product != nil && bytesMoved(s) <= cachedBytes:
		limit = cyclesToBeatProduct(s, product.(estimator).estimate())
	}
	streamed, ok := newStream(s, o, limit)
	switch {
	case ok:
		return streamed, nil
	case isTiny:
		return newTiny(s), nil
	case product != nil:
		return product, nil
	}
	return loops{s}, nil
}

// streamMayPay reports whether streaming may be faster than a blocked product.
// The plans' own costs are for operands in the cache; of larger ones it matters
// more in what runs they are read and how many rows share what passes by, which
// decides it.
func streamMayPay(s Spec, e extents) bool {
	if bytesMoved(s) > cachedBytes {
		z := s.Sized()
		return z.estimateStream() < z.estimateProduct()
	}
	return min(e.m, e.n) < wideProduct
}

// wideProduct is how many rows and columns are enough for packing to pay.
const wideProduct = 64

// cachedBytes is what a core keeps at hand of operands: more than its second
// level cache, as part of them is used from the third.
const cachedBytes = 4 << 20

// estimator is a kernel that knows roughly how many cycles it takes.
type estimator interface{ estimate() float64 }

// loops is the fallback for shapes that no faster kernel takes.
type loops struct{ spec Spec }

func (k loops) Run(_ *Env, c, a, b unsafe.Pointer) { Reference(k.spec, c, a, b) }
func (k loops) Scratch() int                       { return 0 }
func (k loops) Info() Info                         { return Info{Class: "loops", A: Gathered, B: Gathered} }
