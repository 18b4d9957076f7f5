package report

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"

	"tnbench/internal/compare"
	"tnbench/internal/printable"
	"tnbench/internal/result"
)

// GitHubFormat is workflow commands of GitHub Actions, which annotate a run.
const GitHubFormat Format = "github"

// CompareFormats are the formats of a comparison.
var CompareFormats = append(Formats[:len(Formats):len(Formats)], GitHubFormat)

// WriteComparison writes a comparison in format f. The first line for people is the
// verdict. all shows every figure, also those that are the same on both sides.
func WriteComparison(w io.Writer, f Format, d *compare.Document, all bool) error {
	switch f {
	case JSONFormat:
		return WriteJSON(w, d)
	case CSVFormat:
		return WriteTables(w, f, []Table{compareRows(d)})
	case GitHubFormat:
		return writeAnnotations(w, d)
	}
	if err := writeParagraphs(w, f, compareHead(d)); err != nil {
		return err
	}
	tables := compareTables(d, all)
	if len(tables) > 0 {
		fmt.Fprintln(w)
	}
	return WriteTables(w, f, tables)
}

// CompareVerdict is the verdict in a sentence, which the first line of every output
// for people has.
func CompareVerdict(d *compare.Document) string {
	counts := []string{}
	for _, v := range []compare.Verdict{compare.Regression, compare.Undecided, compare.Better, compare.Same} {
		if n := d.Count(v); n > 0 {
			counts = append(counts, Count(float64(n))+" "+verdictWords[v])
		}
	}
	of := "nothing was compared"
	if len(counts) > 0 {
		of = plural(len(d.Rows), "figure") + ": " + strings.Join(counts, ", ")
	}
	return string(d.Verdict) + " (" + of + ")"
}

// verdictWords say how figures are.
var verdictWords = map[compare.Verdict]string{
	compare.Same: "the same", compare.Better: "better", compare.Regression: "worse", compare.Undecided: "undecided",
}

// compareHead is what is said before the tables: the verdict, what differs, why.
func compareHead(d *compare.Document) [][]string {
	head := [][]string{{CompareVerdict(d)}}
	var differences []string
	for _, x := range d.Differences {
		differences = append(differences, differenceLine(x))
	}
	head = append(head, differences, d.Reasons)
	if d.Interrupted {
		head = append(head, []string{"Interrupted: not all was compared."})
	}
	var sides []string
	for _, s := range []struct {
		name string
		side *compare.Side
	}{{"BASE", &d.Base}, {"NEW", &d.New}} {
		sides = append(sides, sideLine(s.name, s.side))
	}
	return append(head, sides, d.Notes)
}

// differenceLine says in what the sides differ.
func differenceLine(x compare.Difference) string {
	line := "differs: "
	if x.Of != "" {
		line += x.Of + ": "
	}
	line += fmt.Sprintf("%s: %s → %s", x.What, cmp.Or(x.Base, "(unknown)"), cmp.Or(x.New, "(unknown)"))
	if x.Refused {
		line += fmt.Sprintf(" (refused; --ignore %s compares all the same)", x.What)
	}
	return line
}

// sideLine says what a side was.
func sideLine(name string, s *compare.Side) string {
	line := name + ": " + shortName(s.Name)
	if s.Processes > 0 {
		processes := plural(s.Processes, "process")
		if s.Processes > 1 {
			processes = Count(float64(s.Processes)) + " processes"
		}
		line += ", " + processes
	}
	if s.Tool != nil {
		line += ", tnbench " + s.Tool.Version
		if s.Tool.Go != "" {
			line += " (" + s.Tool.Go + ")"
		}
	}
	return line
}

// writeParagraphs writes paragraphs of lines, those that are not empty.
func writeParagraphs(w io.Writer, f Format, paragraphs [][]string) error {
	text, end := printable.Line, ""
	if f == MarkdownFormat {
		text, end = printable.Markdown, "  " // which breaks the line
	}
	for i, lines := range paragraphs {
		if len(lines) == 0 {
			continue
		}
		if i > 0 {
			fmt.Fprintln(w)
		}
		for k, line := range lines {
			shown := text(line)
			if i == 0 && f == MarkdownFormat {
				shown = "## " + shown
			}
			if k < len(lines)-1 {
				shown += end
			}
			if _, err := fmt.Fprintln(w, shown); err != nil {
				return err
			}
		}
	}
	return nil
}

// compareTables are the table of times and the table of counted figures, which
// leaves out those that are the same unless all are wanted.
func compareTables(d *compare.Document, all bool) []Table {
	var times, counts []*compare.Row
	same := 0
	for i := range d.Rows {
		r := &d.Rows[i]
		switch {
		case r.Figure == compare.Time:
			times = append(times, r)
		case r.Verdict == compare.Same && r.Reason == "" && !all:
			same++
		default:
			counts = append(counts, r)
		}
	}
	var tables []Table
	if len(times) > 0 {
		tables = append(tables, compareTable("time", times, false))
	}
	if len(counts) > 0 {
		tables = append(tables, compareTable("counted figures", counts, true))
	}
	if same > 0 {
		note := plural(same, "counted figure") + " are the same; -v shows them."
		if same == 1 {
			note = "1 counted figure is the same; -v shows it."
		}
		if len(tables) == 0 {
			return []Table{{Title: note}}
		}
		tables[len(tables)-1].note(note)
	}
	return tables
}

// compareTable is a table of rows, with the figure in a column where it differs from
// row to row.
func compareTable(title string, rows []*compare.Row, figures bool) Table {
	path := Column{Name: "path", Left: true}
	if !slices.ContainsFunc(rows, func(r *compare.Row) bool { return r.Path != rows[0].Path }) {
		path.Rank = 4 // it tells no row from another
	}
	t := Table{Title: title, Columns: []Column{{Name: "instance", Left: true}, path, {Name: "strategy", Left: true}}}
	if figures {
		t.Columns = append(t.Columns, Column{Name: "figure", Left: true})
	}
	t.Columns = append(t.Columns, Column{Name: "base", Rank: 1}, Column{Name: "new", Rank: 1}, Column{Name: "ratio"})
	control := slices.ContainsFunc(rows, func(r *compare.Row) bool { return r.Control.OK })
	if control {
		t.Columns = append(t.Columns, Column{Name: "base to itself", Rank: 2})
	}
	t.Columns = append(t.Columns, Column{Name: "allowed", Rank: 3}, Column{Name: "verdict", Left: true})
	for _, r := range rows {
		cells := []Cell{Name(r.Name()), Name(r.Path), Name(r.Strategy())}
		if figures {
			cells = append(cells, Text(figureName(r)))
		}
		cells = append(cells, rowFigure(r, r.Base), rowFigure(r, r.New), ratioCell(r.Ratio, r.Low, r.High))
		if control {
			cells = append(cells, ratioCell(r.Control, r.ControlLow, r.ControlHigh))
		}
		t.Add(append(cells, Cell{Text: allowed(r)}, Text(string(r.Verdict)))...)
	}
	for _, note := range rowReasons(rows) {
		t.note(note)
	}
	return t
}

// rowReasons says why rows have their verdicts where the figures don't tell, each
// reason once.
func rowReasons(rows []*compare.Row) (notes []string) {
	of := map[string][]string{}
	var order []string
	for _, r := range rows {
		if r.Reason == "" {
			continue
		}
		if of[r.Reason] == nil {
			order = append(order, r.Reason)
		}
		of[r.Reason] = append(of[r.Reason], r.Title())
	}
	const named = 3
	for _, reason := range order {
		who := of[reason]
		more := ""
		if len(who) > named {
			more = fmt.Sprintf(" and %d more", len(who)-named)
			who = who[:named]
		}
		notes = append(notes, strings.Join(who, "; ")+more+": "+reason+".")
	}
	return notes
}

// figureName is a figure's name for people.
func figureName(r *compare.Row) string {
	if f := compare.FigureOf(r.Figure); f != nil {
		return f.What
	}
	return r.Figure
}

// rowFigure writes a figure of a row in its best unit.
func rowFigure(r *compare.Row, m result.Maybe[float64]) Cell {
	f := compare.FigureOf(r.Figure)
	switch {
	case f == nil:
		return figure(m, digits)
	case f.Key == compare.Digest:
		return figure(m, func(v float64) string { return fmt.Sprintf("l2 %.6g", v) })
	case f.Unit == result.Nanoseconds:
		return figure(m, Duration)
	case f.Unit == result.Bytes:
		return figure(m, exactBytes)
	}
	return figure(m, digits)
}

// exactBytes writes bytes so that small differences are seen.
func exactBytes(n float64) string {
	if n < 1e6 {
		return digits(n) + " B"
	}
	return Bytes(n)
}

// ratioCell writes a ratio with its interval.
func ratioCell(m, low, high result.Maybe[float64]) Cell {
	if m.OK && low.OK && high.OK && low.Value != high.Value {
		return Cell{Text: fmt.Sprintf("%.3f [%.3f, %.3f]", m.Value, low.Value, high.Value), Value: m.Value}
	}
	return figure(m, func(v float64) string { return fmt.Sprintf("%.3f", v) })
}

// allowed writes by how much a row's figure may be worse.
func allowed(r *compare.Row) string {
	f := compare.FigureOf(r.Figure)
	if f == nil || f.Key == compare.Digest {
		return ""
	}
	return f.Write(compare.Threshold{Relative: r.Threshold, Absolute: r.Floor})
}

// compareRows is all rows for programs.
func compareRows(d *compare.Document) Table {
	t := Table{}
	for _, key := range []string{"verdict", "instance", "file", "path", "dtype", "alloc", "new_alloc", "figure", "base", "new", "ratio", "low", "high",
		"threshold", "threshold_absolute", "control", "control_low", "control_high", "reason"} {
		t.Columns = append(t.Columns, Column{Key: key})
	}
	for i := range d.Rows {
		r := &d.Rows[i]
		t.Add(Text(string(r.Verdict)), Text(r.Instance), Text(r.File), Text(r.Path), Text(r.DType), Text(r.Alloc), Text(r.NewAlloc), Text(r.Figure),
			value(r.Base), value(r.New), value(r.Ratio), value(r.Low), value(r.High),
			Cell{Value: r.Threshold}, Cell{Value: r.Floor}, value(r.Control), value(r.ControlLow), value(r.ControlHigh), Text(r.Reason))
	}
	return t
}
