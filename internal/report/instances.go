package report

import (
	"io"
	"strconv"

	"tnbench/internal/study"
)

// WriteInstances writes a list in format f: a row per instance and path.
// Verbosely, the commands that make the embedded ones stand below.
func WriteInstances(w io.Writer, f Format, d *study.Listings, verbose bool) error {
	if f == JSONFormat {
		return WriteJSON(w, d)
	}
	all := d.Instances
	t := Table{Columns: []Column{
		{Name: "instance", Key: "instance", Left: true}, {Name: "tensors", Key: "tensors", Rank: 1}, {Name: "labels", Key: "labels", Rank: 5},
		{Name: "dtype", Key: "dtype", Left: true, Rank: 2}, {Name: "output", Key: "output", Left: true}, {Name: "path", Key: "path", Left: true},
		{Name: "log10 flops", Key: "log10_flops"}, {Name: "log2 size", Key: "log2_size", Rank: 3}, {Name: "source", Key: "source", Left: true, Rank: 4}}}
	for _, l := range all {
		for _, p := range l.Paths {
			t.Add(Name(l.Name), countCell(l.Tensors), countCell(l.Labels), Text(l.DType), Name(outputText(l.Output)), Name(p.Name),
				decimal(p.Log10Flops), decimal(p.Log2Size), Name(l.Source))
		}
		if verbose && l.Command != "" {
			t.note(l.Name+" is what this makes:", "  "+l.Command)
		}
	}
	return WriteTables(w, f, []Table{t})
}

func countCell(n int) Cell { return Cell{Text: Count(float64(n)), Value: n} }

func decimal(v *float64) Cell {
	if v == nil {
		return Missing
	}
	return Cell{Text: strconv.FormatFloat(*v, 'f', 2, 64), Value: *v}
}
