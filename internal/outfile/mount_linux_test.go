package outfile

import "golang.org/x/sys/unix"

// mountSmall puts a file system of 64 KiB at dir.
func mountSmall(dir string) error { return unix.Mount("tmpfs", dir, "tmpfs", 0, "size=64k") }
