package main

import (
	"fmt"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"

	"tnbench/internal/kernel/vec/amd64/asm/simd"
)

// unroll is the iterations of the contracted loop in one turn.
const unroll = 2

// The lines of a tile's destination are fetched ahead of the last prefetchTail
// iterations: early enough to arrive, late enough not to be evicted by the
// panels. Tiles shallower than prefetchDepth end before the lines could arrive;
// those of the next panel are fetched instead.
const (
	prefetchTail  = 64
	prefetchDepth = 32
)

// micro is one micro-kernel: a tile of rows × vectors kept in registers.
type micro struct {
	simd.ISA
	real
	tall, wide int
}

// The registers that hold the arguments throughout.
var (
	depth  = reg.RAX // iterations of the contracted loop
	turns  = reg.RCX
	left   = reg.RSI // walks through the panels of the row side
	right  = reg.RDI // the panel of the column side
	cursor = reg.RDX // walks through it
	dest   = reg.R8
	rows   = reg.R9 // walks through the offsets of the rows
	panels = reg.R11
	row    = reg.R12
	rest   = reg.R14 // iterations after the prefetch
	later  = reg.R15 // walks through what is fetched for later
	cols   = [maxVectors]reg.GPPhysical{reg.RBX, reg.R10, reg.R13}
)

func (m micro) acc(i, v int) reg.VecPhysical { return m.Register(i*m.wide + v) }

func (m micro) generate() {
	TEXT(fmt.Sprintf("micro%s%sx%dx%d", m.name, m.Suffix, m.tall, m.wide), NOSPLIT,
		"func(k int, a, b, c *byte, rows, cols *int, panels int, mask uint64, add int, ahead uintptr)")
	Pragma("noescape")
	Load(Param("ahead"), later)
	Load(Param("k"), depth)
	Load(Param("a"), left)
	Load(Param("b"), right)
	Load(Param("c"), dest)
	Load(Param("rows"), rows)
	Load(Param("panels"), panels)
	if m.Masks {
		Load(Param("mask"), turns)
		KMOVQ(turns, reg.K1)
	}
	Load(Param("cols"), cols[1])
	for v := range m.wide {
		if v != 1 {
			MOVQ(Mem{Base: cols[1], Disp: 8 * v}, cols[v])
		}
	}
	if m.wide > 1 {
		MOVQ(Mem{Base: cols[1], Disp: 8}, cols[1])
	}
	Label("panel")
	m.prefetchNext()
	for i := range m.tall * m.wide {
		m.Zero(m.Register(i))
	}
	MOVQ(right, cursor)
	m.contract()
	m.store()
	ADDQ(Imm(uint64(8*m.tall)), rows)
	DECQ(panels)
	JNZ(LabelRef("panel"))
	VZEROUPPER()
	RET()
}

// tile returns the address of vector v of the row that row points to.
func (m micro) tile(v int) Mem { return Mem{Base: row, Index: cols[v], Scale: 1} }

// nextRow points row at row i of the tile.
func (m micro) nextRow(i int) {
	MOVQ(Mem{Base: rows, Disp: 8 * i}, row)
	ADDQ(dest, row)
}

// prefetch asks for the lines of the destination of the panel that starts so
// many rows further.
func (m micro) prefetch(from int) {
	for i := range m.tall {
		m.nextRow(from + i)
		for v := range m.wide {
			PREFETCHT0(m.tile(v))
		}
	}
}

// prefetchNext asks for the destination of the next panel if tiles are so shallow
// that their own cannot be fetched in time.
func (m micro) prefetchNext() {
	CMPQ(depth, Imm(prefetchDepth))
	JGE(LabelRef("deep"))
	CMPQ(panels, Imm(1))
	JE(LabelRef("deep"))
	m.prefetch(m.tall)
	Label("deep")
}

// contract runs the loop over the contracted labels: all iterations but a tail,
// a multiple of unroll, then the prefetch and the tail.
func (m micro) contract() {
	MOVQ(depth, rest)
	MOVQ(depth, turns)
	SUBQ(Imm(prefetchTail), turns)
	JLE(LabelRef("tail"))
	ANDQ(I8(-unroll), turns)
	SUBQ(turns, rest)
	Label("run")
	SUBQ(Imm(unroll), turns)
	JLT(LabelRef("single"))
	Label("loop")
	for u := range unroll {
		m.iteration(u)
	}
	m.advance(unroll)
	SUBQ(Imm(unroll), turns)
	JGE(LabelRef("loop"))
	Label("single")
	ADDQ(Imm(unroll), turns)
	JZ(LabelRef("ran"))
	m.iteration(0) // unroll is 2: one is left
	m.advance(1)
	Label("ran")
	TESTQ(rest, rest)
	JZ(LabelRef("done"))
	Label("tail")
	CMPQ(depth, Imm(prefetchDepth))
	JLT(LabelRef("fetched"))
	m.prefetch(0)
	Label("fetched")
	MOVQ(rest, turns)
	XORQ(rest, rest)
	JMP(LabelRef("run"))
	Label("done")
}

func (m micro) advance(n int) {
	ADDQ(I32(n*m.tall*m.size), left)
	ADDQ(I32(n*m.wide*m.Vector), cursor)
	ADDQ(I32(n*m.pace()), later)
}

// Kernels fetch a line of what is needed later with each term of a large tile,
// and with every second term of a small one: about as much as memory provides
// in that time.
const (
	line      = 64
	largeTile = 12
)

// pace is how many bytes are fetched for later with each term.
func (m micro) pace() int {
	if m.tall*m.wide < largeTile {
		return line / 2
	}
	return line
}

// iteration multiplies one column of the left panel with one row of the right.
func (m micro) iteration(u int) {
	if at := u * m.pace(); at%line == 0 {
		PREFETCHT1(Mem{Base: later, Disp: at})
	}
	base := m.tall * m.wide
	for v := range m.wide {
		m.load(Mem{Base: cursor, Disp: (u*m.wide + v) * m.Vector}, m.Register(base+v))
	}
	spare := m.Vector/2 - base - m.wide // registers left over for broadcasts
	spare = min(spare, 4)
	for i := range m.tall {
		x := m.Register(base + m.wide + i%spare)
		m.broadcast(Mem{Base: left, Disp: (u*m.tall + i) * m.size}, x)
		for v := range m.wide {
			m.fma(x, m.Register(base+v), m.acc(i, v))
		}
	}
}

// store writes the tile or adds it to what is there.
func (m micro) store() {
	add, err := Param("add").Resolve()
	if err != nil {
		panic(err)
	}
	CMPQ(add.Addr, Imm(0))
	JNE(LabelRef("add"))
	for i := range m.tall {
		m.nextRow(i)
		for v := range m.wide {
			m.write(i, v)
		}
	}
	JMP(LabelRef("next"))
	Label("add")
	for i := range m.tall {
		m.nextRow(i)
		for v := range m.wide {
			m.accumulate(m.tile(v), m.acc(i, v), m.Masks && v == m.wide-1)
			m.write(i, v)
		}
	}
	Label("next")
}

func (m micro) write(i, v int) {
	if m.Masks && v == m.wide-1 {
		m.storeMasked(m.acc(i, v), m.tile(v))
		return
	}
	m.storeWhole(m.acc(i, v), m.tile(v))
}
