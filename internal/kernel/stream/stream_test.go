package stream

import (
	"bytes"
	"math/rand/v2"
	"testing"
	"unsafe"

	"tnbench/internal/dtype"
	"tnbench/internal/kernel/kerneltest"
	"tnbench/internal/kernel/model"
	"tnbench/internal/kernel/nest"
	"tnbench/internal/kernel/vec"
	"tnbench/internal/kernel/vec/isa"
)

func TestStreamEqualsReference(t *testing.T) {
	shapes := []kerneltest.SpecShape{
		{MaxLoops: 2, MaxExtent: 3, MaxMACs: 1 << 12},
		{MaxLoops: 3, MaxExtent: 7, MaxMACs: 1 << 15},
		{MaxLoops: 1, MaxExtent: 40, MaxMACs: 1 << 16},
		{MaxLoops: 1, MaxExtent: 200, MaxMACs: 1 << 16},
		{MaxLoops: 5, MaxExtent: 2, MaxMACs: 1 << 16},
	}
	rng := rand.New(rand.NewPCG(3, 4))
	for i := range kerneltest.Fewer(3000) {
		s := kerneltest.RandomSpec(rng, shapes[i%len(shapes)])
		tiers := vec.Tiers()
		k, ok := New(s.Fused(), nest.Options{Tier: tiers[i%len(tiers)]}, AnyCycles)
		if !ok {
			t.Fatalf("newStream(%s) declined", kerneltest.Show(s))
		}
		kerneltest.MustEqualReference(t, s, k, uint64(i))
	}
}

// smallLimits make small operands cross every limit.
var smallLimits = model.Limits{
	PackedBytes: 512, CacheBytes: 512, PackedShare: 1 << 20, MinTile: 2, Runs: 3, Terms: 5,
	BlockBytes: 256, CutBytes: 192, FarTerms: 64, BlockTerms: 2, BlockRun: 128, TransposeRun: 9, TransposeRows: 11, PastBytes: 512, PastRun: 64,
	SharedBytes: 0,
}

// randomPermutation makes a spec that only moves elements.
func randomPermutation(rng *rand.Rand, t dtype.Type) nest.Spec {
	s := nest.Spec{Type: t, M: make([]nest.Loop, 2+rng.IntN(3))}
	for i := range s.M {
		s.M[i].Extent = 1 + rng.IntN(24/len(s.M)*2)
	}
	kerneltest.LayOut(rng, [...][]nest.Loop{nil, s.M, nil}, func(l *nest.Loop) *int { return &l.A }, true)
	kerneltest.LayOut(rng, [...][]nest.Loop{nil, s.M, nil}, func(l *nest.Loop) *int { return &l.C }, false)
	return s
}

// Not only the schedule that is thought the cheapest must be right.
func TestEveryPlanEqualsReference(t *testing.T) {
	shapes := []kerneltest.SpecShape{
		{MaxLoops: 2, MaxExtent: 4, MaxMACs: 1 << 12},
		{MaxLoops: 1, MaxExtent: 40, MaxMACs: 1 << 15},
		{MaxLoops: 4, MaxExtent: 2, MaxMACs: 1 << 12},
	}
	rng := rand.New(rand.NewPCG(5, 6))
	var packed, chunked, joined int
	used := map[isa.Routine]int{}
	specs, least := 600, 100
	if testing.Short() {
		specs, least = 150, 25
	}
	for i := range specs {
		s := kerneltest.RandomSpec(rng, shapes[i%len(shapes)])
		if i%4 == 0 {
			s = randomPermutation(rng, s.Type)
		}
		s = s.Fused()
		for _, lim := range []*model.Limits{&tuned.Limits, &smallLimits} {
			for _, swapped := range []bool{false, true} {
				m := &scheduler{typ: s.Type, limits: lim, vector: wideVector}
				outs, sums := m.loops(s, swapped)
				for _, p := range m.schedulesFor(outs, sums, false) {
					floor := p.floor()
					if !p.begin() {
						continue
					}
					if p.complete(AnyCycles); p.cost < floor {
						t.Errorf("%s: a schedule of %g cycles has a floor of %g", kerneltest.Show(s), p.cost, floor)
					}
					for _, k := range p.packs {
						if floor := (&scheduler{typ: s.Type, limits: lim, vector: wideVector}).copyFloor(k.loops); k.copy.cost < floor {
							t.Errorf("%s: a copy of %g cycles has a floor of %g", kerneltest.Show(s), k.copy.cost, floor)
						}
					}
					p.swapped = swapped
					used[p.routine]++
					packed += min(1, len(p.packs))
					chunked += min(1, len(p.chunks))
					joined += min(1, len(p.joined))
					for _, tier := range vec.Tiers() {
						kerneltest.MustEqualReference(t, s, newOf(s, p, nest.Options{Tier: tier}), uint64(i))
					}
				}
			}
		}
	}
	for r := range isa.Routines {
		if used[r] < least/5 {
			t.Errorf("routine %s ran %d times, want at least %d: the test shows little", r, used[r], least/5)
		}
	}
	if packed < least || chunked < least || joined < least {
		t.Errorf("%d schedules packed, %d in chunks, %d with joined rows: want at least %d of each", packed, chunked, joined, least)
	}
}

// runAt runs k with every operand shift elements into its memory, so that the
// alignment differs, and returns the bytes of C.
func runAt(s nest.Spec, k nest.Kernel, w *nest.Workers, shift int) []byte {
	na, nb, nc := kerneltest.Spans(s)
	size := s.Type.Size()
	rng := rand.New(rand.NewPCG(7, 8))
	operand := func(n int) []byte {
		mem := dtype.MakeBytes((n+shift)*size + 64)[shift*size:][:n*size]
		if s.Type == dtype.Float32 || s.Type == dtype.Complex64 {
			for i := range dtype.View[float32](mem) {
				dtype.View[float32](mem)[i] = rng.Float32() - 0.3
			}
			return mem
		}
		for i := range dtype.View[float64](mem) {
			dtype.View[float64](mem)[i] = rng.Float64() - 0.3
		}
		return mem
	}
	a, b, c := operand(na), operand(nb), operand(nc)
	env := &nest.Env{Workers: w, Scratch: unsafe.Pointer(&dtype.MakeBytes(k.Scratch() + 64)[0])}
	k.Run(env, unsafe.Pointer(&c[0]), unsafe.Pointer(&a[0]), unsafe.Pointer(&b[0]))
	return c
}

func TestStreamBitsDoNotDependOnWorkersOrAlignment(t *testing.T) {
	w := nest.NewWorkers(3)
	defer w.Close()
	rng := rand.New(rand.NewPCG(9, 10))
	shapes := []kerneltest.SpecShape{
		{MaxLoops: 2, MaxExtent: 9, MaxMACs: 1 << 14},
		{MaxLoops: 1, MaxExtent: 300, MaxMACs: 1 << 16},
	}
	shared := 0
	for i := range 400 {
		s := kerneltest.RandomSpec(rng, shapes[i%len(shapes)]).Fused()
		lim := &smallLimits
		if i%3 == 0 { // a run long enough to be shared out itself
			lim = &tuned.Limits
			s.Batch = []nest.Loop{{Extent: 3*tuned.UnitRun + rng.IntN(100), A: 1, B: 1, C: 1}}
			s.M, s.N, s.K = nil, nil, nil
		}
		o := nest.Options{Tier: vec.Tiers()[i%len(vec.Tiers())], Threads: 3}
		p := new(scheduler).cheapestFor(s, o.ChosenTier(), lim, AnyCycles)
		if p == nil || s.MACs() == 0 {
			continue
		}
		k := newOf(s, p, o)
		if k.parts > 1 {
			shared++
		}
		want := runAt(s, k, nil, 0)
		for _, shift := range []int{0, 1, 3} {
			for _, pool := range []*nest.Workers{nil, w} {
				if got := runAt(s, k, pool, shift); !bytes.Equal(got, want) {
					t.Fatalf("%s, tier %v, %d workers, memory %d elements on: other bits than one worker on aligned memory",
						kerneltest.Show(s), o.Tier, pool.Size(), shift)
				}
			}
		}
	}
	if shared < 100 {
		t.Errorf("%d of 400 kernels can be shared out, want at least 100", shared)
	}
}

func TestStreamRunAllocatesNothing(t *testing.T) {
	w := nest.NewWorkers(2)
	defer w.Close()
	for _, shape := range streamShapes {
		small := dims{}
		for l, n := range shape.dims {
			small[l] = min(n, 24)
		}
		s := einsum(dtype.Float64, small, shape.a, shape.b, shape.c)
		for _, lim := range []*model.Limits{&tuned.Limits, &smallLimits} {
			if s.MACs() > 1<<20 {
				continue
			}
			k := newOf(s, new(scheduler).cheapestFor(s.Fused(), vec.Best(), lim, AnyCycles), nest.Options{Threads: 2})
			na, nb, nc := kerneltest.Spans(s)
			a, b, c := make([]float64, na), make([]float64, nb), make([]float64, nc)
			env := &nest.Env{Workers: w, Scratch: unsafe.Pointer(&make([]float64, k.Scratch()/8+8)[0])}
			if n := testing.AllocsPerRun(5, func() {
				k.Run(env, unsafe.Pointer(&c[0]), unsafe.Pointer(&a[0]), unsafe.Pointer(&b[0]))
			}); n != 0 {
				t.Errorf("%s: Run allocates %v times, want none", shape.name, n)
			}
		}
	}
}

func TestBatchesCoverAllRows(t *testing.T) {
	for _, r := range []isa.Routine{isa.MultiplyRuns, isa.ScaleRuns, isa.DotRuns} {
		for _, isComplex := range []bool{false, true} {
			for n := 1; n < 200; n++ {
				got, largest := 0, 8
				if isComplex {
					largest = 6
				}
				batches := batchesOf(r, n, isComplex)
				for _, b := range batches.all() {
					got += b.rows * b.count
					if b.rows > largest || b.rows < 1 || b.count < 1 {
						t.Errorf("%s, %d rows, complex %v: got a batch of %d×%d, want 1 to %d rows",
							r, n, isComplex, b.count, b.rows, largest)
					}
				}
				if got != n {
					t.Errorf("%s, complex %v: batches cover %d rows, want %d", r, isComplex, got, n)
				}
			}
		}
	}
}
