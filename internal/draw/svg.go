package draw

import (
	"bufio"
	"bytes"
	"encoding/xml"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"

	"tnbench/internal/printable"
)

// The margins of a file.
const (
	fileMargin  = 24.0
	titleHeight = 44.0
	titleWidth  = 110 // columns that a title has room for in a plan, fewer in what is narrower
)

// WriteSVG writes drawings as one SVG file, one below the other, on white paper.
func WriteSVG(w io.Writer, drawings ...Drawing) error {
	width, height := sheet(drawings)
	s := &svg{w: bufio.NewWriter(w)}
	s.begin(width, height, "", nil)
	s.element("style", strings.Split(lightCSS(), "\n")...)
	fmt.Fprintf(s.w, `<rect width="%s" height="%s" fill="%s" pointer-events="none"/>`+"\n", coordinate(width), coordinate(height), light("paper"))
	compose(s, drawings)
	return s.close()
}

// Inline returns a drawing as an element for a page that has the rules of [CSS]. id must
// be unique in the page. The title is left to the page.
func Inline(d Drawing, id string) string {
	var text bytes.Buffer
	s := &svg{w: bufio.NewWriter(&text)}
	width, height := d.size()
	s.begin(width, height, id, d)
	d.draw(s)
	s.close() // memory takes all
	return text.String()
}

// sheet returns the size of a file with drawings.
func sheet(drawings []Drawing) (width, height float64) {
	for _, d := range drawings {
		w, h := d.size()
		width, height = max(width, w), height+h+titleHeight+fileMargin
	}
	return width, height
}

// compose draws drawings one below the other, with their titles.
func compose(c canvas, drawings []Drawing) {
	y := 0.0
	for _, d := range drawings {
		title, _ := d.About()
		width, height := d.size()
		c.text(fileMargin, y+30, shorten(title, int(width)*titleWidth/planWidth), "d-title")
		c.shift(0, y+titleHeight)
		d.draw(c)
		c.end()
		y += height + titleHeight + fileMargin
	}
}

// shorten makes a name fit for so many columns.
func shorten(name string, columns int) string {
	return printable.Shorten(printable.Line(name), columns)
}

// svg writes a picture element by element. Texts are escaped; the first error of
// the writer is kept until close.
type svg struct{ w *bufio.Writer }

// begin begins a picture of so many user units; one of a drawing inside a page is named
// and described.
func (s *svg) begin(width, height float64, id string, d Drawing) {
	class := "drawing"
	if d != nil && width > chartWidth {
		class = "drawing large"
	}
	fmt.Fprintf(s.w, `<svg xmlns="http://www.w3.org/2000/svg" class="%s" viewBox="0 0 %s %s" width="%s" height="%s"`,
		class, coordinate(width), coordinate(height), coordinate(width), coordinate(height))
	if d == nil {
		s.w.WriteString(">\n")
		return
	}
	title, text := d.About()
	fmt.Fprintf(s.w, ` role="img" aria-labelledby="%s-title %s-text">`+"\n", id, id)
	fmt.Fprintf(s.w, `<title id="%s-title">`, id)
	s.escape(title)
	fmt.Fprintf(s.w, "</title>\n"+`<desc id="%s-text">`, id)
	s.escape(text)
	s.w.WriteString("</desc>\n")
}

// close ends the picture.
func (s *svg) close() error {
	s.w.WriteString("</svg>\n")
	return s.w.Flush()
}

func (s *svg) open(class string) {
	s.w.WriteString("<g")
	s.class(class)
	s.w.WriteString(">\n")
}

func (s *svg) shift(x, y float64) {
	s.w.WriteString(`<g transform="translate(` + coordinate(x) + ` ` + coordinate(y) + `)">` + "\n")
}

func (s *svg) end() { s.w.WriteString("</g>\n") }

func (s *svg) rect(x, y, width, height float64, title []string, class string) {
	s.w.WriteString(`<rect x="` + coordinate(x) + `" y="` + coordinate(y) + `" width="` + coordinate(width) + `" height="` + coordinate(height) + `"`)
	s.class(class)
	if len(title) == 0 {
		s.w.WriteString("/>\n")
		return
	}
	s.w.WriteString(">")
	s.element("title", title...)
	s.w.WriteString("</rect>\n")
}

func (s *svg) line(x1, y1, x2, y2 float64, class string) {
	s.w.WriteString(`<line x1="` + coordinate(x1) + `" y1="` + coordinate(y1) + `" x2="` + coordinate(x2) + `" y2="` + coordinate(y2) + `"`)
	s.class(class)
	s.w.WriteString("/>\n")
}

func (s *svg) text(x, y float64, text, class string) {
	s.w.WriteString(`<text x="` + coordinate(x) + `" y="` + coordinate(y) + `"`)
	s.class(class)
	s.w.WriteString(">")
	s.escape(text)
	s.w.WriteString("</text>\n")
}

func (s *svg) upward(x, y float64, text, class string) {
	s.w.WriteString(`<g transform="rotate(-90 ` + coordinate(x) + ` ` + coordinate(y) + `)">`)
	s.text(x, y, text, class)
	s.end()
}

func (s *svg) polygon(points []point, class string)  { s.path(points, "Z", class) }
func (s *svg) polyline(points []point, class string) { s.path(points, "", class) }

// path draws lines from point to point, with the shorter commands for straight ones.
func (s *svg) path(points []point, end, class string) {
	s.w.WriteString(`<path d="`)
	for i, p := range points {
		switch {
		case i == 0:
			s.w.WriteString("M" + coordinate(p.x) + " " + coordinate(p.y))
		case p.y == points[i-1].y:
			s.w.WriteString("H" + coordinate(p.x))
		case p.x == points[i-1].x:
			s.w.WriteString("V" + coordinate(p.y))
		default:
			s.w.WriteString("L" + coordinate(p.x) + " " + coordinate(p.y))
		}
	}
	s.w.WriteString(end + `"`)
	s.class(class)
	s.w.WriteString("/>\n")
}

func (s *svg) class(class string) {
	if class != "" {
		s.w.WriteString(` class="` + class + `"`)
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
