package instance

import (
	"bytes"
	"fmt"
	"strings"
	"unicode/utf8"
)

// Error is a defect that makes an instance unusable: where it is, what is
// wrong, and how to put it right.
type Error struct {
	File    string // file name as given, or the name of an instance made in memory
	Line    int    // from 1; 0 where the defect is not at one place of the text
	Column  int    // in characters, from 1
	Field   string // JSON field, such as shapes[17] or paths.opt_size.path[3]; "" for the whole file
	Problem string
	Remedy  string // "" where the problem says it already
}

// Error returns "file[:line:column]: [field: ]problem[; remedy]".
func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString(e.File)
	if e.Line > 0 {
		fmt.Fprintf(&b, ":%d:%d", e.Line, e.Column)
	}
	if e.Field != "" {
		b.WriteString(": " + e.Field)
	}
	b.WriteString(": " + e.Problem)
	if e.Remedy != "" {
		b.WriteString("; " + e.Remedy)
	}
	return b.String()
}

// defect returns an Error without file and place, which the caller adds where
// they are known.
func defect(field, remedy, format string, args ...any) *Error {
	return &Error{Field: field, Problem: fmt.Sprintf(format, args...), Remedy: remedy}
}

// at sets the place of the defect to that of data[offset].
func (e *Error) at(data []byte, offset int) *Error {
	offset = min(offset, len(data))
	e.Line = 1 + bytes.Count(data[:offset], []byte{'\n'})
	e.Column = 1 + utf8.RuneCount(data[1+bytes.LastIndexByte(data[:offset], '\n'):offset])
	return e
}

// plural returns "1 step", "2 steps".
func plural(n int, noun string) string {
	if n != 1 {
		noun += "s"
	}
	return fmt.Sprintf("%d %s", n, noun)
}
