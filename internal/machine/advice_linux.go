package machine

import "golang.org/x/sys/unix"

// adviseHuge asks for huge pages in fresh memory, or for none; an error says
// that the system has no such choice.
func adviseHuge(memory []byte, huge bool) error {
	if huge {
		return unix.Madvise(memory, unix.MADV_HUGEPAGE)
	}
	return unix.Madvise(memory, unix.MADV_NOHUGEPAGE)
}

// hugePageBytes returns the size of a transparent huge page, 0 if there are none.
func hugePageBytes() int {
	n, _ := number(system, "sys/kernel/mm/transparent_hugepage/hpage_pmd_size")
	return int(n)
}
