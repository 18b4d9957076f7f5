package kernel

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"unsafe"

	"tnbench/internal/dtype"
	"tnbench/internal/kernel/kerneltest"
	"tnbench/internal/kernel/nest"
	"tnbench/internal/kernel/vec"
	"tnbench/internal/kernel/vec/isa"
)

// sumSpec makes the sum of one operand over some of its loops, which lie in any order
// in it and in C.
func sumSpec(rng *rand.Rand) nest.Spec {
	s := nest.Spec{Type: dtype.All[rng.IntN(len(dtype.All))], M: make([]nest.Loop, 1+rng.IntN(2)), K: make([]nest.Loop, 1+rng.IntN(2))}
	for i := range s.M {
		s.M[i].Extent = 1 + rng.IntN(9)
	}
	for i := range s.K {
		s.K[i].Extent = 1 + rng.IntN(90/len(s.K)/len(s.K))
	}
	kerneltest.LayOut(rng, [...][]nest.Loop{nil, s.M, s.K}, func(l *nest.Loop) *int { return &l.A }, true)
	kerneltest.LayOut(rng, [...][]nest.Loop{nil, s.M, nil}, func(l *nest.Loop) *int { return &l.C }, false)
	if rng.IntN(3) == 0 {
		s.M, s.N, s.K = nil, nest.Turned(s.M), nest.Turned(s.K)
	}
	return s.Fused()
}

// fold makes a kernel of two stages for s whatever it takes.
func fold(s nest.Spec) (nest.Kernel, bool) {
	operand, number := place{in: inA}, place{in: inB}
	if len(s.M) == 0 {
		s, operand, number = s.Turned(), number, operand
	}
	k := newSequence(s.Type, nest.Options{})
	return k, len(s.M) > 0 && len(s.K) > 0 && k.fold(s, operand, number)
}

func TestFoldedEqualsReference(t *testing.T) {
	rng := rand.New(rand.NewPCG(31, 32))
	specs, taken, chosen := kerneltest.Fewer(2000), 0, 0
	for i := range specs {
		s := sumSpec(rng)
		if k, ok := fold(s); ok {
			taken++
			kerneltest.MustEqualReference(t, s, k, uint64(i))
		}
		if _, ok := newFolded(s, nest.Options{}); ok {
			chosen++
		}
	}
	if least := specs / 10; taken < least || chosen < least/4 {
		t.Errorf("of %d random sums %d could be taken in two stages and %d are, want %d and %d at least: the test shows little", specs, taken, chosen, least, least/4)
	}
}

// crossedSpec makes a sum of products of two operands in any orders.
func crossedSpec(rng *rand.Rand) nest.Spec {
	s := nest.Spec{Type: dtype.All[rng.IntN(len(dtype.All))], K: make([]nest.Loop, 2+rng.IntN(2))}
	for i := range s.K {
		s.K[i].Extent = 1 + rng.IntN(20)
	}
	kerneltest.LayOut(rng, [...][]nest.Loop{nil, nil, s.K}, func(l *nest.Loop) *int { return &l.A }, true)
	kerneltest.LayOut(rng, [...][]nest.Loop{nil, nil, s.K}, func(l *nest.Loop) *int { return &l.B }, true)
	return s.Fused()
}

// Blocks of any size, with a rest in each loop, must add up to the sum.
func TestCrossedEqualsReference(t *testing.T) {
	rng := rand.New(rand.NewPCG(33, 34))
	specs, taken := kerneltest.Fewer(1500), 0
	for i := range specs {
		s := crossedSpec(rng)
		if len(s.K) < 2 {
			continue
		}
		terms, tiles := slices.Clone(s.K), make([]int, len(s.K))
		slices.SortStableFunc(terms, func(x, y nest.Loop) int { return x.A - y.A })
		for j := range tiles {
			tiles[j] = 1 + rng.IntN(terms[j].Extent)
		}
		k := crossed(s, terms, tiles, nest.Options{}, 1e18)
		taken++
		kerneltest.MustEqualReference(t, s, k, uint64(i))
	}
	if least := specs / 4; taken < least {
		t.Errorf("%d of %d random sums, want at least %d: the test shows little", taken, specs, least)
	}
}

// tiledSpec makes an elementwise product whose operands share short runs, and more.
func tiledSpec(rng *rand.Rand) nest.Spec {
	n, k, m := 1+rng.IntN(9), 1+rng.IntN(70), 1+rng.IntN(9)
	s := nest.Spec{
		Type:  dtype.All[rng.IntN(len(dtype.All))],
		Batch: []nest.Loop{{Extent: n, A: 1, B: 1, C: 1}},
		N:     []nest.Loop{{Extent: k, B: n, C: n}},
		M:     []nest.Loop{{Extent: m, A: n + rng.IntN(2), C: n * k}},
	}
	if p := rng.IntN(4); p > 0 { // another loop that both follow
		s.Batch = append(s.Batch, nest.Loop{Extent: p, A: (n + 1) * m, B: n*k + rng.IntN(2), C: n * k * m})
	}
	if rng.IntN(2) == 0 {
		s = s.Turned()
	}
	return s.Fused()
}

func TestTiledEqualsReference(t *testing.T) {
	rng := rand.New(rand.NewPCG(35, 36))
	specs, taken := kerneltest.Fewer(1500), 0
	for i := range specs {
		s := tiledSpec(rng)
		k := newSequence(s.Type, nest.Options{})
		if k.tile(s, place{in: inA}, place{in: inB}) || k.tile(s.Turned(), place{in: inB}, place{in: inA}) {
			taken++
			kerneltest.MustEqualReference(t, s, k, uint64(i))
		}
	}
	if least := specs / 4; taken < least {
		t.Errorf("%d of %d random products, want at least %d: the test shows little", taken, specs, least)
	}
}

func TestStagesAreTakenForWhatStreamsAreSlowAt(t *testing.T) {
	if vec.Best().Slots == isa.NoSlot {
		t.Skip("without vectors other stages pay")
	}
	loop := func(n, a, b, c int) nest.Loop { return nest.Loop{Extent: n, A: a, B: b, C: c} }
	for _, test := range []struct {
		name string
		spec nest.Spec
		want bool
	}{
		{"mnk->k, k = 2", nest.Spec{M: []nest.Loop{loop(2, 1, 0, 1)}, K: []nest.Loop{loop(1024, 2, 0, 0)}}, true},
		{"mnk->k, k = 64", nest.Spec{M: []nest.Loop{loop(64, 1, 0, 1)}, K: []nest.Loop{loop(1024, 64, 0, 0)}}, false},
		{"abc->ca", nest.Spec{M: []nest.Loop{loop(64, 4096, 0, 1), loop(64, 1, 0, 64)}, K: []nest.Loop{loop(64, 64, 0, 0)}}, true},
		{"ab->a", nest.Spec{M: []nest.Loop{loop(64, 64, 0, 1)}, K: []nest.Loop{loop(64, 1, 0, 0)}}, false},
		{"ab,ba->", nest.Spec{K: []nest.Loop{loop(1024, 1024, 1, 0), loop(1024, 1, 1024, 0)}}, true},
		{"mn,kn->mkn, n = 2", nest.Spec{M: []nest.Loop{loop(256, 2, 0, 128)}, N: []nest.Loop{loop(64, 0, 2, 2)}, Batch: []nest.Loop{loop(2, 1, 1, 1)}}, true},
		{"mn,kn->mkn, n = 64", nest.Spec{M: []nest.Loop{loop(64, 64, 0, 4096)}, N: []nest.Loop{loop(64, 0, 64, 64)}, Batch: []nest.Loop{loop(64, 1, 1, 1)}}, false},
		{"ab,ab->", nest.Spec{K: []nest.Loop{loop(1024, 1024, 1024, 0), loop(1024, 1, 1, 0)}}, false},
	} {
		test.spec.Type = dtype.Float64
		if k, ok := newNative(test.spec, nest.Options{}).(*sequence); ok != test.want {
			t.Errorf("%s: stages are %v, want some: %v", test.name, k, test.want)
		}
	}
}

func TestSequenceRunAllocatesNothingAndLeavesEnvAlone(t *testing.T) {
	s := nest.Spec{Type: dtype.Float64, K: []nest.Loop{{Extent: 300, A: 301, B: 1}, {Extent: 300, A: 1, B: 302}}}
	k := crossed(s, s.K, []int{100, 100}, nest.Options{}, math.Inf(1)) // whether it pays or not
	a, b, c := make([]float64, 301*302), make([]float64, 301*302), make([]float64, 1)
	env := &nest.Env{Scratch: unsafe.Pointer(&make([]complex128, k.Scratch()/16+1)[0])}
	before := *env
	if n := testing.AllocsPerRun(10, func() {
		k.Run(env, unsafe.Pointer(&c[0]), unsafe.Pointer(&a[0]), unsafe.Pointer(&b[0]))
	}); n != 0 {
		t.Errorf("Run allocates %v times, want none", n)
	}
	if env.Scratch != before.Scratch || env.Add != before.Add {
		t.Errorf("Run leaves Env at %v, want %v", env, before)
	}
}
