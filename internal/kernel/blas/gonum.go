package blas

import (
	"unsafe"

	gonumblas "gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/gonum"

	"tnbench/internal/dtype"
	"tnbench/internal/kernel/blas/openblas"
	"tnbench/internal/kernel/nest"
)

// gonumBLAS is Gonum's implementation of BLAS in Go. Its real matrix products go
// to as many goroutines as there are processors as soon as C has four blocks of
// 64 × 64, allocating some hundred bytes for each; there is no switch. On one
// thread gonumCall therefore hands it one block at a time, which are the very
// pieces that it would make itself, so that the bits are the same. On several
// threads it is left to itself, whatever their number. Its complex products are
// serial. It skips zeros in A, so inputs of zeros measure nothing.
type gonumBLAS struct{}

// gonumBlock and gonumParallel are Gonum's block size and the number of blocks
// from which it goes parallel.
const (
	gonumBlock    = 64
	gonumParallel = 4
)

// slowTransposed: there it goes through B column by column.
func (gonumBLAS) slowTransposed() bool { return true }

func (gonumBLAS) prepare(p *openblas.Product, threads int) (multiplier, error) {
	var g gonum.Implementation
	switch p.Type {
	case dtype.Float32:
		return newGonumCall(p, threads <= 1, gonumRoutines[float32]{g.Sdot, g.Sgemv, g.Sgemm}), nil
	case dtype.Float64:
		return newGonumCall(p, threads <= 1, gonumRoutines[float64]{g.Ddot, g.Dgemv, g.Dgemm}), nil
	case dtype.Complex64:
		return newGonumCall(p, false, gonumRoutines[complex64]{g.Cdotu, g.Cgemv, g.Cgemm}), nil
	default:
		return newGonumCall(p, false, gonumRoutines[complex128]{g.Zdotu, g.Zgemv, g.Zgemm}), nil
	}
}

// gonumRoutines are the routines for one type.
type gonumRoutines[T dtype.Element] struct {
	dot  func(n int, x []T, incX int, y []T, incY int) T
	gemv func(t gonumblas.Transpose, m, n int, alpha T, a []T, lda int, x []T, incX int, beta T, y []T, incY int)
	gemm func(tA, tB gonumblas.Transpose, m, n, k int, alpha T, a []T, lda int, b []T, ldb int, beta T, c []T, ldc int)
}

// gonumCall is a product for Gonum.
type gonumCall[T dtype.Element] struct {
	gonumRoutines[T]
	openblas.Product
	tA, tB gonumblas.Transpose
	cut    bool // hand it block by block
}

func newGonumCall[T dtype.Element](p *openblas.Product, serial bool, r gonumRoutines[T]) *gonumCall[T] {
	g := &gonumCall[T]{gonumRoutines: r, Product: *p, tA: gonumTranspose(p.TransA), tB: gonumTranspose(p.TransB)}
	blocks := func(n int) int { return (n + gonumBlock - 1) / gonumBlock }
	g.cut = serial && blocks(p.M)*blocks(p.N) >= gonumParallel
	return g
}

func gonumTranspose(yes bool) gonumblas.Transpose {
	if yes {
		return gonumblas.Trans
	}
	return gonumblas.NoTrans
}

// Multiply implements multiplier.
func (g *gonumCall[T]) Multiply(c, a, b unsafe.Pointer) { g.repeat(g.Batch, c, a, b) }

// repeat computes the product for each iteration of loops.
func (g *gonumCall[T]) repeat(loops []nest.Loop, c, a, b unsafe.Pointer) {
	if len(loops) == 0 {
		g.once(c, a, b)
		return
	}
	l := loops[0]
	for i := range l.Extent {
		g.repeat(loops[1:], unsafe.Add(c, i*l.C), unsafe.Add(a, i*l.A), unsafe.Add(b, i*l.B))
	}
}

// once computes the product once.
func (g *gonumCall[T]) once(c, a, b unsafe.Pointer) {
	switch g.Routine {
	case openblas.Dot:
		*(*T)(c) = g.dot(g.K, stored[T](a, g.K, 1, g.LDA), g.LDA, stored[T](b, g.K, 1, g.LDB), g.LDB)
	case openblas.Gemv:
		rows, cols := g.M, g.K
		if g.TransA {
			rows, cols = cols, rows
		}
		g.gemv(g.tA, rows, cols, 1, stored[T](a, rows, cols, g.LDA), g.LDA, stored[T](b, g.K, 1, g.LDB), g.LDB,
			0, stored[T](c, g.M, 1, g.LDC), g.LDC)
	default:
		if !g.cut {
			g.block(c, a, b, g.M, g.N, g.K, 0)
			return
		}
		g.blocks(c, a, b)
	}
}

// blocks computes the product block by block.
func (g *gonumCall[T]) blocks(c, a, b unsafe.Pointer) {
	var zero T
	size := int(unsafe.Sizeof(zero))
	place := func(p unsafe.Pointer, trans bool, ld, row, col int) unsafe.Pointer {
		if trans {
			row, col = col, row
		}
		return unsafe.Add(p, (row*ld+col)*size)
	}
	for i := 0; i < g.M; i += gonumBlock {
		for j := 0; j < g.N; j += gonumBlock {
			for k := 0; k < g.K; k += gonumBlock {
				g.block(place(c, false, g.LDC, i, j), place(a, g.TransA, g.LDA, i, k), place(b, g.TransB, g.LDB, k, j),
					min(gonumBlock, g.M-i), min(gonumBlock, g.N-j), min(gonumBlock, g.K-k), k)
			}
		}
	}
}

// block multiplies matrices; the result is added to C unless k is 0.
func (g *gonumCall[T]) block(c, a, b unsafe.Pointer, m, n, depth, k int) {
	rowsA, colsA, rowsB, colsB := m, depth, depth, n
	if g.TransA {
		rowsA, colsA = colsA, rowsA
	}
	if g.TransB {
		rowsB, colsB = colsB, rowsB
	}
	var beta T
	if k > 0 {
		beta = 1
	}
	g.gemm(g.tA, g.tB, m, n, depth, 1, stored[T](a, rowsA, colsA, g.LDA), g.LDA, stored[T](b, rowsB, colsB, g.LDB), g.LDB,
		beta, stored[T](c, m, n, g.LDC), g.LDC)
}

// stored returns the memory of a matrix.
func stored[T dtype.Element](p unsafe.Pointer, rows, cols, ld int) []T {
	return unsafe.Slice((*T)(p), (rows-1)*ld+cols)
}
