package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"tnbench/internal/machine"
	"tnbench/internal/result"
)

// startable lets commands start this test binary as the program itself.
func startable(t *testing.T) {
	t.Helper()
	t.Setenv(asProgram, "1")
	ownProgram = true
	t.Cleanup(func() { ownProgram = false })
}

// coldDocument runs a command line with --cold.
func coldDocument(t *testing.T, args ...string) result.Document {
	t.Helper()
	stdout, stderr, code := tnbench(t, slices.Insert(args, 1, "--format", "json")...)
	var d result.Document
	if err := json.Unmarshal([]byte(stdout), &d); err != nil || code != 0 {
		t.Fatalf("exit %d, %v: %s", code, err, stderr)
	}
	return d
}

// TestColdSamplesAreFirstContractions: their memory is fresh, also under a strategy
// that touches no fresh page in steady state, and what is resident is the process's own,
// whatever this one once had.
func TestColdSamplesAreFirstContractions(t *testing.T) {
	startable(t)
	large := make([]byte, 256<<20)
	for i := 0; i < len(large); i += 4096 {
		large[i] = 1
	}
	runtime.KeepAlive(large)
	d := coldDocument(t, "run", "mps_inner_50", "--cold", "--alloc", "make,slab", "--runs", "3")
	if !d.Settings.Cold || d.Settings.Warmup != 0 || len(d.Results) != 2 {
		t.Fatalf("settings %+v, %d results", d.Settings, len(d.Results))
	}
	for _, r := range d.Results {
		if !r.Cold || len(r.Samples) != 3 || r.Check != result.CheckVerified || !r.Digest.OK || r.Bits == "" {
			t.Errorf("%s: cold %v, samples %v, check %q", r.Alloc, r.Cold, r.Samples, r.Check)
		}
		if r.Footprint.OK {
			t.Errorf("%s: a footprint of %v, which is one of the steady state", r.Alloc, r.Footprint)
		}
		if _, ok := machine.ResidentPeak(); !ok {
			continue
		}
		least, most := 12e6, 200e6 // the inputs are 10 MiB; a program that watches for races takes 100 MB, and this one has 256 MiB more
		if len(r.ResidentPeakSamples) != 3 || r.ResidentPeak.Value < least || r.ResidentPeak.Value > most || r.Resident.Value > r.ResidentPeak.Value {
			t.Errorf("%s: resident %v, at most %v, want between %v and %v", r.Alloc, r.Resident, r.ResidentPeakSamples, least, most)
		}
		if r.MinorFaults.Value < 100 {
			t.Errorf("%s: %v faults in fresh memory", r.Alloc, r.MinorFaults)
		}
	}
}

func TestColdReplaysEachPartOfALog(t *testing.T) {
	startable(t)
	file := written(t, "-dash.log", smallLog+"{\"op\":\"reset\"}\n"+strings.ReplaceAll(smallLog, "64", "65"))
	t.Chdir(filepath.Dir(file))
	d := coldDocument(t, "replay", "--cold", "--alloc", "make,slab", "--runs", "2", "--", "-dash.log")
	if len(d.Results) != 4 {
		t.Fatalf("%d results, want two contractions under two strategies", len(d.Results))
	}
	for _, r := range d.Results {
		if !r.Cold || len(r.Samples) != 2 || r.Error != "" {
			t.Errorf("%s, %s: %+v", r.Path, r.Alloc, r)
		}
	}
}

func TestColdRefusesWhatHasNoMeaning(t *testing.T) {
	startable(t)
	for _, c := range []struct {
		args []string
		want string
		code int
	}{
		{[]string{"run", chain, "--cold", "--streams", "2"}, "--cold goes without --streams", exitUsage},
		{[]string{"run", chain, "--cold", "--warmup", "7"}, "--cold goes without --warmup", exitUsage},
		{[]string{"run", chain, "--cold", "--cpuprofile", filepath.Join(t.TempDir(), "p")}, "--cold goes without --cpuprofile", exitUsage},
		{[]string{"replay", "-", "--cold"}, "no file that other processes can read again", exitFailed},
	} {
		if _, stderr, code := tnbench(t, c.args...); code != c.code || !strings.Contains(stderr, c.want) {
			t.Errorf("%v: exit %d, %q; want %d and %q", c.args, code, stderr, c.code, c.want)
		}
	}
	ownProgram = false
	if _, stderr, code := tnbench(t, "run", chain, "--cold"); code != exitFailed || !strings.Contains(stderr, "no process can be started") {
		t.Errorf("where this process is another program: exit %d, %q", code, stderr)
	}
}

func TestNamesOfDescriptorsAreNoFiles(t *testing.T) {
	folder := t.TempDir()
	file := filepath.Join(folder, "file")
	if err := os.WriteFile(file, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	for name, target := range map[string]string{"link": "file", "twice": "link", "stdin": "/dev/stdin", "again": "stdin", "gone": "nothing", "folder": "."} {
		if err := os.Symlink(target, filepath.Join(folder, name)); err != nil {
			t.Skip(err)
		}
	}
	for name, want := range map[string]bool{"file": true, "link": true, "twice": true, "stdin": false, "again": false, "gone": false, "folder": false} {
		if got := isFile(filepath.Join(folder, name)); got != want {
			t.Errorf("%s is a file for others: %v, want %v", name, got, want)
		}
	}
	if isFile("/dev/stdin") || isFile("/proc/self/fd/0") {
		t.Error("standard input is taken for a file")
	}
}
