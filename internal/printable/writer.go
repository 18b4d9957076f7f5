package printable

import (
	"io"
	"unicode/utf8"
)

// Writer shows what is written to it as [Lines] does. It is what stands before a
// terminal, and lets nothing through that no other layer has caught.
type Writer struct {
	w    io.Writer
	rest []byte // the beginning of a character that the next Write goes on with
}

// NewWriter returns a Writer to w.
func NewWriter(w io.Writer) *Writer { return &Writer{w: w} }

// Write implements io.Writer.
func (w *Writer) Write(p []byte) (int, error) {
	text := append(w.rest, p...)
	end := len(text)
	for back := 1; back < utf8.UTFMax && back <= len(text); back++ {
		if at := len(text) - back; utf8.RuneStart(text[at]) {
			if !utf8.FullRune(text[at:]) {
				end = at
			}
			break
		}
	}
	w.rest = append([]byte(nil), text[end:]...)
	if _, err := io.WriteString(w.w, Lines(string(text[:end]))); err != nil {
		return 0, err
	}
	return len(p), nil
}
