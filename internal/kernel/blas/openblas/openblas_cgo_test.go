//go:build cgo && unix

package openblas

import (
	"math"
	"os"
	"runtime"
	"strings"
	"testing"

	"tnbench/internal/dtype"
)

func TestLoadSaysWhatToDoWhereThereIsNoLibrary(t *testing.T) {
	const file = "/no/such/libopenblas.so"
	for _, x := range []struct {
		chosen bool
		want   []string
	}{
		{false, []string{file, "install", Env}},
		{true, []string{file, Env + " names a library that cannot be loaded"}},
	} {
		v := system()
		v.files = []string{file}
		_, err := loadFirst(v, x.chosen)
		if err == nil {
			t.Fatalf("loadFirst(%s, %v): got no error", file, x.chosen)
		}
		for _, want := range x.want {
			if !strings.Contains(err.Error(), want) {
				t.Errorf("loadFirst(%s, %v): got %q, want %q in it", file, x.chosen, err, want)
			}
		}
	}
}

func TestLoadRefusesALibraryWithoutBLAS(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("the library to try with is Linux's libdl.so.2")
	}
	const file = "libdl.so.2"
	_, err := load(file)
	if err == nil || !strings.Contains(err.Error(), file+" was loaded but has no C interface to BLAS") {
		t.Errorf("load(%s): got error %v, want that it has no C interface to BLAS", file, err)
	}
}

// loaded returns the library of this machine.
func loaded(t *testing.T) *Library {
	t.Helper()
	l, err := Load()
	if err != nil {
		t.Skip(err)
	}
	return l
}

func TestLibraryNamesItsFile(t *testing.T) {
	l := loaded(t)
	if _, err := os.Stat(l.File); err != nil {
		t.Errorf("%v: the file %q: %v", l, l.File, err)
	}
	if !strings.HasPrefix(l.String(), l.File) {
		t.Errorf("String() = %q, want it to start with %q", l, l.File)
	}
}

func TestPrepareRefusesMatricesTooLargeForTheLibrary(t *testing.T) {
	l := loaded(t)
	for _, p := range []Product{
		{Type: dtype.Float64, Routine: Gemm, M: 2, N: math.MaxInt32 + 1, K: 2, LDA: 2, LDB: 2, LDC: 2},
		{Type: dtype.Float64, Routine: Gemm, M: 2, N: 2, K: 2, LDA: 2, LDB: math.MaxInt32 + 1, LDC: 2},
	} {
		_, err := l.Prepare(&p, 1)
		if wide := l.maxInt() > math.MaxInt32; wide != (err == nil) {
			t.Errorf("Prepare(%+v) with integers up to %d: got error %v", p, l.maxInt(), err)
		}
	}
	if _, err := l.Prepare(&Product{Type: dtype.Float64, Routine: Gemm, M: 2, N: math.MaxInt32, K: 2, LDA: 2, LDB: 2, LDC: 2}, 1); err != nil {
		t.Errorf("Prepare of a matrix of %d columns: %v", math.MaxInt32, err)
	}
}
