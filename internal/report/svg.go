package report

import (
	"bufio"
	"encoding/xml"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"

	"tnbench/internal/printable"
)

// svg writes a picture element by element. Texts are escaped; the first error of
// the writer is kept until close.
type svg struct{ w *bufio.Writer }

// newSVG begins a picture of so many user units.
func newSVG(w io.Writer, width, height float64, style string) *svg {
	s := &svg{bufio.NewWriter(w)}
	fmt.Fprintf(s.w, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %s %s" width="%s" height="%s">`+"\n",
		coordinate(width), coordinate(height), coordinate(width), coordinate(height))
	s.element("style", strings.Split(style, "\n")...)
	return s
}

// close ends the picture.
func (s *svg) close() error {
	s.w.WriteString("</svg>\n")
	return s.w.Flush()
}

// open begins a group with the given attributes, pairs of name and value.
func (s *svg) open(attributes ...string) {
	s.w.WriteString("<g")
	s.attributes(attributes)
	s.w.WriteString(">\n")
}

// end ends a group.
func (s *svg) end() { s.w.WriteString("</g>\n") }

// rect draws a box; title, if it has lines, shows while the pointer is over it.
func (s *svg) rect(x, y, width, height float64, title []string, attributes ...string) {
	s.w.WriteString(`<rect x="` + coordinate(x) + `" y="` + coordinate(y) + `" width="` + coordinate(width) + `" height="` + coordinate(height) + `"`)
	s.attributes(attributes)
	if len(title) == 0 {
		s.w.WriteString("/>\n")
		return
	}
	s.w.WriteString(">")
	s.element("title", title...)
	s.w.WriteString("</rect>\n")
}

// line draws a straight line.
func (s *svg) line(x1, y1, x2, y2 float64, attributes ...string) {
	s.w.WriteString(`<line x1="` + coordinate(x1) + `" y1="` + coordinate(y1) + `" x2="` + coordinate(x2) + `" y2="` + coordinate(y2) + `"`)
	s.attributes(attributes)
	s.w.WriteString("/>\n")
}

// text writes a line of text that starts, ends or is centred at x, as the class
// says.
func (s *svg) text(x, y float64, text string, attributes ...string) {
	s.w.WriteString(`<text x="` + coordinate(x) + `" y="` + coordinate(y) + `"`)
	s.attributes(attributes)
	s.w.WriteString(">")
	s.escape(text)
	s.w.WriteString("</text>\n")
}

// path draws d, the commands of a path.
func (s *svg) path(d string, attributes ...string) {
	s.w.WriteString(`<path d="` + d + `"`)
	s.attributes(attributes)
	s.w.WriteString("/>\n")
}

func (s *svg) attributes(pairs []string) {
	for i := 0; i+1 < len(pairs); i += 2 {
		s.w.WriteString(" " + pairs[i] + `="`)
		s.escape(pairs[i+1])
		s.w.WriteString(`"`)
	}
}

// element writes an element that holds lines of text only.
func (s *svg) element(name string, lines ...string) {
	s.w.WriteString("<" + name + ">")
	for i, line := range lines {
		if i > 0 {
			s.w.WriteString("&#xA;")
		}
		s.escape(line)
	}
	s.w.WriteString("</" + name + ">\n")
}

// escape writes a line of text in which every character shows, as XML has it.
func (s *svg) escape(text string) {
	xml.EscapeText(s.w, []byte(printable.Line(text))) // its error stays with the writer
}

// coordinate writes a position to a hundredth of a unit, finer than any screen.
func coordinate(v float64) string {
	return strconv.FormatFloat(math.Round(v*100)/100, 'f', -1, 64)
}
