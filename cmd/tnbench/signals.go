package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"

	"tnbench/internal/await"
	"tnbench/internal/outfile"
)

// signalled is why a context ended.
type signalled struct{ syscall.Signal }

func (s signalled) Error() string { return fmt.Sprintf("received signal: %v", s.Signal) }

// exitCode returns what shells give a program that a signal ended: 129 for
// SIGHUP, 130 for SIGINT, 143 for SIGTERM.
func (s signalled) exitCode() int { return 128 + int(s.Signal) }

// patience is how long after a signal the program may still write what it has: on a busy
// machine that takes a while to begin.
const patience = await.Grace + 2*time.Second

// lastWord is how long it may take to say that the program ends, where nobody may read it.
const lastWord = 100 * time.Millisecond

// untilSignal returns a context that ends with the first signal that asks the
// program to end. Work then comes back with what was measured, or is left behind.
// Later signals change nothing: a terminal that closes sends several. Where even
// that takes too long, because nobody reads what is written, the program ends,
// though not in the midst of a file.
func untilSignal() context.Context {
	ctx, cancel := context.WithCancelCause(context.Background())
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, syscall.SIGINT, syscall.SIGTERM)
	if !signal.Ignored(syscall.SIGHUP) { // nohup
		signal.Notify(signals, syscall.SIGHUP)
	}
	go func() {
		number, ok := (<-signals).(syscall.Signal)
		if !ok {
			number = syscall.SIGINT
		}
		cancel(signalled{number})
		time.Sleep(patience)
		outfile.Finish()
		time.AfterFunc(lastWord, func() { os.Exit(signalled{number}.exitCode()) })
		newMessages(os.Stderr).complain(interruptedError{"the output is not complete"})
		os.Exit(signalled{number}.exitCode())
	}()
	return ctx
}
