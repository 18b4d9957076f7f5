// Package product multiplies matrices whose rows, columns and terms are nests of
// loops, large enough to be worth packing.
package product

import (
	"unsafe"

	"tnbench/internal/dtype"
	"tnbench/internal/kernel/model"
	"tnbench/internal/kernel/nest"
	"tnbench/internal/kernel/vec/isa"
)

// Large products are blocked as in Goto and van de Geijn (ACM TOMS 34, 2008):
// blocks of both operands are packed into panels that a micro-kernel multiplies
// tile by tile out of the caches. Packing goes through tables of offsets, and
// so does the writing of tiles, so that the labels of the operands and of the
// destination may lie in any order and nothing is ever transposed as a whole
// (Matthews, SIAM J. Sci. Comput. 40, 2018).

// tuned is how products are cut and what they cost.
var tuned = &model.Here.Product

// product is the kernel for large products of elements made of T.
type product[T float32 | float64] struct {
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
	cuts    cuts
	threads int // workers that have scratch memory
	split   split
	// colsApart is set if workers fetch columns of the column side by themselves:
	// bytes from one term to the next.
	colsApart  int
	scratch    scratch
	pairs      []int                     // of termPairs, if not too many
	packed     [isa.MaxVectors + 1][]int // of packedRest, as packedRows
	packedRows []int
	calls      []stridedCall
	// tileRows and tileCols are the offsets within a buffered tile.
	tileRows, tileCols []int
	info               nest.Info
}

// scratch is where things lie in the scratch memory of one worker: offsets
// in bytes from an address that is a multiple of cacheLine.
type scratch struct {
	rows, cols, tile     int
	rowAt, rowTo         int // offsets of the rows of a block
	colAt, colTo         int
	depthRow, depthCol   int
	vectorsAt, vectorsTo int // offsets of the vectors of a panel
	pairs                int
	spare                int // of packBlock
	size                 int // of all that, a multiple of cacheLine
}

// Pays reports whether a contraction has enough arithmetic per element for a
// blocked product.
func Pays(e nest.Extents) bool {
	return min(e.Rows, e.Cols) >= tuned.MinSide && e.Terms >= tuned.MinDepth && e.Rows*e.Cols*e.Terms >= tuned.MinMACs
}

// Applies reports whether a blocked product may be the fastest way to compute a
// contraction, if not the likely one: there is a sum, and it is no tiny step.
func Applies(e nest.Extents) bool { return e.Terms >= 2 && e.Work() >= tuned.LeastWork }

// Blocked is a kernel for large products.
type Blocked interface {
	nest.Kernel
	// Cycles estimates how many cycles one run takes.
	Cycles() float64
}

// New returns the blocked product for s, which must be fused and not empty.
func New(s nest.Spec, o nest.Options) Blocked { return newCut(s, o, nil) }

// newCut is New for a product that is cut in a given way, if any.
func newCut(s nest.Spec, o nest.Options, cut *cuts) Blocked {
	switch s.Type {
	case dtype.Float32:
		return makeProduct[float32](s, o, 1, cut)
	case dtype.Complex64:
		return makeProduct[float32](s, o, 2, cut)
	case dtype.Complex128:
		return makeProduct[float64](s, o, 2, cut)
	}
	return makeProduct[float64](s, o, 1, cut)
}

// Scratch implements [nest.Kernel].
func (g *product[T]) Scratch() int {
	if g.scratch.size == 0 {
		return 0
	}
	return g.threads*g.scratch.size + nest.CacheLine
}

// realBytes returns the size of a real number.
func (g *product[T]) realBytes() int { return int(unsafe.Sizeof(T(0))) }

// elementBytes returns the size of a tensor's element.
func (g *product[T]) elementBytes() int { return g.parts * g.realBytes() }

// Info implements [nest.Kernel].
func (g *product[T]) Info() nest.Info { return g.info }

// Adds implements [nest.Adder].
func (g *product[T]) Adds() bool { return true }
