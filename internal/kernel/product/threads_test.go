package product

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"testing"
	"unsafe"

	"tnbench/internal/dtype"
	"tnbench/internal/kernel/kerneltest"
	"tnbench/internal/kernel/nest"
	"tnbench/internal/kernel/vec"
)

// tensors are random operands for a spec.
type tensors struct{ a, b, c []byte }

func operandsFor(rng *rand.Rand, s nest.Spec) tensors {
	na, nb, nc := kerneltest.Spans(s)
	random := func(n int) []byte {
		m := dtype.Make(s.Type, n)
		if size := s.Type.Size(); size == 4 || s.Type == dtype.Complex64 {
			for i := range dtype.View[float32](m) {
				dtype.View[float32](m)[i] = rng.Float32() - 0.5
			}
		} else {
			for i := range dtype.View[float64](m) {
				dtype.View[float64](m)[i] = rng.Float64() - 0.5
			}
		}
		return m
	}
	return tensors{random(na), random(nb), dtype.Make(s.Type, nc)}
}

// run runs k with scratch memory at an odd address and returns the result.
func (o tensors) run(k nest.Kernel, w *nest.Workers, shift int) []byte {
	clear(o.c)
	scratch := dtype.MakeBytes(k.Scratch() + 64)
	env := &nest.Env{Workers: w, Scratch: unsafe.Pointer(&scratch[shift])}
	k.Run(env, unsafe.Pointer(&o.c[0]), unsafe.Pointer(&o.a[0]), unsafe.Pointer(&o.b[0]))
	return bytes.Clone(o.c)
}

// dividedSpecs are products that are divided in each of the ways there are.
func dividedSpecs(t dtype.Type) map[string]nest.Spec {
	batched := kerneltest.Matrices(t, 40, 72, 64)
	batched.Batch = []nest.Loop{{Extent: 60, A: 40 * 64, B: 64 * 72, C: 40 * 72}}
	return map[string]nest.Spec{
		"batches": batched,
		"columns": kerneltest.Matrices(t, 33, 2500, 130),
		"rows":    kerneltest.Matrices(t, 2500, 33, 130),
		"panel":   kerneltest.Matrices(t, 247, 21, 462),
		"calls":   kerneltest.Matrices(t, 503, 21, 96),
		"woven":   kerneltest.Binary(t, "atbucvdwexfyg", "ABCDEFtGuHvIwJxy", "ABaCbDcEdFeGfHgIJ"),
	}
}

func TestGemmBitsDoNotDependOnWorkers(t *testing.T) {
	for _, tier := range vec.Tiers() {
		if testing.Short() && tier != vec.Best() {
			continue
		}
		for _, d := range dtype.All {
			rng := rand.New(rand.NewPCG(9, uint64(d)))
			for name, s := range dividedSpecs(d) {
				o := operandsFor(rng, s)
				m, parts := microsOfType(tier, d)
				held := &cuts{blocking: blocking{rows: 3 * m.Rows, cols: 2 * m.Width() / parts, depth: evenly(nest.Extent(s.K), tuned.DepthReals/parts, depthStep)}, rowsHeld: true, colsHeld: true}
				heldToo := *held
				heldToo.order = rowsOuter
				for round, cut := range []*cuts{nil, nil, held, &heldToo} {
					want := o.run(newCut(s.Fused(), nest.Options{Tier: tier}, cut), nil, 0)
					for n := 1; n <= 4; n++ {
						w := nest.NewWorkers(n)
						k := newCut(s.Fused(), nest.Options{Tier: tier, Threads: n}, cut)
						if got := o.run(k, w, 8*round); !bytes.Equal(got, want) {
							t.Errorf("%v %v %s, cut %+v: the result of %d workers differs from that of one", tier, d, name, cut, n)
						}
						w.Close()
					}
				}
			}
		}
	}
}

// A product is divided even if it is one panel of columns, or small enough for
// calls that are worked out beforehand.
func TestGemmsOfOnePanelAreDivided(t *testing.T) {
	for name, s := range dividedSpecs(dtype.Float64) {
		g := New(s.Fused(), nest.Options{Threads: 2}).(*product[float64])
		if g.split.parts < 2 {
			t.Errorf("%s: %d parts for two workers", name, g.split.parts)
		}
	}
}

func TestGemmBitsDoNotDependOnBlocks(t *testing.T) {
	for _, tier := range vec.Tiers() {
		for _, d := range dtype.All {
			rng := rand.New(rand.NewPCG(10, uint64(d)))
			m, parts := microsOfType(tier, d)
			for range 20 {
				s := kerneltest.ProductSpec(rng, d, 1+rng.IntN(3), near(rng, m.Rows, 6), near(rng, m.Width()/parts, 4), near(rng, 8, 4))
				o := operandsFor(rng, s)
				var want []byte
				for i, cut := range smallCuts(m, parts) {
					cut.depth = 8
					got := o.run(newCut(s.Fused(), nest.Options{Tier: tier}, cut), nil, 16*(i%2))
					if want == nil {
						want = got
					} else if !bytes.Equal(got, want) {
						t.Fatalf("%v %s: the result of cut %+v differs from that of another", tier, kerneltest.Show(s), *cut)
					}
				}
			}
		}
	}
}

func TestGemmRunAllocatesNothing(t *testing.T) {
	for _, d := range dtype.All {
		for name, s := range dividedSpecs(d) {
			for n := 1; n <= 2; n++ {
				w := nest.NewWorkers(n)
				k := New(s.Fused(), nest.Options{Threads: n})
				o := operandsFor(rand.New(rand.NewPCG(1, 1)), s)
				env := &nest.Env{Workers: w, Scratch: unsafe.Pointer(&dtype.MakeBytes(k.Scratch() + 1)[0])}
				c, a, b := unsafe.Pointer(&o.c[0]), unsafe.Pointer(&o.a[0]), unsafe.Pointer(&o.b[0])
				if got := testing.AllocsPerRun(5, func() { k.Run(env, c, a, b) }); got != 0 {
					t.Errorf("%v %s, %d workers: Run allocates %v times, want none", d, name, n, got)
				}
				w.Close()
			}
		}
	}
}

func BenchmarkGemmThreads(b *testing.B) {
	for _, d := range []dtype.Type{dtype.Float64, dtype.Complex128} {
		for _, x := range [][3]int{{1024, 1024, 1024}, {512, 8192, 128}, {256, 256, 256}} {
			for n := 1; n <= 2; n++ {
				b.Run(fmt.Sprintf("%v/%dx%dx%d/threads=%d", d, x[0], x[1], x[2], n), func(b *testing.B) {
					w := nest.NewWorkers(n)
					defer w.Close()
					s := kerneltest.Matrices(d, x[0], x[1], x[2])
					runProduct(b, s, New(s.Fused(), nest.Options{Threads: n}), nil, w, n)
				})
			}
		}
	}
}
