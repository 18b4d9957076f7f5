package kernel

import (
	"math/rand/v2"
	"testing"
	"unsafe"

	"tnbench/internal/dtype"
	"tnbench/internal/kernel/kerneltest"
	"tnbench/internal/kernel/nest"
)

func TestTinyEqualsReference(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	taken := 0
	for i := range 4000 {
		s := kerneltest.RandomSpec(rng, kerneltest.SpecShape{MaxLoops: 3, MaxExtent: 4, MaxMACs: maxTinyMACs})
		if !tinyFits(s) {
			continue
		}
		taken++
		kerneltest.MustEqualReference(t, s, newTiny(s), uint64(i))
	}
	if taken < 2000 {
		t.Errorf("tinyFits took %d of 4000 small specs, want at least half", taken)
	}
}

func TestTinyDeclinesWhatItsTablesCannotHold(t *testing.T) {
	for name, s := range map[string]nest.Spec{
		"too many elements": {Type: dtype.Float64, M: []nest.Loop{{Extent: maxTinyElements + 1, A: 1, B: 0, C: 1}}},
		"too many terms":    {Type: dtype.Float64, K: []nest.Loop{{Extent: maxTinyMACs + 1, A: 1, B: 1, C: 0}}},
		"offset over 2^32":  {Type: dtype.Float64, M: []nest.Loop{{Extent: 2, A: 1 << 29, B: 0, C: 1}}},
		"empty loop":        {Type: dtype.Float64, M: []nest.Loop{{Extent: 0, A: 1, B: 0, C: 1}}},
	} {
		if tinyFits(s) {
			t.Errorf("tinyFits(%s) (%s): accepted, want declined", kerneltest.Show(s), name)
		}
	}
}

// two is the product of two 2×2 matrices.
func two(t dtype.Type) nest.Spec {
	return nest.Spec{Type: t, M: []nest.Loop{{Extent: 2, A: 2, B: 0, C: 2}}, N: []nest.Loop{{Extent: 2, A: 0, B: 1, C: 1}}, K: []nest.Loop{{Extent: 2, A: 1, B: 2, C: 0}}}
}

func TestTinyRunAllocatesNothing(t *testing.T) {
	for _, typ := range dtype.All {
		k := newTiny(two(typ))
		mem := make([]complex128, 3*4)
		env := &nest.Env{}
		c, a, b := unsafe.Pointer(&mem[0]), unsafe.Pointer(&mem[4]), unsafe.Pointer(&mem[8])
		if n := testing.AllocsPerRun(100, func() { k.Run(env, c, a, b) }); n != 0 {
			t.Errorf("%v: Run of a 2×2 product allocates %v times, want none", typ, n)
		}
	}
}

func BenchmarkTiny(b *testing.B) {
	line := func(n int) []nest.Loop { return []nest.Loop{{Extent: n, A: 1, B: 1, C: 1}} }
	for name, s := range map[string]nest.Spec{
		"shape=2x2·2x2":            two(dtype.Float64),
		"shape=2x2·2x2/complex128": two(dtype.Complex128),
		"shape=multiply-2":         {Type: dtype.Float64, Batch: line(2)},
		"shape=multiply-4":         {Type: dtype.Float64, Batch: line(4)},
		"shape=multiply-8":         {Type: dtype.Float64, Batch: line(8)},
		"shape=multiply-64":        {Type: dtype.Float64, Batch: line(64)},
		"shape=matrix-vector-2":    {Type: dtype.Float64, M: []nest.Loop{{Extent: 2, A: 2, B: 0, C: 1}}, K: []nest.Loop{{Extent: 2, A: 1, B: 1, C: 0}}},
		"shape=matrix-vector-4":    {Type: dtype.Float64, M: []nest.Loop{{Extent: 4, A: 4, B: 0, C: 1}}, K: []nest.Loop{{Extent: 4, A: 1, B: 1, C: 0}}},
		"shape=4x4·4x4":            {Type: dtype.Float64, M: []nest.Loop{{Extent: 4, A: 4, B: 0, C: 4}}, N: []nest.Loop{{Extent: 4, A: 0, B: 1, C: 1}}, K: []nest.Loop{{Extent: 4, A: 1, B: 4, C: 0}}},
		"shape=8x8·8x8":            {Type: dtype.Float64, M: []nest.Loop{{Extent: 8, A: 8, B: 0, C: 8}}, N: []nest.Loop{{Extent: 8, A: 0, B: 1, C: 1}}, K: []nest.Loop{{Extent: 8, A: 1, B: 8, C: 0}}},
	} {
		b.Run(name, func(b *testing.B) {
			if !tinyFits(s) {
				b.Fatalf("tinyFits(%s) declined", kerneltest.Show(s))
			}
			k := newTiny(s)
			mem := make([]complex128, 3*64)
			c, x, y := unsafe.Pointer(&mem[0]), unsafe.Pointer(&mem[64]), unsafe.Pointer(&mem[128])
			env := &nest.Env{}
			for b.Loop() {
				k.Run(env, c, x, y)
			}
		})
	}
}

func BenchmarkTinyConstruction(b *testing.B) {
	s := two(dtype.Float64)
	b.ReportAllocs()
	for b.Loop() {
		newTiny(s)
	}
}
