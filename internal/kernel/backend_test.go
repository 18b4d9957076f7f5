package kernel

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"
	"unsafe"

	"tnbench/internal/dtype"
	"tnbench/internal/kernel/blas"
	"tnbench/internal/kernel/kerneltest"
	"tnbench/internal/kernel/nest"
)

// The suite that all backends pass. What is not installed is skipped.

// eachBackend runs test for every backend that can run here.
func eachBackend(t *testing.T, test func(t *testing.T, b blas.Backend)) {
	for _, name := range blas.Names() {
		t.Run(name, func(t *testing.T) {
			b, err := blas.Parse(name)
			if err != nil {
				t.Fatal(err)
			}
			if err := b.Available(); err != nil {
				t.Skip(err)
			}
			test(t, b)
		})
	}
}

func TestBackendsEqualReferenceOnRandomSteps(t *testing.T) {
	eachBackend(t, func(t *testing.T, b blas.Backend) {
		rng := rand.New(rand.NewPCG(11, 1))
		for i := range kerneltest.Fewer(1200) {
			s := kerneltest.RandomSpec(rng, kerneltest.SpecShape{MaxLoops: 3, MaxExtent: 7, MaxMACs: 8000})
			k, err := New(s, Options{Backend: b})
			if err != nil {
				t.Fatalf("%s: New: %v", kerneltest.Show(s), err)
			}
			kerneltest.MustEqualReference(t, s, k, uint64(i))
		}
	})
}

func TestBackendsLeaveSmallAndOuterStepsToNativeKernels(t *testing.T) {
	eachBackend(t, func(t *testing.T, b blas.Backend) {
		for _, s := range []nest.Spec{
			kerneltest.Matrices(dtype.Float64, 4, 4, 4),
			kerneltest.Matrices(dtype.Float64, 300, 300, 1),
			kerneltest.Layout{Name: "", A: "bij", B: "bij", C: "bij"}.Spec(dtype.Complex128),
			kerneltest.Layout{Name: "", A: "ijs", B: "pq", C: "ijpq"}.Spec(dtype.Float32),
		} {
			got, err := New(s, Options{Backend: b})
			if err != nil {
				t.Fatal(err)
			}
			want, _ := New(s, Options{})
			if g, w := fmt.Sprintf("%T", got), fmt.Sprintf("%T", want); g != w {
				t.Errorf("%s: got a %s, want a %s", kerneltest.Show(s), g, w)
			}
		}
	})
}

// The same program must give the same bits wherever its buffers lie.
func TestBackendsGiveTheSameBitsEachTime(t *testing.T) {
	eachBackend(t, func(t *testing.T, b blas.Backend) {
		rng := rand.New(rand.NewPCG(13, 1))
		for _, d := range dtype.All {
			for range kerneltest.Fewer(30) {
				s := kerneltest.ProductSpec(rng, d, 1+rng.IntN(2), 1+rng.IntN(140), 1+rng.IntN(140), 2+rng.IntN(140))
				k, err := New(s, Options{Backend: b, Threads: 1 + rng.IntN(2)})
				if err != nil {
					t.Fatal(err)
				}
				na, nb, nc := kerneltest.Spans(s)
				size := d.Size()
				elements := make([]byte, (na+nb)*size)
				kerneltest.FillRandom(rng, d, elements)
				var want []byte
				for run, offset := range []int{0, 0, 16, 32, 48} {
					pa, pb, pc := kerneltest.Placed(na*size, offset, 0), kerneltest.Placed(nb*size, 48-offset, 0), kerneltest.Placed(nc*size, offset, byte(run))
					copy(pa, elements)
					copy(pb, elements[na*size:])
					scratch := kerneltest.Placed(k.Scratch()+1, offset, 0xff)
					clear(pc)
					k.Run(&nest.Env{Scratch: unsafe.Pointer(&scratch[0])}, unsafe.Pointer(&pc[0]), unsafe.Pointer(&pa[0]), unsafe.Pointer(&pb[0]))
					if want == nil {
						want = slices.Clone(pc)
					}
					if !bytes.Equal(pc, want) {
						t.Fatalf("%s (%s): other bits with operands %d bytes further", kerneltest.Show(s), k.Info().Class, offset)
					}
				}
			}
		}
	})
}

func TestBackendsDoNotAllocateOnOneThread(t *testing.T) {
	eachBackend(t, func(t *testing.T, b blas.Backend) {
		for _, d := range dtype.All {
			for _, s := range []nest.Spec{
				kerneltest.Matrices(d, 150, 150, 150),
				kerneltest.Matrices(d, 150, 1, 150),
				kerneltest.Matrices(d, 1, 1, 600),
				kerneltest.Layout{Name: "", A: "ixjybs", B: "ypxqb", C: "biqpj"}.Spec(d),
			} {
				k, err := New(s, Options{Backend: b, Threads: 1})
				if err != nil {
					t.Fatal(err)
				}
				na, nb, nc := kerneltest.Spans(s)
				pa, pb, pc := kerneltest.Placed(na*d.Size(), 0, 0), kerneltest.Placed(nb*d.Size(), 0, 0), kerneltest.Placed(nc*d.Size(), 0, 0)
				scratch := kerneltest.Placed(k.Scratch()+1, 0, 0)
				env := &nest.Env{Scratch: unsafe.Pointer(&scratch[0])}
				n := testing.AllocsPerRun(3, func() {
					k.Run(env, unsafe.Pointer(&pc[0]), unsafe.Pointer(&pa[0]), unsafe.Pointer(&pb[0]))
				})
				if n != 0 {
					t.Errorf("%s (%s): %g allocations, want none", kerneltest.Show(s), k.Info().Class, n)
				}
			}
		}
	})
}

// A program is shared by goroutines, each with memory of its own.
func TestBackendsMayBeSharedByGoroutines(t *testing.T) {
	eachBackend(t, func(t *testing.T, b blas.Backend) {
		s := kerneltest.Layout{Name: "", A: "ixjybs", B: "ypxqb", C: "biqpj"}.Spec(dtype.Float64)
		k, err := New(s, Options{Backend: b, Threads: 2})
		if err != nil {
			t.Fatal(err)
		}
		for range 4 {
			t.Run("", func(t *testing.T) {
				t.Parallel()
				for i := range 5 {
					kerneltest.MustEqualReference(t, s, k, uint64(i))
				}
			})
		}
	})
}

func TestNewFailsWhereABackendIsNotAvailable(t *testing.T) {
	for _, b := range []blas.Backend{blas.OpenBLAS, blas.Accelerate, blas.Backend(99)} {
		want := b.Available()
		if want == nil {
			continue
		}
		if _, err := New(kerneltest.Matrices(dtype.Float64, 64, 64, 64), Options{Backend: b}); err == nil || err.Error() != want.Error() {
			t.Errorf("%v: New: got error %v, want %v", b, err, want)
		}
	}
}

// backendShapes are what the backends are compared on.
var backendShapes = []struct {
	name string
	spec func(d dtype.Type) nest.Spec
}{
	{"1024x1024x1024", func(d dtype.Type) nest.Spec { return kerneltest.Matrices(d, 1024, 1024, 1024) }},
	{"512x8192x128", func(d dtype.Type) nest.Spec { return kerneltest.Matrices(d, 512, 8192, 128) }},
	{"64x64x64", func(d dtype.Type) nest.Spec { return kerneltest.Matrices(d, 64, 64, 64) }},
	{"16x16x16", func(d dtype.Type) nest.Spec { return kerneltest.Matrices(d, 16, 16, 16) }},
	{"2048x1x2048", func(d dtype.Type) nest.Spec { return kerneltest.Matrices(d, 2048, 1, 2048) }},
	{"woven", func(d dtype.Type) nest.Spec {
		return kerneltest.Binary(d, "atbucvdwexfygzhijk", "ABCDEFtGuHvIwJxKyLzM", "ABaCbDcEdFeGfHgIhJiKjLkM")
	}},
}

// BenchmarkBackends runs the available backends in turns, so that all see the
// same machine. It reports for each GFLOP/s and the median ratio of its time to
// that of the native kernels in the same turn.
func BenchmarkBackends(b *testing.B) {
	for _, d := range dtype.All {
		for _, x := range backendShapes {
			b.Run(d.String()+"/"+x.name, func(b *testing.B) { compareBackends(b, x.spec(d)) })
		}
	}
}

func compareBackends(b *testing.B, s nest.Spec) {
	backends := blas.Runnable()
	rng := rand.New(rand.NewPCG(15, 1))
	na, nb, nc := kerneltest.Spans(s)
	size := s.Type.Size()
	pa, pb, pc := kerneltest.Placed(na*size, 0, 0), kerneltest.Placed(nb*size, 0, 0), kerneltest.Placed(nc*size, 0, 0)
	kerneltest.FillRandom(rng, s.Type, pa)
	kerneltest.FillRandom(rng, s.Type, pb)
	// Short products are repeated until a turn is long enough for the clock.
	repeats := max(1, 2_000_000/s.MACs())
	kernels := make([]nest.Kernel, len(backends))
	envs := make([]*nest.Env, len(backends))
	for i, backend := range backends {
		var err error
		if kernels[i], err = New(s, Options{Backend: backend, Threads: 1}); err != nil {
			b.Fatal(err)
		}
		envs[i] = &nest.Env{Scratch: unsafe.Pointer(&kerneltest.Placed(kernels[i].Scratch()+1, 0, 0)[0])}
	}
	turn := func(i int) float64 {
		start := time.Now()
		for range repeats {
			kernels[i].Run(envs[i], unsafe.Pointer(&pc[0]), unsafe.Pointer(&pa[0]), unsafe.Pointer(&pb[0]))
		}
		return time.Since(start).Seconds() / float64(repeats)
	}
	for i := range backends {
		turn(i)
	}
	times := make([][]float64, len(backends))
	ratios := make([][]float64, len(backends))
	for n := 0; b.Loop(); n++ {
		now := make([]float64, len(backends))
		for j := range backends {
			i := (n + j) % len(backends)
			now[i] = turn(i)
		}
		for i := range backends {
			times[i] = append(times[i], now[i])
			ratios[i] = append(ratios[i], now[i]/now[0])
		}
	}
	flops := 2 * float64(s.MACs())
	if s.Type.IsComplex() {
		flops *= 4
	}
	median := func(x []float64) float64 { slices.Sort(x); return x[len(x)/2] }
	for i, backend := range backends {
		b.ReportMetric(flops/median(times[i])/1e9, backend.String()+"-GFLOP/s")
		if i > 0 {
			b.ReportMetric(median(ratios[i]), backend.String()+"/native")
		}
	}
}
