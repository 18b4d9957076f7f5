package main

import (
	"errors"
	"os"
	"os/exec"
	"strings"
	"testing"

	"tnbench/internal/alloc"
)

// TestStrategiesThatNeedARestartAreThere runs this program in a process of its own:
// what run can use after a restart, allocators must not call missing.
func TestStrategiesThatNeedARestartAreThere(t *testing.T) {
	var restart *alloc.RestartError
	if err := alloc.Available("jemalloc"); !errors.As(err, &restart) {
		t.Skipf("no strategy needs a restart here (jemalloc: %v)", err)
	}
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{
		{"allocators"}, {"allocators", "--bench", "--alloc", "jemalloc"}, {"trace", chain, "--alloc", "jemalloc"},
		{"run", chain, "-q", "--runs", "2", "--alloc", "jemalloc"}, {"run", chain, "-q", "--runs", "2", "--baseline", "jemalloc", "--alloc", "make"},
	} {
		cmd := exec.Command(program, args...)
		cmd.Env = append(os.Environ(), asProgram+"=1")
		if out, err := cmd.CombinedOutput(); err != nil || strings.Contains(string(out), "thread-local room") {
			t.Errorf("%q: %v\n%s", args, err, out)
		}
	}
}
