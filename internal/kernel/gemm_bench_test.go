package kernel

import (
	"fmt"
	"runtime"
	"slices"
	"sync"
	"testing"
	"time"
	"unsafe"

	"tnbench/internal/dtype"
	"tnbench/internal/kernel/vec"
	"tnbench/internal/kernel/vec/isa"
)

// peaks caches FMAPeak, which takes longer than small benchmarks do.
var peaks sync.Map

func peakOf(t dtype.Type, tier *isa.Tier) float64 {
	if tier == nil {
		tier = vec.Best()
	}
	key := [2]any{t, tier}
	if p, ok := peaks.Load(key); ok {
		return p.(float64)
	}
	p := vec.FMAPeak(t, tier)
	peaks.Store(key, p)
	return p
}

// runProduct times k and reports real operations a second and the fraction of
// what as many cores could do.
func runProduct(b *testing.B, s Spec, k Kernel, tier *isa.Tier, w *Workers, cores int) {
	b.Helper()
	na, nb, nc := spans(s)
	size := s.Type.Size()
	mem := func(n int) unsafe.Pointer {
		m := dtype.MakeBytes(n*size + cacheLine)
		for i := range len(m) / 4 {
			*(*float32)(unsafe.Pointer(&m[4*i])) = float32(i%7) + 0.5
		}
		return align(unsafe.Pointer(&m[0]))
	}
	pa, pb, pc := mem(na), mem(nb), mem(nc)
	env := &Env{Workers: w}
	if n := k.Scratch(); n > 0 {
		env.Scratch = mem(n/size + 1)
	}
	k.Run(env, pc, pa, pb)
	b.ReportAllocs()
	best, median := timeRuns(b, w == nil, func() { k.Run(env, pc, pa, pb) })
	flops := 2 * float64(s.MACs())
	if s.Type.IsComplex() {
		flops *= 4
	}
	b.ReportMetric(flops/median/1e9, "GFLOP/s")
	peak := peakOf(s.Type, tier) * float64(cores)
	b.ReportMetric(flops/median/peak, "of-peak")
	b.ReportMetric(flops/best/peak, "best-of-peak")
}

// timeRuns times b.N runs of f in batches of some 100 µs and returns the
// fewest and the median seconds of one. A serial f is timed by the thread's own
// clock.
func timeRuns(b *testing.B, serial bool, f func()) (best, median float64) {
	clock := func() time.Duration { return time.Since(benchStart) }
	if serial {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		clock = threadTime
	}
	start := clock()
	f()
	batch := max(1, int(100*time.Microsecond/max(1, clock()-start)))
	var samples []float64
	b.ResetTimer()
	for done := 0; done < b.N; done += batch {
		n := min(batch, b.N-done)
		start := clock()
		for range n {
			f()
		}
		samples = append(samples, (clock()-start).Seconds()/float64(n))
	}
	b.StopTimer()
	slices.Sort(samples)
	return samples[0], samples[len(samples)/2]
}

var benchStart = time.Now()

// product is the plain matrix product of row-major matrices.
func product(t dtype.Type, m, n, k int) Spec {
	return Spec{Type: t, M: []Loop{{m, k, 0, n}}, N: []Loop{{n, 0, 1, 1}}, K: []Loop{{k, 1, n, 0}}}
}

func BenchmarkGemm(b *testing.B) {
	for _, d := range dtype.All {
		for _, x := range [][3]int{{1024, 1024, 1024}, {512, 8192, 128}, {256, 256, 256}, {64, 64, 64}, {16, 16, 16}, {8, 8, 8}} {
			b.Run(fmt.Sprintf("%v/%dx%dx%d", d, x[0], x[1], x[2]), func(b *testing.B) {
				s := product(d, x[0], x[1], x[2])
				runProduct(b, s, gemmOf(b, s, Options{}), nil, nil, 1)
			})
		}
	}
}

func BenchmarkGemmTiers(b *testing.B) {
	for _, tier := range vec.Tiers() {
		for _, d := range dtype.All {
			b.Run(fmt.Sprintf("%v/%v", tier, d), func(b *testing.B) {
				s := product(d, 384, 384, 384)
				runProduct(b, s, gemmOf(b, s, Options{Tier: tier}), tier, nil, 1)
			})
		}
	}
}

// binary lays out labels of dimension 2: for each operand the label letters,
// outermost first. Labels in A and C only are rows, and so on.
func binary(t dtype.Type, a, b, c string) Spec {
	s := Spec{Type: t}
	stride := func(in string, label rune) int {
		for i, l := range in {
			if l == label {
				return 1 << (len(in) - 1 - i)
			}
		}
		return 0
	}
	for _, l := range "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ" {
		loop := Loop{2, stride(a, l), stride(b, l), stride(c, l)}
		switch {
		case loop.A > 0 && loop.B > 0 && loop.C > 0:
			s.Batch = append(s.Batch, loop)
		case loop.A > 0 && loop.C > 0:
			s.M = append(s.M, loop)
		case loop.B > 0 && loop.C > 0:
			s.N = append(s.N, loop)
		case loop.A > 0 || loop.B > 0:
			s.K = append(s.K, loop)
		}
	}
	return s
}

// BenchmarkGemmBinary contracts seven of 18 and 20 labels of dimension 2: rows
// are a to k, columns A to M, terms t to z.
func BenchmarkGemmBinary(b *testing.B) {
	for _, x := range []struct{ name, a, b, c string }{
		{"matrices", "abcdefghijktuvwxyz", "tuvwxyzABCDEFGHIJKLM", "abcdefghijkABCDEFGHIJKLM"},
		{"depth-last", "abcdefghijktuvwxyz", "ABCDEFGHIJKLMtuvwxyz", "abcdefghijkABCDEFGHIJKLM"},
		{"depth-first", "tuvwxyzabcdefghijk", "tuvwxyzABCDEFGHIJKLM", "abcdefghijkABCDEFGHIJKLM"},
		{"rows-innermost", "abcdefghijktuvwxyz", "tuvwxyzABCDEFGHIJKLM", "ABCDEFGHIJKLMabcdefghijk"},
		{"woven-C", "abcdefghijktuvwxyz", "tuvwxyzABCDEFGHIJKLM", "aAbBcCdDeEfFgGhHiIjJkKLM"},
		{"woven-C-inner", "abcdefghijktuvwxyz", "tuvwxyzABCDEFGHIJKLM", "ABaCbDcEdFeGfHgIhJiKjLkM"},
		{"woven-A", "atbucvdwexfygzhijk", "tuvwxyzABCDEFGHIJKLM", "abcdefghijkABCDEFGHIJKLM"},
		{"woven-AB", "atbucvdwexfygzhijk", "ABCDEFtGuHvIwJxKyLzM", "abcdefghijkABCDEFGHIJKLM"},
		{"woven-all", "atbucvdwexfygzhijk", "ABCDEFtGuHvIwJxKyLzM", "ABaCbDcEdFeGfHgIhJiKjLkM"},
		{"reversed", "zyxwvutkjihgfedcba", "MLKJIHGFEDCBAzyxwvut", "abcdefghijkABCDEFGHIJKLM"},
	} {
		b.Run(x.name, func(b *testing.B) {
			s := binary(dtype.Float64, x.a, x.b, x.c)
			runProduct(b, s, gemmOf(b, s, Options{}), nil, nil, 1)
		})
	}
}

// BenchmarkGemmBatches runs many small products at once.
func BenchmarkGemmBatches(b *testing.B) {
	for _, d := range []dtype.Type{dtype.Float64, dtype.Complex128} {
		for _, x := range []struct{ batch, side int }{{32, 64}, {256, 32}, {1000, 16}, {4000, 8}, {8000, 4}} {
			b.Run(fmt.Sprintf("%v/%dx%d", d, x.batch, x.side), func(b *testing.B) {
				s := product(d, x.side, x.side, x.side)
				n := x.side * x.side
				s.Batch = []Loop{{x.batch, n, n, n}}
				runProduct(b, s, gemmOf(b, s, Options{}), nil, nil, 1)
			})
		}
	}
}

// BenchmarkGemmShapes runs the shapes that dominate the public instances, as
// row-major matrices with the second operand plain and transposed.
func BenchmarkGemmShapes(b *testing.B) {
	for _, x := range []struct {
		from           string
		batch, m, n, k int
	}{
		{"light_415", 4, 512, 8192, 128},
		{"light_415", 8, 4, 8192, 256},
		{"light_415", 2, 4, 524288, 4},
		{"mera_closed", 1, 399, 4320, 7290},
		{"mera_closed", 1, 540, 58320, 136},
		{"mera_closed", 1, 1026, 33048, 40},
		{"mera_closed", 1, 40, 198288, 171},
		{"mps_200", 1, 2413, 19, 19},
		{"mps_200", 1, 19, 19, 2413},
		{"lm_brackets", 1, 64, 1996, 64},
		{"lm_brackets", 1, 256, 1996, 16},
		{"lm_brackets", 1, 7984, 16, 64},
		{"lm_brackets", 1996, 16, 16, 16},
		{"matrix_chain", 1, 505, 21, 462},
		{"matrix_chain", 1, 424, 371, 24},
		{"gm_queen5", 1, 4782969, 27, 9},
		{"gm_queen5", 243, 9, 19683, 27},
	} {
		s := product(dtype.Float64, x.m, x.n, x.k)
		if x.batch > 1 {
			s.Batch = []Loop{{x.batch, x.m * x.k, x.k * x.n, x.m * x.n}}
		}
		turned := s
		turned.N, turned.K = []Loop{{x.n, 0, x.k, 1}}, []Loop{{x.k, 1, 1, 0}}
		name := fmt.Sprintf("%s/%dx%dx%dx%d", x.from, x.batch, x.m, x.n, x.k)
		b.Run(name+"/plain", func(b *testing.B) { runProduct(b, s, gemmOf(b, s, Options{}), nil, nil, 1) })
		b.Run(name+"/turned", func(b *testing.B) { runProduct(b, turned, gemmOf(b, turned, Options{}), nil, nil, 1) })
	}
}

// BenchmarkNewGemm makes kernels.
func BenchmarkNewGemm(b *testing.B) {
	for _, side := range []int{8, 64, 1024, 65536} {
		s := product(dtype.Float64, side, side, side).Fused()
		b.Run(fmt.Sprint(side), func(b *testing.B) {
			b.ReportAllocs()
			for range b.N {
				newGemm(s, Options{})
			}
		})
	}
	woven := binary(dtype.Float64, "atbucvdwexfygzhijk", "ABCDEFtGuHvIwJxKyLzM", "ABaCbDcEdFeGfHgIhJiKjLkM").Fused()
	b.Run("woven", func(b *testing.B) {
		b.ReportAllocs()
		for range b.N {
			newGemm(woven, Options{})
		}
	})
}
