package main

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/google/pprof/profile"
)

// readProfile parses a profile file.
func readProfile(t *testing.T, file string) *profile.Profile {
	t.Helper()
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	p, err := profile.Parse(f)
	if err != nil {
		t.Fatalf("%s: %v", file, err)
	}
	return p
}

// TestCPUProfilesAreLabelled repeats with more runs until the profiler, which
// looks a hundred times a second, has seen a contraction.
func TestCPUProfilesAreLabelled(t *testing.T) {
	file := filepath.Join(t.TempDir(), "cpu.prof")
	for runs := 20; ; runs *= 4 {
		stdout, stderr, code := tnbench(t, "run", "mps_inner_50", "--runs", strconv.Itoa(runs), "--warmup", "0", "--alloc", "arena", "--cpuprofile", file, "--format", "json")
		if code != 0 || !strings.Contains(stderr, "profiling is on") {
			t.Fatalf("exit %d, stderr %q", code, stderr)
		}
		if d := document(t, stdout); len(d.Warnings) == 0 {
			t.Error("a profiled run does not say so in its warnings")
		}
		for _, s := range readProfile(t, file).Sample {
			if len(s.Label["class"]) == 0 {
				continue
			}
			if got := s.Label["instance"]; len(got) != 1 || got[0] != "mps_inner_50" {
				t.Errorf("label instance %v", got)
			}
			if got := s.Label["alloc"]; len(got) != 1 || got[0] != "arena" {
				t.Errorf("label alloc %v", got)
			}
			if s.Label["class"][0] == "" {
				t.Error("an empty step class")
			}
			return
		}
		if runs > 5000 {
			t.Fatalf("no sample of %d runs has labels", runs)
		}
	}
}

func TestMemoryProfilesAndTracesAreWritten(t *testing.T) {
	memory, trace := filepath.Join(t.TempDir(), "mem.prof"), filepath.Join(t.TempDir(), "trace.out")
	if _, stderr, code := quickRun(t, chain, "--memprofile", memory, "--trace", trace); code != 0 {
		t.Fatalf("exit %d, stderr %q", code, stderr)
	}
	if p := readProfile(t, memory); len(p.SampleType) == 0 || p.SampleType[0].Type != "alloc_objects" {
		t.Errorf("memory profile has the sample types %v, want alloc_objects first", p.SampleType)
	}
	text, err := os.ReadFile(trace)
	if err != nil || !strings.HasPrefix(string(text), "go 1.") {
		t.Errorf("trace: %v, begins %q", err, text[:min(len(text), 16)])
	}
}

func TestAProfileThatCannotBeWrittenStopsTheRun(t *testing.T) {
	file := filepath.Join(t.TempDir(), "none", "cpu.prof")
	stdout, stderr, code := quickRun(t, chain, "--cpuprofile", file)
	if code != exitFailed || stdout != "" || !strings.Contains(stderr, "cpu.prof") {
		t.Errorf("exit %d, stdout %q, stderr %q", code, stdout, stderr)
	}
}
