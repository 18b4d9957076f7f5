package product

import (
	"unsafe"

	"tnbench/internal/kernel/vec/generic"
	"tnbench/internal/kernel/vec/isa"
)

// Tiles whose vectors are not contiguous in the destination are computed in a
// buffer and copied from there in units as large as the destination allows.

// scatterer is how a product's buffered tiles are copied.
type scatterer struct {
	unit  int // elements of a unit
	store isa.ScatterFunc
	fetch isa.FetchFunc
}

// scattererFor chooses the largest units for a destination in which run columns
// are contiguous, of elements of the given bytes.
func scattererFor(t *isa.Tier, run, size, real int) scatterer {
	for unit := 32 / size; unit > 0; unit /= 2 {
		if run%unit == 0 {
			return scatterer{unit, t.Scatter(real, unit*size), t.Fetch}
		}
	}
	return scatterer{unit: 1}
}

// bufferedTiles computes tiles in a buffer and copies their elements into the
// destination.
func (w *worker[T]) bufferedTiles(t tileBlock) {
	m := w.micros
	real := w.realBytes()
	tile := unsafe.Add(w.scratch, w.product.scratch.tile)
	s := &w.scatter
	units, step := len(t.colTo)/s.unit, 8*s.unit
	for len(t.rowTo) > 0 {
		n := min(m.Rows, len(t.rowTo))
		if s.fetch != nil && t.k >= tuned.TileAhead {
			s.fetch((*byte)(w.to), &t.rowTo[0], &t.colTo[0], n, units, step)
		}
		if n == m.Rows || !m.Exact() {
			w.panels(&t, 1, tile, &w.tileRows[0], &w.tileCols[0], 0)
		} else {
			w.rest(&t, tile, w.tileRows, &w.tileCols[0], 0)
		}
		switch {
		case s.store != nil:
			s.store((*byte)(w.to), (*byte)(tile), &t.rowTo[0], &t.colTo[0], n, units, m.Width()*real, step, t.add)
		case w.parts == 2:
			generic.ScatterPairs[T](w.to, tile, t.rowTo[:n], t.colTo, m.Width(), t.add != 0)
		default:
			generic.ScatterReals[T](w.to, tile, t.rowTo[:n], t.colTo, m.Width(), t.add != 0)
		}
		t.skip(n, real)
	}
}
