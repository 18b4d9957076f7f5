package kernel

import (
	"math/rand/v2"
	"testing"
	"unsafe"

	"tnbench/internal/dtype"
)

func TestReducedEqualsReference(t *testing.T) {
	rng := rand.New(rand.NewPCG(11, 12))
	taken := 0
	for i := range 6000 {
		s := randomSpec(rng, specShape{maxLoops: 3, maxExtent: 6, maxMACs: 1 << 14})
		if k, ok := newReduced(s, Options{}); ok {
			taken++
			mustEqualReference(t, s, k, uint64(i))
		}
	}
	if taken < 200 {
		t.Errorf("newReduced took %d of 6000 random specs, want at least 200: the test shows little", taken)
	}
}

func TestReducedOnlyWhereItSavesWork(t *testing.T) {
	n, k := Loop{64, 0, 1, 64}, Loop{16, 64, 0, 0}
	for _, test := range []struct {
		name string
		spec Spec
		want bool
	}{
		{"each element of A used 64 times", Spec{Type: dtype.Float64, M: []Loop{{64, 1, 0, 1}}, N: []Loop{n}, K: []Loop{k}}, true},
		{"each element of A used once", Spec{Type: dtype.Float64, M: []Loop{{64, 1, 0, 1}}, K: []Loop{k}}, false},
		{"no one-sided sum", Spec{Type: dtype.Float64, M: []Loop{{64, 1, 0, 1}}, N: []Loop{n}, K: []Loop{{16, 64, 64, 0}}}, false},
		{"nothing to do", Spec{Type: dtype.Float64, M: []Loop{{0, 1, 0, 1}}, N: []Loop{n}, K: []Loop{k}}, false},
	} {
		if _, got := newReduced(test.spec, Options{}); got != test.want {
			t.Errorf("%s: newReduced(%s) took it: %v, want %v", test.name, show(test.spec), got, test.want)
		}
	}
}

func TestReducedRunAllocatesNothing(t *testing.T) {
	s := Spec{Type: dtype.Float64, M: []Loop{{64, 1, 0, 1}}, N: []Loop{{64, 0, 1, 64}}, K: []Loop{{16, 64, 0, 0}}}
	k, _ := newReduced(s, Options{})
	a, b, c := make([]float64, 1024), make([]float64, 64), make([]float64, 4096)
	env := &Env{Scratch: unsafe.Pointer(&make([]complex128, k.Scratch()/16+1)[0])}
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
