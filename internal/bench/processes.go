package bench

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os/exec"
	"runtime"
	"sync"
	"time"

	"tnbench/internal/result"
	"tnbench/internal/stats"
)

// Command starts a process that measures one program as one stream, and writes
// its document, in JSON, to standard output.
type Command struct {
	Program string
	Args    []string
}

// Compare runs so many processes of command at once and adds to each result how
// much longer the streams of one process take than they: what sharing a process
// costs. The processes end with ctx, and with this process.
func Compare(ctx context.Context, command Command, streams int, results []result.Result) error {
	documents, err := command.runAtOnce(ctx, streams)
	if err != nil {
		return err
	}
	for i := range results {
		r := &results[i]
		medians, err := mediansOf(documents, r.Strategy())
		if err != nil {
			return err
		}
		if len(medians) == streams && r.Median.OK {
			alone := stats.Median(medians)
			r.Processes = result.Measured(alone)
			r.Contention = result.Measured(r.Median.Value / alone)
		}
	}
	return nil
}

// mediansOf returns what each document found for a strategy.
func mediansOf(documents []result.Document, strategy string) (medians []float64, err error) {
	for _, d := range documents {
		for _, r := range d.Results {
			switch {
			case r.Strategy() != strategy:
			case r.Error != "":
				return nil, errors.New(r.Error)
			case r.Median.OK:
				medians = append(medians, r.Median.Value)
			}
		}
	}
	return medians, nil
}

// runAtOnce runs n processes and reads what each measured.
func (c Command) runAtOnce(ctx context.Context, n int) ([]result.Document, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	documents, errs := make([]result.Document, n), make([]error, n)
	var all sync.WaitGroup
	for i := range n {
		all.Go(func() {
			if documents[i], errs[i] = c.Run(ctx); len(documents[i].Results) > 0 {
				errs[i] = nil // its results tell what failed
			}
			if errs[i] != nil {
				cancel() // without one there is no comparison
			}
		})
	}
	all.Wait()
	for _, err := range errs {
		if err != nil && !errors.Is(err, context.Canceled) {
			return nil, err
		}
	}
	return documents, ctx.Err()
}

// Bounds of what is kept of a process's output.
const (
	mostDocument   = 64 << 20
	mostComplaints = 4 << 10
)

// ProcessError says that a process came to no document.
type ProcessError struct {
	Err  error
	Said string // on standard error, the begin of it
}

// Error tells both on one line.
func (e *ProcessError) Error() string {
	if e.Said == "" {
		return e.Err.Error()
	}
	return fmt.Sprintf("%v: %s", e.Err, e.Said)
}

// Unwrap returns the cause.
func (e *ProcessError) Unwrap() error { return e.Err }

// Run runs one process to its end and returns its document. The error is a
// [ProcessError], or that of ctx: the process ends with it, and with this process.
// A process that failed may have written a document all the same, which then comes
// with the error.
func (c Command) Run(ctx context.Context) (d result.Document, err error) {
	out, said, err := c.output(ctx)
	if len(out) > 0 || err == nil {
		if wrong := json.Unmarshal(out, &d); wrong != nil && ctx.Err() == nil {
			return result.Document{}, &ProcessError{fmt.Errorf("a process wrote no document: %w", wrong), said}
		}
	}
	return d, err
}

// Output runs one process to its end and returns what it wrote to standard output.
// The error is as that of Run.
func (c Command) Output(ctx context.Context) ([]byte, error) {
	out, _, err := c.output(ctx)
	return out, err
}

// output returns what a process wrote to standard output and to standard error.
func (c Command) output(ctx context.Context) (out []byte, said string, err error) {
	// The system ends the child when the thread that started it ends.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	child := exec.CommandContext(ctx, c.Program, c.Args...)
	child.WaitDelay = time.Second
	child.SysProcAttr = endWithParent()
	document, complaints := &bounded{most: mostDocument}, &bounded{most: mostComplaints}
	child.Stdout, child.Stderr = document, complaints
	err = child.Run()
	said = string(bytes.TrimSpace(complaints.kept.Bytes()))
	if ctx.Err() != nil {
		return nil, said, ctx.Err()
	}
	if err != nil {
		err = &ProcessError{fmt.Errorf("a process failed: %w", err), said}
	}
	return document.kept.Bytes(), said, err
}

// bounded keeps the first bytes that are written to it. The buffer is no part of
// its method set, else io.Copy would fill that past the bound.
type bounded struct {
	kept bytes.Buffer
	most int
}

// Write implements io.Writer. What is too much is dropped.
func (b *bounded) Write(p []byte) (int, error) {
	b.kept.Write(p[:min(len(p), b.most-b.kept.Len())])
	return len(p), nil
}
