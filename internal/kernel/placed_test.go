package kernel

import (
	"math/rand/v2"
	"testing"
	"unsafe"

	"tnbench/internal/dtype"
	"tnbench/internal/kernel/kerneltest"
	"tnbench/internal/kernel/nest"
)

// smallResultSpec is a contraction of a large operand to a small result, whose loops lie in
// another order, some of them with gaps.
func smallResultSpec(rng *rand.Rand, t dtype.Type) nest.Spec {
	s := nest.Spec{Type: t}
	groups := []*[]nest.Loop{&s.Batch, &s.M, &s.N}
	type axis struct{ group, at int }
	var kept []axis
	add := func(group, extent int) {
		*groups[group] = append(*groups[group], nest.Loop{Extent: extent})
		kept = append(kept, axis{group, len(*groups[group]) - 1})
	}
	for range rng.IntN(3) {
		add(0, 2)
	}
	add(1, 1+rng.IntN(3))
	elements := 1
	for elements < 1024 {
		extent := 2 + rng.IntN(4)
		add(2, extent)
		elements *= extent
	}
	for range 4 {
		s.K = append(s.K, nest.Loop{Extent: 4})
	}
	// Strides: those of B in one order of its loops, those of C in another, A as it comes.
	strideA, strideB := 1, 1
	for _, i := range rng.Perm(len(s.K)) {
		s.K[i].A, s.K[i].B = strideA, strideB
		strideA, strideB = strideA*s.K[i].Extent, strideB*s.K[i].Extent
	}
	for _, i := range rng.Perm(len(kept)) {
		l := &(*groups[kept[i].group])[kept[i].at]
		if kept[i].group != 1 {
			l.B, strideB = strideB, strideB*l.Extent
		}
		if kept[i].group != 2 {
			l.A, strideA = strideA, strideA*l.Extent
		}
	}
	strideC := 1 + rng.IntN(2)
	for _, i := range rng.Perm(len(kept)) {
		l := &(*groups[kept[i].group])[kept[i].at]
		l.C, strideC = strideC, strideC*l.Extent
	}
	return s
}

func TestPlacedEqualsReference(t *testing.T) {
	rng := rand.New(rand.NewPCG(31, 8))
	placings, n := 0, kerneltest.Fewer(48)
	for i := range n {
		s := smallResultSpec(rng, dtype.All[i%len(dtype.All)])
		k, err := New(s, Options{Threads: 1 + i%3})
		if err != nil {
			t.Fatal(err)
		}
		if _, ok := k.(*placed); ok {
			placings++
		}
		kerneltest.MustEqualReference(t, s, k, uint64(i))
	}
	if placings < max(1, n/16) {
		t.Errorf("%d of %d results were put in their places: the test shows little", placings, n)
	}
}

func TestPlacedAllocatesNothing(t *testing.T) {
	rng := rand.New(rand.NewPCG(31, 9))
	s := smallResultSpec(rng, dtype.Float64)
	p, err := newPlaced(s, func(dense nest.Spec) (nest.Kernel, error) { return newInOrder(dense.Fused(), nest.Options{}), nil })
	if err != nil {
		t.Fatal(err)
	}
	na, nb, nc := kerneltest.Spans(s)
	a, b, c := make([]float64, na), make([]float64, nb), make([]float64, nc)
	env := &nest.Env{Scratch: unsafe.Pointer(&make([]complex128, p.Scratch()/16+1)[0])}
	if n := testing.AllocsPerRun(5, func() {
		env.Add = true
		p.Run(env, unsafe.Pointer(&c[0]), unsafe.Pointer(&a[0]), unsafe.Pointer(&b[0]))
	}); n > 0 {
		t.Errorf("%g allocations a run", n)
	}
}
