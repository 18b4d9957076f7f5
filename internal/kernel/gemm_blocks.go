package kernel

// blocking is how a product is cut for the caches, in elements of the tensors.
// A block of the row side, rows × depth, is packed for the second-level cache,
// one of the column side, depth × cols, for the third; a panel of the column
// side stays in the first while panels of the row side stream past it.
type blocking struct{ rows, cols, depth int }

// Cache budgets of the packed blocks in bytes, for the caches of present
// server cores: 32 to 48 KiB, 1 to 2 MiB, some MiB per core.
const (
	depthReals = 256 // real terms of a sum between two visits of the destination
	rowBytes   = 512 << 10
	colBytes   = 4 << 20
	heldBytes  = 1 << 20
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
}

// shape is the size of a product as the planner sees it.
type shape struct {
	rows, cols, depth int
	size              int // bytes of a real number
	parts             int // reals of an element
}

// planBlocks cuts a product for the caches.
func planBlocks(s shape, m *microSet) blocksPlan {
	term := s.size * s.parts           // bytes that a term of a sum adds to a packed row,
	wide := s.size * s.parts * s.parts // and to a packed column
	colStep := m.width() / s.parts
	p := blocksPlan{}
	p.depth = min(s.depth, depthReals/s.parts)
	switch {
	case s.rows*s.depth*term <= heldBytes:
		p.rowsHeld = true
		p.rows = s.rows
		p.cols = atLeastOne(rowBytes/(p.depth*wide), colStep)
	case s.cols*s.depth*wide <= heldBytes:
		p.colsHeld, p.order = true, rowsOuter
		p.cols = s.cols
		p.rows = atLeastOne(rowBytes/(p.depth*term), m.rows)
	default:
		p.rows = atLeastOne(rowBytes/(p.depth*term), m.rows)
		p.cols = atLeastOne(colBytes/(p.depth*wide), colStep)
	}
	p.rows, p.cols = min(p.rows, s.rows), min(p.cols, s.cols)
	return p
}

// atLeastOne rounds n down to a multiple of step, but not to 0.
func atLeastOne(n, step int) int { return max(n/step, 1) * step }

// roundUp rounds n up to a multiple of step.
func roundUp(n, step int) int { return (n + step - 1) / step * step }
