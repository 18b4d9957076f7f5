package product

import (
	"tnbench/internal/kernel/nest"
	"tnbench/internal/kernel/vec/isa"
)

// Cycles of a blocked product on a core with two loads, two multiply-adds and a
// store of a vector per cycle, as measured on Zen 5 (2026-11). They tell when
// another way is faster, so only proportions matter.
const (
	productStart = 40.0  // to start a product that is a list of calls
	blockCycles  = 250.0 // to start one that packs
	panelCycles  = 40.0  // to start a panel of the column side
	tileCycles   = 20.0  // to start a tile
	bufferCycles = 40.0  // more, if it is buffered
	ChainCycles  = 4.0   // a multiply-add that waits for the one before
	// Packing 8 bytes: copied or transposed, gathered, and one by one; fetching
	// them if the second-level cache does not hold them; and a call to pack a few
	// places.
	copiedCycles, gatheredCycles, singleCycles = 0.5, 0.8, 2.5
	fetchCycles                                = 0.6
	packCallCycles                             = 25.0
	// Reading 8 bytes in place that the second-level cache does not hold.
	// It takes many times that if the third level does not hold them either.
	farRowCycles, farColCycles = 0.2, 0.3
	farthest                   = 8

	secondLevel = 1 << 20 // bytes of the caches that matter here
	thirdLevel  = 32 << 20
)

// The least time that writing 8 bytes of C takes, however little arithmetic
// there is: if C fits into the third-level cache and if it does not; and if its
// rows lie a multiple of aliasBytes apart, so that they all compete for the same
// lines of the first-level cache, for a shallow product and for others.
const (
	nearFloor, farFloor      = 0.5, 1.25
	shallowFloor, aliasFloor = 1.9, 1.3

	aliasBytes   = 4096
	shallowDepth = 12
)

// Cycles estimates how many cycles one run takes.
func (g *product[T]) Cycles() float64 {
	rows, cols, depth := g.row.extent, g.col.extent, g.depth.extent
	blocks := (depth + g.plan.depth - 1) / g.plan.depth
	total := float64(blocks) * g.tileEstimate()
	if g.calls == nil {
		total += blockCycles
	}
	total += g.sideEstimate(&g.packRows, rows, g.plan.rowsInPlace, farRowCycles)
	total += g.sideEstimate(&g.packCols, cols, g.plan.colsInPlace, farColCycles)
	if !g.plan.rowsInPlace && !g.plan.rowsHeld && g.plan.order == colsOuter {
		again := (cols - 1) / g.plan.cols
		total += float64(again) * g.sideEstimate(&g.packRows, rows, false, 0)
	}
	return productStart + float64(g.batch.extent)*total
}

// sideEstimate returns the cycles of packing a side once, or of reading it in
// place if that takes some per 8 bytes from memory.
func (g *product[T]) sideEstimate(p *packer, places int, inPlace bool, far float64) float64 {
	bytes := places * g.depth.extent * g.elementBytes()
	isFar := g.batch.extent*bytes > secondLevel
	switch {
	case !inPlace:
		return p.estimate(places, g.depth.extent, g.elementBytes(), isFar)
	case g.batch.extent*bytes > thirdLevel:
		return farthest * far * float64(bytes) / 8
	case isFar:
		return far * float64(bytes) / 8
	}
	return 0
}

// tileEstimate returns the cycles of all tiles of a block of terms.
func (g *product[T]) tileEstimate() float64 {
	m := g.micros
	k := float64(min(g.plan.depth, g.depth.extent) * g.parts)
	floor := g.floor() * float64(g.elementBytes()) / 8
	total := 0.0
	for _, across := range edges(g.col.extent*g.parts, m.Width()) {
		wide := float64((across.size + m.Lanes - 1) / m.Lanes)
		panel := panelCycles
		for _, down := range edges(g.row.extent, m.Rows) {
			tall := float64(down.size)
			elements := tall * float64(across.size) / float64(g.parts)
			loads := (tall + wide) / 2
			if g.plan.colsInPlace {
				loads += wide / 2 // they straddle cache lines
			}
			tile := tileCycles + k*max(ChainCycles, tall*wide/2, loads) + tall*wide
			if !g.vectors {
				tile += bufferCycles + 1.2*elements/float64(g.scatter.unit)
			}
			panel += float64(down.count) * max(tile, floor*elements)
		}
		total += float64(across.count) * panel
	}
	return total
}

// floor returns the least cycles for 8 bytes of C.
func (g *product[T]) floor() float64 {
	bytes := g.batch.extent * g.row.extent * g.col.extent * g.elementBytes()
	aliased := g.row.extent >= 2*g.micros.Rows
	for i := 1; i < g.micros.Rows && aliased; i++ {
		aliased = g.row.at(nest.C, i)%aliasBytes == 0
	}
	switch {
	case !aliased && bytes <= thirdLevel:
		return nearFloor
	case !aliased:
		return farFloor
	case g.depth.extent*g.parts < shallowDepth || bytes > thirdLevel/2:
		return shallowFloor
	}
	return aliasFloor
}

// edge is a number of tiles of the same size.
type edge struct{ size, count int }

// edges returns the whole tiles of an extent and the one that is left.
func edges(extent, size int) [2]edge {
	out := [2]edge{{size, extent / size}, {extent % size, 1}}
	if out[1].size == 0 {
		out[1] = edge{1, 0}
	}
	return out
}

// estimate returns the cycles of packing a side of one batch.
func (p *packer) estimate(places, terms, size int, far bool) float64 {
	rest := places % p.panel % 4
	each, calls := gatheredCycles, float64(places/4)
	switch {
	case p.kit == nil:
		each, rest, calls = singleCycles, 0, 0
	case p.unit > 1:
		each = copiedCycles
		calls = float64(places/(p.unit*isa.CopiedUnits)+1) * float64((terms+packChunk-1)/packChunk)
	case p.turn > 1 && terms >= p.turn:
		each = copiedCycles
		calls = float64(places/p.turn + 1)
	}
	if far {
		each += fetchCycles
	}
	return packCallCycles*calls + float64(terms*size)/8*(float64(places-rest)*each+float64(rest)*singleCycles)
}
