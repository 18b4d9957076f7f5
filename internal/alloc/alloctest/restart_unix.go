//go:build unix

package alloctest

import (
	"errors"
	"fmt"
	"os"
	"syscall"
	"testing"

	"tnbench/internal/alloc"
)

// Main is for a TestMain: it starts the tests anew, once, if a strategy needs that to
// work, and returns what the process exits with.
func Main(m *testing.M) int {
	var restart *alloc.RestartError
	if errors.As(alloc.Available("jemalloc"), &restart) {
		if exe, err := os.Executable(); err == nil {
			err = syscall.Exec(exe, os.Args, restart.Environ())
			fmt.Fprintln(os.Stderr, "restart:", err)
		}
	}
	return m.Run()
}
