//go:build !cgo || !unix

package openblas

import (
	"errors"
	"fmt"
	"math"
	"runtime"
	"unsafe"
)

// Library is a loaded library; in this build there never is one.
type Library struct {
	File, Config, Core string

	vendor
}

// Load fails: this build cannot load libraries. Its error says what to do.
func Load() (*Library, error) {
	if runtime.GOOS == "windows" {
		return nil, errors.New("OpenBLAS cannot be loaded on windows; use --backend native or gonum")
	}
	return nil, withoutCgo(system(), "and")
}

// LoadAccelerate fails as [Load] does.
func LoadAccelerate() (*Library, error) {
	if runtime.GOOS != "darwin" {
		return nil, errNotDarwin
	}
	return nil, withoutCgo(accelerate, "or")
}

// withoutCgo says what to do besides or instead of building anew.
func withoutCgo(v vendor, besides string) error {
	return fmt.Errorf("this tnbench was built without cgo and cannot load %s; build it with CGO_ENABLED=1 and a C compiler, %s %s", v.name, besides, v.install)
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
