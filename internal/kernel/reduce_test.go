package kernel

import (
	"math/rand/v2"
	"testing"
	"unsafe"

	"tnbench/internal/dtype"
	"tnbench/internal/kernel/kerneltest"
	"tnbench/internal/kernel/nest"
)

func TestReducedEqualsReference(t *testing.T) {
	rng := rand.New(rand.NewPCG(11, 12))
	specs, taken := kerneltest.Fewer(6000), 0
	for i := range specs {
		s := kerneltest.RandomSpec(rng, kerneltest.SpecShape{MaxLoops: 3, MaxExtent: 6, MaxMACs: 1 << 14})
		if k, ok := newReduced(s, nest.Options{}); ok {
			taken++
			kerneltest.MustEqualReference(t, s, k, uint64(i))
		}
	}
	if least := specs / 30; taken < least {
		t.Errorf("newReduced took %d of %d random specs, want at least %d: the test shows little", taken, specs, least)
	}
}

func TestReducedOnlyWhereItSavesWork(t *testing.T) {
	n, k := nest.Loop{Extent: 64, A: 0, B: 1, C: 64}, nest.Loop{Extent: 16, A: 64, B: 0, C: 0}
	for _, test := range []struct {
		name string
		spec nest.Spec
		want bool
	}{
		{"each element of A used 64 times", nest.Spec{Type: dtype.Float64, M: []nest.Loop{{Extent: 64, A: 1, B: 0, C: 1}}, N: []nest.Loop{n}, K: []nest.Loop{k}}, true},
		{"each element of A used once", nest.Spec{Type: dtype.Float64, M: []nest.Loop{{Extent: 64, A: 1, B: 0, C: 1}}, K: []nest.Loop{k}}, false},
		{"no one-sided sum", nest.Spec{Type: dtype.Float64, M: []nest.Loop{{Extent: 64, A: 1, B: 0, C: 1}}, N: []nest.Loop{n}, K: []nest.Loop{{Extent: 16, A: 64, B: 64, C: 0}}}, false},
		{"nothing to do", nest.Spec{Type: dtype.Float64, M: []nest.Loop{{Extent: 0, A: 1, B: 0, C: 1}}, N: []nest.Loop{n}, K: []nest.Loop{k}}, false},
	} {
		if _, got := newReduced(test.spec, nest.Options{}); got != test.want {
			t.Errorf("%s: newReduced(%s) took it: %v, want %v", test.name, kerneltest.Show(test.spec), got, test.want)
		}
	}
}

func TestReducedRunAllocatesNothing(t *testing.T) {
	s := nest.Spec{Type: dtype.Float64, M: []nest.Loop{{Extent: 64, A: 1, B: 0, C: 1}}, N: []nest.Loop{{Extent: 64, A: 0, B: 1, C: 64}}, K: []nest.Loop{{Extent: 16, A: 64, B: 0, C: 0}}}
	k, _ := newReduced(s, nest.Options{})
	a, b, c := make([]float64, 1024), make([]float64, 64), make([]float64, 4096)
	env := &nest.Env{Scratch: unsafe.Pointer(&make([]complex128, k.Scratch()/16+1)[0])}
	before := env.Scratch
	if n := testing.AllocsPerRun(10, func() {
		k.Run(env, unsafe.Pointer(&c[0]), unsafe.Pointer(&a[0]), unsafe.Pointer(&b[0]))
	}); n != 0 {
		t.Errorf("Run allocates %v times, want none", n)
	}
	if env.Scratch != before {
		t.Errorf("Run leaves Env.Scratch at %p, want %p", env.Scratch, before)
	}
}
