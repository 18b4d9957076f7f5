//go:build !cgo || !unix

package alloc

import (
	"errors"
	"unsafe"
)

var errNoC = errors.New("C allocators need a Unix system and a build with cgo (CGO_ENABLED=1 and a C compiler)")

func callMalloc(unsafe.Pointer, int, int) unsafe.Pointer { return nil }

func callFree(_, _ unsafe.Pointer, _ int) {}

func loadMalloc() (library, error)   { return library{}, errNoC }
func loadMimalloc() (library, error) { return library{}, errNoC }
func loadJemalloc() (library, error) { return library{}, errNoC }
func keepMalloc() (library, error)   { return library{}, errNoC }
func keepMimalloc() (library, error) { return library{}, errNoC }
func keepJemalloc() (library, error) { return library{}, errNoC }

// CgoCallCost measures what a call from Go to C that does nothing costs, in
// nanoseconds. ok is false where there is no cgo.
func CgoCallCost() (ns float64, ok bool) { return 0, false }
