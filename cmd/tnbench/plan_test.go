package main

import (
	"encoding/json"
	"encoding/xml"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tnbench/internal/study"
)

// plansOf parses the JSON of a plan.
func plansOf(t *testing.T, args ...string) study.Plans {
	t.Helper()
	stdout, stderr, code := tnbench(t, append(args, "--format", "json")...)
	var plans study.Plans
	if err := json.Unmarshal([]byte(stdout), &plans); err != nil || code != 0 || stderr != "" {
		t.Fatalf("%q: exit %d, stderr %q, %v", args, code, stderr, err)
	}
	if plans.Schema != "tnbench-plan/1" || plans.Programs == nil || plans.Problems == nil {
		t.Fatalf("%q: document %s", args, stdout)
	}
	return plans
}

func TestPlanCoversOrdersPathsAndStrategies(t *testing.T) {
	plans := plansOf(t, "plan", chain, "--path", "all", "--alloc", "make,planned")
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
	plans := plansOf(t, "plan", chain, "matrix_chain_10", "--svg", file)
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

func TestPlanRefusesMistakes(t *testing.T) {
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{chain, "--order", "best"}, "path, depth, peak, all"},
		{[]string{chain, "--alloc", "none"}, "--alloc"},
		{[]string{chain, "--stretch"}, "--svg"},
		{[]string{"a.csv"}, "a.csv is a planning problem: solve it with tnbench pack"},
		{[]string{chain, "b.CSV"}, "tnbench pack"},
	} {
		stdout, stderr, code := tnbench(t, append([]string{"plan"}, c.args...)...)
		if code != exitUsage || stdout != "" || !strings.Contains(stderr, c.want) {
			t.Errorf("%q: exit %d, stdout %q, stderr %q; want exit %d and %q", c.args, code, stdout, stderr, exitUsage, c.want)
		}
	}
}
