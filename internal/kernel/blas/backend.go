// Package blas lets libraries with the interface of BLAS multiply matrices.
package blas

import (
	"fmt"
	"slices"
	"strings"
	"unsafe"

	"github.com/klauspost/cpuid/v2"

	"tnbench/internal/kernel/blas/openblas"
	"tnbench/internal/kernel/model"
	"tnbench/internal/kernel/nest"
	"tnbench/internal/kernel/vec"
	"tnbench/internal/suggest"
	"tnbench/internal/warning"
)

// Backend is who multiplies matrices.
//
// The others are used as someone who knows them would use them: steps
// with enough multiply-adds become products of matrices for them, operands that
// are not matrices to BLAS are transposed as a whole before and the result
// after, and one-sided sums are added up first. All that, and everything that
// BLAS has no routine for, such as small steps, outer and elementwise products,
// is done by the native kernels. (See newMultiplication for where the line is.)
type Backend uint8

// The backends.
const (
	Native     Backend = iota // the kernels of this package
	Gonum                     // gonum.org/v1/gonum/blas/gonum: Go and a little assembly
	OpenBLAS                  // OpenBLAS of the system, loaded at run time
	Accelerate                // of macOS, likewise: not tested on hardware
)

var backendNames = [...]string{Native: "native", Gonum: "gonum", OpenBLAS: "openblas", Accelerate: "accelerate"}

// BackendNames lists what [ParseBackend] accepts.
func Names() []string { return slices.Clone(backendNames[:]) }

// Backends lists the backends that can run here.
func Runnable() []Backend {
	var out []Backend
	for b := range backendNames {
		if Backend(b).Available() == nil {
			out = append(out, Backend(b))
		}
	}
	return out
}

// ParseBackend returns the backend called name, whether or not it can run here.
func Parse(name string) (Backend, error) {
	if b := slices.Index(backendNames[:], name); b >= 0 {
		return Backend(b), nil
	}
	return 0, suggest.Unknown("backend", name, backendNames[:])
}

// String names the backend as [ParseBackend] reads it.
func (b Backend) String() string {
	if int(b) < len(backendNames) {
		return backendNames[b]
	}
	return fmt.Sprintf("backend(%d)", uint8(b))
}

// Available reports why b cannot run here and what to install, nil if it can.
func (b Backend) Available() error {
	_, err := b.library()
	return err
}

// Describe says what stands behind the name: for a library its file, version
// and the processor that it has chosen its routines for, which is not always
// the one at hand.
func (b Backend) Describe() string {
	switch b {
	case Native:
		said := "kernels for " + vec.Best().String() + untested(vec.Best().Untested)
		if m := &model.Here; !m.Measured {
			said += ", cut by what is published of " + m.Name
		}
		return said
	case Gonum:
		return "gonum.org/v1/gonum/blas/gonum"
	case OpenBLAS:
		if l, err := openblas.Load(); err == nil {
			return l.String()
		}
	case Accelerate:
		if l, err := openblas.LoadAccelerate(); err == nil {
			return l.String() + untested(true)
		}
	}
	return b.String()
}

// Outruns reports whether b may compute with what our kernels don't have, so that the
// peak of vectors does not bound it: Apple's cores share a unit for matrices.
func (b Backend) Outruns() bool { return b == Accelerate }

// untested says of what nobody has run on the hardware that it is made for.
func untested(yes bool) string {
	if yes {
		return ", not tested on hardware"
	}
	return ""
}

// Hint says in a few words what is special about a backend, "" for most.
func (b Backend) Hint() string {
	if b == Accelerate {
		return "macOS" + untested(true)
	}
	return ""
}

// Warnings returns what makes figures of b doubtful on this processor.
func (b Backend) Warnings() []warning.Warning {
	if b != OpenBLAS {
		return nil
	}
	l, err := openblas.Load()
	if err != nil {
		return nil
	}
	return coreWarnings(l.Core, cpuid.CPU.Has(cpuid.AVX2), cpuid.CPU.VendorID == cpuid.AMD)
}

// withoutAVX are the processors of OpenBLAS that have no AVX, as it names them.
var withoutAVX = []string{"Katmai", "Coppermine", "Northwood", "Prescott", "Banias", "Core2", "Penryn", "Dunnington", "Nehalem",
	"Atom", "Nano", "Athlon", "Opteron", "Opteron_SSE3", "Barcelona", "Bobcat", "Generic"}

// coreWarnings tells of routines that were chosen for an old processor where the one
// at hand has AVX2.
func coreWarnings(core string, avx2, amd bool) []warning.Warning {
	old := slices.ContainsFunc(withoutAVX, func(name string) bool { return strings.EqualFold(name, core) })
	if !old || !avx2 {
		return nil
	}
	better := "Haswell"
	if amd {
		better = "Zen"
	}
	return []warning.Warning{{
		Code:    "openblas-core",
		Message: fmt.Sprintf("OpenBLAS takes this processor for %s, and uses neither its AVX nor its FMA", core),
		Remedy:  "set OPENBLAS_CORETYPE=" + better + ", or install a newer OpenBLAS: as it is, it runs at a fraction of its speed",
	}}
}

// library returns the BLAS of b, nil if it is native.
func (b Backend) library() (blas, error) {
	switch b {
	case Native:
		return nil, nil
	case Gonum:
		return gonumBLAS{}, nil
	case OpenBLAS:
		l, err := openblas.Load()
		if err != nil {
			return nil, err
		}
		return openBLAS{l}, nil
	case Accelerate:
		l, err := openblas.LoadAccelerate()
		if err != nil {
			return nil, err
		}
		return openBLAS{l}, nil
	}
	return nil, fmt.Errorf("there is no %v", b)
}

// New returns a kernel that has a backend multiply, and copies by the
// kernels that native makes. ok is false for steps that are better left to these.
func New(s nest.Spec, b Backend, o nest.Options, native func(nest.Spec, nest.Options) nest.Kernel) (k nest.Kernel, ok bool, err error) {
	lib, err := b.library()
	if err != nil {
		return nil, false, err
	}
	return newMultiplication(s, o, native, lib, minProduct)
}

// blas is what a backend must offer.
type blas interface {
	// prepare returns what computes p, using up to the given number of threads.
	// The same operands give the same bits each time.
	prepare(p *openblas.Product, threads int) (multiplier, error)
	// slowTransposed says that products of two matrices that are both stored
	// transposed are so slow that it pays to transpose one of them before.
	slowTransposed() bool
}

// multiplier computes a product. It allocates nothing, except where a backend
// says so, and may be shared by goroutines.
type multiplier interface {
	Multiply(c, a, b unsafe.Pointer)
}

// openBLAS is a library loaded at run time.
type openBLAS struct{ *openblas.Library }

func (l openBLAS) prepare(p *openblas.Product, threads int) (multiplier, error) {
	return l.Prepare(p, threads)
}

func (openBLAS) slowTransposed() bool { return false }
