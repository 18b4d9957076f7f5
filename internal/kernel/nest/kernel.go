// Package nest says what a kernel has to do and what it may use: a contraction of two
// strided operands as nests of loops, workers, memory to fetch ahead. It refuses to
// know tensor networks, labels or paths, and how kernels work.
package nest

import (
	"unsafe"

	"tnbench/internal/dtype"
)

// Spec describes the contraction of a step,
//
//	C[batch,m,n] = Σ_k A[batch,m,k] · B[batch,k,n],
//
// each group a nest of any number of loops (none means extent 1) in any order.
// C is written, never read. Batch loops move all three operands, M loops A and
// C, N loops B and C, K loops A and B. One-sided sums are K loops whose stride
// in the other operand is 0. Strides are not negative; those of C are such that
// no element is written twice.
type Spec struct {
	Type  dtype.Type
	Batch []Loop
	M     []Loop
	N     []Loop
	K     []Loop
}

// Env is what a kernel may use while it runs. It belongs to one executor and is
// never shared.
type Env struct {
	// Scratch is memory of Kernel.Scratch() bytes, aligned for every element
	// type, content undefined; nil if that is 0.
	Scratch unsafe.Pointer
	// Workers runs the parts of large kernels; nil means serial. The result
	// does not depend on it.
	Workers *Workers
	// Slice counts the runs of the region that is running, from 0 to Slices-1; both are
	// 0 outside of regions.
	Slice, Slices int
	// Worker is the number of the goroutine that runs it, of those that share the slices of
	// a region; 0 outside of regions.
	Worker int
	// Add has a kernel that is an [Adder] add to what is in C instead of writing it.
	Add bool
	// Ahead is what the next kernel will read from memory. Kernels that have
	// time to fetch it take from it what they have fetched.
	Ahead Ahead
	// Watch, if set, is told what the kernel turns to. It is for one goroutine, so
	// that there must be no Workers then.
	Watch Watch
}

// Activity is what a kernel, or what surrounds it, is busy with.
type Activity uint8

// The activities.
const (
	Computing   Activity = iota
	Packing              // rearranging an operand
	Describing           // making the metadata of a result
	Choosing             // a kernel
	Classifying          // the labels of all steps
	Activities  = iota
)

// Watch follows what the time of a contraction is spent on.
type Watch interface {
	// Turn says what comes next, until it is called again.
	Turn(to Activity)
}

// Turn tells who watches, if anybody does, what comes next.
func (e *Env) Turn(to Activity) {
	if e.Watch != nil {
		e.Watch.Turn(to)
	}
}

// Kernel runs the contraction it was made for. It is immutable and may be
// shared by goroutines, each with an Env of its own. It allocates nothing.
type Kernel interface {
	// Run computes C from A and B, which do not overlap it.
	Run(env *Env, c, a, b unsafe.Pointer)
	// Scratch is the memory in bytes that Run needs in Env.Scratch.
	Scratch() int
	// Info says how the kernel works, for reports and profiles.
	Info() Info
}

// Adder is a kernel that may be able to add to C: see [Env.Add].
type Adder interface {
	Kernel
	// Adds reports whether it is.
	Adds() bool
}

// Info describes a chosen kernel.
type Info struct {
	// Class is the tier and shape, a short word used as a profile label:
	// "tiny", "dot", "gemm", "elementwise", ...
	Class string
	// A and B say how the operands are read.
	A, B Access
	// BytesMoved estimates the memory traffic of one run, packing included.
	BytesMoved int
}

// Access is how a kernel reads an operand.
type Access uint8

// The ways to read an operand.
const (
	InPlace  Access = iota // contiguous or broadcast, straight from the tensor
	Packed                 // copied block by block into panels
	Gathered               // element by element through offsets
	Permuted               // transposed as a whole before the arithmetic
	Reduced                // summed over one-sided labels before the arithmetic
)

// String names the access.
func (a Access) String() string {
	return [...]string{"in place", "packed", "gathered", "permuted", "reduced"}[a]
}
