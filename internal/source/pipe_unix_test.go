//go:build unix

package source

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"
)

func pipe(t *testing.T) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(name, 0o600); err != nil {
		t.Skip(err)
	}
	return name
}

// unblock lets the goroutine go that waits for a writer of a pipe.
func unblock(t *testing.T, name string) {
	t.Cleanup(func() {
		if f, err := os.OpenFile(name, os.O_RDWR, 0); err == nil {
			f.Close()
		}
	})
}

func TestTheContextEndsTheWaitForAWriterOfAPipe(t *testing.T) {
	name := pipe(t)
	unblock(t, name)
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
	defer cancel()
	if _, err := Read(ctx, name, Limit{}, io.ReadAll); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("error %v, want that of the context", err)
	}
}

func TestAPipeIsReadToItsEnd(t *testing.T) {
	name := pipe(t)
	go func() {
		if f, err := os.OpenFile(name, os.O_WRONLY, 0); err == nil {
			f.WriteString("{}")
			f.Close()
		}
	}()
	if got, err := Read(t.Context(), name, Limit{}, io.ReadAll); err != nil || string(got) != "{}" {
		t.Errorf("read %q, %v, want {}", got, err)
	}
}
