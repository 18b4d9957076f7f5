package report

import (
	"bytes"
	"math"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"tnbench/internal/path"
	"tnbench/internal/result"
)

// settle replaces what kernels decide, which goldens must not depend on.
func settle(i *Inspection) {
	for k := range i.Paths {
		p := &i.Paths[k]
		for l := range p.PeakLive {
			p.PeakLive[l].Bytes = result.Measured(p.PeakLive[l].IntermediateBytes + 4096)
		}
		for s := range p.Costliest {
			c := &p.Costliest[s]
			c.Kernel, c.LeftAccess, c.RightAccess, c.BytesMoved = "gemm", "packed", "in place", 0
			if s == 0 {
				c.BytesMoved = 98304
			}
		}
	}
}

func TestInspectionsLookLikeTheGoldens(t *testing.T) {
	in := parse(t, mixed)
	one := Inspect(in)
	one.AddPath(compile(t, in, "opt_flops", path.AsWritten), 4)
	both := Inspect(in)
	both.AddPath(compile(t, in, "opt_flops", path.DepthFirst), 2)
	both.AddPath(compile(t, in, "right", path.LowestPeak), 0)
	settle(&one)
	settle(&both)
	bare := Inspect(parse(t, `{"name":"bare","dtype":"float32","num_tensors":2,"format_string":",->","shapes":[[],[]],
		"paths":{"opt_flops":{"path":[[0,1]]}}}`))
	for _, c := range []struct {
		file    string
		format  Format
		verbose bool
		all     []Inspection
	}{
		{"inspect.stdout", TableFormat, true, []Inspection{one}},
		{"inspect.md", MarkdownFormat, false, []Inspection{both, bare}},
		{"inspect.csv", CSVFormat, false, []Inspection{both, bare}},
		{"inspect.json", JSONFormat, false, []Inspection{both, bare}},
	} {
		var out bytes.Buffer
		if err := WriteInspections(&out, c.format, &Inspections{Schema: InspectSchema, Instances: c.all}, c.verbose); err != nil {
			t.Fatalf("%s: %v", c.file, err)
		}
		golden(t, c.file, out.Bytes())
	}
}

func TestTensorsAreSummedUp(t *testing.T) {
	got := tensors([]float64{9, 1, 4, 2}, []int{2, 0, 3, 1}, 16)
	want := Tensors{Count: 4, MinElements: 1, MaxElements: 9, MeanElements: 4, MedianElements: 3,
		TotalElements: 16, TotalBytes: 256, MinRank: 0, MaxRank: 3}
	if got != want {
		t.Errorf("tensors of 9, 1, 4, 2 elements: got %+v, want %+v", got, want)
	}
	if got := tensors([]float64{7, 5, 100}, []int{1, 1, 1}, 8).MedianElements; got != 7 {
		t.Errorf("median of 7, 5, 100: got %g, want 7", got)
	}
}

// TestLabelsAreCountedAsTheFormatStringShows counts letters in the format string.
func TestLabelsAreCountedAsTheFormatStringShows(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in := network(t)
		tensors := make([]string, len(in.Inputs))
		for i, labels := range in.Inputs {
			tensors[i] = in.Spell(labels)
		}
		output := in.Spell(in.Output)
		format := strings.Join(tensors, ",") + "->" + output
		want := map[int]Multiplicity{}
		hyperedges, repeated := 0, 0
		for _, r := range in.Names {
			name := string(r)
			with := len(slices.DeleteFunc(slices.Clone(tensors), func(s string) bool { return !strings.Contains(s, name) }))
			open := strings.Count(output, name)
			m := want[with]
			want[with] = Multiplicity{with, m.Labels + 1, m.Open + open}
			if with+open > 2 {
				hyperedges++
			}
			if slices.ContainsFunc(tensors, func(s string) bool { return strings.Count(s, name) > 1 }) {
				repeated++
			}
		}
		got := labelsOf(in)
		if got.Count != len(in.Names) || got.Open != len(output) || got.Hyperedges != hyperedges || got.Repeated != repeated {
			t.Fatalf("%s: got %+v, want %d hyperedges, %d repeated", format, got, hyperedges, repeated)
		}
		if len(got.Multiplicities) != len(want) {
			t.Fatalf("%s: got %+v, want %v", format, got.Multiplicities, want)
		}
		for _, m := range got.Multiplicities {
			if m != want[m.Tensors] {
				t.Fatalf("%s: got %+v, want %+v", format, m, want[m.Tensors])
			}
		}
	})
}

// TestCostliestStepsAddUp lists all steps: their shapes give their flops, the
// shares add up to one, none is listed before a costlier one.
func TestCostliestStepsAddUp(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in := network(t)
		p := program(t, in, rapid.SampledFrom(orders).Draw(t, "order"))
		i := Inspect(in)
		i.AddPath(p, len(p.Steps)+5)
		got := i.Paths[0]
		if len(got.Costliest) != len(p.Steps) || got.Steps != len(p.Steps) || got.Results.Count != len(p.Steps) {
			t.Fatalf("%d steps listed of %d", len(got.Costliest), len(p.Steps))
		}
		shares, seen := 0.0, map[int]bool{}
		for k, c := range got.Costliest {
			shares += c.FlopsShare
			seen[c.Step] = true
			if k > 0 && c.Flops > got.Costliest[k-1].Flops {
				t.Fatalf("step %d of %g flops comes after one of %g", c.Step, c.Flops, got.Costliest[k-1].Flops)
			}
			if c.Flops == 0 {
				continue // a tensor alone that is only transposed
			}
			products := float64(c.Batch) * float64(c.M) * float64(c.N) * float64(c.K) * float64(c.LeftSum) * float64(c.RightSum)
			if flops := float64(c.Flops); flops != products && flops != 2*products {
				t.Fatalf("step %+v: %g flops, its shape has %g products", c, c.Flops, products)
			}
			if out := c.Batch * c.M * c.N; len(in.Inputs) > 1 && treeOf(p).steps[c.Step].Elements != float64(out) {
				t.Fatalf("step %+v: its shape gives %v elements, the result has %v", c, out, treeOf(p).steps[c.Step].Elements)
			}
		}
		if len(seen) != len(p.Steps) {
			t.Fatalf("steps listed: %v, want all %d", seen, len(p.Steps))
		}
		if p.Flops > 0 && math.Abs(shares-1) > 1e-9 {
			t.Fatalf("shares of flops add up to %g", shares)
		}
		if got.Log10Flops.OK != (p.Flops > 0) {
			t.Fatalf("log10 of %g flops: %+v", p.Flops, got.Log10Flops)
		}
	})
}

func TestAPureTranspositionHasNoLogarithmOfFlops(t *testing.T) {
	in := parse(t, `{"name":"flip","dtype":"float64","num_tensors":1,"format_string":"ab->ba","shapes":[[3,5]],
		"paths":{"opt_flops":{"path":[]}}}`)
	i := Inspect(in)
	i.AddPath(compile(t, in, "opt_flops", path.AsWritten), 10)
	if got := i.Paths[0]; got.Log10Flops != (result.Maybe[float64]{}) || got.Costliest[0].RightAccess != "" {
		t.Errorf("inspection of a transposition: %+v", got)
	}
	for _, f := range Formats {
		var out bytes.Buffer
		if err := WriteInspections(&out, f, &Inspections{Schema: InspectSchema, Instances: []Inspection{i}}, true); err != nil {
			t.Errorf("%s: %v", f, err)
		}
	}
}

func TestManyMultiplicitiesAreGrouped(t *testing.T) {
	i := Inspection{Instance: "wide"}
	for n := 1; n <= 40; n++ {
		i.Labels.Multiplicities = append(i.Labels.Multiplicities, Multiplicity{Tensors: n, Labels: 1})
	}
	i.Labels.Count = 40
	var rows []string
	for _, r := range i.labelTable("net").Rows {
		rows = append(rows, r[0].Text+":"+r[1].Text)
	}
	want := "1:1 2:1 3:1 4:1 5:1 6:1 7:1 8:1 9–16:8 17–32:16 33–40:8"
	if got := strings.Join(rows, " "); got != want {
		t.Errorf("rows: got %s, want %s", got, want)
	}
}

func TestWordsOfNumbers(t *testing.T) {
	for _, c := range []struct{ got, want string }{
		{decimals(66374.41787), "66,374.4"},
		{decimals(3.25), "3.3"},
		{decimals(0.96), "1.0"},
		{decimals(1234), "1,234"},
		{span(5, 5), "5"},
		{span(1024, 8192), "1,024–8,192"},
		{byteSpan(2048, 4096), "2–4 KiB"},
		{byteSpan(512, 1024), "512 B–1 KiB"},
		{byteSpan(64, 64), "64 B"},
		{withUnit(100), "100"},
		{withUnit(10800), "10,800 (10.5 KiB)"},
		{plain(219832072), "219832072"},
		{plain(0.25), "0.25"},
		{plural(1, "step"), "1 step"},
		{plural(1414, "step"), "1,414 steps"},
		{Output{Shape: []int{}}.String(), "scalar"},
		{Output{Labels: "ik", Shape: []int{256, 1024}}.String(), "ik (256×1,024)"},
		{Output{Labels: "abcdefghi", Shape: []int{2, 2, 2, 2, 2, 2, 2, 2, 2}, Elements: 512}.String(), "rank 9, 512 elements"},
		{(&Labels{Dimensions: []Dimension{{2, 1}, {4, 9}}}).dimensions(), "2, 4"},
		{(&Labels{Dimensions: []Dimension{{2, 1}, {3, 1}, {4, 1}, {5, 1}, {6, 1}, {7, 1}, {90, 1}}}).dimensions(), "2–90, 7 different"},
	} {
		if c.got != c.want {
			t.Errorf("got %q, want %q", c.got, c.want)
		}
	}
}
