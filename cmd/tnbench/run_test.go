package main

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strings"
	"testing"
	"time"
	"tnbench/internal/machine"
	"tnbench/internal/peaks"
	"tnbench/internal/result"

	"golang.org/x/perf/benchfmt"
)

// quick are flags that make a run short.
var quick = []string{"--runs", "3", "--warmup", "1", "--alloc", "make,slab"}

// quickRun runs chain or the given instances with the quick flags and more.
func quickRun(t *testing.T, args ...string) (stdout, stderr string, code int) {
	t.Helper()
	return tnbench(t, slices.Concat([]string{"run", "-q"}, quick, args)...)
}

// document parses the JSON of a run.
func document(t *testing.T, text string) result.Document {
	t.Helper()
	var d result.Document
	if err := json.Unmarshal([]byte(text), &d); err != nil {
		t.Fatalf("%v in %s", err, text)
	}
	return d
}

// brokenFile writes a file that is no instance.
func brokenFile(t *testing.T) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "broken.json")
	if err := os.WriteFile(file, []byte(`{"name":"broken"`), 0o644); err != nil {
		t.Fatal(err)
	}
	return file
}

func TestRunPrintsATableAVerdictAndABound(t *testing.T) {
	stdout, stderr, code := quickRun(t, chain, "--runs", "9")
	if code != 0 || stderr != "" {
		t.Fatalf("exit %d, stderr %q", code, stderr)
	}
	for _, want := range []string{"chain · opt_flops · complex64 · 7 steps", "median ± IQR", "ratio", "heap allocs", "heap bytes", "GCs",
		"faults", "peak live", "footprint", "GFLOP/s", "of peak", " make ", " slab ", "Roofline bound: ", "1.000"} {
		if !strings.Contains(stdout, want) {
			t.Errorf("%q is missing in:\n%s", want, stdout)
		}
	}
	if !strings.Contains(stdout, "is the fastest") && !strings.Contains(stdout, "No difference resolved") {
		t.Errorf("no verdict in:\n%s", stdout)
	}
}

func TestRunVerboseSaysWhatIsInsideTheClock(t *testing.T) {
	stdout, stderr, code := tnbench(t, slices.Concat([]string{"run", "-v", chain, "--format", "json"}, quick)...)
	if code != 0 || !json.Valid([]byte(stdout)) {
		t.Fatalf("exit %d, stdout %q", code, stdout)
	}
	for _, want := range []string{"Inside the clock", "Outside", "strategies:  make slab", "baseline:    make", "3 after 1 for warming up", "balanced, seed 1", "GOMAXPROCS"} {
		if !strings.Contains(stderr, want) {
			t.Errorf("%q is missing in:\n%s", want, stderr)
		}
	}
}

// schema are the keys of the JSON that programs rely on, by object. Some are
// missing where the system does not tell; those are marked "?".
var schema = map[string]string{
	"":                 "schema tool host settings warnings results",
	"tool":             "version go",
	"host":             "cpu cores os arch kernel? thp? peak_gflops? bandwidth_gbs?",
	"settings":         "runs warmup threads streams backend fill seed order metadata planning temporaries sharing",
	"warnings[]":       "code message remedy",
	"results[]":        "instance path dtype alloc steps flops samples_ns median_ns q1_ns q3_ns ratio heap_allocs heap_bytes gc_cycles minor_faults? peak_live_bytes footprint_bytes gflops peak_fraction? digest error",
	"results[].ratio":  "to median low high",
	"results[].digest": "shape sum l2 wsum",
}

// objects lists the objects below v by their place in the document.
func objects(place string, v any, visit func(place string, object map[string]any)) {
	switch v := v.(type) {
	case map[string]any:
		visit(place, v)
		for key, value := range v {
			objects(strings.TrimPrefix(place+"."+key, "."), value, visit)
		}
	case []any:
		for _, value := range v {
			objects(place+"[]", value, visit)
		}
	}
}

func TestRunJSONHasTheKeysOfTheSchema(t *testing.T) {
	stdout, _, code := quickRun(t, chain, "--format", "json", "--runs", "9", "--fill", "zeros") // zeros: for a warning
	var d any
	if err := json.Unmarshal([]byte(stdout), &d); err != nil || code != 0 {
		t.Fatalf("exit %d, %v", code, err)
	}
	seen := map[string]bool{}
	objects("", d, func(place string, object map[string]any) {
		seen[place] = true
		for _, key := range strings.Fields(schema[place]) {
			key, optional := strings.CutSuffix(key, "?")
			if _, ok := object[key]; !ok && !optional {
				t.Errorf("%q lacks %q: it has %v", place, key, object)
			}
		}
	})
	for place := range schema {
		if !seen[place] {
			t.Errorf("no object at %q", place)
		}
	}
}

func TestRunJSONHoldsWhatWasAskedAndMeasured(t *testing.T) {
	stdout, _, _ := quickRun(t, chain, "--format", "json", "--path", "all", "--seed", "5", "--fill", "uniform", "--threads", "2")
	d := document(t, stdout)
	if d.Schema != "tnbench/1" || d.Tool.Go == "" || d.Host.CPU == "" || d.Host.PeakGFLOPS <= 0 {
		t.Errorf("schema %q, tool %+v, host %+v", d.Schema, d.Tool, d.Host)
	}
	if s := d.Settings; s.Runs != 3 || s.Warmup != 1 || s.Threads != 2 || s.Streams != 1 || s.Backend != "native" || s.Fill != "uniform" || s.Seed != 5 {
		t.Errorf("settings %+v", s)
	}
	if len(d.Results) != 4 {
		t.Fatalf("%d results, want two paths under two strategies", len(d.Results))
	}
	for i, r := range d.Results {
		path, spec := []string{"opt_size", "opt_flops"}[i/2], []string{"make", "slab"}[i%2]
		if r.Instance != "chain" || r.Path != path || r.Alloc != spec || r.DType != "complex64" || r.Steps != 7 || len(r.Samples) != 3 || r.Error != "" {
			t.Errorf("result %d: %+v, want chain, %s, %s", i, r, path, spec)
		}
		if !r.Median.OK || !r.Ratio.OK || r.Ratio.Value.To != "make" || !r.PeakLive.OK || !r.Footprint.OK || !r.Bound.OK || r.BoundBy == "" {
			t.Errorf("result %d lacks figures: %+v", i, r)
		}
		if !r.Digest.OK || r.Digest.Value.String() != d.Results[i/2*2].Digest.Value.String() {
			t.Errorf("result %d: digest %v differs from %v", i, r.Digest.Value, d.Results[i/2*2].Digest.Value)
		}
	}
}

func TestWhatWasNotMeasuredIsAbsentAndAMeasuredZeroIsNot(t *testing.T) {
	stdout, _, code := quickRun(t, chain, "--format", "json", "--mem-limit", "1KiB")
	if code != exitFailed {
		t.Fatalf("exit %d, want %d", code, exitFailed)
	}
	var refused struct{ Results []map[string]any }
	if err := json.Unmarshal([]byte(stdout), &refused); err != nil {
		t.Fatal(err)
	}
	for _, r := range refused.Results {
		for _, key := range []string{"median_ns", "q1_ns", "ratio", "heap_allocs", "heap_bytes", "gc_cycles", "minor_faults", "footprint_bytes", "gflops", "peak_fraction", "digest"} {
			if v, ok := r[key]; ok {
				t.Errorf("%s was not measured and has %s = %v", r["alloc"], key, v)
			}
		}
		if r["error"] == "" {
			t.Errorf("%s has no error", r["alloc"])
		}
	}
	stdout, _, _ = quickRun(t, chain, "--format", "json", "--alloc", "arena")
	var measured struct{ Results []map[string]any }
	if err := json.Unmarshal([]byte(stdout), &measured); err != nil {
		t.Fatal(err)
	}
	r := measured.Results[len(measured.Results)-1]
	if v, ok := r["heap_allocs"]; !ok || v != 0.0 || r["alloc"] != "arena" {
		t.Errorf("heap_allocs of %v is %v, want 0", r["alloc"], v)
	}
}

func TestRunInOtherFormats(t *testing.T) {
	stdout, _, _ := quickRun(t, chain, "--format", "csv")
	rows, err := csv.NewReader(strings.NewReader(stdout)).ReadAll()
	if err != nil || len(rows) != 3 || rows[1][3] != "make" || rows[0][7] != "median_ns" || rows[1][7] == "" {
		t.Errorf("CSV: %v, %v", rows, err)
	}
	stdout, _, _ = quickRun(t, chain, "--format", "markdown")
	if lines := strings.Split(stdout, "\n"); !strings.HasPrefix(stdout, "### chain · ") || !slices.ContainsFunc(lines, func(l string) bool { return strings.HasPrefix(l, "|:--") || strings.HasPrefix(l, "| ") }) {
		t.Errorf("markdown:\n%s", stdout)
	}
	stdout, _, _ = quickRun(t, chain, "--format", "benchfmt")
	allocs := map[string]int{}
	reader := benchfmt.NewReader(strings.NewReader(stdout), "run")
	for reader.Scan() {
		result, ok := reader.Result().(*benchfmt.Result)
		if !ok {
			t.Fatalf("benchfmt: %v", reader.Result())
		}
		_, parts := result.Name.Parts()
		for _, p := range parts {
			if spec, ok := strings.CutPrefix(string(p), "/alloc="); ok {
				allocs[spec]++
			}
		}
		if ns, ok := result.Value("sec/op"); !ok || ns <= 0 {
			t.Errorf("benchfmt: %s has no time", result.Name)
		}
	}
	if err := reader.Err(); err != nil || allocs["make"] != 3 || allocs["slab"] != 3 {
		t.Errorf("benchfmt: %v, samples %v, want 3 of make and slab each", err, allocs)
	}
}

func TestABrokenFileDoesNotStopTheOthers(t *testing.T) {
	broken := brokenFile(t)
	stdout, stderr, code := quickRun(t, broken, chain)
	if code != exitFailed || !strings.Contains(stdout, "chain · opt_flops") || !strings.Contains(stderr, "broken.json:1:") {
		t.Errorf("exit %d, stderr %q, stdout:\n%s", code, stderr, stdout)
	}
	stdout, _, code = quickRun(t, broken, "--format", "json")
	if d := document(t, stdout); code != exitFailed || len(d.Results) != 0 {
		t.Errorf("broken file alone: exit %d, %d results", code, len(d.Results))
	}
	_, stderr, code = quickRun(t, chain, "--path", "best")
	if code != exitFailed || !strings.Contains(stderr, "opt_size, opt_flops") {
		t.Errorf("unknown path: exit %d, stderr %q", code, stderr)
	}
}

func TestWhatExceedsTheMemoryLimitIsRefusedAndTheRestRuns(t *testing.T) {
	debug.FreeOSMemory()
	limit := fmt.Sprintf("%dMiB", machine.ResidentMemory()>>20+60) // with what the test process has
	stdout, stderr, code := quickRun(t, "matrix_chain_10", chain, "--mem-limit", limit, "--format", "json")
	d := document(t, stdout)
	if code != exitFailed || len(d.Results) != 4 {
		t.Fatalf("exit %d, %d results, want %d and 4", code, len(d.Results), exitFailed)
	}
	for i, r := range d.Results {
		if refused := i < 2; refused != (len(r.Samples) == 0) || refused != strings.Contains(r.Error, "--mem-limit") {
			t.Errorf("%s, %s: %d samples, error %q", r.Instance, r.Alloc, len(r.Samples), r.Error)
		}
	}
	for _, want := range []string{"matrix_chain_10", "needs ", "MiB", "more than ", "would fit"} {
		if !strings.Contains(stderr, want) {
			t.Errorf("%q is missing in %q", want, stderr)
		}
	}
	stdout, _, _ = quickRun(t, chain, "--path", "all", "--mem-limit", "1KiB", "--format", "json")
	if d := document(t, stdout); len(d.Results) != 4 {
		t.Errorf("both paths refused: %d results, want 4", len(d.Results))
	}
	if _, stderr, code := quickRun(t, chain, "--mem-limit", "1e-9%"); code != exitFailed || !strings.Contains(stderr, "available") {
		t.Errorf("a share of what is available: exit %d, stderr %q", code, stderr)
	}
}

// TestAnInterruptedRunPrintsWhatItHas cancels a run that would go on for long.
func TestAnInterruptedRunPrintsWhatItHas(t *testing.T) {
	peaks.OfMachine(context.Background(), false) // not on the interrupted run's time
	for wait := 200 * time.Millisecond; ; wait *= 3 {
		ctx, cancel := context.WithCancel(context.Background())
		time.AfterFunc(wait, cancel)
		var stdout, stderr bytes.Buffer
		code := run(ctx, bytes.NewReader(nil), &stdout, &stderr, []string{"run", chain, "ising_strip_5x250", "--runs", "100000", "--warmup", "0", "--alloc", "make,arena", "--format", "json"})
		cancel()
		d := document(t, stdout.String())
		if code != exitFailed || !strings.Contains(stderr.String(), "interrupted") {
			t.Fatalf("exit %d, stderr %q", code, stderr.String())
		}
		if len(d.Results) == 2 && len(d.Results[0].Samples) > 0 {
			if n := len(d.Results[0].Samples); n >= 100000 || !d.Results[0].Median.OK {
				t.Errorf("%d samples, median %v", n, d.Results[0].Median)
			}
			return
		}
		if wait > 20*time.Second {
			t.Fatalf("nothing was measured in %v: %s", wait, stdout.String())
		}
	}
}

func TestOutputFilesAppearWholeOrNotAtAll(t *testing.T) {
	directory := t.TempDir()
	file := filepath.Join(directory, "result.json")
	if stdout, _, code := quickRun(t, chain, "--format", "json", "-o", file); code != 0 || stdout != "" {
		t.Fatalf("exit %d, stdout %q", code, stdout)
	}
	first, err := os.ReadFile(file)
	if err != nil || !json.Valid(first) {
		t.Fatalf("%v: %s", err, first)
	}
	entries, _ := os.ReadDir(directory)
	if len(entries) != 1 {
		t.Errorf("the directory holds %v, want the result alone", entries)
	}
	_, stderr, code := quickRun(t, chain, "-o", filepath.Join(directory, "none", "result.txt"))
	if code != exitFailed || !strings.Contains(stderr, "result.txt") {
		t.Errorf("no such directory: exit %d, stderr %q", code, stderr)
	}
	if _, err := os.Stat(filepath.Join(directory, "none")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the directory was made: %v", err)
	}
}
