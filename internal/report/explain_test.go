package report

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"tnbench/internal/explain"
	"tnbench/internal/explain/dissect"
	"tnbench/internal/golden"
	"tnbench/internal/result"
)

// exampleExplanations have every kind of row, and names that readers would act on.
func exampleExplanations() []explain.Document {
	const hostile = "=net|<b>\x1b[2J\n**x**`c`"
	m := result.Measured[float64]
	d := explain.Document{
		Schema: explain.Schema, MeasuredAt: "2026-11-27T00:00:00Z", Instance: hostile, File: "a\x1b.json", Path: "opt_flops\u202e", DType: "float64", Steps: 414, Flops: 2.17e9,
		Whole: m(113e6), Bound: m(41.8e6), BoundBy: "flops",
		Anatomy: []explain.Anatomy{
			{Alloc: "make", Metadata: "none", Body: dissect.Body{Misses: 826, MissAllocs: m(1.048), MissBytes: m(298000), Sites: []string{"data: make.go:35 collected.Alloc (1 a step)"}}},
			{Alloc: "exactpool", Metadata: "none", Body: dissect.Body{Hits: 768, Misses: 58, HitAllocs: m(0), HitBytes: m(0), MissAllocs: m(1), MissBytes: m(4e6), Sites: []string{"data: exactpool.go:61 exactPool.Alloc (0.07 a step)"}}},
			{Alloc: "exactpool", Metadata: "heap", Body: dissect.Body{Hits: 768, Misses: 58, HitAllocs: m(3.07), HitBytes: m(82), MissAllocs: m(6.45), MissBytes: m(4e6),
				Sites: []string{"data: exactpool.go:61 exactPool.Alloc (0.07 a step)", "dims: metadata.go:96 heapMetadata.describe (1 a step)"}}},
			{Alloc: "planned", Metadata: "heap", Body: dissect.Body{Hits: 826, HitAllocs: m(3), HitBytes: m(81), Sites: []string{"dims: metadata.go:96 heapMetadata.describe (1 a step)"}}},
		},
		Attribution: []explain.Share{
			{Alloc: "planned", Phase: explain.PhaseAlloc, Class: "≤ 64 B", NS: 2400, Low: m(2300), High: m(2500), Share: 0.00002, Method: "difference", Count: m(305)},
			{Alloc: "planned", Phase: explain.PhaseAlloc, Class: "> 1 MiB", NS: -12, Low: m(-40), High: m(20), Method: "difference", Count: m(9)},
			{Alloc: "planned", Phase: explain.PhaseArithmetic, Class: "> 1 MiB", NS: 101e6, Low: m(99e6), High: m(103e6), Share: 0.9, Method: "timers"},
			{Alloc: "planned", Phase: explain.PhaseFree, NS: 0, Method: "timers"},
			{Alloc: "make", Phase: explain.PhaseFaults, Class: "> 1 MiB", NS: 18.3e6, Share: 0.12, Method: "timers", Count: m(12675)},
		},
		Attributed: []explain.Attributed{{Alloc: "planned", Method: "difference", NS: 112e6}, {Alloc: "make", Method: "timers", NS: 152e6, Together: m(1.034)}},
		Costly: []explain.Costly{
			{Alloc: "planned", Step: 255, Labels: "a<b>\x1b,b|c->a|c", Class: "gemm", Bytes: 64 << 20, NS: 45e6, Share: 0.4, Bound: m(20.7e6), BoundBy: "flops"},
			{Alloc: "planned", Step: 1, Labels: "ab,bc->ac", Class: "tiny", Bytes: 32, NS: 9, Share: 0},
		},
		Streaming: []explain.Streaming{{Regions: "off", PeakLive: 162 << 20, Footprint: result.Measured(163 << 20), Bound: m(41.8e6), BoundBy: "flops"},
			{Regions: "auto", Count: 1, Steps: 7, StreamedBytes: 410 << 20, PeakLive: 24 << 20}},
		Ablation: []explain.Effect{
			{Factor: explain.FactorRegions, Direction: explain.LeaveOneOut, From: "auto", To: "max", Reason: "it chooses the same regions"},
			{Factor: explain.FactorMetadata, Direction: explain.LeaveOneOut, From: "none", To: "heap", NS: m(31e3), Low: m(-12e3), High: m(80e3), Percent: m(0.03), StepNS: m(75)},
			{Factor: explain.FactorHuge, Direction: explain.LeaveOneOut, From: "small pages", To: "huge pages", NS: m(-4e6), Low: m(-5e6), High: m(-3e6), Percent: m(-3.5), StepNS: m(-9660), Resolved: true},
			{Factor: explain.FactorKept, Direction: explain.OneIn, From: "new each time", To: "kept", NS: m(-31e6), Percent: m(-20), Resolved: true},
			{Factor: explain.FactorKept, Direction: explain.OneIn, With: explain.FactorMetadata, From: "each alone", To: "kept, none", NS: m(2e6), Percent: m(1)},
			{Factor: explain.FactorThreads, Direction: explain.OneIn, From: "1", To: "more", Reason: "there is one processor"},
		},
		Claims: []explain.Claim{
			{ID: "small-results", Section: "1", Claim: "most results are tiny", Experiment: "counted", Measured: "305 of 414 (73.7 %)", Verdict: explain.Holds},
			{ID: "product", Section: "6", Claim: "the arithmetic of a 2×2 product takes about 5 ns", Experiment: "a chain of products", Measured: "9 ns [8 ns, 12 ns]", Verdict: explain.NotResolved, Instance: hostile},
			{ID: "contention", Section: "6", Claim: "contention explains a factor of 2", Experiment: "streams", Measured: "there are 2 processors", Verdict: explain.NotTestable},
			{ID: "rank", Section: "6, table", Claim: "metadata: high", Experiment: "ablation", Measured: "0.03 %", Verdict: explain.DoesNotHold},
		},
		Advice: []explain.Advice{{Text: "Use huge pages: they save 4 ms.", Rows: []string{"ablation:huge pages:leave-one-out:huge pages"}}},
	}
	return []explain.Document{d, {Schema: explain.Schema, Instance: hostile, File: "b.json", Path: "p", DType: "complex64", Steps: 1, Interrupted: true}}
}

func TestExplanationsLookAsTheyDid(t *testing.T) {
	for _, f := range Formats {
		for _, verbose := range []bool{false, true} {
			name := "explain." + string(f)
			if verbose {
				name = "explain-verbose." + string(f)
			}
			if verbose && (f == JSONFormat || f == CSVFormat) {
				continue // the same
			}
			var out bytes.Buffer
			if err := WriteExplanations(&out, f, exampleExplanations(), verbose); err != nil {
				t.Fatal(err)
			}
			golden.Check(t, name, out.Bytes())
			if text := out.String(); strings.ContainsAny(text, "\x1b\u202e") {
				t.Errorf("%s: a name reaches the reader as it is", name)
			}
		}
	}
}

// TestExplanationsFitNarrowTerminals: no line is wider, and what is left out is said.
func TestExplanationsFitNarrowTerminals(t *testing.T) {
	for _, width := range []int{60, 80, 100} {
		var out bytes.Buffer
		if err := WriteExplanations(Screen{Writer: &out, Width: width, Terminal: true}, TableFormat, exampleExplanations(), false); err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(out.String()) {
			if n := len([]rune(strings.TrimRight(line, " \n"))); n > width {
				t.Errorf("width %d: a line of %d: %s", width, n, line)
			}
		}
		if width == 60 && !strings.Contains(out.String(), "Left out for want of room") {
			t.Errorf("width %d: nothing is said of columns that are left out:\n%s", width, out.String())
		}
	}
}

// TestTheDocumentKeepsItsContract: the fields of tnbench-explain/1, by their names and
// kinds. Fields may be added, never renamed.
func TestTheDocumentKeepsItsContract(t *testing.T) {
	const contract = `{"schema":"tnbench-explain/1","instance":"","path":"","whole_ns":0,
 "anatomy":[{"alloc":"","metadata":"","hit_allocs":0,"miss_allocs":0,"hit_bytes":0,"miss_bytes":0,"sites":[""]}],
 "attribution":[{"alloc":"","phase":"","size_class":"","ns":0,"share":0}],
 "ablation":[{"factor":"","direction":"","from":"","to":"","effect_ns":0,"low_ns":0,"high_ns":0,"percent":0,"step_ns":0,"resolved":true}],
 "claims":[{"id":"","section":"6","claim":"","experiment":"","measured":"","verdict":""}],
 "advice":[{"text":"","rows":[""]}]}`
	var out bytes.Buffer
	if err := WriteExplanations(&out, JSONFormat, exampleExplanations(), false); err != nil {
		t.Fatal(err)
	}
	stream := json.NewDecoder(&out)
	var first, second, want map[string]any
	if err := stream.Decode(&first); err != nil {
		t.Fatal(err)
	}
	if err := stream.Decode(&second); err != nil || stream.More() {
		t.Fatalf("the stream has no second document, or a third one: %v", err)
	}
	if err := json.Unmarshal([]byte(contract), &want); err != nil {
		t.Fatal(err)
	}
	if first["schema"] != want["schema"] || first["instance"] != exampleExplanations()[0].Instance {
		t.Errorf("schema %v, instance %v", first["schema"], first["instance"])
	}
	if second["interrupted"] != true || second["whole_ns"] != nil || second["anatomy"] != nil {
		t.Errorf("what was not measured is there: %v", second)
	}
	sameShape(t, "document", first, want)
	var again explain.Document
	text, _ := json.Marshal(exampleExplanations()[0])
	if err := json.Unmarshal(text, &again); err != nil {
		t.Fatal(err)
	}
	if text2, _ := json.Marshal(again); !bytes.Equal(text, text2) {
		t.Errorf("a document that is read and written differs:\n%s\n%s", text, text2)
	}
}

// sameShape looks for every field of want in got: rows together have all of them, each
// of the same kind.
func sameShape(t *testing.T, where string, got, want any) {
	t.Helper()
	switch want := want.(type) {
	case map[string]any:
		fields, ok := got.(map[string]any)
		if !ok {
			t.Errorf("%s is %T, want an object", where, got)
			return
		}
		for key, v := range want {
			if fields[key] == nil {
				t.Errorf("%s lacks %s", where, key)
				continue
			}
			sameShape(t, where+"."+key, fields[key], v)
		}
	case []any:
		rows, ok := got.([]any)
		if !ok || len(rows) == 0 {
			t.Errorf("%s is %T, want rows", where, got)
			return
		}
		if _, isObject := want[0].(map[string]any); !isObject {
			sameShape(t, where, rows[0], want[0])
			return
		}
		merged := map[string]any{}
		for _, row := range rows {
			for key, v := range row.(map[string]any) {
				merged[key] = v
			}
		}
		sameShape(t, where, merged, want[0])
	default:
		if jsonKind(got) != jsonKind(want) {
			t.Errorf("%s is a %s, want a %s", where, jsonKind(got), jsonKind(want))
		}
	}
}

// jsonKind names the kind of a JSON value.
func jsonKind(v any) string {
	switch v.(type) {
	case string:
		return "string"
	case float64:
		return "number"
	case bool:
		return "truth value"
	}
	return "something else"
}
