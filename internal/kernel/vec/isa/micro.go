package isa

// A MicroFunc multiplies consecutive panels of the row side with one panel of
// the column side, both packed, and writes the tiles:
//
//	C[i,j] (+)= Σ_k A[k,i]·B[k,j]    for each of the panels of A
//
// a starts the panels of A, each k times as many values as the kernel is tall;
// b is the panel of B, k times as many vectors as the kernel is wide. Row i of
// all panels together lies at c + rows[i], and vector v of a row cols[v] bytes
// further. mask has a bit for each lane of the last vector that may be stored;
// kernels without masks ignore it and store whole vectors. With add = 0 the
// destination is written, never read.
//
// Each element's sum is formed by one chain of fused multiply-adds in the order
// of k from 0, whatever the size of the tile, and is then added to C. That is
// why results do not depend on how a product is cut into tiles.
//
// From ahead on, pace bytes are fetched into the second-level cache for each
// term of each panel; nothing is read there, so any address will do.
type MicroFunc func(k int, a, b, c *byte, rows, cols *int, panels int, mask uint64, add int, ahead uintptr)

// A StridedFunc is a [MicroFunc] that reads the operands where they are: row i of
// all panels together starts at a + rowA[i], vector v of the columns at
// b + colB[v]. From terms to last there is a pair of integers for each term:
// how far it lies from there in a and in b. Where the kernel has masks only the
// lanes of mask are read of the last vector.
type StridedFunc func(terms, last *int, a, b, c *byte, rowA, rowC, colB, colC *int, panels int, mask uint64, add int, ahead uintptr)

// MaxVectors is the width of the widest micro-kernels in vectors.
const MaxVectors = 3

// Micros is the family of micro-kernels of one tier and real element type.
type Micros struct {
	// Rows and Vectors are the size of the largest kernel, Lanes the elements
	// of a vector.
	Rows, Vectors, Lanes int
	// Masks says that kernels obey mask; otherwise a tile whose last vector is
	// not whole goes through a buffer.
	Masks bool
	// Large is how many vectors of C a tile has at least whose kernel fetches a line
	// with each term: see Pace.
	Large int
	// Kernels of Rows rows, by vectors.
	Kernels [MaxVectors + 1]MicroFunc
	// Strided are kernels by rows and vectors for operands in place, and for rows
	// that do not fill a panel: see Height. Without any, panels are padded to Rows
	// with zeros.
	Strided [][MaxVectors + 1]StridedFunc
}

// Exact reports whether fewer rows than a panel has can be computed.
func (m *Micros) Exact() bool { return m.Strided != nil }

// Height returns how many of n rows, at most Rows, the next kernel should do: all, or
// half of them where there is no kernel for so many.
func (m *Micros) Height(n int) int {
	if m.Strided[n][1] == nil {
		return (n + 1) / 2
	}
	return n
}

// Width is the elements of a full panel of the column side.
func (m *Micros) Width() int { return m.Vectors * m.Lanes }

// VectorsOf returns how many vectors hold so many reals.
func (m *Micros) VectorsOf(reals int) int { return (reals + m.Lanes - 1) / m.Lanes }

// line is the bytes of a cache line.
const line = 64

// Pace is how many bytes a kernel fetches ahead with each term: a line, or a small one
// a line with every second term.
func (m *Micros) Pace(tall, wide int) int {
	if tall*wide < m.Large {
		return line / 2
	}
	return line
}
