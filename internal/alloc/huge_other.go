//go:build !linux

package alloc

import (
	"errors"
	"runtime"
)

func hugeError() error {
	return errors.New("only Linux has MADV_HUGEPAGE, this is " + runtime.GOOS)
}

func takeHuge(int) (block, bool) { return block{}, false }

func giveHuge(block) {}
