// Package report turns results and programs into tables, histograms, exports and
// verdicts. It measures nothing: what it prints was handed to it.
package report

import (
	"bytes"
	"cmp"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/olekukonko/tablewriter"
	"github.com/olekukonko/tablewriter/renderer"
	"github.com/olekukonko/tablewriter/tw"

	"tnbench/internal/printable"
	"tnbench/internal/suggest"
)

// Format is how a report is written.
type Format string

// The formats. Table and Markdown scale units for people; CSV, JSON and
// Benchfmt hold base units (seconds or nanoseconds, bytes) for programs.
const (
	TableFormat    Format = "table"
	MarkdownFormat Format = "markdown"
	CSVFormat      Format = "csv"
	JSONFormat     Format = "json"
	BenchFormat    Format = "benchfmt" // the Go benchmark format, which benchstat reads
	SamplesFormat  Format = "samples"  // CSV of all samples, one in a row
	HTMLFormat     Format = "html"     // a page that needs no other file
)

// extensions are those of files that tell their format. Of .txt one can't tell: both
// tables and benchmarks have it.
var extensions = []struct {
	name   string
	format Format
}{
	{".json", JSONFormat},
	{".samples.csv", SamplesFormat}, // before the other one
	{".csv", CSVFormat},
	{".md", MarkdownFormat},
	{".markdown", MarkdownFormat},
	{".bench", BenchFormat},
	{".benchfmt", BenchFormat},
	{".html", HTMLFormat},
	{".htm", HTMLFormat},
}

// FormatOf returns the format that the name of a file tells, if it does.
func FormatOf(file string) (Format, bool) {
	for _, e := range extensions {
		if strings.HasSuffix(strings.ToLower(file), e.name) {
			return e.format, true
		}
	}
	return "", false
}

// Extensions returns those that tell one of the formats.
func Extensions(formats []Format) (names []string) {
	for _, e := range extensions {
		if slices.Contains(formats, e.format) {
			names = append(names, e.name)
		}
	}
	return names
}

// Formats are the formats that every report has.
var Formats = []Format{TableFormat, MarkdownFormat, CSVFormat, JSONFormat}

// ParseFormat returns the format called name if it is one of allowed.
func ParseFormat(name string, allowed []Format) (Format, error) {
	names := make([]string, len(allowed))
	for i, f := range allowed {
		if names[i] = string(f); names[i] == name {
			return f, nil
		}
	}
	return "", suggest.Unknown("format", name, names)
}

// Column is a column of a table.
type Column struct {
	Name string // heading for people
	Key  string // heading in CSV, with the unit: "median_ns"
	Left bool   // align left; figures stand right
	// Rank says which columns a narrow table goes without: the highest first. Of those
	// of rank 0 the left ones are broken or shortened, if need be.
	Rank int
}

// Cell is an entry of a table: a text for people and a value in base units for
// programs. A nil value is a figure that is missing.
type Cell struct {
	Text  string
	Value any
	Good  bool // stands out where there are colours
}

// Text returns a cell whose value is its text.
func Text(s string) Cell { return Cell{Text: s, Value: s} }

// Name returns the cell of a name from outside: people get a long one shortened.
func Name(s string) Cell { return Cell{Text: shortName(s), Value: s} }

// shortName shortens a name so that it leaves room for what stands beside it.
func shortName(s string) string {
	const columns = 60
	return printable.Shorten(printable.Line(s), columns)
}

// Missing is the cell of a figure that could not be measured.
var Missing = Cell{Text: "–"}

// Table is a titled table with notes below it.
type Table struct {
	Title   string
	Columns []Column
	Rows    [][]Cell
	Notes   []Note // for people; not in CSV
	Whole   bool   // all columns are shown, however wide that is
	All     string // how to see the columns that there is no room for; "": in JSON and CSV
}

// Note is a paragraph below a table, line by line.
type Note []string

func (t *Table) note(lines ...string) { t.Notes = append(t.Notes, lines) }

// Add appends a row.
func (t *Table) Add(cells ...Cell) { t.Rows = append(t.Rows, cells) }

// WriteTables writes tables one after the other. In CSV all of them must have
// the same columns: they share one heading, preceded by key columns of the
// caller's choice inside the rows. JSON is not a matter of tables: see WriteJSON.
func WriteTables(w io.Writer, f Format, tables []Table) error {
	if f == CSVFormat {
		return writeCSV(w, tables)
	}
	screen := screenOf(w)
	var left []string
	for i := range tables {
		if i > 0 {
			fmt.Fprintln(screen)
		}
		without, err := tables[i].write(screen, f)
		if err != nil {
			return err
		}
		for _, name := range without {
			if !slices.Contains(left, name) {
				left = append(left, name)
			}
		}
	}
	if len(left) == 0 {
		return nil
	}
	fmt.Fprintln(screen)
	return screen.paragraph(fmt.Sprintf("Left out for want of room: %s (%s).", strings.Join(left, ", "), cmp.Or(tables[0].All, "JSON and CSV have all")))
}

// write writes one table for people, and returns the headings of columns that it had
// no room for.
func (t *Table) write(screen Screen, f Format) (left []string, err error) {
	text, heading := printable.Line, ""
	if f == MarkdownFormat {
		text, heading = printable.Markdown, "### "
		screen.Terminal, screen.Colors = false, false
	}
	if t.Title != "" {
		if err := screen.paragraph(heading + text(t.Title)); err != nil {
			return nil, err
		}
		fmt.Fprintln(screen)
	}
	fit := t.fit(screen.Width, text, f != MarkdownFormat)
	align := make([]tw.Align, len(fit.kept))
	for j, i := range fit.kept {
		if align[j] = tw.AlignRight; t.Columns[i].Left {
			align[j] = tw.AlignLeft
		}
	}
	table := newTable(screen, f, align)
	table.Header(fit.header)
	for k, texts := range fit.rows {
		for j, i := range fit.kept {
			if screen.Colors && t.Rows[k][i].Good {
				texts[j] = "\x1b[1;32m" + texts[j] + "\x1b[0m"
			}
		}
		if err := table.Append(texts); err != nil {
			return nil, err
		}
	}
	if err := table.Render(); err != nil {
		return nil, err
	}
	for _, note := range t.Notes {
		fmt.Fprintln(screen)
		for _, line := range note {
			if err := screen.paragraph(text(line)); err != nil {
				return nil, err
			}
		}
	}
	return fit.left, nil
}

// newTable configures the table writer: headings as they are, light lines.
func newTable(w io.Writer, f Format, align []tw.Align) *tablewriter.Table {
	options := []tablewriter.Option{
		tablewriter.WithHeaderAutoFormat(tw.Off),
		tablewriter.WithEastAsian(tw.Off),
		tablewriter.WithRowAutoWrap(tw.WrapNone),
		tablewriter.WithHeaderAutoWrap(tw.WrapNone),
		tablewriter.WithTrimSpace(tw.Off), // what is not marked stands below what is
		tablewriter.WithAlignment(align),
	}
	if f == MarkdownFormat {
		options = append(options, tablewriter.WithRenderer(renderer.NewMarkdown()))
	} else {
		options = append(options, tablewriter.WithRenderer(renderer.NewBlueprint(tw.Rendition{
			Borders:  tw.BorderNone,
			Settings: tw.Settings{Separators: tw.Separators{BetweenColumns: tw.Off}, Lines: tw.Lines{ShowHeaderLine: tw.On}},
		})))
	}
	return tablewriter.NewTable(w, options...)
}

// writeCSV writes all rows under one heading, values in base units, missing
// figures empty.
func writeCSV(w io.Writer, tables []Table) error {
	out := csv.NewWriter(w)
	for i, t := range tables {
		if i == 0 {
			keys := make([]string, len(t.Columns))
			for j, c := range t.Columns {
				keys[j] = c.Key
			}
			out.Write(keys)
		}
		for _, row := range t.Rows {
			record := make([]string, len(row))
			for j, c := range row {
				switch v := c.Value.(type) {
				case nil:
				case float64:
					record[j] = plain(v)
				case string:
					record[j] = printable.CSV(v)
				default:
					record[j] = fmt.Sprint(v)
				}
			}
			out.Write(record)
		}
	}
	out.Flush()
	return out.Error()
}

// WriteJSON writes v as indented JSON.
func WriteJSON(w io.Writer, v any) error {
	var text bytes.Buffer
	e := json.NewEncoder(&text)
	e.SetEscapeHTML(false)
	e.SetIndent("", " ")
	if err := e.Encode(v); err != nil {
		return err
	}
	_, err := w.Write(printable.JSON(text.Bytes()))
	return err
}
