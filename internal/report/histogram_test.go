package report

import (
	"bytes"
	"testing"

	"tnbench/internal/path"
)

func TestHistogramsLookLikeTheGoldens(t *testing.T) {
	in := parse(t, mixed)
	tree := compile(t, parse(t, chain), "opt_flops", path.AsWritten)
	var hs []Histogram
	for _, name := range []string{"opt_flops", "right"} {
		hs = append(hs, histogramOf(compile(t, in, name, path.AsWritten), ExactBins))
	}
	for _, c := range []struct {
		file    string
		format  Format
		verbose bool
		hs      []Histogram
	}{
		{"histogram.stdout", TableFormat, true, hs},
		{"histogram.md", MarkdownFormat, false, hs[:1]},
		{"histogram.csv", CSVFormat, false, hs},
		{"histogram.json", JSONFormat, false, hs[:1]},
		{"histogram_log2.stdout", TableFormat, false, []Histogram{histogramOf(compile(t, in, "opt_flops", path.AsWritten), Log2Bins)}},
		{"histogram_report.stdout", TableFormat, false, []Histogram{histogramOf(tree, ReportBins)}},
		{"histogram_inputs.stdout", TableFormat, true, []Histogram{NewInputHistogram(in, ExactBins)}},
		{"histogram_inputs.json", JSONFormat, false, []Histogram{NewInputHistogram(in, ExactBins)}},
	} {
		var out bytes.Buffer
		if err := WriteHistograms(&out, c.format, &Histograms{Schema: HistogramSchema, Histograms: c.hs}, c.verbose); err != nil {
			t.Fatalf("%s: %v", c.file, err)
		}
		golden(t, c.file, out.Bytes())
	}
}

func TestHistogramOfOneTensorHasItsOneStep(t *testing.T) {
	in := parse(t, `{"name":"trace","dtype":"complex64","num_tensors":1,"format_string":"aab->b","shapes":[[3,3,5]],
		"paths":{"opt_flops":{"path":[]}}}`)
	h := histogramOf(compile(t, in, "opt_flops", path.LowestPeak), ExactBins)
	if h.Count != 1 || len(h.Rows) != 1 || h.Rows[0].MinElements != 5 || h.Rows[0].MinBytes != 40 || *h.Reuse != (Reuse{}) {
		t.Errorf("histogram of a trace: %+v", h)
	}
	if h := NewInputHistogram(in, ExactBins); h.Count != 1 || h.Rows[0].MinElements != 45 || h.Reuse != nil {
		t.Errorf("input histogram of a trace: %+v", h)
	}
}
