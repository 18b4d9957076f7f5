package kernel

import "unsafe"

// Tiles whose vectors are not contiguous in the destination are computed in a
// buffer and copied from there in units as large as the destination allows.

// A scatterFunc copies a buffered tile, or adds it: unit u of row i lies at
// tile + i·width + u·(bytes of a unit) and goes to c + rows[i] + cols[u·step/8].
type scatterFunc func(c, tile *byte, rows, cols *int, tall, units, width, step, add int)

// A fetchFunc asks for the lines of a tile's destination ahead of time.
type fetchFunc func(c *byte, rows, cols *int, tall, units, step int)

// scatterer is how a product's buffered tiles are copied.
type scatterer struct {
	unit  int // elements of a unit
	store scatterFunc
	fetch fetchFunc
}

// scattererFor chooses the largest units for a destination in which run columns
// are contiguous, of elements of the given bytes.
func scattererFor(t Tier, run, size, real int) scatterer {
	for unit := 32 / size; unit > 0; unit /= 2 {
		if run%unit == 0 {
			store, fetch := scatterOf(t, real, unit*size)
			return scatterer{unit, store, fetch}
		}
	}
	return scatterer{unit: 1}
}

// bufferedTiles computes tiles in a buffer and copies their elements into the
// destination.
func (w *gemmWorker[T]) bufferedTiles(t tileBlock) {
	m := w.micros
	real := w.realBytes()
	tile := unsafe.Add(w.scratch, w.gemm.scratch.tile)
	s := &w.scatter
	units, step := len(t.colTo)/s.unit, 8*s.unit
	for len(t.rowTo) > 0 {
		n := min(m.rows, len(t.rowTo))
		tall := n
		if !m.exact {
			tall = m.rows
		}
		if s.fetch != nil && t.k >= tileFetchDepth {
			s.fetch((*byte)(w.to), &t.rowTo[0], &t.colTo[0], n, units, step)
		}
		w.kernel(&t, tall, 1, tile, &w.tileRows[0], &w.tileCols[0], 0)
		switch {
		case s.store != nil:
			s.store((*byte)(w.to), (*byte)(tile), &t.rowTo[0], &t.colTo[0], n, units, m.width()*real, step, t.add)
		case w.parts == 2:
			scatterPairs[T](w.to, tile, t.rowTo[:n], t.colTo, m.width(), t.add != 0)
		default:
			scatterReals[T](w.to, tile, t.rowTo[:n], t.colTo, m.width(), t.add != 0)
		}
		t.skip(n, real)
	}
}

// tileFetchDepth is the depth from which on the destination of a buffered tile
// is fetched ahead: shallower ones are done before it could arrive.
const tileFetchDepth = 32

// scatterReals writes or adds a buffered tile of real elements to the
// destination.
func scatterReals[T float32 | float64](c, tile unsafe.Pointer, rows, cols []int, width int, add bool) {
	from := unsafe.Slice((*T)(tile), len(rows)*width)
	for i, r := range rows {
		line := from[i*width:][:len(cols)]
		to := unsafe.Add(c, r)
		if add {
			for j, o := range cols {
				*(*T)(unsafe.Add(to, o)) += line[j]
			}
			continue
		}
		for j, o := range cols {
			*(*T)(unsafe.Add(to, o)) = line[j]
		}
	}
}

// scatterPairs is scatterReals for complex elements; width counts real ones.
func scatterPairs[T float32 | float64](c, tile unsafe.Pointer, rows, cols []int, width int, add bool) {
	from := unsafe.Slice((*[2]T)(tile), len(rows)*width/2)
	for i, r := range rows {
		line := from[i*width/2:][:len(cols)]
		to := unsafe.Add(c, r)
		for j, o := range cols {
			x := (*[2]T)(unsafe.Add(to, o))
			if add {
				x[0] += line[j][0]
				x[1] += line[j][1]
			} else {
				*x = line[j]
			}
		}
	}
}
