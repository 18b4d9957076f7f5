//go:build !linux

package alloc

import (
	"errors"
	"runtime"
	"unsafe"
)

func hugeError() error {
	return errors.New("only Linux has MADV_HUGEPAGE, this is " + runtime.GOOS)
}

func takeHuge(int) (block, bool) { return block{}, false }

func giveHuge(block) {}

func discardError() error {
	return errors.New("cold: only Linux takes pages back at once, this is " + runtime.GOOS)
}

func discard(unsafe.Pointer, int) {}
