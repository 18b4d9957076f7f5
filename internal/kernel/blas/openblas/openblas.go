// Package openblas calls an OpenBLAS, or another library with the C interface to
// BLAS, that is found on the system and loaded at run time: building needs
// neither its headers nor the library. On macOS that may be Apple's Accelerate. It refuses to know contractions: what it
// runs are products of matrices in memory.
package openblas

import (
	"fmt"
	"runtime"

	"tnbench/internal/dtype"
	"tnbench/internal/kernel/nest"
)

// Env names the environment variable that holds the library file to load
// instead of the system's.
const Env = "TNBENCH_OPENBLAS"

// Routine is the kind of BLAS routine that a product goes to.
type Routine uint8

// The routines.
const (
	Dot  Routine = iota // C is one element
	Gemv                // C is a column
	Gemm
)

// Product is C = A·B for row-major matrices, C of M rows and N columns, K terms
// per element; C is not read. It is repeated over Batch.
type Product struct {
	Type    dtype.Type
	Routine Routine
	// TransA says that A is stored as K rows of M elements, TransB that B is
	// stored as N rows of K.
	TransA, TransB bool
	M, N, K        int
	// LDA, LDB and LDC are the elements from one stored row to the next; for
	// vectors (A and B of Dot, B and C of Gemv) from one element to the next.
	LDA, LDB, LDC int
	Batch         []nest.Loop // outermost first, strides in bytes
}

// largest returns the largest number that a call for p must pass.
func (p *Product) largest() int { return max(p.M, p.N, p.K, p.LDA, p.LDB, p.LDC) }

// Check reports why l cannot run p, if it cannot.
func (l *Library) Check(p *Product) error {
	if n := p.largest(); n > l.maxInt() {
		return fmt.Errorf("%s has integers of 32 bits, too small for a matrix of %d rows, columns or elements per row; %s", l.File, n, l.widen)
	}
	return nil
}

// vendor is whose library is loaded.
type vendor struct {
	name    string
	files   []string // the names that it may have, the first that there is counts
	forms   []form
	install string // how to get it
	widen   string // how to get one with integers of 64 bits
}

// form is how the routines of a library are named.
type form struct {
	prefix, suffix string
	wide           bool // integers have 64 bits
}

// system is the OpenBLAS of the system. Its routines have other names where it is made
// to live beside another BLAS.
func system() vendor {
	v := vendor{
		name:    "OpenBLAS",
		files:   []string{"libopenblas.so.0", "libopenblas.so"},
		forms:   []form{{}, {suffix: "64_", wide: true}, {prefix: "scipy_"}, {prefix: "scipy_", suffix: "64_", wide: true}},
		install: "use --backend native or gonum",
		widen:   "set " + Env + " to a library of 64 bits (one named openblas64)",
	}
	switch runtime.GOOS {
	case "linux":
		v.install = "install it (apt install libopenblas0-pthread, dnf install openblas) or set " + Env + " to the file libopenblas.so"
	case "darwin":
		const name = "libopenblas.dylib"
		v.files = []string{name, "/opt/homebrew/opt/openblas/lib/" + name, "/usr/local/opt/openblas/lib/" + name}
		v.install = "install it (brew install openblas) or set " + Env + " to the file libopenblas.dylib"
	}
	return v
}
