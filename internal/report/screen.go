package report

import (
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/clipperhouse/displaywidth"

	"tnbench/internal/printable"
)

// Screen is where tables are written to for people. A writer that is no Screen is
// [DefaultWidth] columns wide and has no colours; what stands around tables is one
// line each, however long, so that programs find it.
type Screen struct {
	io.Writer
	Width    int // in columns
	Colors   bool
	Terminal bool // what is longer than a line is broken between words
}

// DefaultWidth is the width of tables where no terminal has another.
const DefaultWidth = 100

// screenOf returns w as a screen.
func screenOf(w io.Writer) Screen {
	if s, ok := w.(Screen); ok && s.Width > 0 {
		return s
	}
	return Screen{Writer: w, Width: DefaultWidth}
}

// paragraph writes a line of text.
func (s Screen) paragraph(text string) error {
	lines := []string{text}
	if s.Terminal {
		lines = Wrap(text, s.Width)
	}
	for _, line := range lines {
		if _, err := fmt.Fprintln(s, line); err != nil {
			return err
		}
	}
	return nil
}

// Wrap breaks a line between words, so that none is wider than width, if that can be;
// what follows the first is indented as it is.
func Wrap(text string, width int) (lines []string) {
	indent := text[:len(text)-len(strings.TrimLeft(text, " "))]
	line := indent
	for _, word := range strings.Fields(text) {
		mark := utf8.RuneCountInString(line) == 1 // belongs to what follows
		if line != indent && !mark && displaywidth.String(line)+1+displaywidth.String(word) > width {
			lines, line = append(lines, line), indent
		}
		if line != indent {
			line += " "
		}
		line += word
	}
	return append(lines, line)
}

// fitted is a table whose cells are texts that fit a width.
type fitted struct {
	header []string
	rows   [][]string
	left   []string // headings of columns that are left out
	kept   []int    // the others, by their positions in the table
}

// The least widths that texts are broken or shortened to: first, before any column is
// left out, and when no other can be.
const (
	comfortable = 24
	cramped     = 8
)

// fit brings a table to a width: texts are broken between words or shortened, then
// columns are left out, then texts are shortened further. Numbers are never cut; if
// they alone are too wide, so is the table.
func (t *Table) fit(width int, text func(string) string, breakable bool) fitted {
	f := fitted{}
	widths := make([]int, len(t.Columns))
	cells := make([][]string, len(t.Rows))
	for i := range t.Columns {
		f.header = append(f.header, text(t.Columns[i].Name))
		f.kept = append(f.kept, i)
		widths[i] = displaywidth.String(f.header[i])
	}
	for k, row := range t.Rows {
		cells[k] = make([]string, len(row))
		for i, c := range row {
			cells[k][i] = text(c.Text)
			widths[i] = max(widths[i], displaywidth.String(cells[k][i]))
		}
	}
	if !t.Whole {
		t.squeeze(&f, widths, width, breakable)
	}
	for k := range cells {
		row := make([]string, len(f.kept))
		for j, i := range f.kept {
			row[j] = narrow(cells[k][i], widths[i], breakable)
		}
		f.rows = append(f.rows, row)
	}
	header := f.header
	f.header = nil
	for _, i := range f.kept {
		f.header = append(f.header, narrow(header[i], widths[i], breakable))
	}
	return f
}

// squeeze decides which columns are kept, and how wide each may be.
func (t *Table) squeeze(f *fitted, widths []int, width int, breakable bool) {
	excess := func() int {
		total := 0
		for _, i := range f.kept {
			total += widths[i] + 2 // blanks around it
		}
		return total - width
	}
	shrink := func(least int) {
		for excess() > 0 && breakable {
			widest := -1
			for _, i := range f.kept {
				if t.Columns[i].Left && t.Columns[i].Rank == 0 && widths[i] > least && (widest < 0 || widths[i] > widths[widest]) {
					widest = i
				}
			}
			if widest < 0 {
				return
			}
			widths[widest] = max(least, widths[widest]-excess())
		}
	}
	shrink(comfortable)
	for excess() > 0 {
		last := -1
		for j, i := range f.kept {
			if rank := t.Columns[i].Rank; rank > 0 && (last < 0 || rank >= t.Columns[f.kept[last]].Rank) {
				last = j
			}
		}
		if last < 0 {
			break
		}
		if name := t.Columns[f.kept[last]].Name; name != "" {
			f.left = append(f.left, name)
		}
		f.kept = append(f.kept[:last:last], f.kept[last+1:]...)
	}
	shrink(cramped)
}

// narrow breaks text into lines of a width, and shortens words that are longer.
func narrow(text string, width int, breakable bool) string {
	if !breakable || displaywidth.String(text) <= width {
		return text
	}
	lines := Wrap(text, width)
	for i, line := range lines {
		lines[i] = printable.Shorten(line, width)
	}
	return strings.Join(lines, "\n")
}
