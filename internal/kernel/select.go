package kernel

import "unsafe"

// Options choose among ways to do the same arithmetic.
type Options struct {
	Threads int     // workers that Run may be given; 0 and 1 mean serial
	Tier    Tier    // vector instructions to use; 0 means the best there are
	Backend Backend // who multiplies matrices

	blocks *blocksPlan // overrides how large products are cut, for tests
}

// New returns the kernel for s. It fails only if the backend is not available or
// cannot address s.
func New(s Spec, o Options) (Kernel, error) {
	if o.Backend != Native {
		if k, ok, err := newForeign(s, o); ok || err != nil {
			return k, err
		}
	}
	tiny, isTiny := newTiny(s, o)
	// Planning a stream takes longer than thousands of such steps.
	if isTiny && tinyCycles(s) < 2*streamStart {
		return tiny, nil
	}
	if k, ok := newReduced(s, o); ok {
		return k, nil
	}
	e := s.extents()
	streamed, ok := newStream(s, o)
	if isTiny && !(ok && streamed.(*stream).beatsTiny(s)) {
		return tiny, nil
	}
	if e.gemmPays() {
		product, isProduct := newGemm(s.Fused(), o)
		if isProduct && !(ok && streamPays(s, e, streamed.(*stream), product.(estimator))) {
			return product, nil
		}
	}
	if ok {
		return streamed, nil
	}
	return loops{s.Fused()}, nil
}

// streamPays reports whether streaming is faster than a blocked product. The
// plans' own costs are for operands in the cache; of larger ones it matters more
// in what runs they are read and how many rows share what passes by.
func streamPays(s Spec, e extents, streamed *stream, product estimator) bool {
	if bytesMoved(s) > cachedBytes {
		return estimateStream(s, e) < estimateProduct(s, e)
	}
	return min(e.m, e.n) < wideProduct && streamed.beatsProduct(product.estimate())
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
