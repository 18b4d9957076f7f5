package main

import (
	"fmt"

	. "github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"

	"tnbench/internal/kernel/vec/amd64/asm/simd"
)

// frame is what all routines share: the loop over runs and the registers that
// hold where they are.
type frame struct {
	kit
	args    reg.GPVirtual
	runs    reg.GPVirtual
	left    reg.GPVirtual // runs to go
	c, x, y reg.GPVirtual // of the run
	rowY    reg.GPVirtual // nil for routines with one row
	rowY3   reg.GPVirtual
	rest    reg.GPVirtual // elements of the last group of a run
	labels  *int
}

func (f *frame) arg(field int) operand.Mem { return operand.Mem{Base: f.args, Disp: field} }

// label returns a new label.
func (f *frame) label(what string) string {
	*f.labels++
	return fmt.Sprintf("%s%d", what, *f.labels)
}

// function writes a routine: body is called once, inside the loop over runs.
func (k kit) function(name, doc string, rows int, before, body func(*frame)) string {
	if k.past {
		name += "Past"
	}
	name += k.name + k.Suffix
	TEXT(name, attributeFlags, functionSignature)
	Pragma(pragma)
	Doc(name + " " + doc)
	f := &frame{kit: k, labels: new(int)}
	f.args = GP64()
	Load(Param("args"), f.args)
	f.runs, f.left, f.c, f.x, f.y = GP64(), GP64(), GP64(), GP64(), GP64()
	MOVQ(f.arg(argRuns), f.runs)
	MOVQ(f.arg(argNumRuns), f.left)
	if rows > 1 {
		f.rowY = GP64()
		MOVQ(f.arg(argRowY), f.rowY)
		if rows > 3 {
			f.rowY3 = GP64()
			LEAQ(operand.Mem{Base: f.rowY, Index: f.rowY, Scale: 2}, f.rowY3)
		}
	}
	before(f)
	next := f.label("run")
	Label(next)
	for _, p := range []struct {
		arg, offset int
		to          reg.GPVirtual
	}{{argC, runC, f.c}, {argX, runX, f.x}, {argY, runY, f.y}} {
		MOVQ(f.arg(p.arg), p.to)
		ADDQ(operand.Mem{Base: f.runs, Disp: p.offset}, p.to)
	}
	body(f)
	ADDQ(imm(runBytes), f.runs)
	DECQ(f.left)
	JNZ(operand.LabelRef(next))
	if k.past {
		SFENCE()
	}
	VZEROUPPER()
	RET()
	return name
}

// row addresses row j of y, given the address of row 0 and that of row 4.
func (f *frame) row(y, y4 reg.GPVirtual, j, disp int) operand.Mem {
	base := y
	if j >= 4 {
		base, j = y4, j-4
	}
	m := operand.Mem{Base: base, Disp: disp}
	switch j {
	case 1:
		m.Index, m.Scale = f.rowY, 1
	case 2:
		m.Index, m.Scale = f.rowY, 2
	case 3:
		m.Index, m.Scale = f.rowY3, 1
	}
	return m
}

// makeMasks sets the masks of up to vectors registers for the elements that a
// length leaves over after whole groups.
func (f *frame) makeMasks(vectors int) {
	if f.mask != nil {
		f.makeRestMask()
	}
	if !f.Masks || f.past { // past the caches the rest depends on the address
		return
	}
	length := GP64()
	MOVQ(f.arg(argLength), length)
	f.masksFor(length, vectors)
}

// restMask returns the register for a mask, nil if there are mask registers.
func (k kit) restMask(i int) reg.VecPhysical {
	if k.Masks || k.past {
		return nil
	}
	return k.vec(i, whole)
}

// makeRestMask sets the mask of the last register of a run: lanes of ones as far as
// that goes.
func (f *frame) makeRestMask() {
	last, bits := GP64(), GP64()
	MOVQ(f.arg(argLength), last)
	DECQ(last)
	ANDQ(imm(f.lanes()-1), last)
	INCQ(last)
	f.maskOf(last, bits)
}

// maskOf sets the mask to the lanes of so many elements, which it makes bits.
func (f *frame) maskOf(elements, bits reg.GPVirtual) {
	shift := uint8(3) // a byte for each lane
	if f.complex {
		shift = 4
	}
	SHLQ(operand.U8(shift), elements)
	MOVQ(operand.I64(-1), bits)
	BZHIQ(elements, bits, bits)
	x := f.mask.(reg.Vec).AsX()
	VMOVQ(bits, x)
	simd.Pick(f.real, VPMOVSXBD, VPMOVSXBQ)(x, f.mask)
}

// masksFor sets masks for a number of elements, modulo vectors registers.
func (f *frame) masksFor(elements reg.GPVirtual, vectors int) {
	t, bits := GP64(), GP64()
	MOVQ(elements, t)
	if f.complex {
		SHLQ(operand.U8(1), t)
	}
	ANDQ(imm(vectors*f.Vector/f.real-1), t)
	MOVQ(operand.I64(-1), bits)
	BZHIQ(t, bits, bits)
	for v := range vectors {
		KMOVW(bits.As32(), masks[v])
		if v+1 < vectors {
			SHRQ(operand.U8(uint8(f.Vector/f.real)), bits)
		}
	}
}

// eachTerm writes a loop over terms with the addresses of x and y for each.
func (f *frame) eachTerm(rows int, body func(x, y, y4 reg.GPVirtual)) {
	term, left, x, y := GP64(), GP64(), GP64(), GP64()
	MOVQ(f.arg(argTerms), term)
	MOVQ(f.arg(argNumTerms), left)
	next := f.label("term")
	Label(next)
	if rows > 1 {
		// The rows of y often lie in one line, a far way from those of the next
		// term. The table goes on beyond the last term for this.
		MOVQ(operand.Mem{Base: term, Disp: termsAhead*termBytes + termY}, y)
		PREFETCHT0(operand.Mem{Base: f.y, Index: y, Scale: 1})
	}
	MOVQ(operand.Mem{Base: term, Disp: termX}, x)
	MOVQ(operand.Mem{Base: term, Disp: termY}, y)
	ADDQ(f.x, x)
	ADDQ(f.y, y)
	var y4 reg.GPVirtual
	if rows > 4 {
		y4 = GP64()
		LEAQ(operand.Mem{Base: y, Index: f.rowY, Scale: 4}, y4)
	}
	body(x, y, y4)
	ADDQ(imm(termBytes), term)
	DECQ(left)
	JNZ(operand.LabelRef(next))
}

// termsAhead is how many terms ahead y is fetched; tables of terms have as many
// more.
const termsAhead = 16
