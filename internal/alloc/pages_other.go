//go:build !unix && !windows

package alloc

import (
	"errors"
	"runtime"
	"unsafe"
)

const pageSize = 4096

func mapError() error {
	return errors.New("no way to map pages on " + runtime.GOOS)
}

func mapPages(int) unsafe.Pointer { return nil }

func unmapPages(unsafe.Pointer, int) error { return mapError() }
