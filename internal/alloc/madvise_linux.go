package alloc

import (
	"fmt"
	"os"
	"strings"
	"sync"
	"unsafe"

	"golang.org/x/sys/unix"
)

// hugeError reports why this machine gives no transparent huge pages.
var hugeError = sync.OnceValue(func() error {
	const file = "/sys/kernel/mm/transparent_hugepage/enabled"
	mode, err := os.ReadFile(file)
	if err != nil {
		return fmt.Errorf("this kernel has no transparent huge pages (%w)", err)
	}
	if strings.Contains(string(mode), "[never]") {
		return fmt.Errorf("switched off: %s says %q; write madvise to it", file, strings.TrimSpace(string(mode)))
	}
	return nil
})

// takeHuge maps bytes, a multiple of the huge page, at an address that is one
// too, and asks for huge pages. The slack around it is mapped but never touched.
func takeHuge(bytes int) (block, bool) {
	mapped := bytes + hugePage
	p, err := unix.MmapPtr(-1, 0, nil, uintptr(mapped), unix.PROT_READ|unix.PROT_WRITE, unix.MAP_ANON|unix.MAP_PRIVATE)
	if err != nil {
		return block{}, false
	}
	base := unsafe.Add(p, -uintptr(p)&(hugePage-1))
	if err := unix.Madvise(unsafe.Slice((*byte)(base), bytes), unix.MADV_HUGEPAGE); err != nil {
		unix.MunmapPtr(p, uintptr(mapped)) // nothing to be done about a second failure
		return block{}, false
	}
	return block{base: base, bytes: bytes, release: p, mapped: mapped}, true
}

func giveHuge(b block) {
	if err := unix.MunmapPtr(b.release, uintptr(b.mapped)); err != nil {
		panic("alloc: munmap of our own mapping: " + err.Error()) // a defect here, not of the user
	}
}

func discardError() error { return nil }

// discard gives the whole pages of a piece of memory back to the system: they are
// zero at the next touch, which costs a fault each.
func discard(p unsafe.Pointer, bytes int) {
	skip := int(-uintptr(p) & uintptr(pageSize-1))
	if bytes = (bytes - skip) &^ (pageSize - 1); bytes <= 0 {
		return
	}
	if err := unix.Madvise(unsafe.Slice((*byte)(unsafe.Add(p, skip)), bytes), unix.MADV_DONTNEED); err != nil {
		panic("alloc: madvise of our own memory: " + err.Error()) // a defect here, not of the user
	}
}
