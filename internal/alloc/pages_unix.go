//go:build unix

package alloc

import (
	"os"
	"unsafe"

	"golang.org/x/sys/unix"
)

var pageSize = os.Getpagesize()

func mapError() error { return nil }

// mapPages maps fresh zero pages; nil if there is no memory for them.
func mapPages(bytes int) unsafe.Pointer {
	p, err := unix.MmapPtr(-1, 0, nil, uintptr(bytes), unix.PROT_READ|unix.PROT_WRITE, unix.MAP_ANON|unix.MAP_PRIVATE)
	if err != nil {
		return nil
	}
	return p
}

func unmapPages(p unsafe.Pointer, bytes int) error {
	return unix.MunmapPtr(p, uintptr(bytes))
}
