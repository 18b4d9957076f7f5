package kernel

import "unsafe"

// A microFunc multiplies consecutive panels of the row side with one panel of
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
type microFunc func(k int, a, b, c *byte, rows, cols *int, panels int, mask uint64, add int, ahead uintptr)

// A stridedFunc is a microFunc that reads the operands where they are: row i of
// all panels together starts at a + rowA[i], vector v of the columns at
// b + colB[v]. From terms to last there is a pair of integers for each term:
// how far it lies from there in a and in b. Where the kernel has masks only the
// lanes of mask are read of the last vector.
type stridedFunc func(terms, last *int, a, b, c *byte, rowA, rowC, colB, colC *int, panels int, mask uint64, add int, ahead uintptr)

// maxVectors is the width of the widest micro-kernels in vectors.
const maxVectors = 3

// microSet is the family of micro-kernels of one tier and real element type.
type microSet struct {
	tier Tier
	// rows and vectors are the size of the largest kernel, lanes the elements
	// of a vector.
	rows, vectors, lanes int
	// exact says that there is a kernel for every number of rows; otherwise
	// panels are padded to rows with zeros.
	exact bool
	// masks says that kernels obey mask; otherwise a tile whose last vector is
	// not whole goes through a buffer.
	masks bool
	// kernels by rows and vectors, and those for operands in place, if any.
	kernels [][maxVectors + 1]microFunc
	strided [][maxVectors + 1]stridedFunc
}

// width is the elements of a full panel of the column side.
func (m *microSet) width() int { return m.vectors * m.lanes }

// largeTile is how many vectors a tile has at least whose kernel fetches a line
// with each term, the others with every second one, as asm/gemm generates them.
const largeTile = 12

// pace is how many bytes a kernel fetches ahead with each term.
func pace(tall, wide int) int {
	if tall*wide < largeTile {
		return cacheLine / 2
	}
	return cacheLine
}

// microsFor returns the micro-kernels of a tier for elements of the given bytes.
func microsFor(t Tier, size int) *microSet {
	if set := microsOf(t.resolve(), size); set != nil {
		return set
	}
	if size == 4 {
		return &goMicros32
	}
	return &goMicros64
}

// The portable micro-kernel's tile: as many sums as fit into registers.
const (
	goRows  = 4
	goLanes = 2
)

var (
	goMicros32 = goMicroSet(microGo[float32])
	goMicros64 = goMicroSet(microGo[float64])
)

func goMicroSet(f microFunc) microSet {
	set := microSet{tier: TierGo, rows: goRows, vectors: 1, lanes: goLanes, kernels: make([][maxVectors + 1]microFunc, goRows+1)}
	set.kernels[goRows][1] = f
	return set
}

// microGo is the portable micro-kernel.
func microGo[T float32 | float64](k int, a, b, c *byte, rows, cols *int, panels int, _ uint64, add int, _ uintptr) {
	left := unsafe.Slice((*[goRows]T)(unsafe.Pointer(a)), panels*k)
	right := unsafe.Slice((*[goLanes]T)(unsafe.Pointer(b)), k)
	offsets := unsafe.Slice((*[goRows]int)(unsafe.Pointer(rows)), panels)
	for p := range panels {
		var s [goRows * goLanes]T
		sums(&s, left[p*k:][:k], right)
		for i, o := range offsets[p] {
			to := (*[goLanes]T)(unsafe.Add(unsafe.Pointer(c), o+*cols))
			if add != 0 {
				to[0] += s[2*i]
				to[1] += s[2*i+1]
			} else {
				*to = [goLanes]T(s[2*i:])
			}
		}
	}
}

// sums adds up the products of a tile.
func sums[T float32 | float64](s *[goRows * goLanes]T, left [][goRows]T, right [][goLanes]T) {
	var s00, s01, s10, s11, s20, s21, s30, s31 T
	right = right[:len(left)]
	for k := range left {
		x, y := &left[k], &right[k]
		y0, y1 := y[0], y[1]
		s00 += x[0] * y0
		s01 += x[0] * y1
		s10 += x[1] * y0
		s11 += x[1] * y1
		s20 += x[2] * y0
		s21 += x[2] * y1
		s30 += x[3] * y0
		s31 += x[3] * y1
	}
	*s = [...]T{s00, s01, s10, s11, s20, s21, s30, s31}
}
