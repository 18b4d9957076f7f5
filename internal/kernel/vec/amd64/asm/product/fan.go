package main

import (
	"fmt"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"

	"tnbench/internal/kernel/vec/amd64/asm/simd"
)

// fan multiplies a few vectors that follow each other by the numbers of a small
// matrix: each makes as many rows of sums.
type fan struct{ micro }

// fanSums is how many sums a fan has at most.
const fanSums = 8

// fans writes those of an instruction set.
func fans(set simd.ISA) {
	for _, elem := range reals {
		for _, tall := range []int{1, 2, 4} {
			for _, wide := range []int{1, 2, 4} {
				if tall*wide <= fanSums {
					fan{micro{set, elem, tall, wide}}.generate()
				}
			}
		}
	}
}

func (f fan) generate() {
	TEXT(fmt.Sprintf("fan%s%sx%dx%d", f.name, f.Suffix, f.tall, f.wide), NOSPLIT,
		"func(c, x, y *byte, groups, lastGroup, terms, lastTerm *int, stepY, rowC, add int)")
	Pragma("noescape")
	var (
		c, x, y      = reg.RDI, reg.RSI, reg.RDX
		group        = reg.RCX
		terms, last  = reg.R8, reg.R9
		stepY        = reg.R10
		rowC, threeC = reg.R11, reg.R15
		atX, atY     = reg.RAX, reg.RBX
		term, offset = reg.R12, reg.R13
		to           = reg.R14
	)
	for _, p := range []struct {
		name string
		to   reg.GPPhysical
	}{{"c", c}, {"x", x}, {"y", y}, {"groups", group}, {"terms", terms}, {"lastTerm", last}, {"stepY", stepY}, {"rowC", rowC}} {
		Load(Param(p.name), p.to)
	}
	if f.tall > 3 {
		LEAQ(Mem{Base: rowC, Index: rowC, Scale: 2}, threeC)
	}
	lastGroup, add := parameter("lastGroup"), parameter("add")
	sum := func(i, v int) reg.VecPhysical { return f.Register(i*f.wide + v) }
	vector := func(v int) reg.VecPhysical { return f.Register(fanSums + v) }
	number := func(i int) reg.VecPhysical { return f.Register(fanSums + f.wide + i%2) }
	row := func(i, v int) Mem {
		m := Mem{Base: to, Disp: v * f.Vector}
		switch i {
		case 1:
			m.Index, m.Scale = rowC, 1
		case 2:
			m.Index, m.Scale = rowC, 2
		case 3:
			m.Index, m.Scale = threeC, 1
		}
		return m
	}
	Label("group")
	MOVQ(Mem{Base: group}, atX)
	MOVQ(Mem{Base: group, Disp: 16}, atY)
	ADDQ(x, atX)
	ADDQ(y, atY)
	for i := range f.tall * f.wide {
		f.Zero(f.Register(i))
	}
	MOVQ(terms, term)
	Label("term")
	MOVQ(Mem{Base: term}, offset)
	for v := range f.wide {
		f.load(Mem{Base: atX, Index: offset, Scale: 1, Disp: v * f.Vector}, vector(v))
	}
	for i := range f.tall {
		f.broadcast(Mem{Base: atY, Disp: i * f.size}, number(i))
		for v := range f.wide {
			f.fma(number(i), vector(v), sum(i, v))
		}
	}
	ADDQ(stepY, atY)
	ADDQ(Imm(8), term)
	CMPQ(term, last)
	JLS(LabelRef("term"))
	MOVQ(Mem{Base: group, Disp: 8}, to)
	ADDQ(c, to)
	CMPQ(add, Imm(0))
	JEQ(LabelRef("store"))
	for i := range f.tall {
		for v := range f.wide {
			f.accumulate(row(i, v), sum(i, v), false)
		}
	}
	Label("store")
	for i := range f.tall {
		for v := range f.wide {
			f.storeWhole(sum(i, v), row(i, v))
		}
	}
	ADDQ(Imm(24), group)
	CMPQ(group, lastGroup)
	JLS(LabelRef("group"))
	VZEROUPPER()
	RET()
}

// parameter addresses a parameter that has no register.
func parameter(name string) Mem {
	p, err := Param(name).Resolve()
	if err != nil {
		panic(err)
	}
	return p.Addr
}
