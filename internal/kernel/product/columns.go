package product

import (
	"unsafe"

	"tnbench/internal/kernel/model"
	"tnbench/internal/kernel/nest"
	"tnbench/internal/kernel/vec"
)

// A column side in place, whose terms are rows of memory, is fetched ahead line by
// line, in the order in which one worker uses it. Of several workers that divide the
// columns each would find most of what it needs in the cache of another, or on the
// way there; so each fetches its own columns.

// columns are what a worker reads of such a column side.
type columns struct {
	at     uintptr // of the term that is fetched now
	terms  int     // from this one on
	width  int     // bytes of a term
	stride int     // bytes from one term to the next
	done   int     // bytes of this term
}

// apart returns how many bytes the terms of a column side in place lie apart if
// workers can fetch columns of it by themselves, 0 if not.
func (g *product[T]) apart(batch, col, depth []nest.Loop) int {
	if !g.cuts.colsInPlace || len(batch) > 0 || len(depth) != 1 || nest.Unit(col, nest.B, g.elementBytes()) < g.col.extent {
		return 0
	}
	return depth[0].Stride(nest.B)
}

// columnsOf returns the columns of a part, without the terms that the step before
// has fetched.
func (g *product[T]) columnsOf(part part, right unsafe.Pointer) columns {
	size, fetched := g.elementBytes(), model.Here.Ahead.Bytes/g.colsApart
	return columns{
		at:     uintptr(right) + uintptr(fetched*g.colsApart+part.cols.from*size),
		terms:  g.depth.extent - fetched,
		width:  (part.cols.to - part.cols.from) * size,
		stride: g.colsApart,
	}
}

// fetch fetches the next so many bytes.
func (c *columns) fetch(bytes int) {
	for bytes > 0 && c.terms > 0 {
		at, n := c.next(bytes)
		vec.HintLines(at, (n+nest.CacheLine-1)/nest.CacheLine)
		bytes -= n
	}
}

// next returns the next bytes to fetch, at most so many.
func (c *columns) next(most int) (at uintptr, bytes int) {
	at, bytes = c.at+uintptr(c.done), min(most, c.width-c.done)
	if c.done += bytes; c.done == c.width {
		c.at, c.terms, c.done = c.at+uintptr(c.stride), c.terms-1, 0
	}
	return at, bytes
}
