package main

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"tnbench/internal/compare"
	"tnbench/internal/result"
)

// storedRun measures the chain quickly and returns the file of its result.
func storedRun(t *testing.T, name string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), name)
	if _, stderr, code := quickRun(t, chain, "--runs", "9", "-o", file); code != 0 {
		t.Fatalf("exit %d, stderr %q", code, stderr)
	}
	return file
}

// changed writes a copy of a stored result with something changed.
func changed(t *testing.T, file string, change func(*result.Document)) string {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	d := document(t, string(text))
	change(&d)
	out, err := json.Marshal(d)
	if err != nil {
		t.Fatal(err)
	}
	return written(t, "changed.json", string(out))
}

// plantAllocation adds an allocation of 16 bytes to every contraction of a result.
func plantAllocation(d *result.Document) {
	r := &d.Results[0]
	r.HeapAllocs.Value, r.HeapBytes.Value = r.HeapAllocs.Value+1, r.HeapBytes.Value+16
	for i := range r.HeapAllocsSamples {
		r.HeapAllocsSamples[i], r.HeapBytesSamples[i] = r.HeapAllocsSamples[i]+1, r.HeapBytesSamples[i]+16
	}
}

func TestCompareExitsWithItsVerdict(t *testing.T) {
	base := storedRun(t, "base.json")
	again := storedRun(t, "again.json")
	worse := changed(t, base, plantAllocation)
	for name, c := range map[string]struct {
		args []string
		want int
		says string
	}{
		"itself":               {[]string{base, base}, 0, "same"},
		"measured again":       {[]string{base, again, "--threshold", "time=off"}, 0, "same"},
		"an allocation":        {[]string{base, worse}, exitRegression, "regression"},
		"an allocation less":   {[]string{worse, base}, 0, "better"},
		"it is allowed":        {[]string{base, worse, "--threshold", "allocs=1,bytes=16B"}, 0, "same"},
		"another machine":      {[]string{base, changed(t, base, func(d *result.Document) { d.Host.CPU = "other" })}, exitUndecided, "undecided"},
		"another machine, too": {[]string{base, changed(t, base, func(d *result.Document) { d.Host.CPU = "other" }), "--ignore", "host"}, 0, "same"},
		"forced":               {[]string{base, changed(t, base, func(d *result.Document) { d.Settings.Threads = 8; d.Host.CPU = "x" }), "--force"}, 0, "same"},
		"missing":              {[]string{base, changed(t, base, func(d *result.Document) { d.Results = d.Results[:1] })}, exitUndecided, "undecided"},
		"missing, ignored":     {[]string{base, changed(t, base, func(d *result.Document) { d.Results = d.Results[:1] }), "--ignore", "missing"}, 0, "same"},
		"crashed": {[]string{base, changed(t, base, func(d *result.Document) {
			d.Results[1] = result.Result{Instance: "chain", Path: "opt_flops", DType: "complex64", Alloc: "slab", Error: "boom"}
		})}, exitUndecided, "undecided"},
		"a crash and an allocation": {[]string{base, changed(t, base, func(d *result.Document) {
			plantAllocation(d)
			d.Results[1].Error = "boom"
		})}, exitRegression, "regression"},
		"interrupted":   {[]string{base, changed(t, base, func(d *result.Document) { d.Interrupted = true })}, exitUndecided, "undecided"},
		"a broken file": {[]string{base, brokenFile(t)}, exitUndecided, "undecided"},
		"an instance":   {[]string{chain, base}, exitUndecided, "undecided"},
		"no results":    {[]string{base, changed(t, base, func(d *result.Document) { d.Results = nil })}, exitUndecided, "undecided"},
	} {
		for _, format := range []string{"table", "markdown", "github", "csv", "json"} {
			stdout, stderr, code := tnbench(t, append([]string{"compare", "--format", format}, c.args...)...)
			if code != c.want || stderr != "" {
				t.Errorf("%s as %s: exit %d, stderr %q, want %d\n%s", name, format, code, stderr, c.want, stdout)
			}
			if first, _, _ := strings.Cut(stdout, "\n"); format != "csv" && format != "json" && !strings.Contains(first, c.says) {
				t.Errorf("%s as %s begins %q, want %s", name, format, first, c.says)
			}
			if format == "json" {
				var d compare.Document
				if err := json.Unmarshal([]byte(stdout), &d); err != nil || string(d.Verdict) != c.says || d.Schema != compare.Schema {
					t.Errorf("%s as JSON: %v, verdict %q", name, err, d.Verdict)
				}
				if d.Verdict != compare.Same && d.Verdict != compare.Better && len(d.Reasons) == 0 {
					t.Errorf("%s as JSON: no reason", name)
				}
			}
		}
	}
}

func TestCompareTakesFoldersPatternsAndStandardInput(t *testing.T) {
	base := storedRun(t, "1.json")
	folder := filepath.Dir(base)
	text, err := os.ReadFile(base)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(folder, "2.json"), append([]byte("\ufeff"), text...), 0o644); err != nil { // some editors begin files so
		t.Fatal(err)
	}
	for _, side := range []string{folder, filepath.Join(folder, "*.json"), filepath.Join(folder, "[12].json")} {
		stdout, stderr, code := tnbench(t, "compare", side, folder, "--format", "json", "--threshold", "time=off")
		var d compare.Document
		if err := json.Unmarshal([]byte(stdout), &d); err != nil || code != 0 || d.Base.Processes != 2 {
			t.Errorf("%s: exit %d, stderr %q, %v, %d processes, want 2", side, code, stderr, err, d.Base.Processes)
		}
	}
	var out, diagnostics bytes.Buffer
	if code := run(context.Background(), bytes.NewReader(text), &out, &diagnostics, []string{"compare", base, "-"}); code != 0 || !strings.HasPrefix(out.String(), "same") {
		t.Errorf("from standard input: exit %d, %s%s", code, out.String(), diagnostics.String())
	}
}

func TestGitHubGetsASummary(t *testing.T) {
	base := storedRun(t, "base.json")
	summary := written(t, "summary.md", "# before\n")
	t.Setenv("GITHUB_STEP_SUMMARY", summary)
	if stdout, stderr, code := tnbench(t, "compare", base, changed(t, base, plantAllocation), "--format", "github"); code != exitRegression || !strings.Contains(stdout, "::error title=heap allocs worse%3A chain") {
		t.Errorf("exit %d, stdout %q, stderr %q", code, stdout, stderr)
	}
	text, err := os.ReadFile(summary)
	if err != nil || !strings.HasPrefix(string(text), "# before\n## regression") || !strings.Contains(string(text), "| chain") {
		t.Errorf("%v, summary:\n%s", err, text)
	}
	t.Setenv("GITHUB_STEP_SUMMARY", filepath.Join(summary, "none"))
	if _, stderr, code := tnbench(t, "compare", base, base, "--format", "github"); code != 0 || !strings.Contains(stderr, "GITHUB_STEP_SUMMARY") {
		t.Errorf("a summary that can't be written: exit %d, stderr %q", code, stderr)
	}
	t.Setenv("GITHUB_STEP_SUMMARY", summary)
	if _, _, code := tnbench(t, "compare", base, base); code != 0 {
		t.Errorf("exit %d", code)
	}
	if again, err := os.ReadFile(summary); err != nil || !bytes.Equal(again, text) {
		t.Errorf("a table was added to the summary without --format github")
	}
}

// TestPeersAreCompared reads what scripts/peers/contract.py writes.
func TestPeersAreCompared(t *testing.T) {
	peer := `{"schema": "tnbench/1", "tool": {"name": "scripts/peers/contract.py", "version": "numpy 2.3"}, "host": {"cpu": "c", "cores": 2, "os": "linux", "arch": "amd64", "kernel": "6", "python": "3.13", "thp": "madvise"},
	 "settings": {"runs": 7, "warmup": 3, "threads": 1, "streams": 1, "backend": "python", "fill": "balanced", "seed": 1, "peers": {"numpy": "2.3"}}, "warnings": [],
	 "results": [{"instance": "net", "path": "opt_flops", "dtype": "float64", "alloc": "numpy", "steps": 1, "flops": 16, "samples_ns": [9000, 9010, 9020, 9030, 9040, 9050, 9060], "median_ns": 9030, "q1_ns": 9015, "q3_ns": 9045, "gflops": 0.002, "minor_faults": 0, "digest": {"shape": [], "sum": 1, "l2": 1, "wsum": 1}},
	  {"instance": "net", "path": "opt_size", "dtype": "float64", "alloc": "numpy", "steps": 1, "flops": 16, "error": "numpy: MemoryError"}]}`
	ours := strings.NewReplacer(`"python", "fill"`, `"native", "fill"`, `"alloc": "numpy"`, `"alloc": "slab"`, "90", "10").Replace(peer)
	base, new := written(t, "01-tnbench.json", ours), written(t, "01-numpy.json", peer)
	stdout, stderr, code := tnbench(t, "compare", base, new, "--ignore", "alloc,backend")
	if code != exitRegression || !strings.Contains(stdout, "slab → numpy") || !strings.Contains(stdout, "MemoryError") {
		t.Errorf("exit %d, stderr %q\n%s", code, stderr, stdout)
	}

	// All rounds and programs in one file: a peer that has become slower is found, and one that was wrong is not compared.
	python, err := exec.LookPath("python3")
	if err != nil {
		t.Skip("no python3, which makes one document of the rounds")
	}
	together := func(peer string) string {
		t.Helper()
		folder := t.TempDir()
		for name, text := range map[string]string{"01-tnbench.json": ours, "01-numpy.json": peer, "01-wrong.json": strings.NewReplacer(`"alloc": "numpy"`, `"alloc": "wrong"`, `"l2": 1`, `"l2": 2`).Replace(peer)} {
			if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o666); err != nil {
				t.Fatal(err)
			}
		}
		all := filepath.Join(folder, "all.json")
		if out, err := exec.Command(python, "-B", "../../scripts/peers/compare.py", folder, "--format", "json", "-o", all).CombinedOutput(); err != nil {
			t.Fatalf("compare.py: %v: %s", err, out)
		}
		return all
	}
	slower := strings.NewReplacer("90", "290").Replace(peer)
	stdout, stderr, code = tnbench(t, "compare", together(peer), together(slower), "--drift", "1")
	if code != exitRegression || !strings.Contains(stdout, "numpy") || !strings.Contains(stdout, "l2 2, want 1") {
		t.Errorf("all in one: exit %d, stderr %q\n%s", code, stderr, stdout)
	}
}
