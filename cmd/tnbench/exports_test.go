package main

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"tnbench/internal/result"
)

func TestARunWritesSeveralFiles(t *testing.T) {
	network, err := os.ReadFile(chain)
	if err != nil {
		t.Fatal(err)
	}
	t.Chdir(t.TempDir())
	if err := os.WriteFile("net.json", network, 0o600); err != nil {
		t.Fatal(err)
	}
	stdout, stderr, code := quickRun(t, "net.json", "-o", "r.JSON", "-o", "r.md", "-o", "r.csv", "-o", "r.samples.csv", "-o", "r.bench", "-o", "r.txt", "-o", "-", "--format", "table")
	if code != 0 || stderr != "" {
		t.Fatalf("exit %d, stderr %q", code, stderr)
	}
	read := func(name string) string {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	if text := read("r.txt"); text != stdout || !strings.Contains(text, "──") {
		t.Errorf("r.txt differs from standard output:\n%s\n%s", text, stdout)
	}
	if text := read("r.md"); !strings.HasPrefix(text, "### ") {
		t.Errorf("r.md is no Markdown: %s", text)
	}
	d := document(t, read("r.JSON"))
	if d.Interrupted || d.Pending != nil || len(d.Results) != 2 {
		t.Fatalf("interrupted %v, pending %v, %d results", d.Interrupted, d.Pending, len(d.Results))
	}
	if rows, err := csv.NewReader(strings.NewReader(read("r.csv"))).ReadAll(); err != nil || len(rows) != 3 {
		t.Errorf("r.csv has %d rows, %v", len(rows), err)
	}
	if n := strings.Count(read("r.bench"), "BenchmarkContract/"); n != 6 {
		t.Errorf("r.bench has %d samples, want 6", n)
	}
	rows, err := csv.NewReader(strings.NewReader(read("r.samples.csv"))).ReadAll()
	if err != nil || strings.Join(rows[0], ",") != "instance,file,path,dtype,strategy,figure,round,value" {
		t.Fatalf("r.samples.csv: %v, %v", rows, err)
	}
	want := map[string]float64{}
	for i := range d.Results {
		r := &d.Results[i]
		for k := range result.Figures {
			if f := &result.Figures[k]; f.Samples != nil {
				for round, v := range f.Samples(r) {
					want[fmt.Sprint(r.Instance, r.File, r.Path, r.DType, r.Strategy(), f.Sample(), round+1)] = v
				}
			}
		}
	}
	for _, row := range rows[1:] {
		key := strings.Join(row[:7], "")
		v, err := strconv.ParseFloat(row[7], 64)
		if w, ok := want[key]; !ok || err != nil || v != w {
			t.Errorf("row %v: want %v, %v", row, w, err)
		}
		delete(want, key)
	}
	if len(want) > 0 {
		t.Errorf("no rows for %v", want)
	}
}

func TestNamesOfFilesTellTheFormat(t *testing.T) {
	file, err := filepath.Abs(chain)
	if err != nil {
		t.Fatal(err)
	}
	t.Chdir(t.TempDir())
	for line, want := range map[string]string{
		"run CHAIN --format csv -o r.json":                "--format csv is for standard output and for files whose names tell no format: r.json is written as json",
		"inspect CHAIN -o r.bench":                        "-o r.bench: this command does not write benchfmt; name a file with one of .json, .csv, .md, .markdown",
		"inspect CHAIN -o r.samples.csv":                  "-o r.samples.csv: this command does not write samples",
		"instances -o - -o -":                             "standard output takes one result",
		"trace CHAIN -o a -o b":                           "there is one to be written",
		"generate chain -o a.json -o b.json":              "there is one to be written",
		"run CHAIN --sort tiem":                           `did you mean "time"?`,
		"run CHAIN --columns time,ratoi":                  `did you mean "ratio"?`,
		"replay x.log --columns fautls":                   `did you mean "faults"?`,
		"run CHAIN --colums time":                         `did you mean "--columns"?`,
		"run CHAIN --format markdwon -o r.json":           `did you mean "markdown"?`,
		"replay x.log --format benchfmt -o r.samples.csv": "is written as samples",
	} {
		_, stderr, code := tnbench(t, strings.Fields(strings.ReplaceAll(line, "CHAIN", file))...)
		if code != exitUsage || !strings.Contains(stderr, want) {
			t.Errorf("tnbench %s: exit %d, stderr %q; want exit %d, %q", line, code, stderr, exitUsage, want)
		}
		if entries, _ := os.ReadDir("."); len(entries) != 0 {
			t.Errorf("tnbench %s: the folder holds %v", line, entries)
		}
	}
}

// TestWhatOneFileCannotTakeAnotherHas: results go to standard output only if they
// would be lost else.
func TestWhatOneFileCannotTakeAnotherHas(t *testing.T) {
	full, file := failing(t), filepath.Join(t.TempDir(), "r.json")
	stdout, stderr, code := quickRun(t, chain, "-o", full, "-o", file)
	if code != exitFailed || stdout != "" || !strings.Contains(stderr, "cannot write "+full) || strings.Contains(stderr, "standard output") {
		t.Errorf("exit %d, stdout %q, stderr %q", code, stdout, stderr)
	}
	if text, err := os.ReadFile(file); err != nil || len(document(t, string(text)).Results) != 2 {
		t.Errorf("%v: %s", err, text)
	}
	stdout, stderr, code = quickRun(t, chain, "-o", full, "-o", full, "--format", "json")
	if code != exitFailed || len(document(t, stdout).Results) != 2 || strings.Count(stderr, "standard output") != 1 {
		t.Errorf("exit %d, stdout %q, stderr %q", code, stdout, stderr)
	}
}

// TestTheFileGrowsAfterEveryProgram holds up a run at its third instance, a pipe, and
// looks at the files meanwhile.
func TestTheFileGrowsAfterEveryProgram(t *testing.T) {
	keepPeaks(t)
	for _, c := range []struct {
		what  string
		spoil bool // the folder of the files is removed meanwhile
	}{{"files stay", false}, {"files go", true}} {
		network, err := os.ReadFile(chain)
		if err != nil {
			t.Fatal(err)
		}
		in, out := t.TempDir(), filepath.Join(t.TempDir(), "out")
		name := func(i int) string { return filepath.Join(in, fmt.Sprintf("%d.json", i)) }
		for i := range 2 {
			if err := os.WriteFile(name(i), network, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		if err := makePipe(name(2)); err != nil {
			t.Skip(err)
		}
		if err := os.Mkdir(out, 0o700); err != nil {
			t.Fatal(err)
		}
		r := written(t, "good.csv", "good")
		files := []string{filepath.Join(out, "r.json"), filepath.Join(out, "r.md"), r}
		var stdout, stderr bytes.Buffer
		args := []string{"run", "-q", name(0), name(1), name(2), "--runs", "2", "--warmup", "0", "--alloc", "make,slab", "-o", files[0], "-o", files[1], "-o", files[2]}
		done := make(chan int)
		go func() { done <- run(context.Background(), bytes.NewReader(nil), &stdout, &stderr, args) }()
		pipe, err := os.OpenFile(name(2), os.O_WRONLY, 0) // waits until it is read: the others are done
		if err != nil {
			t.Fatal(err)
		}
		text, err := os.ReadFile(files[0])
		if err != nil {
			t.Fatal(err)
		}
		d := document(t, string(text))
		if !d.Interrupted || len(d.Results) != 4 || d.Results[2].File != name(1) {
			t.Errorf("%s: interrupted %v, pending %v, results %v", c.what, d.Interrupted, d.Pending, d.Results)
		}
		if len(d.Pending) == 0 || d.Pending[len(d.Pending)-1] != name(2) || d.Pending[0] == name(0) {
			t.Errorf("%s: pending %v, want the last one, and not the first", c.what, d.Pending)
		}
		if text, err := os.ReadFile(files[1]); err != nil || strings.Count(string(text), "###") != 2 || !strings.Contains(string(text), "Interrupted") {
			t.Errorf("%s: Markdown: %v, %s", c.what, err, text)
		}
		if rows, err := csvRows(files[2]); err != nil || len(rows) != 5 || rows[1][indexOf(rows[0], "interrupted")] != "true" {
			t.Errorf("%s: CSV: %v, %v", c.what, err, rows)
		}
		if c.spoil {
			os.RemoveAll(out)
		}
		pipe.Write(network)
		pipe.Close()
		code := <-done
		if c.spoil {
			if code != exitFailed || strings.Count(stderr.String(), files[0]) != 2 || stdout.Len() > 0 {
				t.Errorf("%s: exit %d, stdout %q, stderr %q", c.what, code, stdout.String(), stderr.String())
			}
		} else if text, _ := os.ReadFile(files[0]); code != 0 || json.Unmarshal(text, &d) != nil || len(d.Results) != 6 || bytes.Contains(text, []byte("interrupted")) {
			t.Errorf("%s: exit %d, %s", c.what, code, text)
		}
		if rows, err := csvRows(files[2]); err != nil || len(rows) != 7 || rows[1][indexOf(rows[0], "interrupted")] != "" {
			t.Errorf("%s: CSV: %v, %v", c.what, err, rows)
		}
	}
}

func csvRows(file string) ([][]string, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return csv.NewReader(f).ReadAll()
}

func indexOf(row []string, key string) int {
	for i, k := range row {
		if k == key {
			return i
		}
	}
	return 0
}
