package main

import (
	"errors"
	"os"
	"slices"
	"strings"
	"syscall"

	"tnbench/internal/alloc"
)

// restartFor starts this program anew, in the same process, if a strategy that
// any of lists asks for can only work in one that was started with another environment
// (jemalloc's thread-local memory must be reserved before anything runs). It
// returns if no restart is needed or none is possible; the strategy itself then
// says what is wrong.
func restartFor(lists ...string) {
	for _, info := range alloc.Infos() {
		if !slices.ContainsFunc(lists, func(list string) bool { return list == "all" || strings.Contains(list, info.Name) }) {
			continue
		}
		var restart *alloc.RestartError
		if !errors.As(info.Available(), &restart) {
			continue
		}
		// Once: an environment that was set and did not help never will.
		if strings.Contains(os.Getenv(restart.Name), restart.Value) || !restartable {
			return
		}
		if program, err := os.Executable(); err == nil {
			syscall.Exec(program, os.Args, restart.Environ())
		}
		return
	}
}

// restartable is set where this program owns its process: not in tests.
var restartable = false

// ownProgram is set where the file of this process is this program's, so that it can
// start more of them.
var ownProgram = false
