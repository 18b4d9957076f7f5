package main

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tnbench/instances"
	"tnbench/internal/generate"
	"tnbench/internal/instance"
	"tnbench/internal/report"
)

// TestTheListedCommandsMakeTheEmbeddedInstances runs what "instances -v" says
// made each embedded instance.
func TestTheListedCommandsMakeTheEmbeddedInstances(t *testing.T) {
	listed, _, _ := tnbench(t, "instances", "-v")
	for _, r := range generate.Embedded {
		line := report.CommandLine(r)
		if !strings.Contains(listed, line) {
			t.Errorf("instances -v does not say %q", line)
		}
		args := strings.Fields(line)[1:]
		file := filepath.Join(t.TempDir(), args[len(args)-1])
		args[len(args)-1] = file
		stdout, stderr, code := tnbench(t, args...)
		if code != 0 || stdout != "" || stderr != "" {
			t.Fatalf("%s: exit %d, stdout %q, stderr %q", line, code, stdout, stderr)
		}
		got, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		want, err := instances.Files.ReadFile(r.Name + instance.Extension)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got, want) {
			t.Errorf("%s makes %d bytes that differ from the embedded %d", line, len(got), len(want))
		}
	}
}

func TestGenerateWritesWhatCanBeRead(t *testing.T) {
	stdout, stderr, code := tnbench(t, "generate", "mps", "sites=3", "--dtype", "complex64", "--name", "three", "--seed", "7")
	if code != 0 || stderr != "" {
		t.Fatalf("exit %d, stderr %q", code, stderr)
	}
	in, err := instance.Parse("three", []byte(stdout))
	if err != nil {
		t.Fatal(err)
	}
	if in.Name != "three" || in.DType.String() != "complex64" || len(in.Inputs) != 6 || len(in.Paths) != 2 {
		t.Errorf("made %s: %s, %d tensors, %d paths; want three: complex64, 6, 2", in.Name, in.DType, len(in.Inputs), len(in.Paths))
	}
	again, _, _ := tnbench(t, "generate", "mps", "sites=3", "--dtype", "complex64", "--name", "three", "--seed", "7")
	other, _, _ := tnbench(t, "generate", "mps", "sites=3", "--dtype", "complex64", "--name", "three", "--seed", "8")
	if again != stdout || other == stdout {
		t.Errorf("same seed, same bytes: %v; another seed, same bytes: %v; want true, false", again == stdout, other == stdout)
	}
}

func TestGenerateStopsWhenInterrupted(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	file := filepath.Join(t.TempDir(), "grid.json")
	var stdout, stderr bytes.Buffer
	code := run(ctx, bytes.NewReader(nil), &stdout, &stderr, []string{"generate", "grid", "-o", file})
	if _, err := os.Stat(file); code != exitFailed || !os.IsNotExist(err) || !strings.Contains(stderr.String(), "interrupted") {
		t.Errorf("exit %d, stderr %q, file: %v; want exit %d and no file", code, stderr.String(), err, exitFailed)
	}
}

func TestGenerateListsKinds(t *testing.T) {
	t.Setenv("COLUMNS", "1000")
	stdout, _, code := tnbench(t, "generate", "--list")
	for _, k := range generate.Kinds {
		for _, p := range k.Params {
			if !strings.Contains(stdout, p.Doc) {
				t.Errorf("%s %s is missing (exit %d)", k.Name, p.Name, code)
			}
		}
	}
	stdout, _, _ = tnbench(t, "generate", "--list", "--format", "csv")
	rows, err := csv.NewReader(strings.NewReader(stdout)).ReadAll()
	if err != nil || strings.Join(rows[0], ",") != "kind,parameter,default,min,max,doc" {
		t.Errorf("CSV: %v, %v", rows, err)
	}
	stdout, _, _ = tnbench(t, "generate", "--list", "--format", "json")
	var got struct {
		Schema string
		Kinds  []struct{ Name string }
	}
	if err := json.Unmarshal([]byte(stdout), &got); err != nil || got.Schema != report.KindsSchema || len(got.Kinds) != len(generate.Kinds) {
		t.Errorf("JSON: %+v, %v", got, err)
	}
}
