package blas

import (
	"unsafe"

	"tnbench/internal/kernel/blas/openblas"
	"tnbench/internal/kernel/nest"
)

const (
	// minProduct is the least number of multiply-adds that a call of BLAS pays
	// for: as many as a tiny kernel does without any call.
	minProduct = 512
	// minOperand is the least size in bytes of an operand. Gonum's single
	// precision sums start at an address that is a multiple of 16, so that bits
	// depend on where an operand lies; and it is only smaller blocks that memory
	// may give other addresses.
	minOperand = 32
)

// newMultiplication returns the kernel that has lib multiply for s. ok is false if s is
// nothing for BLAS: if no label is summed that both operands have, or if one
// product has fewer than least multiply-adds, or an operand is tiny.
func newMultiplication(s nest.Spec, o nest.Options, native func(nest.Spec, nest.Options) nest.Kernel, lib blas, least int) (k nest.Kernel, ok bool, err error) {
	v := newView(s)
	m, n, d := nest.Extent(v.m), nest.Extent(v.n), nest.Extent(v.k)
	if s.MACs() == 0 || d < 2 || m*n*d < least || min(m*d, n*d)*s.Type.Size() < minOperand {
		return nil, false, nil
	}
	p := v.arrange(lib.slowTransposed())
	b := &multiplication{swapped: p.swapped, info: nest.Info{Class: routineWords[p.product.Routine], BytesMoved: nest.BytesMoved(s)}}
	if b.product, err = lib.prepare(&p.product, o.Threads); err != nil {
		return nil, false, err
	}
	size := s.Type.Size()
	for _, side := range [...]struct {
		operand *operand
		to      *copying
	}{{&p.a, &b.a}, {&p.b, &b.b}, {&p.c, &b.c}} {
		if side.operand.inPlace {
			continue
		}
		side.to.kernel = native(side.operand.copy, o)
		side.to.at = b.scratch
		b.scratch += nest.RoundUp(side.operand.elements*size, nest.CacheLine)
		b.inner = max(b.inner, side.to.kernel.Scratch())
		b.info.BytesMoved += 2 * side.operand.elements * size
	}
	b.unit = nest.One(s.Type)
	b.info.A, b.info.B = p.a.access(), p.b.access()
	if p.swapped {
		b.info.A, b.info.B = b.info.B, b.info.A
	}
	return b, true, nil
}

var routineWords = [...]string{openblas.Dot: "dot", openblas.Gemv: "gemv", openblas.Gemm: "gemm"}

// multiplication copies what BLAS cannot read as it lies, multiplies, and copies the
// result to its place if BLAS could not write it there.
type multiplication struct {
	swapped bool    // the product's A is the step's B
	a, b, c copying // of the product's operands
	product multiplier
	unit    unsafe.Pointer // the number 1
	scratch int            // of the copies, a multiple of cacheLine
	inner   int            // of the kernels that copy
	info    nest.Info
}

// copying moves an operand to or from its place in the scratch memory; it does
// nothing without a kernel.
type copying struct {
	kernel nest.Kernel
	at     int
}

// Scratch implements [nest.Kernel].
func (k *multiplication) Scratch() int {
	if k.scratch == 0 {
		return 0
	}
	return k.scratch + k.inner + nest.CacheLine
}

// Info implements [nest.Kernel].
func (k *multiplication) Info() nest.Info { return k.info }

// Run implements [nest.Kernel].
func (k *multiplication) Run(env *nest.Env, c, a, b unsafe.Pointer) {
	if k.swapped {
		a, b = b, a
	}
	if k.scratch == 0 {
		k.product.Multiply(c, a, b)
		return
	}
	// The kernels that copy get the rest of the scratch memory, by way of the
	// same Env: another one would have to be allocated.
	all := env.Scratch
	base := nest.Align(all)
	env.Scratch = unsafe.Add(base, k.scratch)
	if k.a.kernel != nil {
		at := unsafe.Add(base, k.a.at)
		k.a.kernel.Run(env, at, a, k.unit)
		a = at
	}
	if k.b.kernel != nil {
		at := unsafe.Add(base, k.b.at)
		k.b.kernel.Run(env, at, b, k.unit)
		b = at
	}
	if k.c.kernel == nil {
		k.product.Multiply(c, a, b)
	} else {
		at := unsafe.Add(base, k.c.at)
		k.product.Multiply(at, a, b)
		k.c.kernel.Run(env, c, at, k.unit)
	}
	env.Scratch = all
}
