package main

import (
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tnbench/internal/phase"
	"tnbench/internal/report"
)

// TestProfileSaysWhereTheTimeGoes profiles until the profiler, which looks a hundred
// times a second, has seen enough.
func TestProfileSaysWhereTheTimeGoes(t *testing.T) {
	t.Chdir(t.TempDir())
	for duration := "200ms"; ; duration = "5s" {
		stdout, stderr, code := tnbench(t, "profile", "mps_inner_50", "--alloc", "slab:small=64", "--duration", duration, "--top", "3", "-o", "-", "-o", "p.csv", "--format", "json")
		var d report.Profile
		if err := json.Unmarshal([]byte(stdout), &d); err != nil || code != 0 || stderr != "" {
			t.Fatalf("exit %d, stderr %q, %v: %s", code, stderr, err, stdout)
		}
		const file = "mps_inner_50-slab-small-64.prof"
		if d.Schema != report.ProfileSchema || d.File != file || d.Alloc != "slab:small=64" || d.Contractions < 1 || d.Wall <= 0 || len(d.Functions) > 3 {
			t.Fatalf("document %+v", d)
		}
		if d.Samples < 5 && duration == "200ms" {
			continue
		}
		share, time := 0.0, 0.0
		for _, p := range d.Phases {
			share += p.Share
			time += p.Time
			if p.Phase == phase.Other && p.Share > 0.2 {
				t.Errorf("%.0f %% of the time has no phase", 100*p.Share)
			}
		}
		if math.Abs(share-1) > 1e-9 || math.Abs(time*float64(d.Contractions)/d.Sampled-1) > 1e-9 {
			t.Errorf("the shares sum up to %v, the times to %v of %v", share, time*float64(d.Contractions), d.Sampled)
		}
		labelled := 0
		for _, s := range readProfile(t, file).Sample {
			if alloc := s.Label["alloc"]; len(alloc) == 1 && alloc[0] == "slab:small=64" && len(s.Label["class"]) == 1 {
				labelled++
			}
		}
		if labelled == 0 {
			t.Error("no sample has labels")
		}
		if rows, err := csvRows("p.csv"); err != nil || len(rows) < len(d.Phases)+2 {
			t.Errorf("CSV: %v, %v", rows, err)
		}
		break
	}
	stdout, _, code := tnbench(t, "profile", "mps_inner_50", "--duration", "100ms", "--cpuprofile", "cpu prof")
	for _, want := range []string{"arithmetic", "packing", "zeroing", "allocation", "collector", "other", "go tool pprof -http=: cpu prof", "top functions"} {
		if code != 0 || !strings.Contains(stdout, want) {
			t.Errorf("exit %d: %q is missing:\n%s", code, want, stdout)
		}
	}
}

func TestProfileIsOfOneProgram(t *testing.T) {
	for line, want := range map[string]string{
		"profile":                                       "accepts 1 arg",
		"profile cub --alloc slba":                      `did you mean "slab"?`,
		"profile matrix_chian_10":                       "did you mean",
		"profile * --alloc make":                        "stands for",
		"profile mps_inner_50 --path all":               "one path",
		"profile mps_inner_50 --duration 0s":            "--duration must be positive",
		"profile mps_inner_50 --alloc make,slab":        "",
		"profile mps_inner_50 --duraton 1s":             `did you mean "--duration"?`,
		"profile mps_inner_50 --cpuprofile none/cpu":    "there is no folder",
		"profile mps_inner_50 --mem-limit 1MiB -o x.md": "raise --mem-limit",
	} {
		t.Chdir(t.TempDir())
		stdout, stderr, code := tnbench(t, strings.Fields(line)...)
		if code == 0 || stdout != "" || !strings.Contains(stderr, want) {
			t.Errorf("tnbench %s: exit %d, stdout %q, stderr %q; want %q", line, code, stdout, stderr, want)
		}
		if entries, _ := os.ReadDir("."); len(entries) != 0 {
			t.Errorf("tnbench %s: the folder holds %v", line, entries)
		}
	}
}

func TestEachStrategyHasProfilesOfItsOwn(t *testing.T) {
	dir := t.TempDir()
	in := func(name string) string { return filepath.Join(dir, name) }
	stdout, stderr, code := tnbench(t, "run", "mps_inner_50", chain, "--runs", "20", "--warmup", "1", "--alloc", "make,slab:small=64,slab:small=64", "--format", "json",
		"--cpuprofile", in("cpu-%s.prof"), "--memprofile", in("heap-%s.prof"), "--mutexprofile", in("mutex-%s.prof"), "--blockprofile", in("block.prof"), "--trace", in("trace-%s"))
	if code != 0 || !strings.Contains(stderr, "one after the other") {
		t.Fatalf("exit %d, stderr %q", code, stderr)
	}
	d := document(t, stdout)
	if !d.Settings.Sequential || len(d.Results) != 6 {
		t.Errorf("sequential %v, %d results", d.Settings.Sequential, len(d.Results))
	}
	for i := range d.Results {
		if r := &d.Results[i]; r.Ratio.OK {
			t.Errorf("%s has a ratio to %s, which was measured at another time", r.Alloc, r.Ratio.Value.To)
		}
	}
	var objects []int64
	for _, name := range []string{"make", "slab-small-64", "slab-small-64-2"} {
		for _, s := range readProfile(t, in("cpu-"+name+".prof")).Sample {
			for _, spec := range s.Label["alloc"] {
				if want, _, _ := strings.Cut(name, "-"); !strings.HasPrefix(spec, want) {
					t.Errorf("the profile of %s has a sample of %s", name, spec)
				}
			}
		}
		readProfile(t, in("mutex-"+name+".prof"))
		n := int64(0)
		for _, s := range readProfile(t, in("heap-"+name+".prof")).Sample {
			for _, l := range s.Location {
				for _, line := range l.Line {
					if strings.Contains(line.Function.Name, "internal/alloc.") {
						n += s.Value[1]
					}
				}
			}
			if s.Value[0] < 0 || s.Value[1] < 0 {
				t.Errorf("%s: %v objects and bytes", name, s.Value[:2])
			}
		}
		objects = append(objects, n)
		if text, err := os.ReadFile(in("trace-" + name)); err != nil || !strings.HasPrefix(string(text), "go 1.") {
			t.Errorf("trace of %s: %v", name, err)
		}
	}
	if len(objects) == 3 && (objects[0] <= objects[1] || objects[0] <= objects[2]) {
		t.Errorf("strategies allocated %v bytes: those of make are in other profiles", objects)
	}
	if p := readProfile(t, in("block.prof")); p.SampleType[0].Type != "contentions" {
		t.Errorf("block profile of %v", p.SampleType[0].Type)
	}
	if entries, _ := os.ReadDir(dir); len(entries) != 13 {
		t.Errorf("the folder holds %v", entries)
	}
}
