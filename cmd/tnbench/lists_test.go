package main

import (
	"encoding/csv"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tnbench/internal/alloc"
	"tnbench/internal/bench"
	"tnbench/internal/report"
	"tnbench/internal/study"
)

func TestInstancesListsEveryPath(t *testing.T) {
	stdout, stderr, code := tnbench(t, "instances", chain, "--format", "json")
	var got struct {
		Schema    string
		Instances []study.Listing
	}
	if err := json.Unmarshal([]byte(stdout), &got); err != nil || code != 0 || stderr != "" {
		t.Fatalf("exit %d, stderr %q, %v", code, stderr, err)
	}
	if got.Schema != study.InstancesSchema || len(got.Instances) != 1 {
		t.Fatalf("document: %s", stdout)
	}
	l := got.Instances[0]
	if l.Name != "chain" || l.Source != chain || l.Tensors != 8 || l.DType != "complex64" || len(l.Paths) != 2 || l.Paths[0].Log10Flops == nil {
		t.Errorf("listed %+v", l)
	}
	stdout, _, _ = tnbench(t, "instances", "--format", "csv")
	rows, err := csv.NewReader(strings.NewReader(stdout)).ReadAll()
	if err != nil || strings.Join(rows[0], ",") != "instance,tensors,labels,dtype,output,path,log10_flops,log2_size,source" {
		t.Errorf("CSV: %v, %v", rows, err)
	}
	stdout, _, _ = tnbench(t, "instances")
	for _, name := range []string{"cubic_light_415", "ising_strip_5x250", "matrix_chain_10", "embedded", "opt_flops", "opt_size"} {
		if !strings.Contains(stdout, name) {
			t.Errorf("the list of embedded instances lacks %s:\n%s", name, stdout)
		}
	}
}

func TestInstancesOfALoneTensorHaveNoCost(t *testing.T) {
	file := filepath.Join(t.TempDir(), "lone.json")
	if err := os.WriteFile(file, []byte(`{"name":"lone","format_string":"ii->i","shapes":[[3,3]],"dtype":"float64","num_tensors":1,"paths":{"opt_flops":{"path":[[0]]}}}`), 0o644); err != nil {
		t.Fatal(err)
	}
	stdout, stderr, code := tnbench(t, "instances", file)
	if code != 0 || !strings.Contains(stdout, "i (3)") || !strings.Contains(stdout, "–") {
		t.Errorf("exit %d, stderr %q, stdout:\n%s", code, stderr, stdout)
	}
}

func TestAllocatorsSaysWhatEachStrategyIs(t *testing.T) {
	t.Setenv("COLUMNS", "1000")
	stdout, stderr, code := tnbench(t, "allocators", "-v")
	if code != 0 || stderr != "" {
		t.Fatalf("exit %d, stderr %q", code, stderr)
	}
	for _, info := range alloc.Infos() {
		name := " " + info.Name + " "
		if info.Default {
			name += "*"
		}
		for _, want := range []string{name, info.Models, info.Keeps} {
			if !strings.Contains(stdout, want) {
				t.Errorf("%s: %q is missing", info.Name, want)
			}
		}
		for _, o := range info.Options {
			if !strings.Contains(stdout, o.Meaning) {
				t.Errorf("%s: option %s is missing", info.Name, o.Name)
			}
		}
		if err := info.Available(); err != nil && !strings.Contains(stdout, err.Error()) {
			t.Errorf("%s can't run here, and %q is missing", info.Name, err)
		}
	}
}

func TestAllocatorsInOtherFormats(t *testing.T) {
	stdout, _, _ := tnbench(t, "allocators", "--format", "csv")
	rows, err := csv.NewReader(strings.NewReader(stdout)).ReadAll()
	if err != nil || len(rows) != 1+len(alloc.Infos()) || strings.Join(rows[0], ",") != "name,default,available,reason,sharing,models,keeps,options" {
		t.Errorf("CSV: %v, %v", rows, err)
	}
	stdout, _, _ = tnbench(t, "allocators", "--format", "json")
	var got report.Allocators
	if err := json.Unmarshal([]byte(stdout), &got); err != nil || got.Schema != report.AllocatorsSchema || len(got.Strategies) != len(alloc.Infos()) {
		t.Fatalf("JSON: %v: %s", err, stdout)
	}
	for i, info := range alloc.Infos() {
		s := got.Strategies[i]
		if s.Name != info.Name || s.Default != info.Default || s.Available != (info.Available() == nil) || (s.Reason == "") != s.Available || len(s.Options) != len(info.Options) {
			t.Errorf("%s: %+v", info.Name, s)
		}
	}
	stdout, _, _ = tnbench(t, "allocators", "--format", "markdown")
	if !strings.Contains(stdout, "### strategies") || !strings.Contains(stdout, "|") {
		t.Errorf("markdown: %s", stdout)
	}
}

func TestAllocatorsBenchHasACellPerStrategyAndSize(t *testing.T) {
	stdout, stderr, code := tnbench(t, "allocators", "--bench", "--alloc", "arena,slab", "--format", "csv")
	rows, err := csv.NewReader(strings.NewReader(stdout)).ReadAll()
	if err != nil || code != 0 || stderr != "" || len(rows) != 1+2*len(bench.PairSizes) {
		t.Fatalf("exit %d, stderr %q, %d rows, %v", code, stderr, len(rows), err)
	}
	for _, row := range rows[1:] {
		if row[2] == "" || row[2] == "0" || row[5] != "" {
			t.Errorf("row %v: want a time and no error", row)
		}
	}
}

func TestEnvMeasuresInEveryFormat(t *testing.T) {
	if testing.Short() {
		t.Skip("measures for a second")
	}
	stdout, stderr, code := tnbench(t, "env")
	if code != 0 || stderr != "" {
		t.Fatalf("exit %d, stderr %q", code, stderr)
	}
	for _, want := range []string{"machine", "arithmetic of one core", "complex128", "bandwidth of one core", "memory", "costs", "resolution of the clock"} {
		if !strings.Contains(stdout, want) {
			t.Errorf("%q is missing:\n%s", want, stdout)
		}
	}
	stdout, _, _ = tnbench(t, "env", "--format", "json")
	var got report.Environment
	if err := json.Unmarshal([]byte(stdout), &got); err != nil || got.Schema != report.EnvSchema || len(got.Peaks.Arithmetic) != 4 || got.Clock.Resolution <= 0 || got.Warnings == nil {
		t.Errorf("JSON: %v: %s", err, stdout)
	}
	stdout, _, _ = tnbench(t, "env", "--format", "csv")
	rows, err := csv.NewReader(strings.NewReader(stdout)).ReadAll()
	if err != nil || strings.Join(rows[0], ",") != "section,item,key,value" || len(rows) < 10 {
		t.Errorf("CSV: %v, %v", rows, err)
	}
}
