package kernel

import (
	"unsafe"

	"tnbench/internal/dtype"
	"tnbench/internal/kernel/vec/isa"
)

// Large products are blocked as in Goto and van de Geijn (ACM TOMS 34, 2008):
// blocks of both operands are packed into panels that a micro-kernel multiplies
// tile by tile out of the caches. Packing goes through tables of offsets, and
// so does the writing of tiles, so that the labels of the operands and of the
// destination may lie in any order and nothing is ever transposed as a whole
// (Matthews, SIAM J. Sci. Comput. 40, 2018).

// gemm is the kernel for large products of elements made of T.
type gemm[T float32 | float64] struct {
	tier                   *isa.Tier
	micros                 *isa.Micros
	swapped                bool // B is the row side
	parts                  int  // values of type T in an element
	lanes                  int  // elements of a vector
	batch, row, col, depth loopNest
	packRows, packCols     packer
	// vectors says that every vector of a tile is contiguous in the destination.
	vectors bool
	scatter scatterer // of tiles that are not
	plan    blocksPlan
	threads int // workers that have scratch memory
	split   split
	// colsApart is set if workers fetch columns of the column side by themselves:
	// bytes from one term to the next.
	colsApart int
	scratch   gemmScratch
	pairs     []int // of termPairs, if not too many
	calls     []stridedCall
	// tileRows and tileCols are the offsets within a buffered tile.
	tileRows, tileCols []int
	info               Info
}

// gemmScratch is where things lie in the scratch memory of one worker: offsets
// in bytes from an address that is a multiple of cacheLine.
type gemmScratch struct {
	rows, cols, tile     int
	rowAt, rowTo         int // offsets of the rows of a block
	colAt, colTo         int
	depthRow, depthCol   int
	vectorsAt, vectorsTo int // offsets of the vectors of a panel
	pairs                int
	spare                int // of packBlock
	size                 int // of all that, a multiple of cacheLine
}

// cacheLine is the alignment of packed panels.
const cacheLine = 64

// The least product that packing pays for: with fewer rows, columns or terms
// each packed element is used too few times.
const (
	gemmMinSide  = 4
	gemmMinDepth = 4
	gemmMinMACs  = 2048
)

// gemmPays reports whether a contraction has enough arithmetic per element for
// newGemm.
func (e extents) gemmPays() bool {
	return min(e.m, e.n) >= gemmMinSide && e.k >= gemmMinDepth && e.m*e.n*e.k >= gemmMinMACs
}

// newGemm returns the blocked product for s, which must be fused and not empty.
func newGemm(s Spec, o Options) (Kernel, bool) {
	if s.MACs() == 0 {
		return nil, false
	}
	switch s.Type {
	case dtype.Float32:
		return makeGemm[float32](s, o, 1), true
	case dtype.Float64:
		return makeGemm[float64](s, o, 1), true
	case dtype.Complex64:
		return makeGemm[float32](s, o, 2), true
	case dtype.Complex128:
		return makeGemm[float64](s, o, 2), true
	}
	return nil, false
}

// Scratch implements [Kernel].
func (g *gemm[T]) Scratch() int {
	if g.scratch.size == 0 {
		return 0
	}
	return g.threads*g.scratch.size + cacheLine
}

// realBytes returns the size of a real number.
func (g *gemm[T]) realBytes() int { return int(unsafe.Sizeof(T(0))) }

// elementBytes returns the size of a tensor's element.
func (g *gemm[T]) elementBytes() int { return g.parts * g.realBytes() }

// Info implements [Kernel].
func (g *gemm[T]) Info() Info { return g.info }

// align returns the first multiple of cacheLine from p on.
func align(p unsafe.Pointer) unsafe.Pointer {
	return unsafe.Add(p, -uintptr(p)&(cacheLine-1))
}
