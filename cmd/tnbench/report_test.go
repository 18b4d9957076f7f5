package main

import (
	"bytes"
	"context"
	"encoding/json"
	"image/png"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"tnbench/internal/page"
	"tnbench/internal/result"
)

// quickReport are the flags of a report that is made in a moment.
var quickReport = []string{"-q", "--quick", "--runs", "2", "--warmup", "0", "--alloc", "make,slab", "--only", "anatomy"}

// reported reads a report.
func reported(t *testing.T, file string) page.Document {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var d page.Document
	if err := json.Unmarshal(text, &d); err != nil {
		t.Fatalf("%v: %s", err, text)
	}
	return d
}

func TestReportWritesEveryFormat(t *testing.T) {
	folder := t.TempDir()
	data, html, japanese := filepath.Join(folder, "r.json"), filepath.Join(folder, "r.html"), filepath.Join(folder, "ja.md")
	small, large := namesakes(t)
	stdout, stderr, code := tnbench(t, slices.Concat([]string{"report", small, large, "-o", data, "-o", html, "-o", "-"}, quickReport)...)
	if code != 0 || stderr != "" {
		t.Fatalf("exit %d, stderr %q", code, stderr)
	}
	d := reported(t, data)
	if d.Schema != page.Schema || d.Interrupted || len(d.Pending) > 0 || len(d.Networks) != 2 || len(d.Results.Results) != 4 || len(d.Explanations) != 2 || d.Tool.Version == "" || d.Host.OS == "" {
		t.Errorf("schema %q, interrupted %v, pending %v, %d networks, %d results, %d explanations", d.Schema, d.Interrupted, d.Pending, len(d.Networks), len(d.Results.Results), len(d.Explanations))
	}
	for _, n := range d.Networks {
		if n.Inspection == nil || n.Sizes == nil || n.Powers == nil || len(n.Forecasts) != 3 || len(n.Live) != 3 || n.Plan == nil || len(n.Resident) == 0 {
			t.Errorf("%s lacks parts", n.File)
		}
	}
	if !strings.Contains(stdout, "# Memory allocation report: net") || strings.Count(stdout, "## net · ") < 2 || !strings.Contains(stdout, large) {
		t.Errorf("Markdown:\n%s", stdout)
	}
	if text, err := os.ReadFile(html); err != nil || !strings.HasPrefix(string(text), "<!DOCTYPE html>") || strings.Count(string(text), "<svg") < 10 {
		t.Errorf("HTML: %v", err)
	}
	again, stderr, code := tnbench(t, "report", "--from", data)
	if code != 0 || stderr != "" || again != stdout {
		t.Errorf("the report of what is stored: exit %d, stderr %q, differs %v", code, stderr, again != stdout)
	}
	if _, stderr, code := tnbench(t, "report", "--from", data, "--lang", "ja", "-o", japanese); code != 0 || stderr != "" {
		t.Fatalf("exit %d, %q", code, stderr)
	}
	if text, err := os.ReadFile(japanese); err != nil || !strings.Contains(string(text), "## 計測環境") {
		t.Errorf("%v: %s", err, text)
	}
}

// TestReportOfWhatRunWrote: sizes are those of the file that was measured, as long as it
// is the same.
func TestReportOfWhatRunWrote(t *testing.T) {
	network, err := os.ReadFile(chain)
	if err != nil {
		t.Fatal(err)
	}
	file, stored, why := written(t, "net.json", string(network)), filepath.Join(t.TempDir(), "r.json"), filepath.Join(t.TempDir(), "why.json")
	for _, args := range [][]string{slices.Concat([]string{"run", "-q", file, "-o", stored}, quick), {"explain", file, "-q", "--quick", "--only", "anatomy", "-o", why}} {
		if _, stderr, code := tnbench(t, args...); code != 0 {
			t.Fatalf("%v: exit %d, %s", args, code, stderr)
		}
	}
	stdout, stderr, code := tnbench(t, "report", "--from", stored, "--from", why)
	for _, part := range []string{"Sizes of tensors", "Time of each strategy", "Heap allocations of a step", "Live bytes at each step"} {
		if code != 0 || stderr != "" || strings.Count(stdout, part) != 1 {
			t.Errorf("exit %d, stderr %q, %q stands there %d times", code, stderr, part, strings.Count(stdout, part))
		}
	}
	if err := os.WriteFile(file, append(network, '\n'), 0o600); err != nil {
		t.Fatal(err)
	}
	stdout, stderr, code = tnbench(t, "report", "--from", stored)
	if code != 0 || !strings.Contains(stderr, "has changed since") || strings.Contains(stdout, "Sizes of tensors") || !strings.Contains(stdout, "has changed since") {
		t.Errorf("a changed file: exit %d, stderr %q, %s", code, stderr, stdout)
	}
	stdout, stderr, code = tnbench(t, "report", file, "--from", stored)
	if code != 0 || stderr != "" || !strings.Contains(stdout, "Sizes of tensors") {
		t.Errorf("a file that is named: exit %d, stderr %q", code, stderr)
	}
	if _, stderr, code := tnbench(t, "report", "--from", stored, "-o", stored); code == 0 || !strings.Contains(stderr, stored) {
		t.Errorf("onto what it reads: exit %d, stderr %q", code, stderr)
	}
}

func TestReportRefusesMistakes(t *testing.T) {
	stored := written(t, "other.json", `{"schema":"tnbench-plan/1"}`)
	for line, want := range map[string]string{
		"report " + chain + " --lang jp":           `unknown language "jp"`,
		"report " + chain + " --only x":            `--only: unknown part "x"`,
		"report " + chain + " -o r.csv":            "does not write csv",
		"report " + chain + " --format table":      "markdown",
		"report --from x.json --runs 3":            "--runs says how to measure",
		"report --from none.json":                  "none.json",
		"report none.json":                         "none.json",
		"histogram " + chain + " --plot sizes.jpg": "ends in .svg or .png",
		"run " + chain + " --plot sizes":           "ends in .svg or .png",
	} {
		if stdout, stderr, code := tnbench(t, strings.Fields(line)...); code != exitUsage || stdout != "" || !strings.Contains(stderr, want) {
			t.Errorf("%s: exit %d, stdout %q, stderr %q; want %q", line, code, stdout, stderr, want)
		}
	}
	if _, stderr, code := tnbench(t, "report", "--from", stored); code != exitFailed || !strings.Contains(stderr, "tnbench-plan/1") {
		t.Errorf("another schema: exit %d, %q", code, stderr)
	}
}

// TestAReportThatIsEndedHasWhatWasMeasured.
func TestAReportThatIsEndedHasWhatWasMeasured(t *testing.T) {
	keepPeaks(t)
	file := filepath.Join(t.TempDir(), "r.json")
	ctx, cancel := context.WithCancel(context.Background())
	go func() { // when the strategies have been measured
		defer cancel()
		for end := time.Now().Add(2 * time.Minute); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
			if text, err := os.ReadFile(file); err == nil && len(text) > 0 {
				return
			}
		}
	}()
	var stderr bytes.Buffer
	code := run(ctx, bytes.NewReader(nil), io.Discard, &stderr, []string{"report", "ising_strip_5x250", "mps_inner_50", "-q", "--quick", "--runs", "2", "--warmup", "0", "--alloc", "make,slab", "-o", file})
	d := reported(t, file)
	if code == 0 || !d.Interrupted || len(d.Networks) == 0 || d.Results == nil || len(d.Results.Results) == 0 || !slices.Contains(d.Pending, "mps_inner_50") {
		t.Errorf("exit %d, stderr %q, interrupted %v, pending %v, %d networks", code, stderr.String(), d.Interrupted, d.Pending, len(d.Networks))
	}
	if d.Results != nil && !slices.ContainsFunc(d.Results.Results, func(r result.Result) bool { return len(r.Samples) > 0 }) {
		t.Error("the strategies were measured, and the report has no samples")
	}
}

func TestPlotsAreDrawn(t *testing.T) {
	folder := t.TempDir()
	for _, c := range []struct {
		args []string
		says string
	}{
		{slices.Concat([]string{"run", "-q", chain}, quick), "time, in times of"},
		{[]string{"histogram", chain}, "Sizes of step results"},
		{[]string{"histogram", chain, "--of", "inputs"}, "Sizes of inputs"},
	} {
		svg, raster := filepath.Join(folder, "p.svg"), filepath.Join(folder, "p.PNG")
		for _, file := range []string{svg, raster} {
			if stdout, stderr, code := tnbench(t, append(slices.Clone(c.args), "--plot", file)...); code != 0 || stderr != "" || stdout == "" {
				t.Fatalf("%v: exit %d, stderr %q", c.args, code, stderr)
			}
		}
		if text, err := os.ReadFile(svg); err != nil || !strings.Contains(string(text), c.says) || !strings.HasPrefix(string(text), "<svg ") {
			t.Errorf("%v: %v: %s", c.args, err, text)
		}
		data, err := os.ReadFile(raster)
		if err != nil {
			t.Fatal(err)
		}
		if img, err := png.Decode(bytes.NewReader(data)); err != nil || img.Bounds().Dx() < 1000 {
			t.Errorf("%v: %v", c.args, err)
		}
	}
}
