package main

import (
	"encoding/json"
	"os/exec"
	"strings"
	"testing"

	"tnbench/internal/result"
	"tnbench/internal/study"
)

// measuredBy returns the document that a command writes.
func measuredBy(t *testing.T, c *exec.Cmd) (d result.Document) {
	t.Helper()
	var errors strings.Builder
	c.Stderr = &errors
	text, err := c.Output()
	if err == nil {
		err = json.Unmarshal(text, &d)
	}
	if err != nil {
		t.Fatalf("%v: %s%s", err, text, errors.String())
	}
	return d
}

// grid is a network with a path, some of whose steps lack the label c.
const grid = `{"name":"grid","format_string":"ab,bc,cd,de,eg->ag","shapes":[[4,20],[20,6],[6,30],[30,8],[8,5]],"dtype":"%","num_tensors":5,
"paths":{"opt_flops":{"path":[[0,1],[0,1],[1,2],[0,1]]}}}`

// TestSlicesByHand runs a network in slices of labels that are named: the result is
// verified, and JSON, CSV, tables and standard error tell of them.
func TestSlicesByHand(t *testing.T) {
	for _, dtype := range []string{"float32", "float64", "complex64", "complex128"} {
		file := written(t, dtype+".json", strings.Replace(grid, "%", dtype, 1))
		run := append([]string{"run", file, "--format", "json", "--check", "on"}, quick...)
		_, whole := documentOf(t, run)
		stderr, got := documentOf(t, append(run, "--slice", "c:3,e"))
		r := got.Results[0]
		s := r.Sliced.Value
		if s.Labels != "c:3,e" || s.Slices != 24 || s.Added != 24 || s.Steps != 4 || s.Flops <= s.Whole || !s.Time.OK || !s.PeakWhole.OK {
			t.Errorf("%s: sliced: %+v", dtype, s)
		}
		if got.Settings.Slice != "c:3,e" || r.Check != result.CheckVerified || whole.Results[0].Sliced.OK || r.Flops.Value != s.Flops {
			t.Errorf("%s: settings %q, check %q, %g flops", dtype, got.Settings.Slice, r.Check, r.Flops.Value)
		}
		tolerance := 1e-12
		if strings.HasSuffix(dtype, "32") || dtype == "complex64" {
			tolerance = 1e-5
		}
		if !r.Digest.Value.Near(whole.Results[0].Digest.Value, tolerance) {
			t.Errorf("%s: digest %v, want %v", dtype, r.Digest.Value, whole.Results[0].Digest.Value)
		}
		if !strings.Contains(stderr, "24 slices of 4 steps (--slice c:3,e)") || !strings.Contains(stderr, "× the flops") {
			t.Errorf("%s: standard error: %s", dtype, stderr)
		}
	}
	file := written(t, "grid.json", strings.Replace(grid, "%", "float64", 1))
	if stdout, _, code := tnbench(t, append([]string{"run", file, "--slice", "a"}, quick...)...); code != 0 || !strings.Contains(stdout, "Slices: 4 slices of 3 steps (--slice a), 1 of them added up: 1× the flops") {
		t.Errorf("exit %d: %s", code, stdout)
	}
	if stdout, _, code := tnbench(t, append([]string{"run", file, "--slice", "a", "--format", "csv"}, quick...)...); code != 0 || !strings.Contains(stdout, ",slice,sliced,slices,") {
		t.Errorf("exit %d: %s", code, stdout)
	}
	for _, args := range [][]string{
		{"--slice", "e,b:5", "--threads", "2"}, {"--slice", "d", "--streams", "2"}, {"--slice", "b", "--order", "peak", "--regions", "max"},
		{"--slice", "g", "--planning", "each", "--metadata", "heap", "--temporaries", "fixed"}, {"--slice", "auto"}, {"--slice", "off"},
	} {
		if stdout, stderr, code := tnbench(t, append(append([]string{"run", file, "--check", "on"}, quick...), args...)...); code != 0 {
			t.Errorf("%v: exit %d: %s%s", args, code, stdout, stderr)
		}
	}
}

// documentOf returns what a command says on standard error, and its document.
func documentOf(t *testing.T, args []string) (stderr string, d result.Document) {
	t.Helper()
	stdout, stderr, code := tnbench(t, args...)
	if code != 0 {
		t.Fatalf("%v: exit %d: %s", args, code, stderr)
	}
	return stderr, document(t, stdout)
}

// TestMistakesInSlicesAreNamed claims that errors name flag, file, field and remedy, and
// that commands without slices say so.
func TestMistakesInSlicesAreNamed(t *testing.T) {
	file := written(t, "grid.json", strings.Replace(grid, "%", "float64", 1))
	lone := written(t, "lone.json", `{"name":"lone","format_string":"ab->a","shapes":[[3,3]],"dtype":"float64","num_tensors":1,"paths":{"opt_flops":{"path":[]}}}`)
	for _, c := range []struct {
		args []string
		code int
		want string
	}{
		{[]string{"run", file, "--slice", "x"}, exitFailed, "--slice x: " + file + `: format_string: there is no label "x": there are d (30), b (20)`},
		{[]string{"run", file, "--slice", "auot"}, exitFailed, `did you mean "auto"?`},
		{[]string{"run", file, "--slice", ""}, exitUsage, "--slice names no label"},
		{[]string{"plan", file, "--slice", "b:3"}, exitFailed, `can't be cut into "3" equal parts`},
		{[]string{"inspect", file, "--slice", "B"}, exitFailed, `did you mean "b"?`},
		{[]string{"trace", file, "--slice", "b,b"}, exitFailed, "twice"},
		{[]string{"profile", file, "--slice", "b,y"}, exitFailed, `there is no label "y"`},
		{[]string{"run", lone, "--slice", "a"}, exitFailed, "a network of one tensor has no intermediates"},
		{[]string{"explain", file, "--slice", "auto"}, exitUsage, "explain contracts networks at once: run, profile"},
		{[]string{"report", file, "--slice", "a"}, exitUsage, "report contracts networks at once"},
	} {
		if stdout, stderr, code := tnbench(t, c.args...); code != c.code || !strings.Contains(stderr, c.want) {
			t.Errorf("%v: exit %d, stderr %q, want %d and %q; stdout %q", c.args, code, stderr, c.code, c.want, stdout)
		}
	}
}

// TestInspectShowsSlices claims that labels, flops and peaks are shown, with and without.
func TestInspectShowsSlices(t *testing.T) {
	file := written(t, "grid.json", strings.Replace(grid, "%", "float64", 1))
	stdout, stderr, code := tnbench(t, "inspect", file, "--slice", "c:3,e", "--format", "json")
	var d study.Inspections
	if err := json.Unmarshal([]byte(stdout), &d); err != nil || code != 0 {
		t.Fatalf("exit %d, %v: %s", code, err, stderr)
	}
	if s := d.Instances[0].Paths[0].Sliced; !s.OK || s.Value.Slices != 24 || s.Value.Flops <= s.Value.Whole || s.Value.PeakLive >= s.Value.PeakWhole.Value {
		t.Errorf("%+v", s)
	}
	stdout, _, _ = tnbench(t, "inspect", file, "--slice", "c:3,e")
	for _, want := range []string{"slices of the whole network", "flops", "peak live", "24 slices of 4 steps", "×"} {
		if !strings.Contains(stdout, want) {
			t.Errorf("%q is missing in\n%s", want, stdout)
		}
	}
	stdout, _, _ = tnbench(t, "inspect", file, "--slice", "a", "--format", "csv")
	if !strings.Contains(stdout, ",sliced,a,slices,4,") {
		t.Errorf("CSV lacks the slices:\n%s", stdout)
	}
	if stdout, stderr, code := tnbench(t, "plan", file, "--slice", "a", "--order", "path"); code != 0 || !strings.Contains(stderr, "4 slices of 3 steps") {
		t.Errorf("plan: exit %d, stderr %q: %s", code, stderr, stdout)
	}
	if stdout, stderr, code := tnbench(t, "trace", file, "--slice", "a"); code != 0 || !strings.Contains(stdout, `"op":"alloc"`) || !strings.Contains(stderr, "4 slices") {
		t.Errorf("trace: exit %d, stderr %q: %s", code, stderr, stdout)
	}
}
