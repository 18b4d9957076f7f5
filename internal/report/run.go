package report

import (
	"cmp"
	"fmt"
	"io"
	"slices"

	"tnbench/internal/alloc/traffic"
	"tnbench/internal/result"
	"tnbench/internal/study"
)

// WriteRun writes d's results in format f, for people as a view has it that chooses
// nothing.
func WriteRun(w io.Writer, f Format, d *result.Document) error { return RunView{}.Write(w, f, d) }

// Write writes d's results in format f. The view is for people: programs get all
// figures, in the order in which they were asked for.
func (v RunView) Write(w io.Writer, f Format, d *result.Document) error {
	switch f {
	case JSONFormat:
		return WriteJSON(w, d)
	case BenchFormat:
		return writeBench(w, d)
	case CSVFormat:
		return WriteTables(w, f, []Table{runRows(d)})
	case SamplesFormat:
		return writeSamples(w, d)
	}
	labels := newLabels()
	for i := range d.Results {
		labels.add(d.Results[i].Instance, d.Results[i].File)
	}
	var tables []Table
	for _, group := range groups(d.Results, d.Settings.Sequential) {
		tables = append(tables, v.table(labels, group))
	}
	if n := len(tables); d.Interrupted && n > 0 {
		tables[n-1].note("Interrupted: not all was measured.")
	}
	return WriteTables(w, f, tables)
}

// groups splits results into those of the same program, or if they were measured one
// after the other into single ones, as there is nothing to compare.
func groups(results []result.Result, sequential bool) (all [][]result.Result) {
	for len(results) > 0 {
		n := 1
		for n < len(results) && !sequential && results[n].SameProgram(&results[0]) {
			n++
		}
		all = append(all, results[:n])
		results = results[n:]
	}
	return all
}

// table is the table of one program: a row per strategy, a column per figure
// that any of them has, the verdict below.
func (v RunView) table(labels labels, results []result.Result) Table {
	judged := study.Judge(results)
	sorted := v.sorted(results)
	t := Table{Title: runTitle(labels, &results[0]), Columns: []Column{{Name: "strategy", Left: true}}, Whole: v.All || v.Columns != nil, All: "-v shows all, --columns some"}
	for i := range sorted {
		t.Add(Name(sorted[i].Strategy()))
		mark(&t.Rows[i][0], &judged, &sorted[i])
	}
	for _, f := range v.figures(results) {
		t.Columns = append(t.Columns, Column{Name: cmp.Or(f.Heading, f.Key), Rank: rankOf(f)})
		for k, cell := range FigureCells(f, sorted) {
			cell.Good = t.Rows[k][0].Good && f.Key == "median_ns"
			t.Rows[k] = append(t.Rows[k], cell)
		}
	}
	for _, r := range results {
		if r.Error != "" {
			t.note(fmt.Sprintf("%s failed: %s.", r.Strategy(), r.Error))
		}
	}
	for _, note := range []string{ratioNote(results), sliceNoteOf(&results[0]), Verdict(judged), boundNote(judged)} {
		if note != "" {
			t.note(note)
		}
	}
	return t
}

// runTitle says what was run: a program, or the traffic of a recording.
func runTitle(labels labels, r *result.Result) string {
	name := labels.of(r.Instance, r.File)
	if t := r.Traffic.Value; r.Traffic.OK {
		title := joinTitle(name, shortName(r.Path), plural(t.Buffers, "buffer"), Bytes(float64(t.Bytes))+" in all")
		if t.Contractions > 1 {
			title = joinTitle(title, fmt.Sprintf("stands for %d alike", t.Contractions))
		}
		return joinTitle(title, touchWords[t.Touch], coldTitle(r))
	}
	return joinTitle(name, shortName(r.Path), r.DType, plural(r.Steps, "step"), siCount(r.Flops.Value)+"flops", coldTitle(r))
}

// coldTitle says that first contractions were measured.
func coldTitle(r *result.Result) string {
	if r.Cold {
		return "cold: first contractions"
	}
	return ""
}

// touchWords say what a replay writes.
var touchWords = map[string]string{
	traffic.TouchPages.String(): "a store to each page",
	traffic.TouchAll.String():   "every byte written",
	traffic.TouchNone.String():  "nothing written",
}

// ratioNote says why there are no ratios where there are none.
func ratioNote(results []result.Result) string {
	if len(results) < 2 || slices.ContainsFunc(results, func(r result.Result) bool { return r.Ratio.OK }) ||
		!slices.ContainsFunc(results, func(r result.Result) bool { return len(r.Samples) > 0 }) {
		return ""
	}
	return "No ratios: the baseline has no samples."
}

// sliceNoteOf says how a program was sliced, if it was.
func sliceNoteOf(r *result.Result) string {
	if !r.Sliced.OK {
		return ""
	}
	return "Slices: " + SliceWords(&r.Sliced.Value) + "."
}

// SliceWords says what slices are and what they cost.
func SliceWords(s *result.Sliced) string {
	text := fmt.Sprintf("%s of %s (--slice %s), %d of them added up: %s× the flops", plural(s.Slices, "slice"), plural(s.Steps, "step"), s.Labels, s.Added, digits(s.Flops/s.Whole))
	if s.Time.OK {
		text += fmt.Sprintf(", about %s× the time", digits(s.Time.Value))
	}
	text += "; peak live " + Bytes(float64(s.PeakLive))
	if s.PeakWhole.OK {
		text += " instead of " + Bytes(float64(s.PeakWhole.Value))
	}
	return text
}

// boundNote says in a sentence how far the fastest strategy is from the roofline
// bound; it is empty where one of the two is unknown.
func boundNote(v study.Verdict) string {
	r := &v.Best
	if !r.Bound.OK || r.Bound.Value <= 0 {
		return ""
	}
	times := r.Median.Value / r.Bound.Value
	note := fmt.Sprintf("Roofline bound: %s, by %s; %s takes %.2f times that", Duration(r.Bound.Value), r.BoundBy, r.Strategy(), times)
	if times < 1 && r.BoundBy == result.ByMemory {
		note += ": its data stays in the caches"
	}
	return note + "."
}

// FigureCells returns the column of a figure for people: a cell per result.
func FigureCells(f *result.Figure, results []result.Result) []Cell {
	write := figureFormat(f, results)
	cells := make([]Cell, len(results))
	for i := range results {
		if m := f.Of(&results[i]); m.OK {
			cells[i] = Cell{Text: write(&results[i], m.Value), Value: m.Value}
		} else {
			cells[i] = Missing
		}
	}
	return cells
}

// figureFormat returns how a figure of some results is written.
func figureFormat(f *result.Figure, results []result.Result) func(*result.Result, float64) string {
	simple := func(format func(float64) string) func(*result.Result, float64) string {
		return func(_ *result.Result, v float64) string { return format(v) }
	}
	switch f.Unit {
	case result.Nanoseconds:
		unit := scaleFor(timeUnits, each(results, f.Of)...)
		return func(r *result.Result, v float64) string {
			if low, high := bounds(f, r); low.OK && high.OK {
				return digits(v/unit.factor) + " ± " + unit.format(high.Value-low.Value)
			}
			return unit.format(v)
		}
	case result.Factor:
		return func(r *result.Result, v float64) string {
			if low, high := bounds(f, r); low.OK && high.OK && low.Value != high.Value {
				return fmt.Sprintf("%.3f [%.3f, %.3f]", v, low.Value, high.Value)
			}
			return fmt.Sprintf("%.3f", v)
		}
	case result.Bytes:
		return simple(Bytes)
	case result.Fraction:
		return simple(Percent)
	}
	return simple(digits)
}

// bounds reads the figures that bound f.
func bounds(f *result.Figure, r *result.Result) (low, high result.Maybe[float64]) {
	if f.Low == "" {
		return low, high
	}
	return result.FigureOf(f.Low).Of(r), result.FigureOf(f.High).Of(r)
}

// figure returns the cell of a figure written by format.
func figure(m result.Maybe[float64], format func(float64) string) Cell {
	if !m.OK {
		return Missing
	}
	return Cell{Text: format(m.Value), Value: m.Value}
}

// each collects a figure of those results that have it.
func each(results []result.Result, of func(*result.Result) result.Maybe[float64]) (values []float64) {
	for i := range results {
		if m := of(&results[i]); m.OK {
			values = append(values, m.Value)
		}
	}
	return values
}

// runRows is all results in base units, a row each: what was measured, its
// figures, how it was measured, what came of it.
func runRows(d *result.Document) Table {
	var t Table
	add := func(key string, of func(*result.Result) any) {
		t.Columns = append(t.Columns, Column{Key: key})
		for i := range d.Results {
			t.Rows[i] = append(t.Rows[i], Cell{Value: of(&d.Results[i])})
		}
	}
	facts := func(list []result.Fact) {
		for _, f := range list {
			add(f.Key, func(r *result.Result) any { return f.Of(d, r) })
		}
	}
	t.Rows = make([][]Cell, len(d.Results))
	facts(result.Subjects)
	for i := range result.Figures {
		f := &result.Figures[i]
		add(f.Key, func(r *result.Result) any { return value(f.Of(r)).Value })
	}
	facts(result.Circumstances)
	facts(result.Outcomes)
	return t
}

// value returns a cell for programs.
func value[T any](m result.Maybe[T]) Cell {
	if !m.OK {
		return Missing
	}
	return Cell{Value: m.Value}
}

// siCount writes a large count and the SI prefix of the unit that follows it:
// "4.49 G".
func siCount(v float64) string {
	u := scaleFor([]unit{{1, ""}, {1e3, "k"}, {1e6, "M"}, {1e9, "G"}, {1e12, "T"}, {1e15, "P"}}, v)
	return digits(v/u.factor) + " " + u.name
}
