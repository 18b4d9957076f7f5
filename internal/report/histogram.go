package report

import (
	"fmt"
	"io"
	"strings"

	"tnbench/internal/study"
)

// WriteHistograms writes d in format f. CSV holds their rows; the summaries are
// for people and in the JSON. verbose explains the figures below the tables.
func WriteHistograms(w io.Writer, f Format, d *study.Histograms, verbose bool) error {
	hs := d.Histograms
	switch f {
	case JSONFormat:
		return WriteJSON(w, d)
	case CSVFormat:
		return WriteTables(w, f, []Table{histogramCSV(hs)})
	}
	labels := newLabels()
	for i := range hs {
		labels.add(hs[i].Instance, hs[i].File)
	}
	var tables []Table
	for i := range hs {
		summary := histogramSummary(&hs[i])
		if verbose && hs[i].Reuse != nil {
			summary.note(reuseNote...)
		}
		tables = append(tables, histogramTable(&hs[i], labels), summary)
	}
	return WriteTables(w, f, tables)
}

var reuseNote = Note{
	"Reused: results that a pool of exact sizes, empty at first, serves from buffers",
	"it got back in the same contraction. A step gets the memory of its result first",
	"and gives back its operands' afterwards; inputs are never given back. With",
	"unlimited lifetimes every repeat of a size counts, in use or not: a bound that",
	"need not be reached."}

// histogramTable is the distribution, a row per bin.
func histogramTable(h *study.Histogram, labels labels) Table {
	name := labels.of(h.Instance, h.File)
	t := Table{
		Title: joinTitle(name, shortName(h.Path), h.DType, fmt.Sprintf("results of %s", plural(h.Count, "step"))),
		Columns: []Column{{Name: "elements"}, {Name: "bytes"}, {Name: "count"}, {Name: "share"}, {Name: "cumulative", Rank: 2},
			{Left: true, Rank: 1}},
	}
	if h.Of == "inputs" {
		t.Title = joinTitle(name, h.DType, plural(h.Count, "input tensor"))
	}
	most := 0
	for _, r := range h.Rows {
		most = max(most, r.Count)
	}
	for _, r := range h.Rows {
		t.Add(Text(spanOf(r.MinElements, r.MaxElements)), Text(binBytes(h, r)), Text(Count(float64(r.Count))),
			Text(Percent(r.Share)), Text(Percent(r.CumulativeShare)), Text(bar(r.Count, most)))
	}
	return t
}

// binBytes writes the bytes of a row. Rows of powers of two state the bound that
// they stay below: it reads better than the largest size, one element less.
func binBytes(h *study.Histogram, r study.Bin) string {
	low, high := float64(r.MinBytes), float64(r.MaxBytes)
	if h.Bins == study.Log2Bins && r.MaxElements > r.MinElements {
		high = 2 * low
	}
	return byteSpan(low, high)
}

// histogramSummary is the table of what the distribution means for allocation.
func histogramSummary(h *study.Histogram) Table {
	t := Table{Columns: []Column{{Name: "allocations", Left: true}, {Name: "count"}, {Name: "share"}, {Name: "bytes"}}}
	if h.Of == "inputs" {
		t.Columns[0].Name = "tensors"
	}
	add := func(name string, count int) {
		t.Add(Text(name), Text(Count(float64(count))), Text(Percent(float64(count)/float64(h.Count))), Text(""))
	}
	t.Add(Text("all"), Text(Count(float64(h.Count))), Text(Percent(1)), Text(Bytes(float64(h.TotalBytes))))
	t.Add(Text(fmt.Sprintf("of %d bytes or less", h.Small.MaxBytes)),
		Text(Count(float64(h.Small.Count))), Text(Percent(h.Small.Share)), Text(Bytes(h.Small.TotalBytes)))
	t.Add(Text("unique sizes"), Text(Count(float64(h.UniqueSizes))), Text(""), Text(""))
	if r := h.Reuse; r != nil {
		add("reused, unlimited lifetimes", r.Unlimited)
		add("reused, real lifetimes, path order", r.PathOrder)
		add("reused, real lifetimes, depth-first", r.DepthFirst)
		add("reused, real lifetimes, lowest peak", r.LowestPeak)
		t.note("The last allocation is the network's result, all others are intermediates.")
	}
	return t
}

// histogramCSV is all rows of all histograms in base units.
func histogramCSV(hs []study.Histogram) Table {
	t := Table{Columns: []Column{{Key: "instance"}, {Key: "path"}, {Key: "of"}, {Key: "min_elements"}, {Key: "max_elements"},
		{Key: "min_bytes"}, {Key: "max_bytes"}, {Key: "count"}, {Key: "share"}, {Key: "cumulative_share"}, {Key: "total_bytes"}, {Key: "file"}}}
	for _, h := range hs {
		for _, r := range h.Rows {
			t.Add(Text(h.Instance), Text(h.Path), Text(h.Of), Cell{Value: plain(float64(r.MinElements))}, Cell{Value: plain(float64(r.MaxElements))},
				Cell{Value: plain(float64(r.MinBytes))}, Cell{Value: plain(float64(r.MaxBytes))}, Cell{Value: r.Count}, Cell{Value: plain(r.Share)},
				Cell{Value: plain(r.CumulativeShare)}, Cell{Value: plain(float64(r.TotalBytes))}, Text(h.File))
		}
	}
	return t
}

// barCells is the length of the longest bar.
const barCells = 24

// bar draws count to scale in eighths of a cell; what is not zero shows.
func bar(count, most int) string {
	if count == 0 {
		return ""
	}
	eighths := max(1, int(float64(count)/float64(most)*barCells*8+0.5))
	return strings.Repeat("█", eighths/8) + [...]string{"", "▏", "▎", "▍", "▌", "▋", "▊", "▉"}[eighths%8]
}
