package product

import (
	"fmt"
	"testing"

	"tnbench/internal/dtype"
	"tnbench/internal/kernel/kerneltest"
	"tnbench/internal/kernel/nest"
	"tnbench/internal/kernel/vec"
)

func BenchmarkGemm(b *testing.B) {
	for _, d := range dtype.All {
		for _, x := range [][3]int{{1024, 1024, 1024}, {512, 8192, 128}, {256, 256, 256}, {64, 64, 64}, {16, 16, 16}, {8, 8, 8}} {
			b.Run(fmt.Sprintf("%v/%dx%dx%d", d, x[0], x[1], x[2]), func(b *testing.B) {
				s := kerneltest.Matrices(d, x[0], x[1], x[2])
				runProduct(b, s, New(s.Fused(), nest.Options{}), nil, nil, 1)
			})
		}
	}
}

func BenchmarkGemmTiers(b *testing.B) {
	for _, tier := range vec.Tiers() {
		for _, d := range dtype.All {
			b.Run(fmt.Sprintf("%v/%v", tier, d), func(b *testing.B) {
				s := kerneltest.Matrices(d, 384, 384, 384)
				runProduct(b, s, New(s.Fused(), nest.Options{Tier: tier}), tier, nil, 1)
			})
		}
	}
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
			s := kerneltest.Binary(dtype.Float64, x.a, x.b, x.c)
			runProduct(b, s, New(s.Fused(), nest.Options{}), nil, nil, 1)
		})
	}
}

// BenchmarkGemmBatches runs many small products at once.
func BenchmarkGemmBatches(b *testing.B) {
	for _, d := range []dtype.Type{dtype.Float64, dtype.Complex128} {
		for _, x := range []struct{ batch, side int }{{32, 64}, {256, 32}, {1000, 16}, {4000, 8}, {8000, 4}} {
			b.Run(fmt.Sprintf("%v/%dx%d", d, x.batch, x.side), func(b *testing.B) {
				s := kerneltest.Matrices(d, x.side, x.side, x.side)
				n := x.side * x.side
				s.Batch = []nest.Loop{{Extent: x.batch, A: n, B: n, C: n}}
				runProduct(b, s, New(s.Fused(), nest.Options{}), nil, nil, 1)
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
		s := kerneltest.Matrices(dtype.Float64, x.m, x.n, x.k)
		if x.batch > 1 {
			s.Batch = []nest.Loop{{Extent: x.batch, A: x.m * x.k, B: x.k * x.n, C: x.m * x.n}}
		}
		turned := s
		turned.N, turned.K = []nest.Loop{{Extent: x.n, A: 0, B: x.k, C: 1}}, []nest.Loop{{Extent: x.k, A: 1, B: 1, C: 0}}
		name := fmt.Sprintf("%s/%dx%dx%dx%d", x.from, x.batch, x.m, x.n, x.k)
		b.Run(name+"/plain", func(b *testing.B) { runProduct(b, s, New(s.Fused(), nest.Options{}), nil, nil, 1) })
		b.Run(name+"/turned", func(b *testing.B) { runProduct(b, turned, New(turned.Fused(), nest.Options{}), nil, nil, 1) })
	}
}

// BenchmarkNewGemm makes kernels.
func BenchmarkNewGemm(b *testing.B) {
	for _, side := range []int{8, 64, 1024, 65536} {
		s := kerneltest.Matrices(dtype.Float64, side, side, side).Fused()
		b.Run(fmt.Sprint(side), func(b *testing.B) {
			b.ReportAllocs()
			for range b.N {
				New(s, nest.Options{})
			}
		})
	}
	woven := kerneltest.Binary(dtype.Float64, "atbucvdwexfygzhijk", "ABCDEFtGuHvIwJxKyLzM", "ABaCbDcEdFeGfHgIhJiKjLkM").Fused()
	b.Run("woven", func(b *testing.B) {
		b.ReportAllocs()
		for range b.N {
			New(woven, nest.Options{})
		}
	})
}
