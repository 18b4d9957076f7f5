package peaks

import "golang.org/x/sys/unix"

// adviseHuge asks for huge pages in fresh memory, or for none; an error says
// that the system has no such choice.
func adviseHuge(memory []byte, huge bool) error {
	if huge {
		return unix.Madvise(memory, unix.MADV_HUGEPAGE)
	}
	return unix.Madvise(memory, unix.MADV_NOHUGEPAGE)
}
