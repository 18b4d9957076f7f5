//go:build unix && !aix

package peaks

import "golang.org/x/sys/unix"

// mapFresh returns n bytes of memory that no page has been given to yet, and
// what gives them back. They are outside the collector's heap: measuring with
// hundreds of megabytes must not change when a later contraction collects.
func mapFresh(n int) (memory []byte, unmap func(), err error) {
	memory, err = unix.Mmap(-1, 0, n, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_ANON|unix.MAP_PRIVATE)
	if err != nil {
		return nil, nil, err
	}
	return memory, func() { _ = unix.Munmap(memory) }, nil // of a mapping we made: cannot fail
}
