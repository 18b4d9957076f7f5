package product

import (
	"tnbench/internal/kernel/model"
	"tnbench/internal/kernel/nest"
	"tnbench/internal/kernel/vec/isa"
)

// Cycles estimates how many cycles one run takes.
func (g *product[T]) Cycles() float64 {
	rows, cols, depth := g.row.extent, g.col.extent, g.depth.extent
	blocks := (depth + g.cuts.depth - 1) / g.cuts.depth
	total := float64(blocks) * g.tileEstimate()
	if g.calls == nil {
		total += tuned.Block
	}
	total += g.sideEstimate(&g.packRows, rows, g.cuts.rowsInPlace, tuned.FarRow)
	total += g.sideEstimate(&g.packCols, cols, g.cuts.colsInPlace, tuned.FarCol)
	if !g.cuts.rowsInPlace && !g.cuts.rowsHeld && g.cuts.order == colsOuter {
		again := (cols - 1) / g.cuts.cols
		total += float64(again) * g.sideEstimate(&g.packRows, rows, false, 0)
	}
	return tuned.Start + float64(g.batch.extent)*total
}

// sideEstimate returns the cycles of packing a side once, or of reading it in
// place if that takes some per 8 bytes from memory.
func (g *product[T]) sideEstimate(p *packer, places int, inPlace bool, far float64) float64 {
	bytes := places * g.depth.extent * g.elementBytes()
	isFar := g.batch.extent*bytes > model.Here.Caches.Second
	switch {
	case !inPlace:
		return p.estimate(places, g.depth.extent, g.elementBytes(), isFar)
	case g.batch.extent*bytes > model.Here.Caches.Third:
		return tuned.Farthest * far * float64(bytes) / 8
	case isFar:
		return far * float64(bytes) / 8
	}
	return 0
}

// tileEstimate returns the cycles of all tiles of a block of terms.
func (g *product[T]) tileEstimate() float64 {
	m := g.micros
	k := float64(min(g.cuts.depth, g.depth.extent) * g.parts)
	floor := g.floor() * float64(g.elementBytes()) / 8
	total := 0.0
	for _, across := range edges(g.col.extent*g.parts, m.Width()) {
		wide := float64(m.VectorsOf(across.size))
		panel := tuned.Panel
		for _, down := range edges(g.row.extent, m.Rows) {
			tall := float64(down.size)
			elements := tall * float64(across.size) / float64(g.parts)
			loads := (tall + wide) * tuned.Load
			if g.cuts.colsInPlace {
				loads += wide * tuned.Load // they straddle cache lines
			}
			tile := tuned.Tile + k*max(tuned.Chain, tall*wide*tuned.FMA, loads) + tall*wide
			if !g.vectors {
				tile += tuned.Buffer + tuned.Scatter*elements/float64(g.scatter.unit)
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
		aliased = g.row.at(nest.C, i)%model.Here.Caches.Alias == 0
	}
	switch {
	case !aliased && bytes <= model.Here.Caches.Third:
		return tuned.NearFloor
	case !aliased:
		return tuned.FarFloor
	case g.depth.extent*g.parts < tuned.ShallowDepth || bytes > model.Here.Caches.Third/2:
		return tuned.ShallowFloor
	}
	return tuned.AliasFloor
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
	each, calls := tuned.Gathered, float64(places/4)
	switch {
	case p.kit == nil:
		each, rest, calls = tuned.Single, 0, 0
	case p.unit > 1:
		each = tuned.Copied
		calls = float64(places/(p.unit*isa.CopiedUnits)+1) * float64((terms+packChunk-1)/packChunk)
	case p.turn > 1 && terms >= p.turn:
		each = tuned.Copied
		calls = float64(places/p.turn + 1)
	}
	if far {
		each += tuned.Fetch
		if p.used < nest.CacheLine {
			each += tuned.Hop * 8 / float64(p.used)
		}
	}
	return tuned.PackCall*calls + float64(terms*size)/8*(float64(places-rest)*each+float64(rest)*tuned.Single)
}
