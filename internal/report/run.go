package report

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode"

	"tnbench/internal/alloc"
	"tnbench/internal/bench"
	"tnbench/internal/result"
)

// WriteRun writes d's results in format f.
func WriteRun(w io.Writer, f Format, d *result.Document) error {
	switch f {
	case JSONFormat:
		return WriteJSON(w, d)
	case BenchFormat:
		return writeBench(w, d)
	case CSVFormat:
		return WriteTables(w, f, []Table{csvTable(d.Results)})
	}
	var tables []Table
	for _, group := range groups(d.Results) {
		tables = append(tables, runTable(group))
	}
	return WriteTables(w, f, tables)
}

// groups splits results into runs of the same instance and path.
func groups(results []result.Result) (all [][]result.Result) {
	for len(results) > 0 {
		n := 1
		for n < len(results) && results[n].Instance == results[0].Instance && results[n].Path == results[0].Path {
			n++
		}
		all = append(all, results[:n])
		results = results[n:]
	}
	return all
}

// runTable is the table of one program: a row per strategy, the verdict below.
func runTable(results []result.Result) Table {
	first := results[0]
	t := Table{Title: runTitle(first)}
	times := scaleFor(timeUnits, each(results, func(r result.Result) result.Maybe[float64] { return r.Median })...)
	t.Columns = []Column{
		{Name: "strategy", Left: true}, {Name: "median ± IQR"}, {Name: "ratio"}, {Name: "heap allocs"}, {Name: "heap bytes"},
		{Name: "GCs"}, {Name: "faults"}, {Name: "peak live"}, {Name: "footprint"}, {Name: "GFLOP/s"}, {Name: "of peak"},
	}
	if !slices.ContainsFunc(results, func(r result.Result) bool { return r.PeakFraction.OK }) {
		t.Columns = t.Columns[:len(t.Columns)-1]
	}
	if first.Traffic.OK {
		t.Columns = t.Columns[:len(t.Columns)-1] // no GFLOP/s
	}
	for _, r := range results {
		row := runRow(r, times)
		t.Add(row[:len(t.Columns)]...)
		if r.Error != "" {
			t.note(fmt.Sprintf("%s failed: %s.", r.Alloc, r.Error))
		}
	}
	if v := Verdict(results); v != "" {
		t.note(v)
	}
	if n := streamsNote(results); n != "" {
		t.note(n)
	}
	if b := boundNote(results); b != "" {
		t.note(b)
	}
	return t
}

// runTitle says what was run: a program, or the traffic of a recording.
func runTitle(r result.Result) string {
	if t := r.Traffic.Value; r.Traffic.OK {
		title := fmt.Sprintf("%s · %s · %s · %s in all", r.Instance, r.Path, plural(t.Buffers, "buffer"), Bytes(float64(t.Bytes)))
		if t.Contractions > 1 {
			title += fmt.Sprintf(" · stands for %d alike", t.Contractions)
		}
		return title + " · " + touchWords[t.Touch]
	}
	return joinTitle(r.Instance, r.Path, r.DType, plural(r.Steps, "step"), siCount(r.Flops)+"flops")
}

// touchWords say what a replay writes.
var touchWords = map[string]string{
	alloc.TouchPages.String(): "a store to each page",
	alloc.TouchAll.String():   "every byte written",
	alloc.TouchNone.String():  "nothing written",
}

// streamsNote says what several contractions at once came to: how many a second,
// and how long each took compared with as many independent processes. It is
// empty for lone streams.
func streamsNote(results []result.Result) string {
	var parts []string
	for _, r := range results {
		if !r.Throughput.OK {
			continue
		}
		part := fmt.Sprintf("%s %s/s", r.Alloc, digits(r.Throughput.Value))
		if r.Contention.OK {
			part += fmt.Sprintf(" (%.3g× the time of independent processes)", r.Contention.Value)
		}
		parts = append(parts, part)
	}
	if len(parts) == 0 {
		return ""
	}
	return "Contractions of all streams together: " + strings.Join(parts, ", ") + "."
}

// boundNote says in a sentence how far the strategy with the lowest median is
// from the roofline bound; it is empty where one of the two is unknown.
func boundNote(results []result.Result) string {
	order := ranked(results)
	if len(order) == 0 || !order[0].Bound.OK || order[0].Bound.Value <= 0 {
		return ""
	}
	r := order[0]
	times := r.Median.Value / r.Bound.Value
	note := fmt.Sprintf("Roofline bound: %s, by %s; %s takes %.2f times that", Duration(r.Bound.Value), r.BoundBy, r.Alloc, times)
	if times < 1 && r.BoundBy == bench.ByMemory {
		note += ": its data stays in the caches"
	}
	return note + "."
}

func runRow(r result.Result, times unit) []Cell {
	row := []Cell{Text(r.Alloc), Missing, ratioCell(r.Ratio)}
	if r.Median.OK {
		row[1] = Cell{Text: fmt.Sprintf("%s ± %s", digits(r.Median.Value/times.factor), times.format(r.Q3.Value-r.Q1.Value))}
	}
	return append(row,
		figure(r.HeapAllocs, Count), figure(r.HeapBytes, Bytes), figure(r.GCCycles, digits), figure(r.MinorFaults, Count),
		figure(float(r.PeakLive), Bytes), figure(float(r.Footprint), Bytes), figure(r.GFlops, digits), figure(r.PeakFraction, Percent))
}

// figure returns the cell of a figure written by format.
func figure(m result.Maybe[float64], format func(float64) string) Cell {
	if !m.OK {
		return Missing
	}
	return Cell{Text: format(m.Value), Value: m.Value}
}

// float converts a figure in whole units.
func float(m result.Maybe[int]) result.Maybe[float64] {
	return result.Maybe[float64]{Value: float64(m.Value), OK: m.OK}
}

// ratioCell writes a ratio with its interval.
func ratioCell(m result.Maybe[result.Ratio]) Cell {
	r := m.Value
	switch {
	case !m.OK:
		return Missing
	case r.Low.OK && r.High.OK && r.Low.Value != r.High.Value:
		return Cell{Text: fmt.Sprintf("%.3f [%.3f, %.3f]", r.Median, r.Low.Value, r.High.Value)}
	}
	return Cell{Text: fmt.Sprintf("%.3f", r.Median)}
}

// each collects a figure of those results that have it.
func each(results []result.Result, of func(result.Result) result.Maybe[float64]) (values []float64) {
	for _, r := range results {
		if m := of(r); m.OK {
			values = append(values, m.Value)
		}
	}
	return values
}

// csvTable is all results in base units, a row each.
func csvTable(results []result.Result) Table {
	t := Table{Columns: []Column{{Key: "instance"}, {Key: "path"}, {Key: "dtype"}, {Key: "alloc"}, {Key: "steps"}, {Key: "flops"},
		{Key: "runs"}, {Key: "median_ns"}, {Key: "q1_ns"}, {Key: "q3_ns"}, {Key: "ratio_to"}, {Key: "ratio"}, {Key: "ratio_low"}, {Key: "ratio_high"},
		{Key: "heap_allocs"}, {Key: "heap_bytes"}, {Key: "gc_cycles"}, {Key: "gc_pause_ns"}, {Key: "minor_faults"},
		{Key: "peak_live_bytes"}, {Key: "footprint_bytes"}, {Key: "gflops"}, {Key: "peak_fraction"},
		{Key: "bound_ns"}, {Key: "bound_by"}, {Key: "error"}}}
	for _, r := range results {
		steps := Cell{Value: r.Steps}
		if r.Traffic.OK {
			steps = Missing
		}
		ratio := []Cell{Missing, Missing, Missing, Missing}
		if r.Ratio.OK {
			ratio = []Cell{Text(r.Ratio.Value.To), {Value: r.Ratio.Value.Median}, value(r.Ratio.Value.Low), value(r.Ratio.Value.High)}
		}
		t.Rows = append(t.Rows, slices.Concat(
			[]Cell{Text(r.Instance), Text(r.Path), Text(r.DType), Text(r.Alloc), steps, {Value: r.Flops},
				{Value: len(r.Samples)}, value(r.Median), value(r.Q1), value(r.Q3)},
			ratio,
			[]Cell{value(r.HeapAllocs), value(r.HeapBytes), value(r.GCCycles), value(r.GCPause), value(r.MinorFaults),
				value(r.PeakLive), value(r.Footprint), value(r.GFlops), value(r.PeakFraction),
				value(r.Bound), Text(r.BoundBy), Text(r.Error)}))
	}
	return t
}

// value returns a cell for programs.
func value[T any](m result.Maybe[T]) Cell {
	if !m.OK {
		return Missing
	}
	return Cell{Value: m.Value}
}

// writeBench writes every sample as a line of the Go benchmark format, with
// key=value names, so that benchstat can compare strategies: -col /alloc.
func writeBench(w io.Writer, d *result.Document) error {
	fmt.Fprintf(w, "goos: %s\ngoarch: %s\ncpu: %s\n", d.Host.OS, d.Host.Arch, d.Host.CPU)
	for _, r := range d.Results {
		name := "Contract"
		if r.Traffic.OK {
			name = "Replay"
		}
		for _, ns := range r.Samples {
			fmt.Fprintf(w, "Benchmark%s/instance=%s/path=%s/alloc=%s 1 %d ns/op", name, benchWord(r.Instance), benchWord(r.Path), r.Alloc, ns)
			if r.HeapAllocs.OK {
				fmt.Fprintf(w, " %s B/op %s allocs/op", plain(r.HeapBytes.Value), plain(r.HeapAllocs.Value))
			}
			if _, err := fmt.Fprintln(w); err != nil {
				return err
			}
		}
	}
	return nil
}

// benchWord makes text fit into the name of a benchmark, whose parts end at
// slashes and blanks.
func benchWord(text string) string {
	return strings.Map(func(r rune) rune {
		if r == '/' || r == '\\' || unicode.IsSpace(r) {
			return '_'
		}
		return r
	}, text)
}

// siCount writes a large count and the SI prefix of the unit that follows it:
// "4.49 G".
func siCount(v float64) string {
	u := scaleFor([]unit{{1, ""}, {1e3, "k"}, {1e6, "M"}, {1e9, "G"}, {1e12, "T"}, {1e15, "P"}}, v)
	return digits(v/u.factor) + " " + u.name
}

// ranked returns the results with samples, fastest first by median.
func ranked(results []result.Result) []result.Result {
	measured := slices.DeleteFunc(slices.Clone(results), func(r result.Result) bool { return len(r.Samples) == 0 })
	slices.SortStableFunc(measured, func(a, b result.Result) int { return cmp.Compare(a.Median.Value, b.Median.Value) })
	return measured
}
