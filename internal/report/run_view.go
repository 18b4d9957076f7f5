package report

import (
	"cmp"
	"math"
	"slices"
	"strings"

	"tnbench/internal/result"
	"tnbench/internal/study"
	"tnbench/internal/suggest"
)

// RunView says how people see results. Its zero value shows what there is room for,
// the fastest first.
type RunView struct {
	Sort    Sort
	All     bool     // every column that has a heading
	Columns []string // keys of the figures to show; nil: see All
}

// Sort is the order of strategies in a table.
type Sort uint8

// The orders.
const (
	ByTime      Sort = iota // least median first
	ByAlloc                 // by the strategy's name
	ByFootprint             // least first
	AsGiven
)

var sortNames = []string{"time", "alloc", "footprint", "given"}

// SortNames returns the names that ParseSort knows.
func SortNames() []string { return slices.Clone(sortNames) }

// String returns the name of the order.
func (s Sort) String() string { return sortNames[s] }

// ParseSort returns the order called name.
func ParseSort(name string) (Sort, error) {
	if i := slices.Index(sortNames, name); i >= 0 {
		return Sort(i), nil
	}
	return 0, suggest.Unknown("order", name, sortNames)
}

// ParseColumns returns the figures that a list names, by keys or headings and
// separated by commas.
func ParseColumns(list string) (keys []string, err error) {
	for name := range strings.SplitSeq(list, ",") {
		key := columnKey(name)
		if key == "" {
			return nil, suggest.Unknown("column", strings.TrimSpace(name), ColumnNames())
		}
		if !slices.Contains(keys, key) {
			keys = append(keys, key)
		}
	}
	return keys, nil
}

// columnKey returns the key of the figure called name, "" if there is none.
func columnKey(name string) string {
	name = columnName(name)
	for i := range result.Figures {
		if f := &result.Figures[i]; name == f.Key || name != "" && name == shortColumn(f) {
			return f.Key
		}
	}
	return ""
}

// columnName writes the heading of a column as a name.
func columnName(heading string) string {
	return strings.ReplaceAll(strings.ToLower(strings.TrimSpace(heading)), " ", "_")
}

// shortColumn is what a figure may be called instead of its key: as it is headed.
func shortColumn(f *result.Figure) string {
	if f.Key == "median_ns" {
		return "time"
	}
	return columnName(f.Heading)
}

// ColumnNames returns what figures are called: by their keys, or shorter.
func ColumnNames() (names []string) {
	for i := range result.Figures {
		f := &result.Figures[i]
		if short := shortColumn(f); short != "" && short != f.Key {
			names = append(names, short)
		}
		names = append(names, f.Key)
	}
	return names
}

// importance is which columns a narrow table keeps, the most important first. What is
// not named comes after them.
var importance = []string{
	"median_ns", "ratio", "throughput_per_s", "contention", "footprint_bytes", "resident_peak_bytes", "heap_allocs", "minor_faults", "heap_bytes",
	"peak_fraction", "gc_cycles", "gflops", "peak_live_bytes",
}

// rankOf returns the rank of a figure's column: the time always stays.
func rankOf(f *result.Figure) int {
	if i := slices.Index(importance, f.Key); i >= 0 {
		return i
	}
	return len(importance)
}

// figures returns the figures to show of results: those that were asked for, or that
// any of them has.
func (v RunView) figures(results []result.Result) (chosen []*result.Figure) {
	for _, key := range v.Columns {
		chosen = append(chosen, result.FigureOf(key))
	}
	if v.Columns != nil {
		return chosen
	}
	for i := range result.Figures {
		f := &result.Figures[i]
		if f.Heading != "" && (!f.Detail || v.All) && slices.ContainsFunc(results, func(r result.Result) bool { return f.Of(&r).OK }) {
			chosen = append(chosen, f)
		}
	}
	return chosen
}

// sorted returns results in the view's order. What lacks the figure stands last.
func (v RunView) sorted(results []result.Result) []result.Result {
	sorted := slices.Clone(results)
	by := func(key string) {
		of := result.FigureOf(key).Of
		value := func(r result.Result) float64 {
			if m := of(&r); m.OK {
				return m.Value
			}
			return math.Inf(1)
		}
		slices.SortStableFunc(sorted, func(a, b result.Result) int { return cmp.Compare(value(a), value(b)) })
	}
	switch v.Sort {
	case ByTime:
		by("median_ns")
	case ByFootprint:
		by("footprint_bytes")
	case ByAlloc:
		slices.SortStableFunc(sorted, func(a, b result.Result) int { return cmp.Compare(a.Alloc, b.Alloc) })
	}
	return sorted
}

// mark marks the cell of a strategy: the fastest of several, or those that are not
// resolved from the one with the lowest median.
func mark(c *Cell, v *study.Verdict, r *result.Result) {
	best := r.Strategy() == v.Best.Strategy()
	switch {
	case v.Measured < 2:
		return
	case v.TooFew, v.Circle, !best && !slices.Contains(v.Equal, r.Strategy()):
		c.Text = "  " + c.Text
	case best && len(v.Equal) == 0:
		c.Text, c.Good = "▸ "+c.Text, true
	default:
		c.Text, c.Good = "≈ "+c.Text, true
	}
}
