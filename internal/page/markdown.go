package page

import (
	"bytes"
	"fmt"
	"io"
	"strings"

	"tnbench/internal/printable"
	"tnbench/internal/report"
)

// WriteMarkdown writes a page as Markdown. In place of a drawing it has what is seen, and
// the table behind it.
func (p *Page) WriteMarkdown(w io.Writer) error {
	m := &markdown{}
	m.line("# " + printable.Markdown(p.Title))
	for _, text := range p.Lead {
		m.paragraph(text)
	}
	for _, s := range p.Sections {
		m.line(strings.Repeat("#", s.Level) + " " + printable.Markdown(s.Title))
		for _, b := range s.Blocks {
			if err := m.block(b); err != nil {
				return err
			}
		}
	}
	m.paragraph(p.Words.Made)
	_, err := w.Write(append(bytes.TrimRight(m.text.Bytes(), "\n"), '\n'))
	return err
}

// markdown is a text on its way.
type markdown struct{ text bytes.Buffer }

// line writes a line and an empty one.
func (m *markdown) line(line string) { fmt.Fprintf(&m.text, "%s\n\n", line) }

func (m *markdown) paragraph(text string) { m.line(printable.Markdown(text)) }

func (m *markdown) block(b Block) error {
	switch {
	case b.Plot != nil:
		title, text := b.Plot.About()
		m.line("**" + printable.Markdown(title) + "**")
		m.paragraph(text)
		return m.table(*b.Table)
	case b.Table != nil:
		return m.table(*b.Table)
	case b.List != nil:
		for _, item := range b.List {
			m.text.WriteString("- " + printable.Markdown(item) + "\n")
		}
		m.text.WriteString("\n")
	default:
		m.paragraph(b.Text)
	}
	return nil
}

// table writes a table, its title above it as a paragraph.
func (m *markdown) table(t report.Table) error {
	if t.Title != "" {
		m.line("**" + printable.Markdown(t.Title) + "**")
		t.Title = ""
	}
	if len(t.Rows) == 0 {
		return nil
	}
	if err := report.WriteTables(&m.text, report.MarkdownFormat, []report.Table{t}); err != nil {
		return err
	}
	m.text.WriteString("\n")
	return nil
}
