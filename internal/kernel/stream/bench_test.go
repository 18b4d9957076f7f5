package stream

import (
	"testing"
	"unsafe"

	"tnbench/internal/dtype"
	"tnbench/internal/kernel/kerneltest"
	"tnbench/internal/kernel/nest"
	"tnbench/internal/kernel/vec"
)

// benchmarkBytes is enough that nothing is left in the last level cache.
const benchmarkBytes = 128 << 20

// BenchmarkBandwidth measures what memory delivers to the simplest loops, the
// ceiling for BenchmarkStream.
func BenchmarkBandwidth(b *testing.B) {
	n := benchmarkBytes / 8
	x, y, z := make([]float64, n), make([]float64, n), make([]float64, n)
	for i := range x {
		x[i], y[i], z[i] = 1, 2, 3
	}
	report := func(b *testing.B, arrays int) {
		b.ReportMetric(float64(arrays*benchmarkBytes)*float64(b.N)/1e9/b.Elapsed().Seconds(), "GB/s")
	}
	b.Run("loop=read", func(b *testing.B) {
		k := mustStream(b, nest.Spec{Type: dtype.Float64, K: []nest.Loop{{Extent: n, A: 1, B: 0, C: 0}}})
		runOn(b, k, unsafe.Pointer(&z[0]), unsafe.Pointer(&x[0]), unsafe.Pointer(&y[0]))
		report(b, 1)
	})
	b.Run("loop=write", func(b *testing.B) {
		for b.Loop() {
			clear(z)
		}
		report(b, 1)
	})
	b.Run("loop=copy", func(b *testing.B) {
		for b.Loop() {
			copy(z, x)
		}
		report(b, 2)
	})
}

func mustStream(tb testing.TB, s nest.Spec) nest.Kernel {
	k, ok := New(s.Fused(), nest.Options{}, AnyCycles)
	if !ok {
		tb.Fatalf("newStream(%s) declined", kerneltest.Show(s))
	}
	return k
}

func runOn(b *testing.B, k nest.Kernel, c, x, y unsafe.Pointer) {
	env := &nest.Env{}
	if k.Scratch() > 0 {
		env.Scratch = unsafe.Pointer(&make([]complex128, k.Scratch()/16+1)[0])
	}
	for b.Loop() {
		k.Run(env, c, x, y)
	}
}

// einsum lists loops by extent and order of memory: dims gives extents by letter,
// a, b and c the letters of each operand, outermost first, as in an einsum.
func einsum(t dtype.Type, dims map[byte]int, a, b, c string) nest.Spec {
	s := nest.Spec{Type: t}
	stride := func(labels string, l byte) int {
		n, found := 1, 0
		for i := len(labels) - 1; i >= 0; i-- {
			if labels[i] == l {
				found += n
			}
			n *= dims[labels[i]]
		}
		return found
	}
	for l := byte('a'); l <= 'z'; l++ {
		if dims[l] == 0 {
			continue
		}
		loop := nest.Loop{Extent: dims[l], A: stride(a, l), B: stride(b, l), C: stride(c, l)}
		switch {
		case loop.C == 0:
			s.K = append(s.K, loop)
		case loop.B == 0:
			s.M = append(s.M, loop)
		case loop.A == 0:
			s.N = append(s.N, loop)
		default:
			s.Batch = append(s.Batch, loop)
		}
	}
	return s
}

type dims = map[byte]int

// streamShapes are steps of the kinds that streaming kernels are for.
var streamShapes = []struct {
	name    string
	dims    dims
	a, b, c string
}{
	{"elementwise-2048", dims{'i': 2048, 'j': 2048}, "ij", "ij", "ij"},
	{"elementwise-3^16", dims{'i': 43046721}, "i", "i", "i"},
	{"outer-4096", dims{'i': 4096, 'j': 4096}, "i", "j", "ij"},
	{"dot-2^24", dims{'k': 1 << 24}, "k", "k", ""},
	{"sum-2^24", dims{'k': 1 << 24}, "k", "", ""},
	{"matrix-vector-rows", dims{'m': 4096, 'k': 4096}, "mk", "k", "m"},
	{"matrix-vector-columns", dims{'m': 4096, 'k': 4096}, "km", "k", "m"},
	{"4-columns-rows", dims{'m': 8192, 'k': 2048, 'n': 4}, "mk", "nk", "nm"},
	{"4-columns-odd", dims{'m': 8192, 'k': 2040, 'n': 4}, "mk", "nk", "nm"},
	{"light-408-km", dims{'b': 8, 'm': 8192, 'k': 256, 'n': 4}, "bkm", "bkn", "bnm"},
	{"light-408-mk", dims{'b': 8, 'm': 8192, 'k': 256, 'n': 4}, "bmk", "bnk", "bnm"},
	{"light-408-mk-nm", dims{'b': 8, 'm': 8192, 'k': 256, 'n': 4}, "bmk", "bkn", "bmn"},
	{"light-4x4", dims{'b': 2, 'm': 524288, 'k': 4, 'n': 4}, "bkm", "bkn", "bnm"},
	{"light-4x4-inner", dims{'b': 2, 'm': 524288, 'k': 4, 'n': 4}, "bmk", "bkn", "bmn"},
	{"queen-scale-outer", dims{'p': 9, 'm': 4782969}, "pm", "p", "pm"},
	{"queen-scale-inner", dims{'p': 9, 'm': 4782969}, "mp", "p", "mp"},
	{"queen-scale-split", dims{'p': 3, 'q': 3, 'm': 2187, 'n': 2187}, "mpnq", "pq", "mpnq"},
	{"queen-9x27", dims{'b': 243, 'm': 19683, 'n': 9, 'k': 27}, "bkm", "bkn", "bnm"},
	{"queen-9x27-batch-inner", dims{'b': 243, 'm': 19683, 'n': 9, 'k': 27}, "kmb", "bkn", "nmb"},
	{"queen-27x9", dims{'m': 4782969, 'n': 27, 'k': 9}, "km", "kn", "nm"},
	{"queen-27x9-inner", dims{'m': 4782969, 'n': 27, 'k': 9}, "mk", "kn", "mn"},
	{"queen-3x3", dims{'b': 4782969, 'm': 3, 'n': 3}, "mb", "nb", "mnb"},
	{"queen-3x3-inner", dims{'b': 4782969, 'm': 3, 'n': 3}, "bm", "bn", "bmn"},
	{"queen-27x27", dims{'b': 19683, 'm': 27, 'n': 27}, "mb", "nb", "mnb"},
	{"queen-27x27-inner", dims{'b': 19683, 'm': 27, 'n': 27}, "bm", "bn", "bmn"},
	{"queen-matvec-inner", dims{'b': 3, 'm': 177147, 'k': 9}, "bmk", "bk", "bm"},
	{"queen-short-runs", dims{'a': 2187, 'b': 3, 'c': 3, 'd': 729}, "dcab", "bc", "dacb"},
	{"transpose-4096", dims{'i': 4096, 'j': 4096}, "ij", "", "ji"},
	{"transpose-3^8", dims{'i': 6561, 'j': 2187}, "ij", "", "ji"},
	{"transpose-tall", dims{'i': 1 << 22, 'j': 4}, "ij", "", "ji"},
	{"transpose-wide", dims{'i': 4, 'j': 1 << 22}, "ij", "", "ji"},
	{"permute-binary", dims{'a': 2, 'b': 2, 'c': 2, 'd': 2, 'e': 2, 'f': 2, 'g': 2, 'h': 2, 'i': 2, 'j': 2, 'k': 2, 'l': 2, 'm': 2, 'n': 2, 'o': 2, 'p': 2, 'q': 2, 'r': 2, 's': 2, 't': 2, 'u': 2, 'v': 2}, "abcdefghijklmnopqrstuv", "", "tgcqbujfpvaskmhndolier"},
	{"multiply-binary", dims{'a': 2, 'b': 2, 'c': 2, 'd': 2, 'e': 2, 'f': 2, 'g': 2, 'h': 2, 'i': 2, 'j': 2, 'k': 2, 'l': 2, 'm': 2, 'n': 2, 'o': 2, 'p': 2, 'q': 2, 'r': 2, 's': 2, 't': 2, 'u': 2, 'v': 2}, "abcdefghijklmnopqrstuv", "qmc", "abcdefghijklmnopqrstuv"},
	{"diagonal-4096", dims{'i': 4096, 'j': 4096}, "ii", "ij", "ij"},
	{"one-sided", dims{'i': 2048, 'j': 2048, 'k': 4}, "kij", "ij", "ij"},
	{"trace-64", dims{'i': 4096, 'k': 64}, "ikk", "", "i"},
	{"batch-2x2", dims{'b': 65536, 'm': 2, 'n': 2, 'k': 2}, "bmk", "bkn", "bmn"},
	{"batch-4x4", dims{'b': 16384, 'm': 4, 'n': 4, 'k': 4}, "bmk", "bkn", "bmn"},
	{"batch-8x8", dims{'b': 4096, 'm': 8, 'n': 8, 'k': 8}, "bmk", "bkn", "bmn"},
	{"brackets-16x16", dims{'b': 1996, 'm': 16, 'n': 16, 'k': 16}, "bmk", "bkn", "bmn"},
	{"brackets-7", dims{'b': 1996, 'm': 16, 'k': 7}, "bmk", "bk", "bm"},
	{"brackets-16x4", dims{'b': 1996, 'm': 16, 'n': 4, 'k': 4}, "bmk", "bkn", "bmn"},
	{"small-64", dims{'i': 64}, "i", "i", "i"},
	{"small-8x8x8", dims{'m': 8, 'n': 8, 'k': 8}, "mk", "kn", "mn"},
	{"small-1024", dims{'i': 1024}, "i", "i", "i"},
}

// BenchmarkStream runs every shape in every type and tier; GB/s counts each
// operand and C once.
func BenchmarkStream(b *testing.B) {
	for _, tier := range vec.Tiers() {
		for _, t := range dtype.All {
			for _, shape := range streamShapes {
				b.Run("tier="+tier.String()+"/dtype="+t.String()+"/shape="+shape.name, func(b *testing.B) {
					benchmarkSpec(b, einsum(t, shape.dims, shape.a, shape.b, shape.c), nest.Options{Tier: tier})
				})
			}
		}
	}
}

func benchmarkSpec(b *testing.B, s nest.Spec, o nest.Options) {
	k, ok := New(s.Fused(), o, AnyCycles)
	if !ok {
		b.Fatalf("newStream(%s) declined", kerneltest.Show(s))
	}
	na, nb, nc := kerneltest.Spans(s)
	size := s.Type.Size()
	at := func(n int) unsafe.Pointer {
		mem := dtype.View[float32](dtype.MakeBytes(n * size))
		for i := range mem {
			mem[i] = 1.75 // and 0.47 as float64
		}
		return unsafe.Pointer(&mem[0])
	}
	x, y, z := at(na), at(nb), at(nc)
	runOn(b, k, z, x, y)
	seconds := b.Elapsed().Seconds() / float64(b.N)
	b.ReportMetric(float64(nest.BytesMoved(s))/1e9/seconds, "GB/s")
	b.ReportMetric(2*float64(s.MACs())/1e9/seconds, "GFLOP/s")
}

func BenchmarkStreamConstruction(b *testing.B) {
	for _, shape := range streamShapes {
		b.Run("shape="+shape.name, func(b *testing.B) {
			s := einsum(dtype.Float64, shape.dims, shape.a, shape.b, shape.c)
			b.ReportAllocs()
			for b.Loop() {
				New(s.Fused(), nest.Options{}, AnyCycles)
			}
		})
	}
}
