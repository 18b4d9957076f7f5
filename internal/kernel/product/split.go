package product

import (
	"tnbench/internal/kernel/nest"
)

// span is a range of iterations.
type span struct{ from, to int }

// part is a part of a product: some batches, rows and columns, and always
// all terms of the sums, so that how a product is divided never shows in its
// bits.
type part struct{ batch, rows, cols span }

// split is how a product is divided among workers.
type split struct {
	of    splitOf
	parts int
	step  int // a part's share, the last may have less
}

// splitOf is the group of loops that is divided.
type splitOf uint8

const (
	splitBatch splitOf = iota
	splitRows
	splitCols
)

// part returns part i of whole.
func (s split) part(whole part, i int) part {
	cut := func(all span) span {
		from := all.from + i*s.step
		return span{from, min(from+s.step, all.to)}
	}
	switch s.of {
	case splitBatch:
		whole.batch = cut(whole.batch)
	case splitRows:
		whole.rows = cut(whole.rows)
	case splitCols:
		whole.cols = cut(whole.cols)
	}
	return whole
}

// whole is all of a product.
func (g *product[T]) whole() part {
	return part{span{0, g.batch.extent}, span{0, g.row.extent}, span{0, g.col.extent}}
}

// splitFor divides the product among workers: by batches if there are enough of
// them, else by rows or columns. A worker packs an operand that is held once for
// all of its parts; others are packed for each part anew, or fetched in the order
// of their terms, so that there are no more parts than workers.
func (g *product[T]) splitFor(workers, macs int) split {
	parts := min(workers*tuned.PartsPerWorker, macs/tuned.PartMACs)
	if parts < 2 {
		return split{}
	}
	if batches := min(parts, g.batch.extent); batches >= workers {
		return divide(splitBatch, g.batch.extent, 1, batches)
	}
	rows, cols := g.row.extent*g.parts, g.col.extent*g.parts
	p := &g.cuts
	if !p.rowsHeld && !p.rowsInPlace || !p.colsHeld && !p.colsInPlace || g.colsApart > 0 {
		parts = min(parts, workers)
	}
	better := divide(splitCols, g.col.extent, g.packCols.panel, parts)
	other := divide(splitRows, g.row.extent, g.packRows.panel, parts)
	if p.order == rowsOuter || !p.rowsHeld && rows > cols {
		better, other = other, better
	}
	if better.parts < min(parts, workers) && better.parts < other.parts {
		return other
	}
	return better
}

// divide cuts an extent into at most parts, each a multiple of unit but the
// last.
func divide(of splitOf, extent, unit, parts int) split {
	step := nest.RoundUp((extent+parts-1)/parts, unit)
	return split{of: of, step: step, parts: (extent + step - 1) / step}
}
