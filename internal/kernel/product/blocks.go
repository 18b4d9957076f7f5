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

// Budgets of what is packed, in bytes but for the depth, for the caches of
// present server cores: 32 to 48 KiB, 1 to 2 MiB, some MiB per core. On a Zen 5
// core (2026-11) rates change by less than 3 % when these are halved or doubled.
const (
	// depthReals bounds the real terms of a sum between two visits of the
	// destination: a panel of the column side then just fits the first level.
	depthReals = 256
	// depthStep keeps blocks of terms whole squares where they are transposed.
	depthStep = 8
	rowBytes  = 384 << 10
	colBytes  = 2 << 20
	heldBytes = 1 << 20
)

// loopOrder is how the loops over blocks are nested.
type loopOrder uint8

const (
	colsOuter loopOrder = iota // columns, depth, rows
	rowsOuter                  // rows, depth, columns
)

// blocksPlan is the cut of one product.
type blocksPlan struct {
	blocking
	order loopOrder
	// rowsHeld and colsHeld say that the whole operand is packed at once and
	// kept, not block by block.
	rowsHeld, colsHeld bool
	// rowsInPlace says that the row side is not packed at all, colsInPlace that
	// neither is.
	rowsInPlace, colsInPlace bool
}

// Shape is the size of a product as the planner sees it.
type Shape struct {
	Batch, Rows, Cols, Depth int
	Size                     int // bytes of a real number
	Parts                    int // reals of an element
}

// planBlocks cuts a product for the caches. An operand that is small enough is
// packed as a whole; the other is then packed exactly once, in blocks for the
// second-level cache.
func planBlocks(s Shape, m *isa.Micros) blocksPlan {
	term := s.Size * s.Parts           // bytes that a term of a sum adds to a packed row,
	wide := s.Size * s.Parts * s.Parts // and to a packed column
	colStep := m.Width() / s.Parts
	p := blocksPlan{}
	p.depth = evenly(s.Depth, depthReals/s.Parts, depthStep)
	switch {
	case s.Rows*s.Depth*term <= heldBytes:
		p.rowsHeld = true
		p.rows = s.Rows
		p.cols = evenly(s.Cols, 2*rowBytes/(p.depth*wide), colStep)
	case s.Cols*s.Depth*wide <= heldBytes:
		p.colsHeld, p.order = true, rowsOuter
		p.cols = s.Cols
		p.rows = evenly(s.Rows, rowBytes/(p.depth*term), m.Rows)
	default:
		p.rows = evenly(s.Rows, rowBytes/(p.depth*term), m.Rows)
		p.cols = evenly(s.Cols, colBytes/(p.depth*wide), colStep)
	}
	return p
}

const (
	// Operands are used in place where packing would cost more than it saves:
	// if each of their elements is read by a few panels only, or if they are
	// small enough to stay in the first-level cache.
	inPlacePanels = 3
	inPlaceBytes  = 32 << 10
	// A column side in place is read again for each panel of the row side, of
	// which there may be a few more. inPlaceAll bounds the columns of all batches:
	// from memory they are better read in the long runs of the packers.
	inPlaceAgain = 6
	inPlaceAll   = 4 << 20
	// A row side of more than inPlaceFar bytes is in no cache. If it lies in runs
	// shorter than inPlaceRun bytes, tiles would wait for each: packers have many
	// under way. (Two products of runs of 64 bytes in place, 62 and 17.6 ms, packed
	// 38 and 16.0; Zen 4, 2026-11.)
	inPlaceFar = 8 << 20
	inPlaceRun = 512
	// inPlaceBlock is how much of a side in place is visited between two visits
	// of the destination if its terms are far apart: while the panels pass through
	// it line by line it is in the second-level cache, and the next block is
	// fetched meanwhile. inPlaceReals bounds the terms if they are next to each
	// other.
	inPlaceBlock = 128 << 10
	inPlaceReals = 1024
	// pairsTabulated bounds the table of real terms that a product in place
	// keeps; longer ones are written block by block.
	pairsTabulated = 4096
)

// Placement says how the sides of a product lie in memory.
type Placement struct {
	ColsAble   bool // the columns are whole real vectors, as micro-kernels need them
	rowsAdjoin bool // rows are next to each other, not terms
	RowRun     int  // elements of the row side that are next to each other
}

// placeInPlace decides what is not packed, and cuts the terms accordingly.
func (p *blocksPlan) placeInPlace(s Shape, m *isa.Micros, lie Placement) {
	if m.Strided == nil {
		return
	}
	size := s.Size * s.Parts
	rows, cols := s.Rows*s.Depth*size, s.Cols*s.Depth*size
	p.rowsInPlace, p.colsInPlace = SidesInPlace(s, m.Rows, m.Width(), lie)
	switch {
	case p.colsInPlace && cols > inPlaceBlock:
		p.rows, p.cols = s.Rows, s.Cols
		p.depth = evenly(s.Depth, max(inPlaceBlock/(s.Cols*size), depthStep), depthStep)
	case p.rowsInPlace && rows > inPlaceBlock:
		p.rows = s.Rows
		p.depth = evenly(s.Depth, inPlaceReals/s.Parts, depthStep)
		if lie.rowsAdjoin {
			p.depth = evenly(s.Depth, max(inPlaceBlock/(s.Rows*size), depthStep), depthStep)
		}
	}
}

// SidesInPlace reports which sides of a product are better not packed, for tiles
// of so many rows and real columns.
func SidesInPlace(s Shape, tall, width int, lie Placement) (rowSide, colSide bool) {
	term := s.Depth * s.Size * s.Parts // bytes of a row and of a column
	if lie.ColsAble && s.Rows <= inPlaceAgain*tall && s.Batch*s.Cols*term <= inPlaceAll {
		return true, true
	}
	waits := s.Batch*s.Rows*term > inPlaceFar && lie.RowRun*s.Size*s.Parts < inPlaceRun
	rowSide = s.Cols*s.Parts <= inPlacePanels*width && !waits || s.Rows*term <= inPlaceBytes
	return rowSide, rowSide && lie.ColsAble && s.Cols*term <= inPlaceBytes
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
