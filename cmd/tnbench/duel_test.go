package main

import (
	"encoding/json"
	"os"
	"strings"
	"testing"

	"tnbench/internal/compare"
)

// duelled runs a duel whose processes are this test binary, and reads its document.
func duelled(t *testing.T, args ...string) (d compare.Document, stderr string, code int) {
	t.Helper()
	t.Setenv(asProgram, "1")
	stdout, stderr, code := tnbench(t, append([]string{"duel", "--format", "json"}, args...)...)
	if err := json.Unmarshal([]byte(stdout), &d); err != nil {
		t.Fatalf("exit %d, %v: %s%s", code, err, stdout, stderr)
	}
	return d, stderr, code
}

// verdictOf returns the verdict on a figure under a strategy of BASE.
func verdictOf(d *compare.Document, alloc, figure string) compare.Verdict {
	for _, r := range d.Rows {
		if r.Alloc == alloc && r.Figure == figure {
			return r.Verdict
		}
	}
	return "none"
}

// self is this test binary, in quotes.
func self(t *testing.T) string {
	t.Helper()
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	return "'" + program + "'"
}

// TestTwoSettingsOfOneBuildTakeTurns: few rounds can't tell about time, but the
// allocations are counted.
func TestTwoSettingsOfOneBuildTakeTurns(t *testing.T) {
	d, stderr, code := duelled(t, chain, "--base", "--alloc slab", "--new", "--alloc make", "--rounds", "2", "--runs", "1", "--max-time", "1m", "--threshold", "time=off")
	if code != exitRegression || d.Verdict != compare.Regression || verdictOf(&d, "slab", "heap_allocs") != compare.Regression {
		t.Errorf("exit %d, %s: %q, %s", code, d.Verdict, d.Reasons, stderr)
	}
	for _, r := range d.Rows {
		if r.Alloc != "slab" || r.NewAlloc != "make" || r.File != chain {
			t.Errorf("a row about %s → %s of %s, want slab → make of %s", r.Alloc, r.NewAlloc, r.File, chain)
		}
	}
	d, _, code = duelled(t, chain, "--base", "", "--new", "", "--alloc", "slab", "--rounds", "2", "--runs", "5", "--max-time", "1m", "--threshold", "time=off")
	if code != 0 || d.Verdict != compare.Same || verdictOf(&d, "slab", "heap_allocs") != compare.Same {
		t.Errorf("a build and itself: exit %d, %s: %q", code, d.Verdict, d.Reasons)
	}
	d, _, code = duelled(t, chain, "--base", "", "--new", "", "--alloc", "slab", "--rounds", "2", "--runs", "1", "--max-time", "1m")
	if code != exitUndecided || verdictOf(&d, "slab", compare.Time) != compare.Undecided {
		t.Errorf("two rounds told about time: exit %d, %s", code, d.Verdict)
	}
}

// TestTwoCommandsTakeTurns also of recordings, whose figures are fewer.
func TestTwoCommandsTakeTurns(t *testing.T) {
	log := written(t, "svc.log", smallLog)
	command := func(alloc string) string {
		return self(t) + " replay --format=json -q --runs=1 --warmup=0 --alloc=" + alloc + " --baseline=" + alloc + " '" + log + "'"
	}
	d, stderr, code := duelled(t, command("slab"), command("make"), "--rounds", "2", "--max-time", "1m", "--threshold", "time=off")
	if code != exitRegression || verdictOf(&d, "slab", "heap_allocs") != compare.Regression {
		t.Errorf("exit %d: %q, %s", code, d.Reasons, stderr)
	}
}

func TestASideThatFailsIsUndecided(t *testing.T) {
	for _, c := range []struct{ base, new, reason string }{
		{self(t) + " run " + chain + " --format=json -q --runs=1 --warmup=0 --alloc=slab", self(t) + " run nothing.json --format=json", "new: a process failed"},
		{self(t) + " version", self(t) + " version", "base: a process wrote no document"},
		{self(t) + " instances --format=json", self(t) + " version", `base: its document has the schema "tnbench-instances/1"`},
	} {
		d, _, code := duelled(t, c.base, c.new, "--rounds", "2", "--max-time", "1m")
		if code != exitUndecided || !strings.Contains(strings.Join(d.Reasons, "\n"), c.reason) {
			t.Errorf("%s: exit %d, reasons %q, want %q", c.new, code, d.Reasons, c.reason)
		}
	}
}

func TestMistakesInADuel(t *testing.T) {
	for mistake, args := range map[string][]string{
		"name BASE and NEW":              {"./tnbench"},
		"no executable":                  {"./none", "./none"},
		"a quote is not closed":          {"./tnbench 'x", "x"},
		"BASE is empty":                  {"", "x"},
		"what they measure: leave out x": {self(t) + " version", self(t) + " version", "x"},
		"--rounds must":                  {"--base", "", "--rounds", "0"},
		"--max-time must":                {"--base", "", "--max-time", "0s"},
		"--find 1% is less":              {"--base", "", "--find", "1%"},
		"--threshold: ":                  {"--base", "", "--threshold", "speed=1%"},
		"--find: ":                       {"--base", "", "--find", "much"},
		"--base: a quote":                {"--base", "'"},
	} {
		stdout, stderr, code := tnbench(t, append([]string{"duel"}, args...)...)
		if code != exitUsage || !strings.Contains(stderr, mistake) || stdout != "" {
			t.Errorf("duel %q: exit %d, %q, want %q", args, code, stderr, mistake)
		}
	}
}
