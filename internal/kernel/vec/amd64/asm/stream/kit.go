package main

import (
	. "github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"

	"tnbench/internal/kernel/vec/amd64/asm/simd"
)

// element is what an operand consists of.
type element struct {
	name    string
	real    int // bytes of a real number
	complex bool
}

var elements = []element{
	{"F32", 4, false}, {"F64", 8, false}, {"C64", 4, true}, {"C128", 8, true},
}

func (e element) bytes() int {
	if e.complex {
		return 2 * e.real
	}
	return e.real
}

// kit is what the routines are made of: instructions for one kind of element in
// one instruction set.
type kit struct {
	simd.ISA
	element
	past bool            // whole registers are stored past the caches, to aligned addresses
	mask reg.VecPhysical // without mask registers: of the last register of a group
}

// width is how much of a register an instruction covers.
type width uint8

const (
	whole  width = iota // all lanes
	masked              // the lanes of the masks K1, K2, ..., or of the last register's mask
	halved              // as masked, of half a register: short stores cross fewer lines
	single              // one element
)

func (k kit) lanes() int { return k.Vector / k.bytes() }

// partial reports whether a width uses masks.
func (w width) partial() bool { return w == masked || w == halved }

// of returns the width of register v of a group: without mask registers all but the
// last one are whole.
func (k kit) of(g group, v int) width {
	if g.width == masked && !k.Masks && v+1 < g.vectors {
		return whole
	}
	return g.width
}

var masks = [...]reg.OpmaskPhysical{reg.K1, reg.K2, reg.K3, reg.K4}

// vec returns register i at the size that a width works on.
func (k kit) vec(i int, w width) reg.VecPhysical {
	switch {
	case w == single:
		return simd.X[i]
	case w == halved:
		return simd.Y[i]
	case k.Masks:
		return simd.Z[i]
	}
	return simd.Y[i]
}

// load reads register v of a group from memory; v chooses the mask.
func (k kit) load(m operand.Mem, r reg.VecPhysical, w width, v int) {
	switch {
	case w == single && k.bytes() == 4:
		VMOVSS(m, r)
	case w == single && k.bytes() == 8:
		VMOVSD(m, r)
	case w.partial() && !k.Masks:
		simd.Pick(k.real, VMASKMOVPS, VMASKMOVPD)(m, k.mask, r)
	case w.partial():
		simd.Pick(k.real, VMOVUPS_Z, VMOVUPD_Z)(m, masks[v], r)
	default:
		simd.Pick(k.real, VMOVUPS, VMOVUPD)(m, r)
	}
}

func (k kit) store(r reg.VecPhysical, m operand.Mem, w width, v int) {
	switch {
	case w == whole && k.past:
		simd.Pick(k.real, VMOVNTPS, VMOVNTPD)(r, m)
	case w == single && k.bytes() == 4:
		VMOVSS(r, m)
	case w == single && k.bytes() == 8:
		VMOVSD(r, m)
	case w.partial():
		simd.Pick(k.real, VMOVUPS, VMOVUPD)(r, masks[v], m)
	default:
		simd.Pick(k.real, VMOVUPS, VMOVUPD)(r, m)
	}
}

// fma adds a·b to sum; a may be memory. The lanes of sum that a mask leaves out
// stay as they are.
func (k kit) fma(a operand.Op, b, sum reg.VecPhysical, w width, v int) {
	switch {
	case w == single && !k.complex:
		simd.Pick(k.real, VFMADD231SS, VFMADD231SD)(a, b, sum)
	case w == single:
		if m, ok := a.(operand.Mem); ok && k.real == 4 { // 8 of the 16 bytes
			t := simd.X[15]
			VMOVSD(m, t)
			a = t
		}
		simd.Pick(k.real, VFMADD231PS, VFMADD231PD)(a, b, sum)
	case w.partial() && k.Masks:
		simd.Pick(k.real, VFMADD231PS, VFMADD231PD)(a, b, masks[v], sum)
	default:
		simd.Pick(k.real, VFMADD231PS, VFMADD231PD)(a, b, sum)
	}
}

// broadcast fills a register with one real number.
func (k kit) broadcast(m operand.Mem, r reg.VecPhysical, w width) {
	switch {
	case w == single && !k.complex:
		k.load(m, r, w, 0)
	case w == single && k.real == 8: // there is no 128-bit VBROADCASTSD
		VMOVDDUP(m, r)
	default:
		simd.Pick(k.real, VBROADCASTSS, VBROADCASTSD)(m, r)
	}
}

// fmaBroadcast adds b times one real number in memory to sum, with the help of
// a register where the instruction set cannot do it at once.
func (k kit) fmaBroadcast(m operand.Mem, b, sum, help reg.VecPhysical, w width) {
	if k.Masks && w != single {
		simd.Pick(k.real, VFMADD231PS_BCST, VFMADD231PD_BCST)(m, b, sum)
		return
	}
	k.broadcast(m, help, w)
	k.fma(help, b, sum, w, 0)
}

// add adds what is in memory to r; lanes left out stay as they are.
func (k kit) add(m operand.Mem, r reg.VecPhysical, w width, v int) {
	switch {
	case w == single && !k.complex:
		simd.Pick(k.real, VADDSS, VADDSD)(m, r, r)
	case w == single:
		t := simd.X[15]
		k.load(m, t, w, 0)
		simd.Pick(k.real, VADDPS, VADDPD)(t, r, r)
	case w.partial() && !k.Masks:
		t := simd.Y[13] // a group with a mask leaves it free
		k.load(m, t, w, 0)
		simd.Pick(k.real, VADDPS, VADDPD)(t, r, r)
	case w.partial():
		simd.Pick(k.real, VADDPS, VADDPD)(m, r, masks[v], r)
	default:
		simd.Pick(k.real, VADDPS, VADDPD)(m, r, r)
	}
}

func (k kit) addVec(a, r reg.VecPhysical) { simd.Pick(k.real, VADDPS, VADDPD)(a, r, r) }

// swap exchanges real and imaginary parts.
func (k kit) swap(from, to reg.VecPhysical) {
	if k.real == 4 {
		VPERMILPS(operand.U8(0xb1), from, to)
		return
	}
	pattern := operand.U8(0x55)
	VPERMILPD(pattern, from, to)
}

// duplicate copies the real (or imaginary) parts to both places.
func (k kit) duplicate(from operand.Op, to reg.VecPhysical, imag bool) {
	switch {
	case k.real == 4 && imag:
		VMOVSHDUP(from, to)
	case k.real == 4:
		VMOVSLDUP(from, to)
	case imag:
		VPERMILPD(operand.U8(0xff), from, to)
	default:
		VMOVDDUP(from, to)
	}
}

// combine makes a complex product from its halves: direct is x times the real
// parts of y, crossed x times the imaginary parts. It needs a register of ones
// with AVX-512, which has no alternating addition.
func (k kit) combine(direct, crossed, ones reg.VecPhysical, w width) {
	k.swap(crossed, crossed)
	if k.Masks && w != single {
		if w == halved {
			ones = ones.(reg.Vec).AsY().(reg.VecPhysical)
		}
		simd.Pick(k.real, VFMADDSUB132PS, VFMADDSUB132PD)(ones, crossed, direct)
		return
	}
	simd.Pick(k.real, VADDSUBPS, VADDSUBPD)(crossed, direct, direct)
}

// ones fills a register with the number 1.
func (k kit) ones(r reg.VecPhysical) {
	t := GP64()
	if k.real == 4 {
		MOVQ(operand.U64(0x3f8000003f800000), t)
	} else {
		MOVQ(operand.U64(0x3ff0000000000000), t)
	}
	VPBROADCASTQ(t, r)
}

// Fields of isa.Args, and of the offsets.
const (
	argC, argX, argY       = 0, 8, 16
	argRuns, argNumRuns    = 24, 32
	argTerms, argNumTerms  = 40, 48
	argLength              = 56
	argRowY, argRowC       = 64, 72
	argAdd, argColumns     = 80, 88
	runBytes, termBytes    = 24, 16
	runC, runX, runY       = 0, 8, 16
	termX, termY           = 0, 8
	maxComplexRows         = 6
	functionSignature      = "func(args *byte)"
	pragma, attributeFlags = "noescape", 4
)

// imm is a number in an instruction.
func imm(n int) operand.Op { return operand.I32(int32(n)) }
