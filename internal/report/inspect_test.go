package report

import (
	"bytes"
	"strings"
	"testing"

	"tnbench/internal/golden"
	"tnbench/internal/path"
	"tnbench/internal/result"
	"tnbench/internal/study"
)

// settle replaces what kernels decide, which goldens must not depend on.
func settle(i *study.Inspection) {
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
	one := study.Inspect(in)
	one.AddPath(compile(t, in, "opt_flops", path.AsWritten), 4)
	both := study.Inspect(in)
	both.AddPath(compile(t, in, "opt_flops", path.DepthFirst), 2)
	both.AddPath(compile(t, in, "right", path.LowestPeak), 0)
	settle(&one)
	settle(&both)
	bare := study.Inspect(parse(t, `{"name":"bare","dtype":"float32","num_tensors":2,"format_string":",->","shapes":[[],[]],
		"paths":{"opt_flops":{"path":[[0,1]]}}}`))
	for _, c := range []struct {
		file    string
		format  Format
		verbose bool
		all     []study.Inspection
	}{
		{"inspect.stdout", TableFormat, true, []study.Inspection{one}},
		{"inspect.md", MarkdownFormat, false, []study.Inspection{both, bare}},
		{"inspect.csv", CSVFormat, false, []study.Inspection{both, bare}},
		{"inspect.json", JSONFormat, false, []study.Inspection{both, bare}},
	} {
		var out bytes.Buffer
		if err := WriteInspections(&out, c.format, &study.Inspections{Schema: study.InspectSchema, Instances: c.all}, c.verbose); err != nil {
			t.Fatalf("%s: %v", c.file, err)
		}
		golden.Check(t, c.file, out.Bytes())
	}
}

func TestAPureTranspositionHasNoLogarithmOfFlops(t *testing.T) {
	in := parse(t, `{"name":"flip","dtype":"float64","num_tensors":1,"format_string":"ab->ba","shapes":[[3,5]],
		"paths":{"opt_flops":{"path":[]}}}`)
	i := study.Inspect(in)
	i.AddPath(compile(t, in, "opt_flops", path.AsWritten), 10)
	if got := i.Paths[0]; got.Log10Flops != (result.Maybe[float64]{}) || got.Costliest[0].RightAccess != "" {
		t.Errorf("inspection of a transposition: %+v", got)
	}
	for _, f := range Formats {
		var out bytes.Buffer
		if err := WriteInspections(&out, f, &study.Inspections{Schema: study.InspectSchema, Instances: []study.Inspection{i}}, true); err != nil {
			t.Errorf("%s: %v", f, err)
		}
	}
}

func TestManyMultiplicitiesAreGrouped(t *testing.T) {
	i := study.Inspection{Instance: "wide"}
	for n := 1; n <= 40; n++ {
		i.Labels.Multiplicities = append(i.Labels.Multiplicities, study.Multiplicity{Tensors: n, Labels: 1})
	}
	i.Labels.Count = 40
	var rows []string
	for _, r := range labelTable(&i, "net").Rows {
		rows = append(rows, r[0].Text+":"+r[1].Text)
	}
	want := "1:1 2:1 3:1 4:1 5:1 6:1 7:1 8:1 9–16:8 17–32:16 33–40:8"
	if got := strings.Join(rows, " "); got != want {
		t.Errorf("rows: got %s, want %s", got, want)
	}
}

func TestWordsOfNumbers(t *testing.T) {
	for _, c := range []struct{ got, want string }{
		{Decimals(66374.41787), "66,374.4"},
		{Decimals(3.25), "3.3"},
		{Decimals(0.96), "1.0"},
		{Decimals(1234), "1,234"},
		{Span(5, 5), "5"},
		{Span(1024, 8192), "1,024–8,192"},
		{byteSpan(2048, 4096), "2–4 KiB"},
		{byteSpan(512, 1024), "512 B–1 KiB"},
		{byteSpan(64, 64), "64 B"},
		{WithUnit(100), "100"},
		{WithUnit(10800), "10,800 (10.5 KiB)"},
		{plain(219832072), "219832072"},
		{plain(0.25), "0.25"},
		{plural(1, "step"), "1 step"},
		{plural(1414, "step"), "1,414 steps"},
		{outputText(study.Output{Shape: []int{}}), "scalar"},
		{outputText(study.Output{Labels: "ik", Shape: []int{256, 1024}}), "ik (256×1,024)"},
		{outputText(study.Output{Labels: "abcdefghi", Shape: []int{2, 2, 2, 2, 2, 2, 2, 2, 2}, Elements: 512}), "rank 9, 512 elements"},
		{dimensions(&study.Labels{Dimensions: []study.Dimension{{Dimension: 2, Labels: 1}, {Dimension: 4, Labels: 9}}}), "2, 4"},
		{dimensions(&study.Labels{Dimensions: []study.Dimension{{Dimension: 2, Labels: 1}, {Dimension: 3, Labels: 1}, {Dimension: 4, Labels: 1}, {Dimension: 5, Labels: 1}, {Dimension: 6, Labels: 1}, {Dimension: 7, Labels: 1}, {Dimension: 90, Labels: 1}}}), "2–90, 7 different"},
	} {
		if c.got != c.want {
			t.Errorf("got %q, want %q", c.got, c.want)
		}
	}
}
