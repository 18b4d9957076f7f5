package page

import (
	"fmt"

	"tnbench/internal/draw"
	"tnbench/internal/report"
)

// Page is a report that is ready to be rendered: nothing is left to be computed or put
// into words.
type Page struct {
	Language Language
	Title    string
	Lead     []string // below the title
	Words    Words
	Sections []Section
}

// Words are what readers see beside the sections.
type Words struct {
	Contents, Theme, Data, Skip, Made string
}

// Section is a heading and what stands below it.
type Section struct {
	ID     string // unique in the page
	Level  int    // 2 or 3
	Title  string
	Blocks []Block
}

// Block is one of a paragraph, a list, a table and a drawing.
type Block struct {
	Text string
	List []string
	// Table is a table with its title and notes; of a drawing, what it shows.
	Table *report.Table
	Plot  draw.Drawing
	ID    string // of the drawing: unique in the page
}

// say adds a paragraph.
func (s *Section) say(text string) {
	if text != "" {
		s.Blocks = append(s.Blocks, Block{Text: text})
	}
}

// list adds a list.
func (s *Section) list(items []string) {
	if len(items) > 0 {
		s.Blocks = append(s.Blocks, Block{List: items})
	}
}

// table adds a table that has rows.
func (s *Section) table(t report.Table) {
	if len(t.Rows) > 0 {
		s.Blocks = append(s.Blocks, Block{Table: &t})
	}
}

// plot adds a drawing, with the table behind it.
func (s *Section) plot(d draw.Drawing, t report.Table) {
	s.Blocks = append(s.Blocks, Block{Plot: d, Table: &t, ID: fmt.Sprintf("%s-plot%d", s.ID, len(s.Blocks)+1)})
}
