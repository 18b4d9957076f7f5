package main

import (
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"tnbench/internal/printable"
	"tnbench/internal/warning"
)

// messages is standard error, the one way for everything that is no result.
// Whatever is written shows on a terminal as what it is. Warnings wait until the
// results are out, and are summed up by kind.
type messages struct {
	*printable.Writer
	terminal *os.File // nil if standard error is none
	warnings []warning.Warning
}

func newMessages(w io.Writer) *messages {
	m := &messages{Writer: printable.NewWriter(w)}
	if f, ok := w.(*os.File); ok && term.IsTerminal(int(f.Fd())) {
		m.terminal = f
	}
	return m
}

// messagesOf returns standard error as [run] set it.
func messagesOf(cmd *cobra.Command) *messages {
	if m, ok := cmd.ErrOrStderr().(*messages); ok {
		return m
	}
	return newMessages(cmd.ErrOrStderr()) // a command that was not started by run
}

// complain prints an error, each of several joined ones on a line of its own.
func complain(cmd *cobra.Command, err error) { messagesOf(cmd).complain(err) }

func (m *messages) complain(err error) {
	for _, line := range errorLines(err) {
		fmt.Fprintf(m, "tnbench: %s\n", printable.Line(line))
	}
}

// errorLines returns the text of each error that was joined into err, with what
// wraps them all around each. Line breaks within them are text from outside.
func errorLines(err error) (lines []string) {
	switch wrapper := err.(type) {
	case interface{ Unwrap() []error }:
		var texts []string
		for _, e := range wrapper.Unwrap() {
			lines = append(lines, errorLines(e)...)
			texts = append(texts, e.Error())
		}
		if err.Error() == strings.Join(texts, "\n") {
			return lines
		}
	case interface{ Unwrap() error }:
		inner := wrapper.Unwrap()
		if inner == nil {
			break
		}
		before, after, found := strings.Cut(err.Error(), inner.Error())
		if lines = errorLines(inner); found && len(lines) > 1 {
			for i := range lines {
				lines[i] = before + lines[i] + after
			}
			return lines
		}
	}
	return []string{err.Error()}
}

// warn prints a warning at once: one about all that follows.
func (m *messages) warn(w warning.Warning) {
	fmt.Fprintf(m, "warning: %s\n", printable.Line(w.String()))
}

// flush prints the warnings that wait, a line per kind.
func (m *messages) flush() {
	for _, line := range warning.Summary(m.warnings) {
		fmt.Fprintf(m, "warning: %s\n", printable.Line(line))
	}
	m.warnings = nil
}
