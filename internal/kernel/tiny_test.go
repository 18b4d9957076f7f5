package kernel

import (
	"math/rand/v2"
	"testing"
	"unsafe"

	"tnbench/internal/dtype"
)

func TestTinyEqualsReference(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	taken := 0
	for i := range 4000 {
		s := randomSpec(rng, specShape{maxLoops: 3, maxExtent: 4, maxMACs: maxTinyMACs})
		if !tinyFits(s) {
			continue
		}
		taken++
		mustEqualReference(t, s, newTiny(s), uint64(i))
	}
	if taken < 2000 {
		t.Errorf("tinyFits took %d of 4000 small specs, want at least half", taken)
	}
}

func TestTinyDeclinesWhatItsTablesCannotHold(t *testing.T) {
	for name, s := range map[string]Spec{
		"too many elements": {Type: dtype.Float64, M: []Loop{{maxTinyElements + 1, 1, 0, 1}}},
		"too many terms":    {Type: dtype.Float64, K: []Loop{{maxTinyMACs + 1, 1, 1, 0}}},
		"offset over 2^32":  {Type: dtype.Float64, M: []Loop{{2, 1 << 29, 0, 1}}},
		"empty loop":        {Type: dtype.Float64, M: []Loop{{0, 1, 0, 1}}},
	} {
		if tinyFits(s) {
			t.Errorf("tinyFits(%s) (%s): accepted, want declined", show(s), name)
		}
	}
}

// two is the product of two 2×2 matrices.
func two(t dtype.Type) Spec {
	return Spec{Type: t, M: []Loop{{2, 2, 0, 2}}, N: []Loop{{2, 0, 1, 1}}, K: []Loop{{2, 1, 2, 0}}}
}

func TestTinyRunAllocatesNothing(t *testing.T) {
	for _, typ := range dtype.All {
		k := newTiny(two(typ))
		mem := make([]complex128, 3*4)
		env := &Env{}
		c, a, b := unsafe.Pointer(&mem[0]), unsafe.Pointer(&mem[4]), unsafe.Pointer(&mem[8])
		if n := testing.AllocsPerRun(100, func() { k.Run(env, c, a, b) }); n != 0 {
			t.Errorf("%v: Run of a 2×2 product allocates %v times, want none", typ, n)
		}
	}
}

func BenchmarkTiny(b *testing.B) {
	line := func(n int) []Loop { return []Loop{{n, 1, 1, 1}} }
	for name, s := range map[string]Spec{
		"shape=2x2·2x2":            two(dtype.Float64),
		"shape=2x2·2x2/complex128": two(dtype.Complex128),
		"shape=multiply-2":         {Type: dtype.Float64, Batch: line(2)},
		"shape=multiply-4":         {Type: dtype.Float64, Batch: line(4)},
		"shape=multiply-8":         {Type: dtype.Float64, Batch: line(8)},
		"shape=multiply-64":        {Type: dtype.Float64, Batch: line(64)},
		"shape=matrix-vector-2":    {Type: dtype.Float64, M: []Loop{{2, 2, 0, 1}}, K: []Loop{{2, 1, 1, 0}}},
		"shape=matrix-vector-4":    {Type: dtype.Float64, M: []Loop{{4, 4, 0, 1}}, K: []Loop{{4, 1, 1, 0}}},
		"shape=4x4·4x4":            {Type: dtype.Float64, M: []Loop{{4, 4, 0, 4}}, N: []Loop{{4, 0, 1, 1}}, K: []Loop{{4, 1, 4, 0}}},
		"shape=8x8·8x8":            {Type: dtype.Float64, M: []Loop{{8, 8, 0, 8}}, N: []Loop{{8, 0, 1, 1}}, K: []Loop{{8, 1, 8, 0}}},
	} {
		b.Run(name, func(b *testing.B) {
			if !tinyFits(s) {
				b.Fatalf("tinyFits(%s) declined", show(s))
			}
			k := newTiny(s)
			mem := make([]complex128, 3*64)
			c, x, y := unsafe.Pointer(&mem[0]), unsafe.Pointer(&mem[64]), unsafe.Pointer(&mem[128])
			env := &Env{}
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
