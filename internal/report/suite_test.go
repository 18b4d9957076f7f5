package report

import (
	"math"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"tnbench/internal/instance"
	"tnbench/internal/path"
	"tnbench/internal/source"
	"tnbench/internal/study"
)

// suite loads an instance of the public suite.
func suite(t *testing.T, name string) *instance.Instance {
	t.Helper()
	dir := os.Getenv("TNBENCH_SUITE")
	if dir == "" {
		t.Skip("TNBENCH_SUITE is not set: it names the directory with the public suite's instances")
	}
	in, err := instance.Load(t.Context(), filepath.Join(dir, name+".json"), source.Limit{})
	if err != nil {
		t.Fatal(err)
	}
	return in
}

// TestLight415HistogramHasTheAnalysisFigures checks every right figure of the
// analysis' table, and the truth where it is wrong: it says 305 allocations of
// 64 bytes or less, counts 9 of 1K–8K elements instead of 11, and has 2^24 twice.
func TestLight415HistogramHasTheAnalysisFigures(t *testing.T) {
	in := suite(t, "tensornetwork_permutation_light_415")
	for _, name := range []string{"opt_flops", "opt_size"} {
		h := histogramOf(compile(t, in, name, path.AsWritten), study.ReportBins)
		type row struct {
			low, high study.Amount
			count     int
		}
		want := []row{
			{1, 1, 1}, {2, 2, 22}, {4, 4, 193}, {8, 8, 90}, {16, 16, 34}, {32, 32, 18}, {64, 64, 10}, {128, 128, 10},
			{256, 512, 10}, {1 << 10, 8 << 10, 11}, {16 << 10, 64 << 10, 7}, {128 << 10, 256 << 10, 4},
			{1 << 20, 4 << 20, 3}, {16 << 20, 16 << 20, 1},
		}
		var got []row
		for _, r := range h.Rows {
			got = append(got, row{r.MinElements, r.MaxElements, r.Count})
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s: rows %v, want %v", name, got, want)
		}
		for i, share := range []float64{0.2, 5.6, 52.2, 73.9, 82.1, 86.5, 88.9, 91.3, 93.7} { // the analysis errs from here on
			if got := h.Rows[i].CumulativeShare * 100; math.Abs(got-share) > 0.05 {
				t.Errorf("%s: cumulative share of row %d is %.2f %%, want %g %%", name, i, got, share)
			}
		}
		if h.Count != 414 || h.TotalBytes != 219832072 || h.UniqueSizes != 22 {
			t.Errorf("%s: %d allocations of %.0f bytes in %d sizes, want 414 of 219832072 in 22", name, h.Count, h.TotalBytes, h.UniqueSizes)
		}
		if h.Small.Count != 306 || Percent(h.Small.Share) != "73.9 %" {
			t.Errorf("%s: %d (%s) of 64 bytes or less, want 306 (73.9 %%)", name, h.Small.Count, Percent(h.Small.Share))
		}
		// 392 is the analysis' figure, 139 and 355 independent ones of pool hits.
		if r := h.Reuse; r.Unlimited != 392 || r.PathOrder != 139 || r.DepthFirst != 355 {
			t.Errorf("%s: reuse %+v, want 392 unlimited, 139 in path order, 355 depth-first", name, *r)
		}
	}
}

func TestLight415InspectionHasTheAnalysisFigures(t *testing.T) {
	in := suite(t, "tensornetwork_permutation_light_415")
	i := study.Inspect(in)
	i.AddPath(compile(t, in, "opt_flops", path.AsWritten), 10)
	wantInputs := study.Tensors{Count: 415, MinElements: 2, MaxElements: 4, MeanElements: 1350.0 / 415, MedianElements: 4,
		TotalElements: 1350, TotalBytes: 10800, MinRank: 1, MaxRank: 2}
	if i.Inputs != wantInputs {
		t.Errorf("inputs: got %+v, want %+v", i.Inputs, wantInputs)
	}
	if i.DType != "float64" || outputText(i.Output) != "scalar" || dimensions(&i.Labels) != "2" || Decimals(float64(i.Inputs.MeanElements)) != "3.3" {
		t.Errorf("dtype %s, output %s, dimensions %s, mean %s: want float64, scalar, 2, 3.3",
			i.DType, outputText(i.Output), dimensions(&i.Labels), Decimals(float64(i.Inputs.MeanElements)))
	}
	if i.Labels.Count != 196 || i.Labels.Hyperedges != 155 {
		t.Errorf("%d of %d labels are hyperedges, want 155 of 196", i.Labels.Hyperedges, i.Labels.Count)
	}
	p := i.Paths[0]
	r := p.Results
	if p.Steps != 414 || math.Abs(p.Log10Flops.Value-9.65) > 0.005 || p.Log2Largest != 24 {
		t.Errorf("%d steps, 10^%.3f flops, 2^%g elements, want 414, 10^9.65, 2^24", p.Steps, p.Log10Flops.Value, p.Log2Largest)
	}
	if r.MinElements != 1 || r.MaxElements != 16777216 || r.MedianElements != 4 || Decimals(float64(r.MeanElements)) != "66,374.4" || r.TotalBytes != 219832072 {
		t.Errorf("results %+v, want 1 to 16777216 elements, median 4, mean 66,374.4, 219832072 bytes", r)
	}
	if got := p.PeakLive[0].IntermediateBytes; got != 169940736 {
		t.Errorf("peak live bytes in path order: %v, want 169940736", got)
	}
	// Known from profiles of other programs: step 408 is skinny, three steps do 99 %.
	shares := 0.0
	for _, c := range p.Costliest[:3] {
		shares += c.FlopsShare
	}
	if c := p.Costliest[1]; len(p.Costliest) != 10 || shares < 0.99 || c.Step != 408 || c.Batch != 8 || c.M != 4 || c.N != 8192 || c.K != 256 {
		t.Errorf("second of %d steps is %+v, the first three do %.3f of the flops; want step 408, batch 8, m 4, n 8192, k 256; 0.99", len(p.Costliest), c, shares)
	}
}

// TestSuiteAnatomyMatchesAnIndependentCount compares with figures that another
// program counted from the same files: opt_flops, path order, sizes in units of
// 10^6 bytes.
func TestSuiteAnatomyMatchesAnIndependentCount(t *testing.T) {
	for _, c := range []struct {
		name                 string
		steps, small, unique int
		hits                 int // of an exact-size pool; -1: not counted
		total, peak          float64
	}{
		{"gm_queen5_5_3.wcsp", 159, 1, 16, -1, 4737, 1378},
		{"lm_batch_likelihood_brackets_4_4d", 83, 0, 11, -1, 70.1, 12.3},
		{"str_matrix_chain_multiplication_100", 99, 0, 95, 4, 5.7, -1}, // its peak was counted with the result
		{"str_mps_varying_inner_product_200", 199, 1, 72, 125, 21.8, 0.48},
		{"str_nw_mera_closed_120", 119, 1, 104, 8, 752, 358},
		{"tensornetwork_permutation_light_415", 414, 306, 22, 139, 219.8, 169.9},
	} {
		in := suite(t, c.name)
		p := compile(t, in, "opt_flops", path.AsWritten)
		h := histogramOf(p, study.ExactBins)
		if h.Count != c.steps || h.Small.Count != c.small || h.UniqueSizes != c.unique || c.hits >= 0 && h.Reuse.PathOrder != c.hits {
			t.Errorf("%s: %d steps, %d small, %d sizes, %d reused, want %d, %d, %d, %d",
				c.name, h.Count, h.Small.Count, h.UniqueSizes, h.Reuse.PathOrder, c.steps, c.small, c.unique, c.hits)
		}
		if math.Abs(float64(h.TotalBytes)/1e6/c.total-1) > 0.005 {
			t.Errorf("%s: %.0f bytes, want about %g million", c.name, h.TotalBytes, c.total)
		}
		i := study.Inspect(in)
		i.AddPath(p, 0)
		if got := float64(i.Paths[0].PeakLive[0].IntermediateBytes); c.peak >= 0 && math.Abs(got/1e6/c.peak-1) > 0.005 {
			t.Errorf("%s: peak live of %.0f bytes, want about %g million", c.name, got, c.peak)
		}
	}
}
