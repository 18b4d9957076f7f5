package main

import (
	"fmt"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// strided is a micro-kernel that reads operands where they are, through tables
// of offsets. It does the same multiply-adds in the same order as micro.
type strided struct{ micro }

// stridedRows and stridedCols hold the addresses of rows and vectors while the
// loop over terms runs; the tables and everything else stay in the frame.
var (
	stridedRows = [8]reg.GPPhysical{reg.R8, reg.R9, reg.R10, reg.R11, reg.R12, reg.R13, reg.R14, reg.R15}
	stridedCols = [maxVectors]reg.GPPhysical{reg.RDI, reg.RSI, reg.RBX}
	stridedTerm = reg.RCX
	atLeft      = reg.RAX
	atRight     = reg.RDX
	// stridedLast is the last term, where the rows leave a register for it: eight of
	// them compare with the argument, a load that shorter tiles have no time for.
	stridedLast = reg.R15
	// stridedAhead is where the fetching for later would start if the table of
	// terms began at address 0: it moves along with the terms.
	stridedAhead = reg.RBP
)

// pairBytes is the size of a term in the table.
const pairBytes = 16

// argument returns the place of a parameter, which may be written too.
func argument(name string) Op {
	p, err := Param(name).Resolve()
	if err != nil {
		panic(err)
	}
	return p.Addr
}

func (m strided) generate() {
	TEXT(fmt.Sprintf("strided%s%sx%dx%d", m.name, m.Suffix, m.tall, m.wide), NOSPLIT,
		"func(terms, last *int, a, b, c *byte, rowA, rowC, colB, colC *int, panels int, mask uint64, add int, ahead uintptr)")
	Pragma("noescape")
	AllocLocal(8) // with a frame, the frame pointer is saved and restored
	if m.Masks {
		MOVQ(argument("mask"), atLeft)
		KMOVQ(atLeft, reg.K1)
	}
	Label("panel")
	m.fetch()
	MOVQ(argument("rowA"), stridedTerm)
	for i := range m.tall {
		MOVQ(Mem{Base: stridedTerm, Disp: 8 * i}, stridedRows[i])
		ADDQ(argument("a"), stridedRows[i])
	}
	ADDQ(Imm(uint64(8*m.tall)), argument("rowA"))
	MOVQ(argument("colB"), stridedTerm)
	for v := range m.wide {
		MOVQ(Mem{Base: stridedTerm, Disp: 8 * v}, stridedCols[v])
		ADDQ(argument("b"), stridedCols[v])
	}
	for i := range m.tall * m.wide {
		m.Zero(m.Register(i))
	}
	MOVQ(argument("terms"), stridedTerm)
	MOVQ(argument("ahead"), stridedAhead)
	if m.last() == stridedLast {
		MOVQ(argument("last"), stridedLast)
	}
	for range m.pace() / pairBytes {
		SUBQ(stridedTerm, stridedAhead)
	}
	Label("loop")
	m.iteration()
	ADDQ(Imm(pairBytes), stridedTerm)
	CMPQ(stridedTerm, m.last())
	JB(LabelRef("loop"))
	LEAQ(m.aheadOf(stridedTerm), stridedAhead)
	MOVQ(stridedAhead, argument("ahead"))
	m.finish()
	DECQ(argument("panels"))
	JNZ(LabelRef("panel"))
	VZEROUPPER()
	RET()
}

// last is where the last term is kept while the loop over terms runs.
func (m strided) last() Op {
	if m.tall < len(stridedRows) {
		return stridedLast
	}
	return argument("last")
}

// aheadOf returns what is fetched for later at a term.
func (m strided) aheadOf(term reg.Register) Mem {
	return Mem{Base: stridedAhead, Index: term, Scale: uint8(m.pace() / pairBytes)}
}

// iteration adds the products of one term.
func (m strided) iteration() {
	MOVQ(Mem{Base: stridedTerm}, atLeft)
	MOVQ(Mem{Base: stridedTerm, Disp: 8}, atRight)
	PREFETCHT1(m.aheadOf(stridedTerm))
	base := m.tall * m.wide
	for v := range m.wide {
		from, x := Mem{Base: stridedCols[v], Index: atRight, Scale: 1}, m.Register(base+v)
		if m.Masks && v == m.wide-1 {
			m.loadMasked(from, x)
		} else {
			m.load(from, x)
		}
	}
	spare := min(m.Vector/2-base-m.wide, 4)
	for i := range m.tall {
		x := m.Register(base + m.wide + i%spare)
		m.broadcast(Mem{Base: stridedRows[i], Index: atLeft, Scale: 1}, x)
		for v := range m.wide {
			m.fma(x, m.Register(base+v), m.acc(i, v))
		}
	}
}

// fetch asks for the lines of the destination, those of the next panel if this
// one is too shallow for its own to arrive.
func (m strided) fetch() {
	m.destination()
	MOVQ(argument("last"), atRight)
	SUBQ(argument("terms"), atRight)
	CMPQ(atRight, U32(pairBytes*prefetchDepth-8))
	JGE(LabelRef("fetch"))
	CMPQ(argument("panels"), Imm(1))
	JE(LabelRef("fetched"))
	ADDQ(Imm(uint64(8*m.tall)), rows)
	Label("fetch")
	m.prefetch(0)
	Label("fetched")
}

// destination loads the registers of micro that tell where a tile goes.
func (m strided) destination() {
	MOVQ(argument("c"), dest)
	MOVQ(argument("rowC"), rows)
	MOVQ(argument("colC"), atLeft)
	for v := range m.wide {
		MOVQ(Mem{Base: atLeft, Disp: 8 * v}, cols[v])
	}
}

// finish hands the tile to the stores of micro, in their registers.
func (m strided) finish() {
	m.destination()
	m.store()
	ADDQ(Imm(uint64(8*m.tall)), argument("rowC"))
}
