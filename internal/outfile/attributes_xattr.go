//go:build linux || darwin

package outfile

import (
	"strings"

	"golang.org/x/sys/unix"
)

// hasAttributes reports whether a file has extended attributes, such as lists of
// rights, that a new file would not have. What the system gives every file does
// not count.
func hasAttributes(name string) bool {
	buffer := make([]byte, 64<<10)
	n, err := unix.Listxattr(name, buffer)
	if err != nil {
		return err != unix.ENOTSUP
	}
	for attribute := range strings.SplitSeq(string(buffer[:n]), "\x00") {
		switch attribute {
		case "", "security.selinux", "com.apple.provenance":
		default:
			return true
		}
	}
	return false
}
