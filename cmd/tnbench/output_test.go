package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"tnbench/internal/peaks"
	"tnbench/internal/report"
	"tnbench/internal/result"
)

// keepPeaks measures the machine, so that no later command has to.
func keepPeaks(t *testing.T) {
	t.Helper()
	if _, _, err := peaks.OfMachine(context.Background(), false); err != nil {
		t.Fatal(err)
	}
}

// writers are command lines that write every kind of result there is, with the
// formats they have.
func writers(t *testing.T) (all [][]string) {
	t.Helper()
	log, problem := written(t, "small.log", smallLog), written(t, "small.csv", smallProblem)
	everyFormat := []string{"table", "markdown", "csv", "json"}
	for _, c := range []struct {
		line    string
		formats []string
	}{
		{"run -q --runs 2 --warmup 0 --alloc make,slab " + chain, append(everyFormat, "benchfmt")},
		{"replay -q --runs 2 --warmup 0 --alloc make,slab " + log, append(everyFormat, "benchfmt")},
		{"profile -q --duration 20ms " + chain + " --cpuprofile " + filepath.Join(t.TempDir(), "cpu.prof"), everyFormat},
		{"histogram " + chain, everyFormat},
		{"inspect " + chain, everyFormat},
		{"explain -q --quick --only anatomy " + chain, everyFormat},
		{"instances", everyFormat},
		{"plan --alloc make,slab " + chain, everyFormat},
		{"pack " + problem, everyFormat},
		{"allocators", everyFormat},
		{"generate --list", everyFormat},
		{"generate chain --trials 1 --refine 0", nil},
		{"trace -q " + chain, nil},
	} {
		args := strings.Fields(c.line)
		if c.formats == nil {
			all = append(all, args)
		}
		for _, f := range c.formats {
			all = append(all, append(slices.Clone(args), "--format", f))
		}
	}
	return all
}

// limited writes so many bytes and then fails.
type limited struct {
	left int
	err  error
}

func (l *limited) Write(p []byte) (int, error) {
	n := min(len(p), l.left)
	l.left -= n
	if n < len(p) {
		return n, l.err
	}
	return n, nil
}

func TestStandardOutputThatCannotBeWrittenIsAnError(t *testing.T) {
	lines := append(writers(t), []string{"version"}, []string{"--version"}, []string{"--help"}, []string{}, []string{"help"}, []string{"help", "run"})
	for _, c := range newRoot().Commands() {
		lines = append(lines, []string{c.Name(), "--help"})
	}
	for _, s := range shells {
		lines = append(lines, []string{"completion", s.name})
	}
	full := "tnbench: cannot write to standard output: no space left on device\n"
	ends := []struct {
		limited
		code   int
		stderr string
	}{
		{limited{0, syscall.ENOSPC}, exitFailed, full},
		{limited{20, syscall.ENOSPC}, exitFailed, full},
		{limited{0, syscall.EPIPE}, exitClosed, ""},
	}
	for i, args := range lines {
		for j, end := range ends {
			if measures(args) && i%len(ends) != j {
				continue // each of its formats meets one of them
			}
			var stderr bytes.Buffer
			code := run(context.Background(), bytes.NewReader(nil), &end.limited, &stderr, args)
			if code != end.code || stderr.String() != end.stderr {
				t.Errorf("tnbench %s, %v after %d bytes: exit %d, stderr %q; want exit %d, %q", strings.Join(args, " "), end.err, ends[j].left, code, stderr.String(), end.code, end.stderr)
			}
		}
	}
}

// measures reports whether a command line prints times.
func measures(args []string) bool {
	return len(args) > 0 && slices.Contains([]string{"run", "replay", "pack", "profile", "explain"}, args[0])
}

// TestFilesHoldWhatStandardOutputWould compares both ways of a command that
// measures nothing.
func TestFilesHoldWhatStandardOutputWould(t *testing.T) {
	for _, args := range writers(t) {
		if measures(args) {
			continue
		}
		if strings.HasSuffix(args[1], ".csv") {
			continue // -o has the offsets, and the time it took differs
		}
		file := filepath.Join(t.TempDir(), "out")
		direct, _, code := tnbench(t, args...)
		stdout, stderr, codeFile := tnbench(t, append(slices.Clone(args), "-o", file)...)
		got, err := os.ReadFile(file)
		if code != 0 || codeFile != 0 || err != nil || stdout != "" || string(got) != direct {
			t.Errorf("tnbench %s: exit %d, with -o %d, %v, stderr %q, stdout %q\n--- file\n%s\n--- want\n%s", strings.Join(args, " "), code, codeFile, err, stderr, stdout, got, direct)
		}
	}
}

func TestOutputsAreCheckedBeforeAnythingIsDone(t *testing.T) {
	dir := t.TempDir()
	for _, args := range writers(t) {
		for what, c := range map[string]struct{ file, want string }{
			"a folder":    {dir, "it is a folder"},
			"none":        {filepath.Join(dir, "none", "out"), "there is no folder"},
			"a file in a": {filepath.Join(chain, "out"), "not a directory"},
		} {
			stdout, stderr, code := tnbench(t, append(slices.Clone(args), "-o", c.file)...)
			if code != exitFailed || stdout != "" || !strings.Contains(stderr, "cannot write "+c.file+": ") || !strings.Contains(stderr, c.want) {
				t.Errorf("tnbench %s -o %s: exit %d, stdout %q, stderr %q; want exit %d, nothing, %q", strings.Join(args, " "), what, code, stdout, stderr, exitFailed, c.want)
			}
		}
	}
	network, err := os.ReadFile(chain)
	if err != nil {
		t.Fatal(err)
	}
	same := filepath.Join(dir, "same")
	for line, want := range map[string]string{
		"run IN.json -o IN.json":                        "is read as input",
		"run FOLDER -o IN.json":                         "is read as input",
		"run IN.json --cpuprofile IN.json":              "is read as input",
		"run IN.json --cpuprofile SAME --trace SAME":    "SAME is written to it",
		"run IN.json --memprofile SAME -o SAME":         "SAME is written to it",
		"run IN.json --cpuprofile none/cpu":             "there is no folder",
		"run IN.json --memprofile none/memory":          "there is no folder",
		"run IN.json --trace none/trace":                "there is no folder",
		"inspect IN.json -o FOLDER/../set/IN.json":      "is read as input",
		"histogram IN.json -o IN.json":                  "is read as input",
		"instances IN.json -o IN.json":                  "is read as input",
		"trace IN.json -o IN.json":                      "is read as input",
		"plan IN.json -o IN.json":                       "is read as input",
		"plan IN.json --svg IN.json":                    "is read as input",
		"plan IN.json --svg SAME -o SAME":               "SAME is written to it",
		"plan IN.json --svg none/plan.svg":              "there is no folder",
		"pack FOLDER/p.csv -o FOLDER/p.csv":             "is read as input",
		"pack FOLDER/p.csv --svg SAME -o SAME":          "SAME is written to it",
		"replay FOLDER/a.log -o FOLDER/a.log --runs 1":  "is read as input",
		"replay FOLDER/a.log -o FOLDER/a.log/x":         "not a directory",
		"generate chain matrices=3 -o none/chain.json":  "there is no folder",
		"env -o none/env.json":                          "there is no folder",
		"allocators --bench -o none/allocators.csv":     "there is no folder",
		"run IN.json --cpuprofile FOLDER --alloc make":  "it is a folder",
		"pack FOLDER/p.csv --svg FOLDER/p.csv":          "is read as input",
		"run IN.json -o IN.json --format json --runs 1": "is read as input",
	} {
		set := filepath.Join(dir, "set")
		in := filepath.Join(set, "IN.json")
		for name, text := range map[string]string{in: string(network), filepath.Join(set, "p.csv"): smallProblem, filepath.Join(set, "a.log"): smallLog} {
			if err := errors.Join(os.MkdirAll(set, 0o755), os.WriteFile(name, []byte(text), 0o644)); err != nil {
				t.Fatal(err)
			}
		}
		replace := strings.NewReplacer("FOLDER/../set/IN.json", set+"/../set/IN.json", "FOLDER", set, "IN.json", in, "SAME", same, "none/", filepath.Join(dir, "none")+"/")
		stdout, stderr, code := tnbench(t, strings.Fields(replace.Replace(line))...)
		if code != exitFailed || stdout != "" || !strings.Contains(stderr, replace.Replace(want)) {
			t.Errorf("tnbench %s: exit %d, stdout %q, stderr %q; want exit %d, nothing, %q", line, code, stdout, stderr, exitFailed, want)
		}
		if got, err := os.ReadFile(in); err != nil || !bytes.Equal(got, network) {
			t.Errorf("tnbench %s: the input now holds %q, %v", line, got, err)
		}
		if _, err := os.Stat(same); err == nil {
			t.Errorf("tnbench %s: the output was made", line)
			os.Remove(same)
		}
	}
}

func TestAMistakeReplacesNoGoodFile(t *testing.T) {
	broken, log, problem := brokenFile(t), written(t, "broken.log", "nonsense\n"), written(t, "broken.csv", "nonsense\n")
	for _, line := range []string{
		"run sutie/", "run " + broken, "run --nonsense", "run --alloc nonsense", "run " + chain + " --mem-limit 1B", "run " + chain + " --path nonsense",
		"inspect " + broken, "histogram " + broken, "instances " + broken, "plan " + broken, "pack " + problem, "trace " + broken,
		"replay " + log, "generate nonsense", "generate grid rows=0", "run sutie/ --format json", "replay " + log + " --format json", "inspect " + broken + " --format json",
	} {
		file, cpu := written(t, "result", "good"), written(t, "profile", "good")
		args := append(strings.Fields(line), "-o", file)
		if args[0] == "run" {
			args = append(args, "--cpuprofile", cpu)
		}
		_, stderr, code := tnbench(t, args...)
		if code == 0 || stderr == "" {
			t.Errorf("tnbench %s: exit %d, stderr %q", line, code, stderr)
		}
		for _, f := range []string{file, cpu} {
			if got, err := os.ReadFile(f); err != nil || string(got) != "good" {
				t.Errorf("tnbench %s: %s now holds %q, %v", line, filepath.Base(f), got, err)
			}
		}
		if entries, _ := os.ReadDir(filepath.Dir(file)); len(entries) != 1 {
			t.Errorf("tnbench %s: the folder holds %v", line, entries)
		}
		if code == exitFailed && args[0] != "trace" && args[0] != "generate" && !strings.Contains(stderr, "nothing was measured, and "+file+" is left as it was") {
			t.Errorf("tnbench %s: stderr %q does not say what becomes of the file", line, stderr)
		}
	}
}

// TestAnInterruptReplacesNoGoodFile interrupts before anything can be measured.
func TestAnInterruptReplacesNoGoodFile(t *testing.T) {
	for _, args := range append(writers(t), []string{"env"}, []string{"allocators", "--bench"}) {
		if args[0] == "allocators" && len(args) > 2 || slices.Contains(args, "--list") {
			continue // measure nothing, so that there is nothing to interrupt
		}
		file := written(t, "result", "good")
		ctx, cancel := context.WithCancelCause(context.Background())
		cancel(signalled{syscall.SIGTERM})
		var stdout, stderr bytes.Buffer
		code := run(ctx, bytes.NewReader(nil), &stdout, &stderr, append(slices.Clone(args), "-o", file))
		if code != 143 || strings.Count(stderr.String(), "interrupted") != 1 {
			t.Errorf("tnbench %s: exit %d, stderr %q; want 143, and the interruption once", strings.Join(args, " "), code, stderr.String())
		}
		if got, err := os.ReadFile(file); err != nil || string(got) != "good" {
			t.Errorf("tnbench %s: the file now holds %q, %v", strings.Join(args, " "), got, err)
		}
	}
}

// TestInterruptedDocumentsSayIt interrupts commands that have many instances to go
// through, later and later, until some are done.
func TestInterruptedDocumentsSayIt(t *testing.T) {
	keepPeaks(t)
	network, err := os.ReadFile(chain)
	if err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir()
	for i := range 300 {
		if err := os.WriteFile(filepath.Join(folder, fmt.Sprintf("%d.json", i)), network, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for command, list := range map[string]string{"run": "results", "inspect": "instances", "histogram": "histograms", "plan": "programs", "instances": "instances"} {
		file := written(t, "result", "good")
		args := []string{command, folder, "--format", "json", "-o", file}
		if command == "run" {
			args = append(args, quick...)
		}
		for wait := time.Millisecond; ; wait = wait * 3 / 2 {
			ctx, cancel := context.WithCancelCause(context.Background())
			time.AfterFunc(wait, func() { cancel(signalled{syscall.SIGINT}) })
			code := run(ctx, bytes.NewReader(nil), io.Discard, io.Discard, args)
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if string(text) == "good" && code == 130 {
				continue
			}
			var document map[string]any
			if err := json.Unmarshal(text, &document); err != nil {
				t.Fatal(err)
			}
			results, _ := document[list].([]any)
			if code != 130 || document["interrupted"] != true || len(results) == 0 {
				t.Errorf("%s, after %v: exit %d, interrupted: %v, %d results", command, wait, code, document["interrupted"], len(results))
			}
			break
		}
	}
}

func TestStrategiesWithoutSamplesSayWhy(t *testing.T) {
	keepPeaks(t)
	var d result.Document
	for wait := 300 * time.Millisecond; len(d.Results) == 0; wait *= 2 { // until it has begun
		ctx, cancel := context.WithCancelCause(context.Background())
		time.AfterFunc(wait, func() { cancel(signalled{syscall.SIGHUP}) })
		var stdout, stderr bytes.Buffer
		code := run(ctx, bytes.NewReader(nil), &stdout, &stderr, []string{"run", "cubic_light_415", "-q", "--runs", "100000", "--format", "json"})
		if d = document(t, stdout.String()); code != 129 || !d.Interrupted {
			t.Fatalf("after %v: exit %d, interrupted %v, %d results", wait, code, d.Interrupted, len(d.Results))
		}
	}
	for _, r := range d.Results {
		if len(r.Samples) == 0 && r.Error != "interrupted before it was measured" {
			t.Errorf("%s has no samples, error %q", r.Alloc, r.Error)
		}
	}
}

// failing is a file that takes nothing, found out only at its end.
func failing(t *testing.T) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "full")
	if err := makeFull(file); err != nil {
		t.Skip(err)
	}
	if f, err := os.OpenFile(file, os.O_WRONLY, 0); err != nil {
		t.Skip(err) // a file system without devices
	} else {
		f.Close()
	}
	return file
}

func TestWhatAFileCannotTakeGoesToStandardOutput(t *testing.T) {
	full := failing(t)
	for _, args := range writers(t) {
		stdout, stderr, code := tnbench(t, append(slices.Clone(args), "-o", full)...)
		if code != exitFailed || stdout == "" || !strings.Contains(stderr, "cannot write "+full+": no space left on device; it goes to standard output") {
			t.Errorf("tnbench %s: exit %d, stdout %q, stderr %q", strings.Join(args, " "), code, stdout, stderr)
		}
		if args[len(args)-1] == "json" && !strings.HasSuffix(args[1], ".csv") && !json.Valid([]byte(stdout)) {
			t.Errorf("tnbench %s: no document: %q", strings.Join(args, " "), stdout)
		}
	}
	problem := written(t, "p.csv", smallProblem)
	for _, line := range []string{
		"run -q " + chain + " --alloc make --runs 1 --warmup 0 --cpuprofile FULL", "run -q " + chain + " --alloc make --runs 1 --warmup 0 --memprofile FULL",
		"run -q " + chain + " --alloc make --runs 1 --warmup 0 --trace FULL", "plan " + chain + " --svg FULL", "pack " + problem + " --svg FULL",
	} {
		stdout, stderr, code := tnbench(t, strings.Fields(strings.Replace(line, "FULL", full, 1))...)
		if code != exitFailed || stdout == "" || !strings.Contains(stderr, "cannot write "+full) {
			t.Errorf("tnbench %s: exit %d, stdout %q, stderr %q; want the table all the same", line, code, stdout, stderr)
		}
	}
	if info, err := os.Lstat(full); err != nil || info.Mode()&os.ModeDevice == 0 {
		t.Errorf("the device is now %v, %v", info, err)
	}
}

func TestProfilesAndPicturesGoWhereOutputsGo(t *testing.T) {
	dir := t.TempDir()
	file := func(name string) string { return filepath.Join(dir, name) }
	for _, name := range []string{"cpu", "memory", "trace", "svg"} {
		if err := os.WriteFile(file(name), []byte("old"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if _, stderr, code := quickRun(t, chain, "--cpuprofile", file("cpu"), "--memprofile", file("memory"), "--trace", file("trace")); code != 0 {
		t.Fatalf("exit %d, %s", code, stderr)
	}
	if _, stderr, code := tnbench(t, "plan", chain, "--svg", file("svg")); code != 0 {
		t.Fatalf("exit %d, %s", code, stderr)
	}
	for name, begin := range map[string]string{"cpu": "\x1f\x8b", "memory": "\x1f\x8b", "trace": "go 1.", "svg": "<svg"} {
		text, err := os.ReadFile(file(name))
		info, _ := os.Stat(file(name))
		if err != nil || !strings.HasPrefix(string(text), begin) {
			t.Errorf("%s begins with %.20q, %v; want %q", name, text, err, begin)
		}
		if mode := info.Mode().Perm(); mode != 0o600 && !strings.Contains(fmt.Sprint(os.PathSeparator), `\`) {
			t.Errorf("%s: mode %o, want 600 as before", name, mode)
		}
	}
	if entries, _ := os.ReadDir(dir); len(entries) != 4 {
		t.Errorf("the folder holds %v", entries)
	}
}

func TestHyphenIsStandardOutput(t *testing.T) {
	t.Chdir(t.TempDir())
	if stdout, _, code := tnbench(t, "instances", "-o", "-", "--format", string(report.JSONFormat)); code != 0 || !json.Valid([]byte(stdout)) {
		t.Errorf("exit %d, stdout %q", code, stdout)
	}
	if entries, _ := os.ReadDir("."); len(entries) != 0 {
		t.Errorf("the folder holds %v", entries)
	}
}
