//go:build cgo && unix

package openblas

import (
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"testing"
	"unsafe"

	"tnbench/internal/dtype"
	"tnbench/internal/kernel/kerneltest"
	"tnbench/internal/kernel/nest"
)

// standIn builds and loads a library of Accelerate's form.
func standIn(t *testing.T) *Library {
	t.Helper()
	compiler := os.Getenv("CC")
	if compiler == "" {
		compiler = "cc"
	}
	file := filepath.Join(t.TempDir(), "libaccelerate.so")
	if out, err := exec.Command(compiler, "-shared", "-fPIC", "-O1", "-o", file, filepath.Join("testdata", "accelerate.c")).CombinedOutput(); err != nil {
		t.Skipf("no library to stand in for Accelerate: %v\n%s", err, out)
	}
	v := accelerate
	v.files = []string{file}
	l, err := loadFirst(v, false)
	if err != nil {
		t.Fatal(err)
	}
	if l.maxInt() != math.MaxInt || l.name != "Accelerate" {
		t.Fatalf("%v: integers up to %d, want those of 64 bits", l, l.maxInt())
	}
	return l
}

// called is a call as a kernel.
type called struct{ *Call }

func (called) Scratch() int    { return 0 }
func (called) Info() nest.Info { return nest.Info{Class: "accelerate"} }

func (c called) Run(_ *nest.Env, to, a, b unsafe.Pointer) { c.Multiply(to, a, b) }

// specOf is what a product means.
func specOf(p *Product) nest.Spec {
	row, col := nest.Loop{Extent: p.M, A: p.LDA, C: p.LDC}, nest.Loop{Extent: p.N, B: 1, C: 1}
	sum := nest.Loop{Extent: p.K, A: 1, B: p.LDB}
	if p.TransA {
		row.A, sum.A = 1, p.LDA
	}
	if p.TransB {
		col.B, sum.B = p.LDB, 1
	}
	if p.Routine == Dot {
		sum.A = p.LDA
	}
	return nest.Spec{Type: p.Type, Batch: p.Batch, M: []nest.Loop{row}, N: []nest.Loop{col}, K: []nest.Loop{sum}}
}

func TestALibraryOfAcceleratesFormIsCalledAsItWantsToBe(t *testing.T) {
	l := standIn(t)
	for _, d := range dtype.All {
		batch := []nest.Loop{{Extent: 3, A: 100 * d.Size(), B: 90 * d.Size(), C: 80 * d.Size()}}
		for i, p := range []Product{
			{Routine: Gemm, M: 5, N: 7, K: 6, LDA: 8, LDB: 9, LDC: 10},
			{Routine: Gemm, M: 5, N: 7, K: 6, LDA: 8, LDB: 9, LDC: 10, TransA: true},
			{Routine: Gemm, M: 5, N: 7, K: 6, LDA: 8, LDB: 9, LDC: 10, TransB: true},
			{Routine: Gemv, M: 5, N: 1, K: 6, LDA: 8, LDB: 2, LDC: 3},
			{Routine: Gemv, M: 5, N: 1, K: 6, LDA: 8, LDB: 2, LDC: 3, TransA: true},
			{Routine: Dot, M: 1, N: 1, K: 6, LDA: 2, LDB: 3, LDC: 1},
		} {
			p.Type, p.Batch = d, batch
			spec := specOf(&p)
			spec.Batch = []nest.Loop{{Extent: 3, A: 100, B: 90, C: 80}}
			for _, threads := range []int{1, 2} {
				call, err := l.Prepare(&p, threads)
				if err != nil {
					t.Fatal(err)
				}
				kerneltest.MustEqualReference(t, spec, called{call}, uint64(i))
			}
		}
	}
}

func TestAccelerateIsOnMacOSOnly(t *testing.T) {
	if _, err := LoadAccelerate(); (err == nil) != (runtime.GOOS == "darwin") {
		t.Errorf("LoadAccelerate() = %v on %s", err, runtime.GOOS)
	}
}
