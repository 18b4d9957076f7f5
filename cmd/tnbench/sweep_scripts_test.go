//go:build unix

package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// scriptIn returns the lines of a block of YAML that begins after a line that ends so,
// without their indentation.
func scriptIn(t *testing.T, file, after string) string {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	_, block, found := strings.Cut(string(text), after+"\n")
	if !found {
		t.Fatalf("%s has no %q", file, after)
	}
	indent := len(block) - len(strings.TrimLeft(block, " "))
	var lines []string
	for line := range strings.Lines(block) {
		if strings.TrimSpace(line) != "" && len(line)-len(strings.TrimLeft(line, " ")) < indent {
			break
		}
		lines = append(lines, strings.TrimPrefix(line, strings.Repeat(" ", indent)))
	}
	return strings.Join(lines, "")
}

// TestSweepScriptsMeasureEverythingOnce runs what the examples have engines run, share by
// share, as the engines would, each share twice: the second time there is nothing left.
func TestSweepScriptsMeasureEverythingOnce(t *testing.T) {
	if testing.Short() {
		t.Skip("starts processes")
	}
	folder, err := filepath.Abs("../../scripts/sweep")
	if err != nil {
		t.Fatal(err)
	}
	nets := suite(t, "a", "b")
	const measured = 8 // two networks, paths and strategies
	kubernetes, github := filepath.Join(folder, "kubernetes.yaml"), filepath.Join(folder, "github.yml")
	for name, c := range map[string]struct {
		script string
		args   []string
		env    func(share int) []string
	}{
		"slurm": {filepath.Join(folder, "slurm.sh"), []string{nets, "--path", "all"}, func(share int) []string {
			return []string{fmt.Sprintf("SLURM_ARRAY_TASK_ID=%d", share), "RESULTS=results"}
		}},
		"kubernetes": {scriptIn(t, kubernetes, "- |"), nil, func(share int) []string {
			return []string{fmt.Sprintf("JOB_COMPLETION_INDEX=%d", share-1), "RESULTS=results", "SUITE=" + nets}
		}},
		"github": {scriptIn(t, github, "SHARD: ${{ matrix.shard }}\n        run: |"), nil, func(share int) []string {
			return []string{fmt.Sprintf("SHARD=%d", share), "INSTANCES=" + nets}
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Chdir(t.TempDir())
			if err := os.Mkdir("results", 0o755); err != nil {
				t.Fatal(err)
			}
			program, err := os.Executable()
			if err != nil {
				t.Fatal(err)
			}
			here, err := os.Getwd()
			if err != nil {
				t.Fatal(err)
			}
			// The program, measuring little.
			stub := fmt.Sprintf("#!/bin/sh\n[ \"$1\" = run ] && exec %q \"$@\" --runs 2 --warmup 0 --min-time 0 --alloc make,slab --check off --no-peaks\nexec %[1]q \"$@\"\n", program)
			if err := os.WriteFile("tnbench", []byte(stub), 0o755); err != nil {
				t.Fatal(err)
			}
			line := append([]string{"sh", "-eu", c.script}, c.args...)
			if strings.Contains(c.script, "\n") {
				line = []string{"sh", "-euc", c.script}
			}
			for share := range 6 {
				cmd := exec.Command(line[0], line[1:]...)
				cmd.Env = append(os.Environ(), asProgram+"=1", "SHARDS=3", "PATH="+here+":"+os.Getenv("PATH"))
				cmd.Env = append(cmd.Env, c.env(share%3+1)...)
				if out, err := cmd.CombinedOutput(); err != nil {
					t.Fatalf("share %d: %v\n%s", share%3+1, err, out)
				}
			}
			stdout, stderr, code := tnbench(t, "merge", "results", "--format", "json")
			if d := document(t, stdout); code != 0 || len(d.Results) != measured || len(slices.Compact(cells(&d))) != measured {
				t.Errorf("exit %d, stderr %q, %q", code, stderr, cells(&d))
			}
			if name == "github" {
				summary := filepath.Join(here, "summary.md")
				cmd := exec.Command("sh", "-euc", scriptIn(t, github, "name: Join the shares\n        run: |"))
				cmd.Env = append(os.Environ(), asProgram+"=1", "GITHUB_STEP_SUMMARY="+summary)
				if out, err := cmd.CombinedOutput(); err != nil {
					t.Fatalf("%v\n%s", err, out)
				}
				if text, err := os.ReadFile(summary); err != nil || !strings.Contains(string(text), "slab") {
					t.Errorf("%v, summary %q", err, text)
				}
			}
		})
	}
}
