package main

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/spf13/cobra"
)

func TestEveryCommandHasAManual(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "share", "man1")
	for range 2 { // anew, over what is there
		if stdout, stderr, code := tnbench(t, "man", folder); code != 0 || stdout != "" || stderr != "" {
			t.Fatalf("exit %d, stdout %q, stderr %q", code, stdout, stderr)
		}
	}
	pages, err := os.ReadDir(folder)
	if err != nil {
		t.Fatal(err)
	}
	want := 1
	for _, c := range newRoot().Commands() {
		if !c.IsAvailableCommand() {
			continue
		}
		want++
		page, err := os.ReadFile(filepath.Join(folder, "tnbench-"+c.Name()+".1"))
		if err != nil {
			t.Error(err)
			continue
		}
		for _, part := range []string{".TH \"TNBENCH-" + strings.ToUpper(c.Name()) + "\" \"1\"", ".SH SYNOPSIS", c.Short} {
			if !strings.Contains(string(page), part) {
				t.Errorf("the page of %s lacks %q", c.Name(), part)
			}
		}
	}
	if len(pages) != want {
		t.Errorf("%d pages, want %d", len(pages), want)
	}
	if _, stderr, code := tnbench(t, "man", filepath.Join(folder, "tnbench.1")); code != exitFailed || !strings.Contains(stderr, "not a directory") {
		t.Errorf("a file in the place of the folder: exit %d, %q", code, stderr)
	}
}

func TestCompletionKnowsWhatFlagsTake(t *testing.T) {
	for line, want := range map[string]string{
		"run --sort foot":             "footprint",
		"replay --columns time,heap_": "time,heap_allocs",
		"explain --only claims,adv":   "claims,advice",
		"profile --alloc sl":          "slab",
		"run --format sam":            "samples",
		"pro":                         "profile",
		"man":                         "man",
	} {
		stdout, _, code := tnbench(t, append([]string{"__complete"}, strings.Fields(line)...)...)
		if code != 0 || !strings.Contains(stdout, want) {
			t.Errorf("%s: exit %d, %q; want %q", line, code, stdout, want)
		}
	}
}

// TestTheMainJobIsBounded: it ends soon on a machine that is busy, unless flags say how
// many rounds there are.
func TestTheMainJobIsBounded(t *testing.T) {
	for line, want := range map[string]time.Duration{
		"":                               mainTime,
		"--quick":                        quickTime,
		"--runs 1":                       0,
		"--max-time 3m":                  3 * time.Minute,
		"--min-time 1ms --runs 1":        0,
		"--until-resolved":               mostResolving,
		"--until-resolved --max-time 9s": 9 * time.Second,
	} {
		c := contestFlags{}
		other := &cobra.Command{}
		c.register(other)
		if err := other.ParseFlags(strings.Fields(line)); err != nil {
			t.Fatal(err)
		}
		c.bound(other)
		if err := c.parse(other); err != nil || c.pace.MaxTime != want {
			t.Errorf("run %s: at most %v, %v; want %v", line, c.pace.MaxTime, err, want)
		}
	}
}

// TestQuickStandsForFlags: what is given with it holds all the same.
func TestQuickStandsForFlags(t *testing.T) {
	for line, want := range map[string]string{
		"run --quick":                           "make syncpool slab, 9 rounds after 1, 10s",
		"run --quick --runs 2":                  "make syncpool slab, 2 rounds after 1, 10s",
		"run --quick --alloc slab,make":         "slab make, 9 rounds after 1, 10s",
		"run --quick --warmup 0 --max-time 20s": "make syncpool slab, 9 rounds after 0, 20s",
	} {
		stdout, stderr, code := tnbench(t, append(strings.Fields(line), "-q", chain, "--format", "json")...)
		d := document(t, stdout)
		got := []string{}
		for _, r := range d.Results {
			got = append(got, r.Alloc)
		}
		said := strings.Join(got, " ") + ", " + strconv.Itoa(d.Settings.Runs) + " rounds after " + strconv.Itoa(d.Settings.Warmup) + ", " + strconv.Itoa(int(d.Settings.MaxTime/1e9)) + "s"
		if code != 0 || said != want {
			t.Errorf("%s: exit %d, %q, %s; want %s", line, code, stderr, said, want)
		}
	}
}

// TestHelpHoldsNoCode: numbers that are woven into texts must not show as their source.
func TestHelpHoldsNoCode(t *testing.T) {
	for _, c := range append(newRoot().Commands(), newRoot()) {
		if text := c.Long + c.Short + c.Example + c.Flags().FlagUsages(); strings.Contains(text, "`") || strings.Contains(text, "()") {
			t.Errorf("%s: the help has code in it:\n%s", c.Name(), text)
		}
	}
}
