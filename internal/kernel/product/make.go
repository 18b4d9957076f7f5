package product

import (
	"slices"

	"tnbench/internal/kernel/nest"
	"tnbench/internal/kernel/vec/isa"
)

// makeProduct makes the product of elements of parts values of type T. Vectors run
// along the side whose loops are contiguous in the destination, however short:
// copying tiles element by element costs more than lanes left idle. Only if sums
// are long and packing can be saved may it be the other way round.
func makeProduct[T float32 | float64](s nest.Spec, o nest.Options, parts int, cut *cuts) *product[T] {
	swapped := nest.RunOf(s.M, nest.C) > 1 && nest.RunOf(s.N, nest.C) == 1
	g := newProduct[T](s, o, parts, cut, swapped)
	if p := &g.cuts; nest.Extent(s.K) >= tuned.TurnedDepth && !(p.rowsInPlace && p.colsInPlace) &&
		min(g.row.extent, g.col.extent) <= tuned.TurnedSide {
		if other := newProduct[T](s, o, parts, cut, !swapped); other.Cycles() < g.Cycles() {
			return other
		}
	}
	return g
}

// newProduct makes the product with B as the row side or not.
func newProduct[T float32 | float64](s nest.Spec, o nest.Options, parts int, cut *cuts, swapped bool) *product[T] {
	g := &product[T]{parts: parts, threads: 1, swapped: swapped}
	g.tier = o.ChosenTier()
	g.micros = g.tier.MicrosFor(g.realBytes())
	g.lanes = g.micros.Lanes / parts
	// From here on A is the row side and B the column side, and strides are in bytes.
	if swapped {
		s = s.Turned()
	}
	size := s.Type.Size()
	batch, depth := nest.Scaled(s.Batch, size), nest.Scaled(s.K, size)
	row, col := nest.Scaled(s.M, size), nest.Scaled(s.N, size)
	g.batch = newLoopNest(batch, nest.A, nest.B, nest.C)
	g.row = newLoopNest(row, nest.A, nest.C)
	g.col = newLoopNest(col, nest.B, nest.C)
	g.depth = newLoopNest(depth, nest.A, nest.B)

	run := nest.Unit(col, nest.C, size)
	g.vectors = WholeVectors(run, g.col.extent, g.lanes)
	g.scatter = scattererFor(g.tier, run, size, g.realBytes())
	g.tileRows, g.tileCols = g.tileOffsets()
	adjoin := nest.Unit(row, nest.A, size)
	g.cuts = g.cut(cut, Placement{
		ColsAble:   g.inVectors(nest.Unit(col, nest.B, size)),
		rowsAdjoin: adjoin > 1,
		RowRun:     max(adjoin, nest.Unit(depth, nest.A, size)),
	})
	g.packRows, g.packCols = g.packers(row, col, depth, size)
	g.pairs = g.tabulatePairs()
	g.packed, g.packedRows = g.packedRest()
	if o.Threads > 1 {
		g.colsApart = g.apart(batch, col, depth)
		g.split = g.splitFor(o.Threads, s.MACs()*parts*parts)
		g.threads = min(o.Threads, max(1, g.split.parts))
	}
	if g.split.parts < 2 || g.split.of == splitBatch { // calls are made for whole batches
		g.calls = g.listCalls()
	}
	g.layScratch()
	g.info = g.describe(s)
	return g
}

// inVectors reports whether micro-kernels can read columns in place of which run
// lie next to each other.
func (g *product[T]) inVectors(run int) bool {
	m, cols := g.micros, g.col.extent
	return g.parts == 1 && WholeVectors(run, cols, m.Lanes) && (m.Masks || cols%m.Lanes == 0)
}

// cut cuts the product, unless they are given.
func (g *product[T]) cut(given *cuts, lie Placement) cuts {
	s := Shape{g.batch.extent, g.row.extent, g.col.extent, g.depth.extent, g.realBytes(), g.parts}
	if given == nil {
		p := cutBlocks(s, g.micros)
		p.placeInPlace(s, g.micros, lie)
		return p
	}
	p := *given
	p.rowsInPlace = p.rowsInPlace && g.micros.Exact()
	p.colsInPlace = p.rowsInPlace && p.colsInPlace && lie.ColsAble
	return p
}

// tileOffsets returns those of the rows and vectors of a buffered tile.
func (g *product[T]) tileOffsets() (rows, cols []int) {
	for i := range g.micros.Rows {
		rows = append(rows, i*g.micros.Width()*g.realBytes())
	}
	for v := range g.micros.Vectors {
		cols = append(cols, v*g.micros.Lanes*g.realBytes())
	}
	return rows, cols
}

// tabulatePairs returns the pairs of all terms, nil if they are not needed or
// too many to keep.
func (g *product[T]) tabulatePairs() []int {
	n := g.depth.extent
	if !g.cuts.rowsInPlace || n*g.parts > pairsTabulated {
		return nil
	}
	left := g.depth.offsets(nest.A, 0, n, make([]int, n))
	right := g.depth.offsets(nest.B, 0, n, make([]int, n))
	return g.pairTerms(make([]int, 2*g.parts*n), left, right, 0)
}

// packedRest returns how rows that fill no packed panel are read there in place: the
// pairs of their terms, by vectors of the column side's panel, and where they start.
func (g *product[T]) packedRest() (pairs [isa.MaxVectors + 1][]int, rows []int) {
	m, real := g.micros, g.realBytes()
	rest := g.row.extent % m.Rows
	if rest == 0 || g.cuts.rowsInPlace || !m.Exact() {
		return pairs, nil
	}
	for i := range rest {
		rows = append(rows, i*real)
	}
	for _, across := range edges(g.col.extent*g.parts, m.Width()) {
		if across.count > 0 {
			wide := m.VectorsOf(across.size)
			pairs[wide] = evenPairs(rest*real, wide*m.Lanes*real, min(g.cuts.depth, g.depth.extent)*g.parts)
		}
	}
	return pairs, rows
}

// packers works out how both sides are packed.
func (g *product[T]) packers(row, col, depth []nest.Loop, size int) (rows, cols packer) {
	m := g.micros
	rows = packer{panel: m.Rows, pad: 1, fill: 1}
	if !m.Exact() {
		rows.pad, rows.fill = m.Rows, m.Rows
	}
	cols = packer{panel: m.Width() / g.parts, pad: g.lanes, fill: g.lanes}
	if g.cuts.rowsInPlace {
		cols.pad = cols.panel // termPairs hold for panels of any width
		if m.Masks {
			cols.fill = 1 // what lies beyond is not read
		}
	}
	if g.parts == 2 {
		rows.form, cols.form = isa.Split, isa.Twist
	}
	real := size / g.parts
	rows.kit, cols.kit = g.tier.Kit(rows.form, real), g.tier.Kit(cols.form, real)
	if g.parts == 1 {
		rows.unit = copyUnit(nest.Unit(row, nest.A, size), g.row.extent, min(m.Rows*real, m.Lanes*real)/real, size)
		cols.unit = copyUnit(nest.Unit(col, nest.B, size), g.col.extent, m.Lanes, size)
		rows.turn = turnUnit(nest.Unit(depth, nest.A, size))
		cols.turn = turnUnit(nest.Unit(depth, nest.B, size))
	}
	rows.used = usedOfLine(row, depth, nest.A, size, min(g.cuts.rows, g.row.extent))
	cols.used = usedOfLine(col, depth, nest.B, size, min(g.cuts.cols, g.col.extent))
	return rows, cols
}

// usedOfLine returns how many bytes next to each other a block of so many places has in an
// operand, a cache line at most.
func usedOfLine(side, depth []nest.Loop, o nest.Operand, size, places int) int {
	within := slices.Clone(depth)
	for i := len(side) - 1; i >= 0 && places > 1; i-- {
		l := side[i]
		l.Extent = min(l.Extent, places)
		places /= l.Extent
		within = append(within, l)
	}
	run := size
	for again := true; again && run < nest.CacheLine; {
		again = false
		for _, l := range within {
			if l.Extent > 1 && l.Stride(o) == run {
				run, again = run*l.Extent, true
			}
		}
	}
	return min(run, nest.CacheLine)
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

// turnUnit returns the side of the largest squares that can be transposed where
// so many terms are contiguous, 1 if that are too few.
func turnUnit(run int) int {
	switch {
	case run >= 8:
		return 8
	case run >= 4:
		return 4
	}
	return 1
}

// layScratch lays out the scratch memory of a worker.
func (g *product[T]) layScratch() {
	real := g.realBytes()
	p := &g.cuts
	rows, cols := min(p.rows, g.row.extent), min(p.cols, g.col.extent)
	depth := min(p.depth, g.depth.extent)
	packed := func(held bool, block, extent int, p packer) int {
		if held {
			return nest.RoundUp(extent, p.pad) * g.depth.extent
		}
		return nest.RoundUp(block, p.pad) * depth
	}
	place := func(bytes int) int {
		at := g.scratch.size
		g.scratch.size += nest.RoundUp(bytes, nest.CacheLine)
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
	s.tile = place(g.micros.Rows * g.micros.Width() * real)
	const word = 8
	offsets := func(n *loopNest, count int) (first, second int) {
		if n.short() {
			return 0, 0 // they are tabulated
		}
		return place(count * word), place(count * word)
	}
	s.rowAt, s.rowTo = offsets(&g.row, rows)
	s.colAt, s.colTo = offsets(&g.col, cols)
	s.depthRow, s.depthCol = offsets(&g.depth, depth)
	s.vectorsAt, s.vectorsTo = place(isa.MaxVectors*word), place(isa.MaxVectors*word)
	if p.rowsInPlace && g.pairs == nil {
		s.pairs = place(2 * g.parts * depth * word)
	}
	s.spare = place(spareWords(depth) * word)
}

// describe says how the operands are read and estimates the memory traffic.
func (g *product[T]) describe(s nest.Spec) nest.Info {
	info := nest.Info{Class: "gemm", A: nest.Packed, B: nest.Packed, BytesMoved: nest.BytesMoved(s)}
	rows, cols := &info.A, &info.B
	if g.swapped {
		rows, cols = cols, rows
	}
	term := g.realBytes() * g.parts * g.depth.extent
	if g.cuts.rowsInPlace {
		*rows = nest.InPlace
	} else {
		info.BytesMoved += 2 * g.row.extent * term
	}
	if g.cuts.colsInPlace {
		*cols = nest.InPlace
	} else {
		info.BytesMoved += 2 * g.col.extent * term * g.parts
	}
	return info
}
