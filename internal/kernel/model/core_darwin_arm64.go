package model

import "golang.org/x/sys/unix"

// hereCore returns Apple's core with the caches that the system tells of: those of its
// fast cores, the second one shared by some.
func hereCore() core {
	c := apple
	if first, err := unix.SysctlUint64("hw.perflevel0.l1dcachesize"); err == nil && first > 0 {
		c.first = int(first)
	}
	second, err := unix.SysctlUint64("hw.perflevel0.l2cachesize")
	share, err2 := unix.SysctlUint32("hw.perflevel0.cpusperl2")
	if err == nil && err2 == nil && second > 0 && share > 0 {
		c.second = int(second) / int(share)
	}
	return c
}
