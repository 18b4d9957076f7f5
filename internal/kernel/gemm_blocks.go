package kernel

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
	// depthStep keeps blocks of terms aligned with squares that are transposed.
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

// shape is the size of a product as the planner sees it.
type shape struct {
	batch, rows, cols, depth int
	size                     int // bytes of a real number
	parts                    int // reals of an element
}

// planBlocks cuts a product for the caches. An operand that is small enough is
// packed as a whole; the other is then packed exactly once, in blocks for the
// second-level cache.
func planBlocks(s shape, m *microSet) blocksPlan {
	term := s.size * s.parts           // bytes that a term of a sum adds to a packed row,
	wide := s.size * s.parts * s.parts // and to a packed column
	colStep := m.width() / s.parts
	p := blocksPlan{}
	p.depth = evenly(s.depth, depthReals/s.parts, depthStep)
	switch {
	case s.rows*s.depth*term <= heldBytes:
		p.rowsHeld = true
		p.rows = s.rows
		p.cols = evenly(s.cols, 2*rowBytes/(p.depth*wide), colStep)
	case s.cols*s.depth*wide <= heldBytes:
		p.colsHeld, p.order = true, rowsOuter
		p.cols = s.cols
		p.rows = evenly(s.rows, rowBytes/(p.depth*term), m.rows)
	default:
		p.rows = evenly(s.rows, rowBytes/(p.depth*term), m.rows)
		p.cols = evenly(s.cols, colBytes/(p.depth*wide), colStep)
	}
	return p
}

const (
	// Operands are used in place where packing would cost more than it saves:
	// if each of their elements is read by a few panels only, or if they are
	// small enough to stay in the first-level cache.
	inPlacePanels = 3
	inPlaceBytes  = 32 << 10
	// inPlaceCols bounds what of a column side in place is read again for each
	// panel of the row side, inPlaceAll the columns of all batches: from memory
	// they are better read in the long runs of the packers.
	inPlaceCols = 256 << 10
	inPlaceAll  = 4 << 20
	// pairsTabulated bounds the table of real terms that a product in place
	// keeps; longer ones are written block by block.
	pairsTabulated = 4096
)

// placeInPlace decides what is not packed.
func (p *blocksPlan) placeInPlace(s shape, m *microSet) {
	size := s.size * s.parts
	rows, cols := s.rows*s.depth*size, s.cols*s.depth*size
	p.rowsInPlace = s.cols*s.parts <= inPlacePanels*m.width() || rows <= inPlaceBytes
	p.colsInPlace = p.rowsInPlace && (cols <= inPlaceBytes ||
		s.rows <= inPlacePanels*m.rows && cols <= inPlaceCols && s.batch*cols <= inPlaceAll)
}

// allowInPlace takes back what the micro-kernels cannot do: columns in place
// must be whole real vectors, of which run are next to each other.
func (p *blocksPlan) allowInPlace(m *microSet, parts, cols, run int) {
	p.rowsInPlace = p.rowsInPlace && m.strided != nil
	p.colsInPlace = p.rowsInPlace && p.colsInPlace && parts == 1 &&
		(run%m.lanes == 0 || run == cols) && (m.masks || cols%m.lanes == 0)
}

// evenly returns the size of blocks that cut n into as few and as even ones as
// possible, each of about at most limit and, if n is cut at all, a multiple of
// step.
func evenly(n, limit, step int) int {
	if n <= limit {
		return n
	}
	blocks := (n + limit - 1) / limit
	return min(n, roundUp((n+blocks-1)/blocks, step))
}

// roundUp rounds n up to a multiple of step.
func roundUp(n, step int) int { return (n + step - 1) / step * step }
