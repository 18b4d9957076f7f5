package report

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"tnbench/internal/compare"
	"tnbench/internal/golden"
	"tnbench/internal/result"
)

// exampleComparison has every kind of row.
func exampleComparison() *compare.Document {
	m := result.Measured[float64]
	row := func(instance, alloc, figure string, base, new float64, v compare.Verdict) compare.Row {
		f := compare.FigureOf(figure)
		r := compare.Row{Instance: instance, Path: "opt_flops", DType: "float64", Alloc: alloc, Figure: f.Key, Base: m(base), New: m(new),
			Threshold: f.Allowed.Relative, Floor: f.Allowed.Absolute, Verdict: v}
		if base > 0 {
			r.Ratio = m(new / base)
		}
		return r
	}
	slower := row("light", "slab", "time", 11.2e6, 13.4e6, compare.Regression)
	slower.Low, slower.High = m(1.121), m(1.274)
	same := row("light", "arena", "time", 12e6, 12.1e6, compare.Same)
	same.Low, same.High = m(0.981), m(1.031)
	vague := row("=net|<b>\x1b[2J\n::error::x", "slab", "time", 900, 1400, compare.Undecided)
	vague.Low, vague.High, vague.Reason = m(0.7), m(2.9), "it varies too much"
	chance := row("light", "syncpool", "footprint", 1.5e6, 2.3e6, compare.Same)
	chance.Reason = "chance has a part in it"
	missing := compare.Row{Instance: "chain", Path: "opt_flops", Alloc: "slab", Figure: compare.Whole, Verdict: compare.Undecided, Reason: "it is missing in NEW"}
	d := &compare.Document{
		Schema:      compare.Schema,
		Reasons:     []string{"time is worse: light · opt_flops · slab (1.196 times)"},
		Notes:       []string{"only NEW has ring · opt_flops · slab"},
		Differences: []compare.Difference{{What: "go", Base: "go1.26.8", New: "go1.27.1"}, {What: "seed", Base: "1", New: "2", Refused: true}},
		Base:        compare.Side{Name: "base/", Files: []string{"base/1.json", "base/2.json"}, Tool: &result.Tool{Version: "v1.0.0", Go: "go1.26.8"}, Processes: 2},
		New:         compare.Side{Name: "new.json", Files: []string{"new.json"}, Tool: &result.Tool{Version: "v1.1.0", Go: "go1.27.1"}, Processes: 1},
		Rows: []compare.Row{
			slower, row("light", "slab", "allocs", 12, 13, compare.Regression), row("light", "slab", "bytes", 4096, 4112, compare.Same),
			same, row("light", "arena", "faults", 133, 0, compare.Better), chance, vague,
			row("light", "slab", "digest", 2, 2, compare.Same), missing,
		},
	}
	d.Judge(false)
	return d
}

func TestComparisonsLookAsTheyDid(t *testing.T) {
	for _, f := range CompareFormats {
		for _, all := range []bool{false, true} {
			name := "compare." + string(f)
			if all {
				name = "compare-all." + string(f)
			}
			var out bytes.Buffer
			if err := WriteComparison(&out, f, exampleComparison(), all); err != nil {
				t.Fatal(err)
			}
			if all && f != TableFormat && f != MarkdownFormat {
				continue // it is all there in any case
			}
			golden.Check(t, name, out.Bytes())
		}
	}
}

func TestTheFirstLineIsTheVerdict(t *testing.T) {
	for verdict, rows := range map[compare.Verdict][]compare.Row{
		compare.Same: {{Verdict: compare.Same}}, compare.Better: {{Verdict: compare.Better}}, compare.Regression: {{Verdict: compare.Regression}}, compare.Undecided: nil,
	} {
		d := &compare.Document{Rows: rows}
		d.Judge(false)
		for _, f := range []Format{TableFormat, MarkdownFormat, GitHubFormat} {
			var out bytes.Buffer
			if err := WriteComparison(&out, f, d, false); err != nil {
				t.Fatal(err)
			}
			if first, _, _ := strings.Cut(out.String(), "\n"); !strings.Contains(first, string(verdict)) {
				t.Errorf("%s of %v begins %q", f, verdict, first)
			}
		}
	}
}

func TestComparisonsSurviveJSONAndCSV(t *testing.T) {
	d := exampleComparison()
	var out bytes.Buffer
	if err := WriteComparison(&out, JSONFormat, d, false); err != nil {
		t.Fatal(err)
	}
	var again compare.Document
	if err := json.Unmarshal(out.Bytes(), &again); err != nil {
		t.Fatal(err)
	}
	if again.Verdict != d.Verdict || len(again.Rows) != len(d.Rows) || again.Rows[6].Instance != d.Rows[6].Instance || again.Rows[0].Low != d.Rows[0].Low {
		t.Errorf("read back: %+v", again)
	}
	out.Reset()
	if err := WriteComparison(&out, CSVFormat, d, false); err != nil {
		t.Fatal(err)
	}
	if records, err := csv.NewReader(&out).ReadAll(); err != nil || len(records) != len(d.Rows)+1 {
		t.Errorf("%d records, %v; want one for each of %d rows and a heading", len(records), err, len(d.Rows))
	}
}

// TestAnnotationsAreOneCommandALine: a name can't begin a command of its own.
func TestAnnotationsAreOneCommandALine(t *testing.T) {
	d := exampleComparison()
	for i := range 30 {
		d.Rows = append(d.Rows, compare.Row{Instance: fmt.Sprintf("a:b,c%%0A::set-output name=x::%d\r\n::error::", i), Figure: "time", Verdict: compare.Regression, Reason: "a\n::error::b%"})
	}
	var out bytes.Buffer
	if err := WriteComparison(&out, GitHubFormat, d, false); err != nil {
		t.Fatal(err)
	}
	kinds := map[string]int{}
	for line := range strings.Lines(out.String()) {
		kind, rest, ok := strings.Cut(strings.TrimPrefix(line, "::"), " title=")
		title, message, both := strings.Cut(rest, "::")
		if !strings.HasPrefix(line, "::") || !ok || !both || strings.ContainsAny(title, ":,\r\n") || strings.ContainsAny(strings.TrimSuffix(message, "\n"), "\r\n") {
			t.Errorf("no command, or one with another in it: %q", line)
		}
		kinds[kind]++
	}
	if kinds["error"] > mostAnnotations || kinds["warning"] > mostAnnotations || kinds["error"] < 3 {
		t.Errorf("%v annotations", kinds)
	}
}

func TestSummariesThatAreTooLongLoseTheirTables(t *testing.T) {
	d := exampleComparison()
	for range 10000 {
		d.Rows = append(d.Rows, d.Rows[0])
	}
	var out bytes.Buffer
	if err := WriteSummary(&out, d); err != nil {
		t.Fatal(err)
	}
	if out.Len() > mostSummary/2 || !strings.Contains(out.String(), "regression") || !strings.Contains(out.String(), "too long") {
		t.Errorf("%d bytes: %.200s", out.Len(), out.String())
	}
}
