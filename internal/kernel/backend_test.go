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
)

// The suite that all backends pass. What is not installed is skipped.

// eachBackend runs test for every backend that can run here.
func eachBackend(t *testing.T, test func(t *testing.T, b Backend)) {
	for b := range backendNames {
		t.Run(Backend(b).String(), func(t *testing.T) {
			if err := Backend(b).Available(); err != nil {
				t.Skip(err)
			}
			test(t, Backend(b))
		})
	}
}

// fewer is n, or a tenth of it in short runs.
func fewer(n int) int {
	if testing.Short() {
		return n / 10
	}
	return n
}

// backendKernel makes the kernel of b for s, by BLAS even if it is small; nil if
// it is nothing for BLAS.
func backendKernel(t testing.TB, b Backend, s Spec, threads int) Kernel {
	t.Helper()
	lib, err := b.library()
	if err != nil {
		t.Fatal(err)
	}
	if lib == nil {
		k, err := New(s, Options{Threads: threads})
		if err != nil {
			t.Fatalf("%s: New: %v", show(s), err)
		}
		return k
	}
	k, ok, err := newBLAS(s, Options{Threads: threads}, lib, 1)
	if err != nil {
		t.Fatalf("%s: newBLAS: %v", show(s), err)
	}
	if !ok {
		return nil
	}
	return k
}

func TestBackendsEqualReferenceOnRandomSteps(t *testing.T) {
	eachBackend(t, func(t *testing.T, b Backend) {
		rng := rand.New(rand.NewPCG(11, 1))
		steps, multiplied := fewer(1200), 0
		for i := range steps {
			s := randomSpec(rng, specShape{maxLoops: 3, maxExtent: 7, maxMACs: 8000})
			if k := backendKernel(t, b, s, 1); k != nil {
				mustEqualReference(t, s, k, uint64(i))
				multiplied++
			}
			k, err := New(s, Options{Backend: b})
			if err != nil {
				t.Fatalf("%s: New: %v", show(s), err)
			}
			mustEqualReference(t, s, k, uint64(i))
		}
		if multiplied < steps/3 {
			t.Errorf("only %d of %d steps were multiplied by the backend", multiplied, steps)
		}
	})
}

func TestBackendsEqualReferenceOnProducts(t *testing.T) {
	eachBackend(t, func(t *testing.T, b Backend) {
		rng := rand.New(rand.NewPCG(12, 1))
		for _, d := range dtype.All {
			for i := range fewer(20) {
				// Around the blocks of 64, and vectors.
				side := func() int { return []int{1, 2, 17, 63, 64, 65, 130}[rng.IntN(7)] }
				s := productSpec(rng, d, 1+rng.IntN(3), side(), side(), side())
				for _, threads := range []int{1, 2} {
					if k := backendKernel(t, b, s, threads); k != nil {
						mustEqualReference(t, s, k, uint64(i))
					}
				}
			}
		}
	})
}

// layout is a product of labels with dimension 4.
type layout struct{ name, a, b, c string }

// spec lays out labels of dimension 4: those in A and C are rows, in B and C
// columns, in A and B sums, in all three batches.
func (l layout) spec(t dtype.Type) Spec {
	s := binary(t, l.a, l.b, l.c)
	widen := func(loops []Loop) {
		for i := range loops {
			x := &loops[i]
			*x = Loop{4, x.A * x.A, x.B * x.B, x.C * x.C}
		}
	}
	widen(s.Batch)
	widen(s.M)
	widen(s.N)
	widen(s.K)
	return s
}

func TestBackendsCopyOnlyWhatIsNoMatrix(t *testing.T) {
	cases := []struct {
		layout
		class string
		a, b  Access
		copyC bool
	}{
		{layout: layout{"plain", "ijxy", "xypq", "ijpq"}, class: "gemm"},
		{layout: layout{"A transposed", "xyij", "xypq", "ijpq"}, class: "gemm"},
		{layout: layout{"B transposed", "ijxy", "pqxy", "ijpq"}, class: "gemm"},
		{layout: layout{"C transposed", "xyij", "xypq", "pqij"}, class: "gemm"},
		{layout: layout{"rows in the order of A and C", "jixy", "xypq", "jipq"}, class: "gemm"},
		{layout: layout{"sums in another order in B", "ijxy", "yxpq", "ijpq"}, class: "gemm", b: Permuted},
		{layout: layout{"A woven", "ixjy", "xypqr", "ijpqr"}, class: "gemm", a: Permuted},
		{layout: layout{"B woven", "ijkxy", "pxqy", "ijkpq"}, class: "gemm", b: Permuted},
		{layout: layout{"C woven", "ijxy", "xypq", "ipjq"}, class: "gemm", copyC: true},
		{layout: layout{"batch outermost", "bixy", "bxyp", "bip"}, class: "gemm"},
		{layout: layout{"batch within rows", "ibxy", "bxyp", "bip"}, class: "gemm"},
		{layout: layout{"batch innermost", "ixyb", "xypb", "ipb"}, class: "gemm", a: Permuted, b: Permuted, copyC: true},
		{layout: layout{"sum over a label of A alone", "ijsxy", "xypq", "ijpq"}, class: "gemm", a: Reduced},
		{layout: layout{"matrix and vector", "ijxy", "xy", "ij"}, class: "gemv"},
		{layout: layout{"vector and matrix", "xy", "xypq", "pq"}, class: "gemv"},
		{layout: layout{"matrix and summed vector", "ijxy", "xys", "ij"}, class: "gemv", b: Reduced},
		{layout: layout{"matrix and strided vector", "bijxy", "xyb", "ijb"}, class: "gemv"},
		{layout: layout{"vectors", "wxyz", "wxyz", ""}, class: "dot"},
		{layout: layout{"vectors in other orders", "wxyz", "zyxw", ""}, class: "dot", b: Permuted},
	}
	for _, b := range []Backend{Gonum, OpenBLAS} {
		t.Run(b.String(), func(t *testing.T) {
			if err := b.Available(); err != nil {
				t.Skip(err)
			}
			for _, x := range cases {
				s := x.spec(dtype.Float64)
				k := backendKernel(t, b, s, 1)
				if k == nil {
					t.Errorf("%s: not multiplied by the backend", x.name)
					continue
				}
				mustEqualReference(t, s, k, 1)
				info, copies := k.Info(), k.(*blasKernel).c.kernel != nil
				if info.Class != x.class || info.A != x.a || info.B != x.b || copies != x.copyC {
					t.Errorf("%s (%s,%s->%s): got %s, A %v, B %v, C copied %v; want %s, A %v, B %v, C copied %v",
						x.name, x.a, x.b, x.c, info.Class, info.A, info.B, copies, x.class, x.a, x.b, x.copyC)
				}
			}
		})
	}
}

func TestGonumIsNeverGivenTwoTransposedMatrices(t *testing.T) {
	s := layout{"", "xyij", "pqxy", "ijpq"}.spec(dtype.Float64)
	k := backendKernel(t, Gonum, s, 1)
	if i := k.Info(); i.A == InPlace && i.B == InPlace {
		t.Errorf("%s: A %v, B %v, want one of them permuted", show(s), i.A, i.B)
	}
	mustEqualReference(t, s, k, 1)
}

func TestBackendsLeaveSmallAndOuterStepsToNativeKernels(t *testing.T) {
	eachBackend(t, func(t *testing.T, b Backend) {
		for _, s := range []Spec{
			product(dtype.Float64, 4, 4, 4),
			product(dtype.Float64, 300, 300, 1),
			layout{"", "bij", "bij", "bij"}.spec(dtype.Complex128),
			layout{"", "ijs", "pq", "ijpq"}.spec(dtype.Float32),
		} {
			got, err := New(s, Options{Backend: b})
			if err != nil {
				t.Fatal(err)
			}
			want, _ := New(s, Options{})
			if g, w := fmt.Sprintf("%T", got), fmt.Sprintf("%T", want); g != w {
				t.Errorf("%s: got a %s, want a %s", show(s), g, w)
			}
		}
	})
}

// placed returns memory of n bytes that starts offset bytes after an address
// that is a multiple of 64, filled with value.
func placed(n, offset int, value byte) []byte {
	m := dtype.MakeBytes(n + offset + 2*cacheLine)
	start := int(uintptr(align(unsafe.Pointer(&m[0])))-uintptr(unsafe.Pointer(&m[0]))) + offset
	m = m[start : start+n]
	for i := range m {
		m[i] = value
	}
	return m
}

// The same program must give the same bits wherever its buffers lie.
func TestBackendsGiveTheSameBitsEachTime(t *testing.T) {
	eachBackend(t, func(t *testing.T, b Backend) {
		rng := rand.New(rand.NewPCG(13, 1))
		for _, d := range dtype.All {
			for range fewer(30) {
				s := productSpec(rng, d, 1+rng.IntN(2), 1+rng.IntN(140), 1+rng.IntN(140), 2+rng.IntN(140))
				k, err := New(s, Options{Backend: b, Threads: 1 + rng.IntN(2)})
				if err != nil {
					t.Fatal(err)
				}
				na, nb, nc := spans(s)
				size := d.Size()
				elements := make([]byte, (na+nb)*size)
				fillRandom(rng, d, elements)
				var want []byte
				for run, offset := range []int{0, 0, 16, 32, 48} {
					pa, pb, pc := placed(na*size, offset, 0), placed(nb*size, 48-offset, 0), placed(nc*size, offset, byte(run))
					copy(pa, elements)
					copy(pb, elements[na*size:])
					scratch := placed(k.Scratch()+1, offset, 0xff)
					clear(pc)
					k.Run(&Env{Scratch: unsafe.Pointer(&scratch[0])}, unsafe.Pointer(&pc[0]), unsafe.Pointer(&pa[0]), unsafe.Pointer(&pb[0]))
					if want == nil {
						want = slices.Clone(pc)
					}
					if !bytes.Equal(pc, want) {
						t.Fatalf("%s (%s): other bits with operands %d bytes further", show(s), k.Info().Class, offset)
					}
				}
			}
		}
	})
}

// fillRandom fills m with numbers in [-1, 1).
func fillRandom(rng *rand.Rand, d dtype.Type, m []byte) {
	if d == dtype.Float32 || d == dtype.Complex64 {
		for i := range dtype.View[float32](m) {
			dtype.View[float32](m)[i] = rng.Float32()*2 - 1
		}
		return
	}
	for i := range dtype.View[float64](m) {
		dtype.View[float64](m)[i] = rng.Float64()*2 - 1
	}
}

// One thread hands Gonum the pieces that it makes itself on several.
func TestGonumInBlocksGivesTheSameBits(t *testing.T) {
	rng := rand.New(rand.NewPCG(14, 1))
	for _, l := range []layout{
		{"", "ijkwxyz", "wxyzpqrs", "ijkpqrs"}, {"", "wxyzijk", "wxyzpqrs", "ijkpqrs"}, {"", "ijkwxyz", "pqrswxyz", "ijkpqrs"},
	} {
		for _, d := range []dtype.Type{dtype.Float32, dtype.Float64} {
			s := l.spec(d)
			na, nb, nc := spans(s)
			a, b := placed(na*d.Size(), 0, 0), placed(nb*d.Size(), 0, 0)
			fillRandom(rng, d, a)
			fillRandom(rng, d, b)
			var results [2][]byte
			for i := range results {
				results[i] = placed(nc*d.Size(), 0, 0xff)
				backendKernel(t, Gonum, s, i+1).Run(&Env{}, unsafe.Pointer(&results[i][0]), unsafe.Pointer(&a[0]), unsafe.Pointer(&b[0]))
			}
			if !bytes.Equal(results[0], results[1]) {
				t.Errorf("%v, %s,%s->%s: results on one and on two threads differ", d, l.a, l.b, l.c)
			}
		}
	}
}

func TestBackendsDoNotAllocateOnOneThread(t *testing.T) {
	eachBackend(t, func(t *testing.T, b Backend) {
		for _, d := range dtype.All {
			for _, s := range []Spec{
				product(d, 150, 150, 150),
				product(d, 150, 1, 150),
				product(d, 1, 1, 600),
				layout{"", "ixjybs", "ypxqb", "biqpj"}.spec(d),
			} {
				k, err := New(s, Options{Backend: b, Threads: 1})
				if err != nil {
					t.Fatal(err)
				}
				na, nb, nc := spans(s)
				pa, pb, pc := placed(na*d.Size(), 0, 0), placed(nb*d.Size(), 0, 0), placed(nc*d.Size(), 0, 0)
				scratch := placed(k.Scratch()+1, 0, 0)
				env := &Env{Scratch: unsafe.Pointer(&scratch[0])}
				n := testing.AllocsPerRun(3, func() {
					k.Run(env, unsafe.Pointer(&pc[0]), unsafe.Pointer(&pa[0]), unsafe.Pointer(&pb[0]))
				})
				if n != 0 {
					t.Errorf("%s (%s): %g allocations, want none", show(s), k.Info().Class, n)
				}
			}
		}
	})
}

// A program is shared by goroutines, each with memory of its own.
func TestBackendsMayBeSharedByGoroutines(t *testing.T) {
	eachBackend(t, func(t *testing.T, b Backend) {
		s := layout{"", "ixjybs", "ypxqb", "biqpj"}.spec(dtype.Float64)
		k, err := New(s, Options{Backend: b, Threads: 2})
		if err != nil {
			t.Fatal(err)
		}
		for range 4 {
			t.Run("", func(t *testing.T) {
				t.Parallel()
				for i := range 5 {
					mustEqualReference(t, s, k, uint64(i))
				}
			})
		}
	})
}

func TestParseBackendReadsWhatStringWrites(t *testing.T) {
	for _, name := range BackendNames() {
		b, err := ParseBackend(name)
		if err != nil || b.String() != name {
			t.Errorf("ParseBackend(%q) = %v, %v", name, b, err)
		}
	}
	_, err := ParseBackend("mkl")
	if want := `unknown backend "mkl": there are native, gonum, openblas`; err == nil || err.Error() != want {
		t.Errorf("ParseBackend(mkl): got error %v, want %s", err, want)
	}
}

func TestNewFailsWhereABackendIsNotAvailable(t *testing.T) {
	for _, b := range []Backend{OpenBLAS, Backend(99)} {
		want := b.Available()
		if want == nil {
			continue
		}
		if _, err := New(product(dtype.Float64, 64, 64, 64), Options{Backend: b}); err == nil || err.Error() != want.Error() {
			t.Errorf("%v: New: got error %v, want %v", b, err, want)
		}
	}
}

// backendShapes are what the backends are compared on.
var backendShapes = []struct {
	name string
	spec func(d dtype.Type) Spec
}{
	{"1024x1024x1024", func(d dtype.Type) Spec { return product(d, 1024, 1024, 1024) }},
	{"512x8192x128", func(d dtype.Type) Spec { return product(d, 512, 8192, 128) }},
	{"64x64x64", func(d dtype.Type) Spec { return product(d, 64, 64, 64) }},
	{"16x16x16", func(d dtype.Type) Spec { return product(d, 16, 16, 16) }},
	{"2048x1x2048", func(d dtype.Type) Spec { return product(d, 2048, 1, 2048) }},
	{"woven", func(d dtype.Type) Spec {
		return binary(d, "atbucvdwexfygzhijk", "ABCDEFtGuHvIwJxKyLzM", "ABaCbDcEdFeGfHgIhJiKjLkM")
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

func compareBackends(b *testing.B, s Spec) {
	backends := Backends()
	rng := rand.New(rand.NewPCG(15, 1))
	na, nb, nc := spans(s)
	size := s.Type.Size()
	pa, pb, pc := placed(na*size, 0, 0), placed(nb*size, 0, 0), placed(nc*size, 0, 0)
	fillRandom(rng, s.Type, pa)
	fillRandom(rng, s.Type, pb)
	// Short products are repeated until a turn is long enough for the clock.
	repeats := max(1, 2_000_000/s.MACs())
	kernels := make([]Kernel, len(backends))
	envs := make([]*Env, len(backends))
	for i, backend := range backends {
		var err error
		if kernels[i], err = New(s, Options{Backend: backend, Threads: 1}); err != nil {
			b.Fatal(err)
		}
		envs[i] = &Env{Scratch: unsafe.Pointer(&placed(kernels[i].Scratch()+1, 0, 0)[0])}
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
		var now [len(backendNames)]float64
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
