package main

import "golang.org/x/sys/unix"

// makeFull makes a device that is always full: one of our own, as a fault would
// replace that of the machine.
func makeFull(name string) error {
	return unix.Mknod(name, unix.S_IFCHR|0o666, int(unix.Mkdev(1, 7)))
}
