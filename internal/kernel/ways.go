package kernel

import (
	"math"

	"tnbench/internal/kernel/blas"
	"tnbench/internal/kernel/narrow"
	"tnbench/internal/kernel/nest"
	"tnbench/internal/kernel/product"
	"tnbench/internal/kernel/stream"
)

// way is a kind of kernel that computes a step, if it can. The spec is fused.
type way struct {
	name string
	make func(nest.Spec, nest.Options) (nest.Kernel, bool)
}

// ways are all of them. [New] takes the one that is forecast to be fastest, without making
// most of the others.
var ways = [...]way{
	{"tiny", func(s nest.Spec, _ nest.Options) (nest.Kernel, bool) {
		if !tinyFits(s) {
			return nil, false
		}
		return newTiny(s), true
	}},
	{"reduced", newReduced},
	{"folded", newFolded},
	{"crossed", newCrossed},
	{"tiled", newTiled},
	{"narrow", func(s nest.Spec, o nest.Options) (nest.Kernel, bool) { return narrow.New(s, o, math.Inf(1)) }},
	{"stream", func(s nest.Spec, o nest.Options) (nest.Kernel, bool) { return stream.New(s, o, stream.AnyCycles) }},
	{"product", func(s nest.Spec, o nest.Options) (nest.Kernel, bool) {
		if !product.Applies(s.Extents()) {
			return nil, false
		}
		return product.New(s, o), true
	}},
}

// Others names the other ways to compute s than k, its kernel, that are forecast to take
// less than so many cycles. A library has none. With mustAdd, they are ones that add to C.
func Others(s nest.Spec, o Options, k nest.Kernel, limit float64, mustAdd bool) (names []string) {
	if o.Backend != blas.Native {
		return nil
	}
	s = s.Fused()
	for _, w := range ways {
		other, ok := w.make(s, o.native())
		if ok && (!mustAdd || adds(other)) && !(other.Info() == k.Info() && other.Scratch() == k.Scratch()) && Cycles(other, s) < limit {
			names = append(names, w.name)
		}
	}
	return names
}

// NewBy returns the kernel that computes s in one of its ways, false if there is none. With
// mustAdd, it must be one that adds to C.
func NewBy(name string, s nest.Spec, o Options, mustAdd bool) (nest.Kernel, bool) {
	s = s.Fused()
	for _, w := range ways {
		if w.name == name {
			k, ok := w.make(s, o.native())
			return k, ok && (!mustAdd || adds(k))
		}
	}
	return nil, false
}
