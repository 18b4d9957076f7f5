package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tnbench/internal/golden"
	"tnbench/internal/study"
)

const chain = "testdata/histogram_chain.json"

func TestHistogramPrintsTheGoldens(t *testing.T) {
	for _, c := range []struct {
		file string
		args []string
	}{
		{"histogram.stdout", []string{"histogram", chain}},
		{"histogram_all.stdout", []string{"histogram", chain, "--path", "all", "--bins", "report", "-v"}},
		{"histogram_inputs.stdout", []string{"histogram", chain, "--of", "inputs", "--bins", "log2", "--path", "none such"}},
		{"histogram.csv", []string{"histogram", chain, "--format", "csv", "--path", "all"}},
		{"histogram.md", []string{"histogram", chain, "--format", "markdown"}},
	} {
		stdout, stderr, code := tnbench(t, c.args...)
		if code != 0 || stderr != "" {
			t.Errorf("tnbench %s: exit %d, stderr %q, want 0 and nothing", strings.Join(c.args, " "), code, stderr)
		}
		golden.Check(t, c.file, []byte(stdout))
	}
}

func TestHistogramJSONNamesItsSchema(t *testing.T) {
	file := filepath.Join(t.TempDir(), "sizes.json")
	stdout, stderr, code := tnbench(t, "histogram", chain, "--format", "json", "-o", file)
	if code != 0 || stdout != "" {
		t.Fatalf("exit %d, stdout %q, stderr %q, want 0 and all output in the file", code, stdout, stderr)
	}
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var got struct {
		Schema     string
		Histograms []study.Histogram
	}
	if err := json.Unmarshal(text, &got); err != nil {
		t.Fatal(err)
	}
	if got.Schema != "tnbench-histogram/1" || len(got.Histograms) != 1 || got.Histograms[0].Count != 7 {
		t.Errorf("document: %+v", got)
	}
}

func TestHistogramRefusesWrongFlags(t *testing.T) {
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"--of", "outputs"}, "intermediates, inputs"},
		{[]string{"--bins", "fine"}, "exact, log2, report"},
		{[]string{"--format", "benchfmt"}, "table, markdown, csv, json"},
		{[]string{"--order", "path"}, "unknown flag"},
	} {
		stdout, stderr, code := tnbench(t, append([]string{"histogram", chain}, c.args...)...)
		if code != exitUsage || stdout != "" || !strings.Contains(stderr, c.want) {
			t.Errorf("%v: exit %d, stdout %q, stderr %q; want exit %d and %q", c.args, code, stdout, stderr, exitUsage, c.want)
		}
	}
}

// TestOneBadInstanceDoesNotStopTheOthers is about all commands that go through
// instances without measuring.
func TestOneBadInstanceDoesNotStopTheOthers(t *testing.T) {
	bad := filepath.Join(t.TempDir(), "bad.json")
	if err := os.WriteFile(bad, []byte(`{"name":"bad"}`), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, command := range []string{"histogram", "inspect"} {
		stdout, stderr, code := tnbench(t, command, bad, chain)
		if code != exitFailed || !strings.Contains(stdout, "chain · ") || !strings.Contains(stderr, "bad.json") {
			t.Errorf("%s: exit %d, stdout %q, stderr %q; want exit %d, the good instance, the bad one's error", command, code, stdout, stderr, exitFailed)
		}
		stdout, _, code = tnbench(t, command, bad)
		if code != exitFailed || stdout != "" {
			t.Errorf("%s of a bad instance alone: exit %d, stdout %q; want exit %d and nothing", command, code, stdout, exitFailed)
		}
		stdout, _, code = tnbench(t, command, bad, "--format", "json")
		if code != exitFailed || !json.Valid([]byte(stdout)) || !strings.Contains(stdout, "[]") {
			t.Errorf("%s of a bad instance alone as JSON: exit %d, stdout %q; want exit %d and an empty document", command, code, stdout, exitFailed)
		}
	}
}
