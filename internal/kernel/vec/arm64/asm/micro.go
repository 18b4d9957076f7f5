package main

import "fmt"

// A core has 32 vector registers. A tile of 8 rows and 3 vectors takes 24 of them for
// its sums; 3 hold a row of the column side and 4 (of float64) or 2 (of float32) a
// column of the row side, whose elements FMLA takes one by one, so that nothing need
// be spread out. Of float64 that is 24 multiply-adds for 7 vectors, and enough sums for
// 4 units that take 4 cycles each. 12×2 would load 8 vectors; 6×4 loads 7, but the
// packers that transpose do 4 and 8 places.
const tileRows = 8

// maxVectors is the width of the largest micro-kernels in vectors.
const maxVectors = 3

// heights are the rows of kernels in place: few enough that 5, 6 and 7 can be done in
// two halves.
var heights = []int{1, 2, 3, 4, tileRows}

// Kernels ask for a line of what is needed later with each term of a tile of so many
// vectors, and for half of one with each term of smaller ones.
const (
	line      = 64
	largeTile = 16
)

// fetchDepth is the depth from which on a tile asks for the lines that it will be
// stored to: shallower ones are done before they could arrive.
const fetchDepth = 32

// micro is one micro-kernel: a tile of rows × vectors kept in registers.
type micro struct {
	*file
	real
	tall, wide int
}

func (m micro) acc(i, j int) int { return i*m.wide + j }

// pace is how many bytes are fetched for later with each term.
func (m micro) pace() int {
	if m.tall*m.wide < largeTile {
		return line / 2
	}
	return line
}

// Where loads of the operands go.
const (
	rightAt = v(24)
	leftAt  = v(27)
)

// packed is the registers of a kernel for packed panels.
var packed = struct {
	depth, left, right, cursor, turns, later, panels r
	stores
}{depth: 0, left: 1, right: 2, cursor: 3, turns: 7, later: 8, panels: 6,
	stores: stores{dest: 4, rows: 5, cols: [maxVectors]r{9, 10, 11}, row: 12, at: 13, add: 15}}

// generate writes the kernel for packed panels.
func (m micro) generate() {
	m.function(fmt.Sprintf("micro%sx%dx%d", m.Name, m.tall, m.wide),
		"k int, a *byte, b *byte, c *byte, rows *int, cols *int, panels int, mask uint64, add int, ahead uintptr")
	p := packed
	m.load(argument{"k", p.depth}, argument{"a", p.left}, argument{"b", p.right}, argument{"c", p.dest}, argument{"rows", p.rows})
	m.load(argument{"cols", p.at}, argument{"panels", p.panels}, argument{"add", p.add}, argument{"ahead", p.later})
	m.columns(p.stores)
	m.label("panel")
	m.do(fmt.Sprintf("CMP $%d, %v", fetchDepth, p.depth))
	m.do("BLT shallow")
	m.touch(p.stores)
	m.label("shallow")
	m.clear(0, m.tall*m.wide)
	m.do(fmt.Sprintf("MOVD %v, %v", p.right, p.cursor))
	m.do(fmt.Sprintf("MOVD %v, %v", p.depth, p.turns))
	m.label("loop")
	m.loadRun(p.left, leftAt, m.tall/m.Lanes())
	m.loadRun(p.cursor, rightAt, m.wide)
	m.fetchLater(p.later)
	for i := range m.tall {
		m.do(m.row(i, leftAt+v(i/m.Lanes()), i%m.Lanes())...)
	}
	m.do(fmt.Sprintf("SUBS $1, %v", p.turns))
	m.do("BNE loop")
	m.store(p.stores)
	m.do(fmt.Sprintf("SUBS $1, %v", p.panels))
	m.do("BNE panel")
	m.do("RET")
}

// columns replaces the table of columns by their offsets.
func (m micro) columns(s stores) {
	for j := range m.wide {
		m.do(fmt.Sprintf("MOVD %d(%v), %v", 8*j, s.at, s.cols[j]))
	}
}

// loadRun loads vectors and moves on.
func (m micro) loadRun(from r, to v, vectors int) {
	for ; vectors > 1; vectors, to = vectors-2, to+2 {
		m.do(fmt.Sprintf("FLDPQ.P %d(%v), (%s, %s)", 2*vector, from, to.scalar(), (to + 1).scalar()))
	}
	if vectors == 1 {
		m.do(fmt.Sprintf("FMOVQ.P %d(%v), %s", vector, from, to.scalar()))
	}
}

// fetchLater asks for what is needed later.
func (m micro) fetchLater(at r) {
	m.do(fmt.Sprintf("PRFM (%v), PLDL2KEEP", at), fmt.Sprintf("ADD $%d, %v", m.pace(), at))
}

// row multiplies an element of the row side with the vectors of the column side.
func (m micro) row(i int, left v, lane int) (line []string) {
	for j := range m.wide {
		line = append(line, in("FMLA_"+m.Suffix, int(rightAt)+j, int(left), lane, m.acc(i, j)))
	}
	return line
}

// stores is the registers with which tiles are stored.
type stores struct {
	dest r
	rows r // walks through the offsets of rows
	cols [maxVectors]r
	row  r // where one starts
	at   r // for addresses
	add  r
}

// start points to a row of the tile.
func (s stores) start(i int) []string {
	return []string{fmt.Sprintf("MOVD %d(%v), %v", 8*i, s.rows, s.row), fmt.Sprintf("ADD %v, %v", s.dest, s.row)}
}

// touch asks for the lines of the destination.
func (m micro) touch(s stores) {
	for i := range m.tall {
		line := s.start(i)
		for j := 0; j < m.wide; j += max(1, m.wide-1) {
			line = append(line, fmt.Sprintf("ADD %v, %v, %v", s.cols[j], s.row, s.at), fmt.Sprintf("PRFM (%v), PSTL1KEEP", s.at))
		}
		m.do(line...)
	}
}

// store writes the tile or adds it to what is there, and moves on to the next rows.
func (m micro) store(s stores) {
	m.do(fmt.Sprintf("CBZ %v, store", s.add))
	for i := range m.tall {
		line := s.start(i)
		for j := range m.wide {
			line = append(line, in("LDRQ", int(s.row), int(s.cols[j]), int(leftAt)), in("FADD_"+m.Suffix, int(leftAt), m.acc(i, j), m.acc(i, j)))
		}
		m.do(line...)
	}
	m.label("store")
	for i := range m.tall {
		line := s.start(i)
		for j := range m.wide {
			line = append(line, in("STRQ", int(s.row), int(s.cols[j]), m.acc(i, j)))
		}
		m.do(line...)
	}
	m.do(fmt.Sprintf("ADD $%d, %v", 8*m.tall, s.rows))
}

// products writes the micro-kernels, the loops that measure the peak, and what fetches
// lines ahead.
func products(f *file) {
	for _, of := range reals {
		for wide := 1; wide <= maxVectors; wide++ {
			micro{f, of, tileRows, wide}.generate()
			for _, tall := range heights {
				micro{f, of, tall, wide}.inPlace()
			}
		}
		peak(f, of)
	}
	eachLine(f, "fetchLines", "MOVBU (R0), R2")
	eachLine(f, "hintLines", "PRFM (R0), PLDL2KEEP")
}
