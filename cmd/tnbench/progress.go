package main

import (
	"fmt"
	"os"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"tnbench/internal/bench"
	"tnbench/internal/printable"
)

// progress is a line on the terminal that says where a measurement stands. It
// writes nothing where standard error is not a terminal.
type progress struct {
	w     *os.File // nil: no line
	start time.Time
	last  time.Time
}

// newProgress returns a line that starts now.
func newProgress(cmd *cobra.Command, quiet bool) *progress {
	p := &progress{start: time.Now()}
	if !quiet {
		p.w = messagesOf(cmd).terminal
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
	line := printable.Line(fmt.Sprintf("%s %s: %s, %d of %d%s", at.Instance, at.Path, at.Alloc, at.Done+1, at.Total, left))
	if width, _, err := term.GetSize(int(p.w.Fd())); err == nil {
		line = printable.Shorten(line, max(width-1, 8)) // a line that wraps can't be rewritten
	}
	fmt.Fprintf(p.w, "\r\x1b[K%s", line)
}

// clear removes the line.
func (p *progress) clear() {
	if p.w != nil {
		fmt.Fprint(p.w, "\r\x1b[K")
	}
}
