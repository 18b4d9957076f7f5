package kernel

import (
	"testing"

	"tnbench/internal/dtype"
	"tnbench/internal/kernel/kerneltest"
	"tnbench/internal/kernel/nest"
	"tnbench/internal/kernel/vec"
	"tnbench/internal/kernel/vec/isa"
)

// TestKernelsSuitTheOrderOfLabels: a small matrix times a tensor whose labels lie in
// another order than those of the result is for blocks that are rearranged, one whose
// runs are long is not, and neither is a product of large matrices.
func TestKernelsSuitTheOrderOfLabels(t *testing.T) {
	if vec.Best().Slots == isa.NoSlot {
		t.Skip("estimates are of vector instructions")
	}
	for _, x := range []struct {
		name   string
		spec   func(d dtype.Type) nest.Spec
		narrow bool
	}{
		{"labels turned round", func(d dtype.Type) nest.Spec {
			return kerneltest.Binary(d, "abcdefghijklmnyz", "yzYZ", "nmlkjihgfedcbaYZ")
		}, true},
		{"summed labels innermost", func(d dtype.Type) nest.Spec {
			return kerneltest.Binary(d, "abcdefghijklmnyz", "yzYZ", "YZhijklmnabcdefg")
		}, true},
		{"a run of all", func(d dtype.Type) nest.Spec {
			return nest.Spec{Type: d, M: []nest.Loop{{Extent: 1 << 20, A: 1, C: 1}}, K: []nest.Loop{{Extent: 2, A: 1 << 20, B: 1}}}
		}, false},
		{"large matrices", func(d dtype.Type) nest.Spec { return kerneltest.Matrices(d, 300, 300, 300) }, false},
	} {
		for _, d := range []dtype.Type{dtype.Float32, dtype.Float64} {
			k, err := New(x.spec(d), Options{})
			if err != nil {
				t.Fatal(err)
			}
			if class := k.Info().Class; class == "narrow" != x.narrow {
				t.Errorf("%s, %v: the kernel is %q", x.name, d, class)
			}
		}
	}
}
