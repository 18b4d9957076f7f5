package product

import (
	"tnbench/internal/kernel/nest"
	"tnbench/internal/kernel/vec/isa"
)

// blocking is how a product is cut for the caches, in elements of the tensors.
// A block of the row side, rows × depth, is packed for the second-level cache,
// one of the column side, depth × cols, for the third; a panel of the column
// side stays in the first while panels of the row side stream past it.
type blocking struct{ rows, cols, depth int }

// depthStep keeps blocks of terms whole squares where they are transposed.
const depthStep = 8

// loopOrder is how the loops over blocks are nested.
type loopOrder uint8

const (
	colsOuter loopOrder = iota // columns, depth, rows
	rowsOuter                  // rows, depth, columns
)

// cuts is how one product is cut.
type cuts struct {
	blocking
	order loopOrder
	// rowsHeld and colsHeld say that the whole operand is packed at once and
	// kept, not block by block.
	rowsHeld, colsHeld bool
	// rowsInPlace says that the row side is not packed at all, colsInPlace that
	// neither is.
	rowsInPlace, colsInPlace bool
}

// Shape is the size of a product as it is cut.
type Shape struct {
	Batch, Rows, Cols, Depth int
	Size                     int // bytes of a real number
	Parts                    int // reals of an element
}

// cutBlocks cuts a product for the caches. An operand that is small enough is
// packed as a whole; the other is then packed exactly once, in blocks for the
// second-level cache.
func cutBlocks(s Shape, m *isa.Micros) cuts {
	term := s.Size * s.Parts           // bytes that a term of a sum adds to a packed row,
	wide := s.Size * s.Parts * s.Parts // and to a packed column
	colStep := m.Width() / s.Parts
	p := cuts{}
	p.depth = evenly(s.Depth, tuned.DepthReals/s.Parts, depthStep)
	switch {
	case s.Rows*s.Depth*term <= tuned.HeldBytes:
		p.rowsHeld = true
		p.rows = s.Rows
		p.cols = evenly(s.Cols, 2*tuned.RowBytes/(p.depth*wide), colStep)
	case s.Cols*s.Depth*wide <= tuned.HeldBytes:
		p.colsHeld, p.order = true, rowsOuter
		p.cols = s.Cols
		p.rows = evenly(s.Rows, tuned.RowBytes/(p.depth*term), m.Rows)
	default:
		p.rows = evenly(s.Rows, tuned.RowBytes/(p.depth*term), m.Rows)
		p.cols = evenly(s.Cols, tuned.ColBytes/(p.depth*wide), colStep)
	}
	return p
}

// pairsTabulated bounds the table of real terms that a product in place keeps;
// longer ones are written block by block.
const pairsTabulated = 4096

// Placement says how the sides of a product lie in memory.
type Placement struct {
	ColsAble   bool // the columns are whole real vectors, as micro-kernels need them
	rowsAdjoin bool // rows are next to each other, not terms
	RowRun     int  // elements of the row side that are next to each other
}

// placeInPlace decides what is not packed, and cuts the terms accordingly.
func (p *cuts) placeInPlace(s Shape, m *isa.Micros, lie Placement) {
	if !m.Exact() {
		return
	}
	size := s.Size * s.Parts
	rows, cols := s.Rows*s.Depth*size, s.Cols*s.Depth*size
	p.rowsInPlace, p.colsInPlace = SidesInPlace(s, m.Rows, m.Width(), lie)
	switch {
	case p.colsInPlace && cols > tuned.InPlaceBlock:
		p.rows, p.cols = s.Rows, s.Cols
		p.depth = evenly(s.Depth, max(tuned.InPlaceBlock/(s.Cols*size), depthStep), depthStep)
	case p.rowsInPlace && rows > tuned.InPlaceBlock:
		p.rows = s.Rows
		p.depth = evenly(s.Depth, tuned.InPlaceReals/s.Parts, depthStep)
		if lie.rowsAdjoin {
			p.depth = evenly(s.Depth, max(tuned.InPlaceBlock/(s.Rows*size), depthStep), depthStep)
		}
	}
}

// SidesInPlace reports which sides of a product are better not packed, for tiles
// of so many rows and real columns.
func SidesInPlace(s Shape, tall, width int, lie Placement) (rowSide, colSide bool) {
	term := s.Depth * s.Size * s.Parts // bytes of a row and of a column
	if lie.ColsAble && s.Rows <= tuned.InPlaceAgain*tall && s.Batch*s.Cols*term <= tuned.InPlaceAll {
		return true, true
	}
	waits := s.Batch*s.Rows*term > tuned.InPlaceFar && lie.RowRun*s.Size*s.Parts < tuned.InPlaceRun
	rowSide = s.Cols*s.Parts <= tuned.InPlacePanels*width && !waits || s.Rows*term <= tuned.InPlaceBytes
	return rowSide, rowSide && lie.ColsAble && s.Cols*term <= tuned.InPlaceBytes
}

// WholeVectors reports whether runs of an extent can be cut into vectors: into
// whole ones, or all of it is one run.
func WholeVectors(run, extent, lanes int) bool { return run%lanes == 0 || run == extent }

// evenly returns the size of blocks that cut n into as few and as even ones as
// possible, each of about at most limit and, if n is cut at all, a multiple of
// step.
func evenly(n, limit, step int) int {
	if n <= limit {
		return n
	}
	blocks := (n + limit - 1) / limit
	return min(n, nest.RoundUp((n+blocks-1)/blocks, step))
}
