package kernel

import (
	"unsafe"

	"tnbench/internal/dtype"
)

// Large products are blocked as in Goto and van de Geijn (ACM TOMS 34, 2008):
// blocks of both operands are packed into panels that a micro-kernel multiplies
// tile by tile out of the caches. Packing goes through tables of offsets, and
// so does the writing of tiles, so that the labels of the operands and of the
// destination may lie in any order and nothing is ever transposed as a whole
// (Matthews, SIAM J. Sci. Comput. 40, 2018).

// gemm is the kernel for large products of elements made of T.
type gemm[T float32 | float64] struct {
	micros                 *microSet
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
	scratch gemmScratch
	pairs   []int // of termPairs, if not too many
	calls   []stridedCall
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

// gemmPays reports whether s has enough arithmetic per element for newGemm.
func gemmPays(s Spec) bool {
	m, n, k := Extent(s.M), Extent(s.N), Extent(s.K)
	return min(m, n) >= gemmMinSide && k >= gemmMinDepth && m*n*k >= gemmMinMACs
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

func makeGemm[T float32 | float64](s Spec, o Options, parts int) *gemm[T] {
	var zero T
	real := int(unsafe.Sizeof(zero))
	size := s.Type.Size()
	g := &gemm[T]{micros: microsFor(o.Tier, real), parts: parts}
	g.swapped = swapSides(s)
	m, n := s.M, s.N
	if g.swapped {
		m, n = n, m
	}
	batch := stridedLoops(s.Batch, size, g.swapped)
	row := stridedLoops(m, size, g.swapped)
	col := stridedLoops(n, size, g.swapped)
	depth := stridedLoops(s.K, size, g.swapped)
	g.batch = newLoopNest(batch, rowSide, colSide, destination)
	g.row = newLoopNest(row, rowSide, destination)
	g.col = newLoopNest(col, colSide, destination)
	g.depth = newLoopNest(depth, rowSide, colSide)

	g.lanes = g.micros.lanes / parts
	run := unitRun(col, destination, size)
	g.vectors = run%g.lanes == 0 || run == g.col.extent
	g.scatter = scattererFor(g.micros.tier, run, size, real)
	sizes := shape{g.batch.extent, g.row.extent, g.col.extent, g.depth.extent, real, parts}
	g.plan = planBlocks(sizes, g.micros)
	if o.blocks != nil {
		g.plan = *o.blocks
	} else {
		g.plan.placeInPlace(sizes, g.micros)
	}
	g.plan.allowInPlace(g.micros, parts, g.col.extent, unitRun(col, colSide, size))
	g.packRows, g.packCols = g.packers(row, col, depth, size)
	if g.plan.rowsInPlace && g.depth.short() && g.depth.extent*parts <= pairsTabulated {
		n := g.depth.extent
		g.pairs = make([]int, 2*parts*n)
		g.pairTerms(g.pairs, g.depth.table[rowSide][:n], g.depth.table[colSide][:n], 0)
	}
	g.calls = g.planCalls()
	g.layScratch()
	g.threads = 1
	if o.Threads > 1 {
		g.split = g.splitFor(o.Threads, s.MACs()*parts*parts)
		g.threads = min(o.Threads, max(1, g.split.parts))
	}
	g.tileRows = make([]int, g.micros.rows)
	for i := range g.tileRows {
		g.tileRows[i] = i * g.micros.width() * real
	}
	for v := range g.micros.vectors {
		g.tileCols = append(g.tileCols, v*g.micros.lanes*real)
	}
	g.info = g.describe(s)
	return g
}

// packers works out how both sides are packed.
func (g *gemm[T]) packers(row, col, depth []strided, size int) (rows, cols packer) {
	m := g.micros
	rows = packer{panel: m.rows, pad: 1, fill: 1}
	if !m.exact {
		rows.pad, rows.fill = m.rows, m.rows
	}
	cols = packer{panel: m.width() / g.parts, pad: g.lanes, fill: g.lanes}
	if g.plan.rowsInPlace {
		cols.pad = cols.panel // termPairs hold for panels of any width
		if m.masks {
			cols.fill = 1 // what lies beyond is not read
		}
	}
	if g.parts == 2 {
		rows.form, cols.form = packSplit, packTwist
	}
	real := size / g.parts
	rows.kit, cols.kit = kitOf(m.tier, rows.form, real), kitOf(m.tier, cols.form, real)
	if g.parts == 1 {
		rows.unit = copyUnit(unitRun(row, rowSide, size), g.row.extent, min(m.rows*real, m.lanes*real)/real, size)
		cols.unit = copyUnit(unitRun(col, colSide, size), g.col.extent, m.lanes, size)
		rows.turn = turnUnit(unitRun(depth, rowSide, size), g.depth.extent, g.plan.depth)
		cols.turn = turnUnit(unitRun(depth, colSide, size), g.depth.extent, g.plan.depth)
	}
	return rows, cols
}

// copyUnit returns the largest unit of contiguous places that vector copies
// can move, at most limit places, 1 if there is none.
func copyUnit(run, extent, limit, size int) int {
	for unit := limit; unit*size >= 16; unit /= 2 {
		if run%unit == 0 || run == extent {
			return unit
		}
	}
	return 1
}

// turnUnit returns the side of the largest squares that can be transposed, 1 if
// terms are not contiguous. Blocks of terms must start where squares do.
func turnUnit(run, extent, block int) int {
	for side := 8; side >= 4; side /= 2 {
		if run == extent || run%side == 0 && block%side == 0 {
			return side
		}
	}
	return 1
}

// swapSides reports whether B should be the row side: the side whose loops are
// contiguous in the destination had better be the one that vectors run along.
func swapSides(s Spec) bool {
	return unit(s.M) && !unit(s.N)
}

func unit(loops []Loop) bool {
	return len(loops) > 0 && loops[len(loops)-1].C == 1
}

// layScratch lays out the scratch memory of a worker.
func (g *gemm[T]) layScratch() {
	var zero T
	real := int(unsafe.Sizeof(zero))
	p := &g.plan
	rows, cols := min(p.rows, g.row.extent), min(p.cols, g.col.extent)
	depth := min(p.depth, g.depth.extent)
	packed := func(held bool, block, extent int, p packer) int {
		if held {
			return roundUp(extent, p.pad) * g.depth.extent
		}
		return roundUp(block, p.pad) * depth
	}
	place := func(bytes int) int {
		at := g.scratch.size
		g.scratch.size += roundUp(bytes, cacheLine)
		return at
	}
	s := &g.scratch
	if g.calls != nil {
		return
	}
	if !p.rowsInPlace {
		s.rows = place(packed(p.rowsHeld, rows, g.row.extent, g.packRows) * g.parts * real)
	}
	if !p.colsInPlace {
		s.cols = place(packed(p.colsHeld, cols, g.col.extent, g.packCols) * g.parts * g.parts * real)
	}
	s.tile = place(g.micros.rows * g.micros.width() * real)
	const word = 8
	s.rowAt, s.rowTo = place(rows*word), place(rows*word)
	s.colAt, s.colTo = place(cols*word), place(cols*word)
	s.depthRow, s.depthCol = place(depth*word), place(depth*word)
	s.vectorsAt, s.vectorsTo = place(maxVectors*word), place(maxVectors*word)
	if p.rowsInPlace && g.pairs == nil {
		s.pairs = place(2 * g.parts * depth * word)
	}
	s.spare = place(spareWords * word)
}

// Scratch implements [Kernel].
func (g *gemm[T]) Scratch() int {
	if g.scratch.size == 0 {
		return 0
	}
	return g.threads*g.scratch.size + cacheLine
}

// describe says how the operands are read and estimates the memory traffic.
func (g *gemm[T]) describe(s Spec) Info {
	info := Info{Class: "gemm", A: Packed, B: Packed, BytesMoved: bytesMoved(s)}
	rows, cols := &info.A, &info.B
	if g.swapped {
		rows, cols = cols, rows
	}
	term := int(unsafe.Sizeof(T(0))) * g.parts * g.depth.extent
	if g.plan.rowsInPlace {
		*rows = InPlace
	} else {
		info.BytesMoved += 2 * g.row.extent * term
	}
	if g.plan.colsInPlace {
		*cols = InPlace
	} else {
		info.BytesMoved += 2 * g.col.extent * term * g.parts
	}
	return info
}

// Info implements [Kernel].
func (g *gemm[T]) Info() Info { return g.info }

// align returns the first multiple of cacheLine from p on.
func align(p unsafe.Pointer) unsafe.Pointer {
	return unsafe.Add(p, -uintptr(p)&(cacheLine-1))
}
