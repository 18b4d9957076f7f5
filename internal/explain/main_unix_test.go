//go:build unix

package explain

import (
	"errors"
	"fmt"
	"os"
	"syscall"
	"testing"

	"tnbench/internal/alloc"
)

// TestMain starts the tests anew, once, if a strategy needs that to work.
func TestMain(m *testing.M) {
	var restart *alloc.RestartError
	if errors.As(alloc.Available("jemalloc"), &restart) {
		if exe, err := os.Executable(); err == nil {
			err = syscall.Exec(exe, os.Args, restart.Environ())
			fmt.Fprintln(os.Stderr, "restart:", err)
		}
	}
	os.Exit(m.Run())
}
