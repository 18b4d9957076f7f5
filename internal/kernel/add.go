package kernel

import (
	"tnbench/internal/kernel/blas"
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
	return newPlaced(s, func(dense nest.Spec) (nest.Kernel, error) {
		if o.Backend != blas.Native {
			return New(dense, o)
		}
		return newInOrder(dense.Fused(), o.native()), nil
	})
}

// adds reports whether a kernel can add to C.
func adds(k nest.Kernel) bool {
	a, ok := k.(nest.Adder)
	return ok && a.Adds()
}
