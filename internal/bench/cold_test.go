//go:build unix

package bench

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tnbench/internal/machine"
	"tnbench/internal/result"
)

// firstOf measures a first contraction here and returns the document that a process
// would write.
func firstOf(t *testing.T, spec string) result.Document {
	t.Helper()
	program, inputs := matrices(t)
	results, err := Run(context.Background(), program, inputs, Config{Strategies: []string{spec}, First: true, Check: CheckOff})
	if err != nil || results[0].Error != "" {
		t.Fatalf("%v, %s", err, results[0].Error)
	}
	return result.Document{Results: results}
}

// writes returns what starts a process that writes d.
func writes(t *testing.T, d result.Document) func(string) Command {
	t.Helper()
	text, err := json.Marshal(d)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "document.json")
	if err := os.WriteFile(file, text, 0o644); err != nil {
		t.Fatal(err)
	}
	return func(string) Command { return Command{Program: "/bin/cat", Args: []string{file}} }
}

func TestTheFirstContractionIsTheOnlyOne(t *testing.T) {
	r := firstOf(t, "slab").Results[0]
	if !r.Cold || len(r.Samples) != 1 || !r.Digest.OK || len(r.Bits) != 64 {
		t.Errorf("%+v, want a cold one with one sample and its bits", r)
	}
	if _, ok := machine.ResidentPeak(); ok && (len(r.ResidentPeakSamples) != 1 || r.ResidentPeak.Value < r.Resident.Value) {
		t.Errorf("resident %v, peak %v", r.Resident, r.ResidentPeak)
	}
}

func TestColdSamplesAreThoseOfProcesses(t *testing.T) {
	program, inputs := matrices(t)
	d := firstOf(t, "slab")
	all := d.Results[0]
	results, err := Run(context.Background(), program, inputs, Config{
		Strategies: []string{"make", "slab"}, Baseline: "make", Pace: Pace{Runs: 8}, Process: writes(t, d)})
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range results {
		if r.Error != "" || !r.Cold || len(r.Samples) != 8 || r.Samples[7] != all.Samples[0] || r.Check != result.CheckVerified || !r.Ratio.OK {
			t.Errorf("%s: %+v, want eight samples of %v", r.Alloc, r, all.Samples[0])
		}
		if len(r.HeapBytesSamples) != 8 || r.HeapBytes.Value != all.HeapBytes.Value || r.Resident != all.Resident {
			t.Errorf("%s: counters %v, %v, want those of the process, %v, %v", r.Alloc, r.HeapBytesSamples, r.Resident, all.HeapBytes, all.Resident)
		}
	}
}

func TestWhatIsWrongWithAProcessIsTheStrategysError(t *testing.T) {
	program, inputs := matrices(t)
	change := func(f func(*result.Result)) result.Document {
		d := firstOf(t, "slab")
		f(&d.Results[0])
		return d
	}
	for want, process := range map[string]func(string) Command{
		"wrong result":          writes(t, change(func(r *result.Result) { r.Bits = strings.Repeat("0", 64) })),
		"file was changed":      writes(t, change(func(r *result.Result) { r.ProgramHash = "other" })),
		"0 results":             writes(t, result.Document{}),
		"of a first":            writes(t, change(func(r *result.Result) { r.Cold = false })),
		"took 2 samples":        writes(t, change(func(r *result.Result) { r.Samples = append(r.Samples, 1) })),
		"out of patience":       writes(t, change(func(r *result.Result) { r.Error = "out of patience" })),
		"a process failed: ":    func(string) Command { return shell("echo why >&2; exit 3") },
		"signal: killed":        func(string) Command { return shell("kill -9 $$") },
		"wrote no document":     func(string) Command { return shell("echo '{'") },
		"no such file or direc": func(string) Command { return Command{Program: "/no/such/program"} },
	} {
		results, err := Run(context.Background(), program, inputs, Config{Strategies: []string{"slab"}, Pace: Pace{Runs: 2}, Process: process})
		if err != nil || !strings.Contains(results[0].Error, want) {
			t.Errorf("%v, %q, want %q", err, results[0].Error, want)
		}
	}
}

func TestAnInterruptKeepsColdSamples(t *testing.T) {
	program, inputs := matrices(t)
	ctx, cancel := context.WithCancel(context.Background())
	process := writes(t, firstOf(t, "slab"))
	started := 0
	results, err := Run(ctx, program, inputs, Config{Strategies: []string{"slab"}, Pace: Pace{Runs: 100}, Process: func(spec string) Command {
		if started++; started == 6 { // the first is not timed
			cancel()
			return shell("sleep 100")
		}
		return process(spec)
	}})
	if !errors.Is(err, context.Canceled) || len(results[0].Samples) != 4 || results[0].Error != "" {
		t.Errorf("%v, %s, want the four samples before", err, fmt.Sprint(results))
	}
}
