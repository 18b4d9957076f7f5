package main

import (
	"fmt"
	"io"
	"os"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"tnbench/internal/bench"
)

// progress is a line on the terminal that says where a measurement stands. It
// writes nothing where standard error is not a terminal.
type progress struct {
	w     io.Writer
	start time.Time
	last  time.Time
}

// newProgress returns a line that starts now.
func newProgress(cmd *cobra.Command, quiet bool) *progress {
	p := &progress{start: time.Now()}
	if f, ok := cmd.ErrOrStderr().(*os.File); ok && !quiet && term.IsTerminal(int(f.Fd())) {
		p.w = f
	}
	return p
}

// show rewrites the line, ten times a second at most.
func (p *progress) show(at bench.Progress) {
	now := time.Now()
	if p.w == nil || now.Sub(p.last) < 100*time.Millisecond {
		return
	}
	p.last = now
	left := ""
	if elapsed := now.Sub(p.start); at.Done > 0 && elapsed > time.Second {
		left = fmt.Sprintf(", %v left", (elapsed / time.Duration(at.Done) * time.Duration(at.Total-at.Done)).Round(time.Second))
	}
	fmt.Fprintf(p.w, "\r\x1b[K%s %s: %s, %d of %d%s", at.Instance, at.Path, at.Alloc, at.Done+1, at.Total, left)
}

// clear removes the line.
func (p *progress) clear() {
	if p.w != nil {
		fmt.Fprint(p.w, "\r\x1b[K")
	}
}
