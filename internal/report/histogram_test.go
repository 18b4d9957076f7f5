package report

import (
	"bytes"
	"strings"
	"testing"

	"tnbench/internal/golden"
	"tnbench/internal/path"
	"tnbench/internal/study"
)

func TestHistogramsLookLikeTheGoldens(t *testing.T) {
	in := parse(t, mixed)
	tree := compile(t, parse(t, chain), "opt_flops", path.AsWritten)
	var hs []study.Histogram
	for _, name := range []string{"opt_flops", "right"} {
		hs = append(hs, histogramOf(compile(t, in, name, path.AsWritten), study.ExactBins))
	}
	for _, c := range []struct {
		file    string
		format  Format
		verbose bool
		hs      []study.Histogram
	}{
		{"histogram.stdout", TableFormat, true, hs},
		{"histogram.md", MarkdownFormat, false, hs[:1]},
		{"histogram.csv", CSVFormat, false, hs},
		{"histogram.json", JSONFormat, false, hs[:1]},
		{"histogram_log2.stdout", TableFormat, false, []study.Histogram{histogramOf(compile(t, in, "opt_flops", path.AsWritten), study.Log2Bins)}},
		{"histogram_report.stdout", TableFormat, false, []study.Histogram{histogramOf(tree, study.ReportBins)}},
		{"histogram_inputs.stdout", TableFormat, true, []study.Histogram{study.NewInputHistogram(in, study.ExactBins)}},
		{"histogram_inputs.json", JSONFormat, false, []study.Histogram{study.NewInputHistogram(in, study.ExactBins)}},
	} {
		var out bytes.Buffer
		if err := WriteHistograms(&out, c.format, &study.Histograms{Schema: study.HistogramSchema, Histograms: c.hs}, c.verbose); err != nil {
			t.Fatalf("%s: %v", c.file, err)
		}
		golden.Check(t, c.file, out.Bytes())
	}
}

func TestHistogramOfOneTensorHasItsOneStep(t *testing.T) {
	in := parse(t, `{"name":"trace","dtype":"complex64","num_tensors":1,"format_string":"aab->b","shapes":[[3,3,5]],
		"paths":{"opt_flops":{"path":[]}}}`)
	h := histogramOf(compile(t, in, "opt_flops", path.LowestPeak), study.ExactBins)
	if h.Count != 1 || len(h.Rows) != 1 || h.Rows[0].MinElements != 5 || h.Rows[0].MinBytes != 40 || *h.Reuse != (study.Reuse{}) {
		t.Errorf("histogram of a trace: %+v", h)
	}
	if h := study.NewInputHistogram(in, study.ExactBins); h.Count != 1 || h.Rows[0].MinElements != 45 || h.Reuse != nil {
		t.Errorf("input histogram of a trace: %+v", h)
	}
}

func TestBarsAreToScaleAndNeverVanish(t *testing.T) {
	for _, c := range []struct {
		count, most int
		want        string
	}{
		{0, 10, ""},
		{10, 10, strings.Repeat("█", 24)},
		{5, 10, strings.Repeat("█", 12)},
		{1, 1000000, "▏"},
		{1, 48, "▌"},
		{999, 1000, strings.Repeat("█", 24)},
	} {
		if got := bar(c.count, c.most); got != c.want {
			t.Errorf("bar(%d, %d) = %q, want %q", c.count, c.most, got, c.want)
		}
	}
}
