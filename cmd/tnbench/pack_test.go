package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"tnbench/internal/alloc/pack"
)

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

func TestPackSolvesAProblem(t *testing.T) {
	file := writeProblem(t)
	solution, picture := filepath.Join(t.TempDir(), "solution.csv"), filepath.Join(t.TempDir(), "plan.svg")
	stdout, stderr, code := tnbench(t, "pack", file, "-o", solution, "--svg", picture, "--capacity", "7")
	if code != 0 || stderr != "" || !regexp.MustCompile(`lem\.csv +3 +7 +7 +1\.000× +7 +lowest possible`).MatchString(stdout) {
		t.Errorf("exit %d, stderr %q, stdout:\n%s", code, stderr, stdout)
	}
	checkSolution(t, solution, 7)
	if text := readSVG(t, picture); !strings.Contains(text, "buffer c&#xA;3 @ ") {
		t.Errorf("the picture lacks buffer c:\n%s", text)
	}
	plans := plansOf(t, "pack", file)
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
		buffers, plan.Offsets = append(buffers, b.Buffer), append(plan.Offsets, *b.Fixed)
	}
	if err := pack.Check(buffers, plan, 1); err != nil || len(buffers) == 0 {
		t.Errorf("%s: %d buffers, %v", file, len(buffers), err)
	}
}

func TestPackFailsBeyondTheCapacity(t *testing.T) {
	stdout, stderr, code := tnbench(t, "pack", writeProblem(t), "--capacity", "6")
	if code != exitFailed || !strings.Contains(stdout, "no plan can fit") || !strings.Contains(stderr, "the lowest has 7, the lower bound is 7") {
		t.Errorf("exit %d, stderr %q, stdout:\n%s", code, stderr, stdout)
	}
}

func TestPackReportsBrokenProblems(t *testing.T) {
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
		_, stderr, code := tnbench(t, "pack", file)
		if code != exitFailed || !strings.Contains(stderr, c.want) || strings.Count(stderr, name) != 1 {
			t.Errorf("%s: exit %d, stderr %q, want %q", name, code, stderr, c.want)
		}
	}
	if _, stderr, code := tnbench(t, "pack", filepath.Join(dir, "none.csv")); code != exitUsage || !strings.Contains(stderr, "none.csv") {
		t.Errorf("a missing file: exit %d, stderr %q", code, stderr)
	}
}

// TestPackSolvesThePlanningProblems solves the files NAME.CAPACITY.csv of the
// folder that TNBENCH_PLANNING names; each is known to fit.
func TestPackSolvesThePlanningProblems(t *testing.T) {
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
		stdout, stderr, code := tnbench(t, "pack", file, "--capacity", "1MiB", "-o", solution, "--budget", "1m")
		if code != 0 || stderr != "" {
			t.Errorf("exit %d, stderr %q, stdout:\n%s", code, stderr, stdout)
			continue
		}
		checkSolution(t, solution, capacity)
	}
}

func TestPackRefusesMistakes(t *testing.T) {
	for _, c := range []struct {
		args []string
		want string
	}{
		{nil, "requires at least 1 arg"},
		{[]string{"a.csv", "--stretch"}, "--svg"},
		{[]string{chain}, "is an instance: forecast its memory with tnbench plan"},
		{[]string{"a.csv", "--order", "peak"}, "unknown flag: --order"},
		{[]string{"a.csv", "b.csv", "-o", "c.csv"}, "-o takes the plan of one problem"},
		{[]string{"a.csv", "--capacity", "80%"}, "--capacity"},
		{[]string{"a.csv", "--capacity", "0"}, "--capacity"},
		{[]string{"a.csv", "--budget", "0s"}, "--budget"},
	} {
		stdout, stderr, code := tnbench(t, append([]string{"pack"}, c.args...)...)
		if code != exitUsage || stdout != "" || !strings.Contains(stderr, c.want) {
			t.Errorf("%q: exit %d, stdout %q, stderr %q; want exit %d and %q", c.args, code, stdout, stderr, exitUsage, c.want)
		}
	}
}

func TestPackKeepsTheColumnsOfTheFile(t *testing.T) {
	file, solution := filepath.Join(t.TempDir(), "ruled.csv"), filepath.Join(t.TempDir(), "solution.csv")
	const text = "id,lower,upper,size,alignment,gaps,offset\na,0,10,4,1,3-5,0\nb,3,5,4,,,\nc,0,10,4,64,,\n"
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	stdout, stderr, code := tnbench(t, "pack", file, "-o", solution, "--budget", "1s", "--capacity", "68")
	if code != 0 || stderr != "" {
		t.Fatalf("exit %d, stderr %q, stdout:\n%s", code, stderr, stdout)
	}
	got, err := os.ReadFile(solution)
	const want = "id,lower,upper,size,alignment,gaps,offset\na,0,10,4,1,3-5,0\nb,3,5,4,,,0\nc,0,10,4,64,,64\n"
	if err != nil || string(got) != want {
		t.Errorf("wrote %q, %v, want %q", got, err, want)
	}
}
