//go:build !cgo || !unix

package openblas

import (
	"errors"
	"math"
	"runtime"
	"unsafe"
)

// Library is a loaded library; in this build there never is one.
type Library struct{ File, Config, Core string }

// Load fails: this build cannot load libraries. Its error says what to do.
func Load() (*Library, error) {
	if runtime.GOOS == "windows" {
		return nil, errors.New("OpenBLAS cannot be loaded on windows; use --backend native or gonum")
	}
	return nil, errors.New("this tnbench was built without cgo and cannot load OpenBLAS; build it with CGO_ENABLED=1 and a C compiler, and " + install())
}

// String names the library.
func (l *Library) String() string { return l.File }

func (l *Library) maxInt() int { return math.MaxInt }

// Call is a product made ready for calling.
type Call struct{}

// Prepare fails as [Load] does.
func (l *Library) Prepare(*Product, int) (*Call, error) {
	_, err := Load()
	return nil, err
}

// Multiply is never reached: without a library there is no Call.
func (*Call) Multiply(c, a, b unsafe.Pointer) {}
