package main

import (
	"encoding/json"
	"encoding/xml"
	"errors"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"tnbench/internal/alloc/pack"
	"tnbench/internal/report"
)

// plansOf parses the JSON of a plan.
func plansOf(t *testing.T, args ...string) report.Plans {
	t.Helper()
	stdout, stderr, code := tnbench(t, append([]string{"plan", "--format", "json"}, args...)...)
	var plans report.Plans
	if err := json.Unmarshal([]byte(stdout), &plans); err != nil || code != 0 || stderr != "" {
		t.Fatalf("%q: exit %d, stderr %q, %v", args, code, stderr, err)
	}
	if plans.Schema != "tnbench-plan/1" || plans.Programs == nil || plans.Problems == nil {
		t.Fatalf("%q: document %s", args, stdout)
	}
	return plans
}

func TestPlanCoversOrdersPathsAndStrategies(t *testing.T) {
	plans := plansOf(t, chain, "--path", "all", "--alloc", "make,planned")
	if len(plans.Programs) != 6 {
		t.Fatalf("%d programs, want two paths in three orders", len(plans.Programs))
	}
	least := map[string]int{}
	for _, p := range plans.Programs {
		if len(p.Strategies) != 2 || p.PeakLive < 1 || p.Strategies[0].Footprint != p.PeakLive {
			t.Errorf("%s, order %s: %+v, want two strategies and make at the peak", p.Path, p.Order, p)
		}
		if least[p.Path] == 0 || p.PeakLive < least[p.Path] {
			least[p.Path] = p.PeakLive
		}
	}
	for _, p := range plans.Programs {
		if p.Order == "peak" && p.PeakLive != least[p.Path] {
			t.Errorf("%s: order peak has %d bytes live, another order %d", p.Path, p.PeakLive, least[p.Path])
		}
	}
}

func TestPlanPrintsTablesAndOneNote(t *testing.T) {
	stdout, stderr, code := tnbench(t, "plan", chain)
	if code != 0 || stderr != "" {
		t.Fatalf("exit %d, stderr %q", code, stderr)
	}
	for want, times := range map[string]int{"chain · opt_flops · complex64 · order ": 3, "peak live (lower bound)": 3, " planned ": 3, "Hits: ": 1} {
		if got := strings.Count(stdout, want); got != times {
			t.Errorf("%q occurs %d times, want %d, in:\n%s", want, got, times, stdout)
		}
	}
}

func TestPlanDrawsEveryBuffer(t *testing.T) {
	file := filepath.Join(t.TempDir(), "plan.svg")
	plans := plansOf(t, chain, "matrix_chain_10", "--svg", file)
	want := 0
	for _, p := range plans.Programs {
		want += p.Intermediates + p.Temporaries
	}
	if got := strings.Count(readSVG(t, file), "</title>\n</rect>"); got != want {
		t.Errorf("%d boxes for %d buffers", got, want)
	}
}

// readSVG returns the text of a picture that must be well-formed XML.
func readSVG(t *testing.T, file string) string {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	decoder := xml.NewDecoder(strings.NewReader(string(text)))
	for {
		if _, err := decoder.Token(); errors.Is(err, io.EOF) {
			return string(text)
		} else if err != nil {
			t.Fatalf("%s: %v", file, err)
		}
	}
}

// writeProblem writes a planning problem of two buffers that can't share memory
// and one that can lie where the first was.
func writeProblem(t *testing.T) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "problem.csv")
	const text = "id,lower,upper,size\na,0,2,3\nb,1,4,4\nc,2,4,3\n"
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return file
}

func TestPlanSolvesAProblem(t *testing.T) {
	file := writeProblem(t)
	solution, picture := filepath.Join(t.TempDir(), "solution.csv"), filepath.Join(t.TempDir(), "plan.svg")
	stdout, stderr, code := tnbench(t, "plan", file, "-o", solution, "--svg", picture, "--capacity", "7")
	if code != 0 || stderr != "" || !regexp.MustCompile(`problem\.csv +3 +7 +7 +1\.000× +7 +lowest possible`).MatchString(stdout) {
		t.Errorf("exit %d, stderr %q, stdout:\n%s", code, stderr, stdout)
	}
	checkSolution(t, solution, 7)
	if text := readSVG(t, picture); !strings.Contains(text, "buffer c&#xA;3 at ") {
		t.Errorf("the picture lacks buffer c:\n%s", text)
	}
	plans := plansOf(t, file)
	if p := plans.Problems[0]; p.Height != 7 || p.Bound != 7 || !p.Optimal || p.Capacity.OK || p.Buffers != 3 {
		t.Errorf("solved %+v", p)
	}
}

// checkSolution fails unless file holds a plan that is right and within height.
func checkSolution(t *testing.T, file string, height int) {
	t.Helper()
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	named, err := pack.ReadCSV(f)
	if err != nil {
		t.Fatal(err)
	}
	plan, buffers := pack.Plan{Height: height}, []pack.Buffer{}
	for _, b := range named {
		buffers, plan.Offsets = append(buffers, b.Buffer), append(plan.Offsets, b.Offset)
	}
	if err := pack.Check(buffers, plan, 1); err != nil || len(buffers) == 0 {
		t.Errorf("%s: %d buffers, %v", file, len(buffers), err)
	}
}

func TestPlanFailsBeyondTheCapacity(t *testing.T) {
	stdout, stderr, code := tnbench(t, "plan", writeProblem(t), "--capacity", "6")
	if code != exitFailed || !strings.Contains(stdout, "no plan can fit") || !strings.Contains(stderr, "the lowest has 7, the lower bound is 7") {
		t.Errorf("exit %d, stderr %q, stdout:\n%s", code, stderr, stdout)
	}
}

func TestPlanReportsBrokenProblems(t *testing.T) {
	dir := t.TempDir()
	for name, c := range map[string]struct{ text, want string }{
		"empty.csv":  {"", "the file is empty"},
		"column.csv": {"id,lower,size\n", `column "upper" is missing`},
		"life.csv":   {"id,lower,upper,size\na,2,2,1\n", "line 2"},
		"size.csv":   {"id,lower,upper,size\na,0,2,1x\n", `line 2, column "size"`},
	} {
		file := filepath.Join(dir, name)
		if err := os.WriteFile(file, []byte(c.text), 0o644); err != nil {
			t.Fatal(err)
		}
		_, stderr, code := tnbench(t, "plan", file)
		if code != exitFailed || !strings.Contains(stderr, c.want) || strings.Count(stderr, name) != 1 {
			t.Errorf("%s: exit %d, stderr %q, want %q", name, code, stderr, c.want)
		}
	}
	if _, stderr, code := tnbench(t, "plan", filepath.Join(dir, "none.csv")); code != exitUsage || !strings.Contains(stderr, "none.csv") {
		t.Errorf("a missing file: exit %d, stderr %q", code, stderr)
	}
}

func TestPlanRefusesMistakes(t *testing.T) {
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{chain, "--order", "best"}, "path, depth, peak, all"},
		{[]string{chain, "--alloc", "none"}, "--alloc"},
		{[]string{chain, "--stretch"}, "--svg"},
		{[]string{chain, "--capacity", "7"}, "--capacity is for planning problems"},
		{[]string{"a.csv", "--order", "peak"}, "--order is for instances"},
		{[]string{"a.csv", chain}, "is no planning problem"},
		{[]string{"a.csv", "b.csv", "-o", "c.csv"}, "-o takes the plan of one problem"},
		{[]string{"a.csv", "--capacity", "80%"}, "--capacity"},
		{[]string{"a.csv", "--capacity", "0"}, "--capacity"},
		{[]string{"a.csv", "--budget", "0s"}, "--budget"},
	} {
		stdout, stderr, code := tnbench(t, append([]string{"plan"}, c.args...)...)
		if code != exitUsage || stdout != "" || !strings.Contains(stderr, c.want) {
			t.Errorf("%q: exit %d, stdout %q, stderr %q; want exit %d and %q", c.args, code, stdout, stderr, exitUsage, c.want)
		}
	}
}

// TestPlanSolvesThePlanningProblems solves the files NAME.CAPACITY.csv of the
// folder that TNBENCH_PLANNING names; each is known to fit.
func TestPlanSolvesThePlanningProblems(t *testing.T) {
	dir := os.Getenv("TNBENCH_PLANNING")
	if dir == "" {
		t.Skip("TNBENCH_PLANNING names no folder with planning problems")
	}
	files, err := filepath.Glob(filepath.Join(dir, "*.csv"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no problems in %s: %v", dir, err)
	}
	for _, file := range files {
		const capacity = 1 << 20
		solution := filepath.Join(t.TempDir(), "solution.csv")
		stdout, stderr, code := tnbench(t, "plan", file, "--capacity", "1MiB", "-o", solution, "--budget", "1m")
		if code != 0 || stderr != "" {
			t.Errorf("exit %d, stderr %q, stdout:\n%s", code, stderr, stdout)
			continue
		}
		checkSolution(t, solution, capacity)
	}
}
