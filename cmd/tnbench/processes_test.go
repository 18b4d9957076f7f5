package main

import (
	"encoding/json"
	"os"
	"testing"

	"tnbench/internal/keep"
	"tnbench/internal/result"
)

// TestMain lets the test binary stand for the program itself, so that commands
// that start processes can be tested.
func TestMain(m *testing.M) {
	if os.Getenv(asProgram) != "" {
		main()
	}
	os.Exit(inOwnCache(m.Run))
}

// inOwnCache keeps what tests measure of the machine out of the user's folder.
func inOwnCache(tests func() int) int {
	folder, err := os.MkdirTemp("", "tnbench-test-*")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(folder)
	os.Setenv(keep.Variable, folder)
	os.Unsetenv("COLUMNS") // of the terminal that runs the tests
	return tests()
}

const asProgram = "TNBENCH_TEST_AS_PROGRAM"

func TestStreamsAreComparedWithIndependentProcesses(t *testing.T) {
	t.Setenv(asProgram, "1")
	ownProgram = true
	defer func() { ownProgram = false }()
	stdout, stderr, code := tnbench(t, "run", "mps_inner_50", "--alloc", "make,slab", "--streams", "2", "--runs", "2", "--warmup", "1", "--format", "json")
	if code != 0 {
		t.Fatalf("exit code %d: %s", code, stderr)
	}
	var d result.Document
	if err := json.Unmarshal([]byte(stdout), &d); err != nil {
		t.Fatal(err)
	}
	if len(d.Results) != 2 {
		t.Fatalf("got %d results, want 2", len(d.Results))
	}
	for _, r := range d.Results {
		if !(r.Throughput.Value > 0) || !(r.Processes.Value > 0) || !(r.Contention.Value > 0) {
			t.Errorf("%s: throughput %v, processes %v, contention %v; want all measured", r.Alloc, r.Throughput, r.Processes, r.Contention)
		}
	}
}

// TestFilesThatLookLikeFlagsReachTheProcesses and a file in a folder above.
func TestFilesThatLookLikeFlagsReachTheProcesses(t *testing.T) {
	t.Setenv(asProgram, "1")
	ownProgram = true
	defer func() { ownProgram = false }()
	data, err := os.ReadFile(chain)
	if err != nil {
		t.Fatal(err)
	}
	t.Chdir(t.TempDir())
	if err := os.WriteFile("-dash.json", data, 0o644); err != nil {
		t.Fatal(err)
	}
	stdout, stderr, code := tnbench(t, "run", "--alloc", "make", "--streams", "2", "--runs", "1", "--warmup", "0", "--format", "json", "--", "-dash.json")
	var d result.Document
	if err := json.Unmarshal([]byte(stdout), &d); code != 0 || err != nil {
		t.Fatalf("exit %d, %v: %s", code, err, stderr)
	}
	if len(d.Results) != 1 || !d.Results[0].Processes.OK {
		t.Errorf("no comparison: %+v, %s", d.Results, stderr)
	}
}
