package kernel

import "unsafe"

// Cycles of a blocked product on a core with two loads, two multiply-adds and a
// store of a vector per cycle, as measured on Zen 5 (2026-11). They tell when
// another way is faster, so only proportions matter.
const (
	productStart = 40.0  // to start a product that is a list of calls
	blockCycles  = 250.0 // to start one that packs
	panelCycles  = 40.0  // to start a panel of the column side
	tileCycles   = 20.0  // to start a tile
	bufferCycles = 40.0  // more, if it is buffered
	chainCycles  = 4.0   // a multiply-add that waits for the one before
	// floorCycles is the least time for 8 bytes of C that the second-level
	// cache does not hold, and for 8 bytes of one that it does.
	farFloorCycles, nearFloorCycles = 1.6, 0.5
	// Packing 8 bytes: copied or transposed, gathered, and one by one; and
	// fetching them if the second-level cache does not hold them.
	copiedCycles, gatheredCycles, singleCycles = 0.7, 1.0, 2.5
	fetchCycles                                = 0.9
	// secondLevel is the size of the second-level cache that matters here.
	secondLevel = 1 << 20
)

// estimate returns the cycles that one run takes.
func (g *gemm[T]) estimate() float64 {
	batch, rows, cols, depth := g.batch.extent, g.row.extent, g.col.extent, g.depth.extent
	blocks := (depth + g.plan.depth - 1) / g.plan.depth
	total := float64(blocks) * g.tileEstimate()
	if g.calls == nil {
		total += blockCycles
	}
	if !g.plan.rowsInPlace {
		again := 1
		if !g.plan.rowsHeld && g.plan.order == colsOuter {
			again = (cols + g.plan.cols - 1) / g.plan.cols
		}
		total += float64(again) * g.packRows.estimate(rows, depth, g.elementBytes(), batch)
	}
	if !g.plan.colsInPlace {
		total += g.packCols.estimate(cols, depth, g.elementBytes(), batch)
	}
	return productStart + float64(batch)*total
}

// elementBytes returns the size of a tensor's element.
func (g *gemm[T]) elementBytes() int { return g.parts * int(unsafe.Sizeof(T(0))) }

// tileEstimate returns the cycles of all tiles of a block of terms.
func (g *gemm[T]) tileEstimate() float64 {
	m := g.micros
	k := float64(min(g.plan.depth, g.depth.extent) * g.parts)
	floor := nearFloorCycles
	if g.batch.extent*g.row.extent*g.col.extent*g.elementBytes() > secondLevel {
		floor = farFloorCycles
	}
	floor *= float64(g.elementBytes()) / 8
	total := 0.0
	for _, across := range edges(g.col.extent*g.parts, m.width()) {
		wide := float64((across.size + m.lanes - 1) / m.lanes)
		panel := panelCycles
		for _, down := range edges(g.row.extent, m.rows) {
			tall := float64(down.size)
			elements := tall * float64(across.size) / float64(g.parts)
			loads := (tall + wide) / 2
			if g.plan.colsInPlace {
				loads += wide / 2 // they straddle cache lines
			}
			tile := tileCycles + k*max(chainCycles, tall*wide/2, loads) + tall*wide
			if !g.vectors {
				tile += bufferCycles + 1.2*elements/float64(g.scatter.unit)
			}
			panel += float64(down.count) * max(tile, floor*elements)
		}
		total += float64(across.count) * panel
	}
	return total
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
func (p *packer) estimate(places, terms, size, batch int) float64 {
	rest := places % p.panel % 4
	each := gatheredCycles
	switch {
	case p.kit == nil:
		each, rest = singleCycles, 0
	case p.unit > 1:
		each = copiedCycles
	case p.turn > 1:
		each = copiedCycles
	}
	if batch*places*terms*size > secondLevel {
		each += fetchCycles
	}
	return float64(terms*size) / 8 * (float64(places-rest)*each + float64(rest)*singleCycles)
}
