package main

import (
	"encoding/csv"
	"encoding/json"
	"strings"
	"testing"

	"tnbench/internal/study"
)

// TestInspectShowsEveryTable looks for headings and facts that no kernel decides;
// the looks are the report package's to test.
func TestInspectShowsEveryTable(t *testing.T) {
	stdout, stderr, code := tnbench(t, "inspect", chain, "--path", "all", "--top", "3")
	if code != 0 || stderr != "" {
		t.Fatalf("exit %d, stderr %q, want 0 and nothing", code, stderr)
	}
	for _, want := range []string{
		"chain · inputs", "complex64", "ai (16×16)", "chain · 9 labels",
		"chain · opt_size · step results", "chain · opt_size · peak live bytes", "chain · opt_size · costliest steps",
		"chain · opt_flops · step results", "chain · opt_flops · peak live bytes", "chain · opt_flops · costliest steps",
	} {
		if strings.Count(stdout, want) != 1 {
			t.Errorf("%q occurs %d times, want once, in:\n%s", want, strings.Count(stdout, want), stdout)
		}
	}
}

func TestInspectTopSaysHowManySteps(t *testing.T) {
	for top, want := range map[string]int{"0": 0, "3": 3, "100": 7} {
		stdout, stderr, code := tnbench(t, "inspect", chain, "--top", top, "--format", "json")
		var got struct {
			Schema    string
			Instances []study.Inspection
		}
		if err := json.Unmarshal([]byte(stdout), &got); err != nil || code != 0 {
			t.Fatalf("--top %s: exit %d, stderr %q, %v", top, code, stderr, err)
		}
		if got.Schema != "tnbench-inspect/1" || len(got.Instances) != 1 || len(got.Instances[0].Paths) != 1 {
			t.Fatalf("--top %s: %s", top, stdout)
		}
		if n := len(got.Instances[0].Paths[0].Costliest); n != want {
			t.Errorf("--top %s: %d steps, want %d", top, n, want)
		}
	}
	if _, stderr, code := tnbench(t, "inspect", chain, "--top", "-1"); code != exitUsage || !strings.Contains(stderr, "--top") {
		t.Errorf("--top -1: exit %d, stderr %q, want exit %d", code, stderr, exitUsage)
	}
}

func TestInspectCSVIsOneLongTable(t *testing.T) {
	stdout, _, code := tnbench(t, "inspect", chain, "--format", "csv", "--path", "all")
	rows, err := csv.NewReader(strings.NewReader(stdout)).ReadAll() // also checks that all rows are as long
	if err != nil || code != 0 {
		t.Fatalf("exit %d, %v", code, err)
	}
	if got := strings.Join(rows[0], ","); got != "instance,path,section,item,key,value,file" {
		t.Errorf("heading %s", got)
	}
	seen := map[string]bool{}
	for _, r := range rows[1:] {
		key := strings.Join(r[:5], ",")
		if seen[key] || r[5] == "" {
			t.Errorf("row %v: repeated or without a value", r)
		}
		seen[key] = true
	}
	for _, want := range []string{"chain,,inputs,,total_bytes", "chain,opt_size,peak_live,depth,bytes", "chain,opt_flops,costliest_step,0,flops"} {
		if !seen[want] {
			t.Errorf("no row %s", want)
		}
	}
}

func TestInspectOfAnUnknownPathSaysWhichThereAre(t *testing.T) {
	stdout, stderr, code := tnbench(t, "inspect", chain, "--path", "best")
	if code != exitFailed || !strings.Contains(stderr, "opt_size, opt_flops") || !strings.Contains(stdout, "chain · inputs") {
		t.Errorf("exit %d, stdout %q, stderr %q; want exit %d, the paths, and what holds without one", code, stdout, stderr, exitFailed)
	}
}
