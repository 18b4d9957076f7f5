package alloc

import (
	"os"
	"unsafe"

	"golang.org/x/sys/windows"
)

var pageSize = os.Getpagesize()

func mapError() error { return nil }

// mapPages maps fresh zero pages; nil if there is no memory for them.
func mapPages(bytes int) unsafe.Pointer {
	addr, err := windows.VirtualAlloc(0, uintptr(bytes), windows.MEM_RESERVE|windows.MEM_COMMIT, windows.PAGE_READWRITE)
	if err != nil {
		return nil
	}
	return *(*unsafe.Pointer)(unsafe.Pointer(&addr)) // not memory of Go: the address can't move
}

func unmapPages(p unsafe.Pointer, _ int) error {
	return windows.VirtualFree(uintptr(p), 0, windows.MEM_RELEASE)
}
