package main

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"golang.org/x/perf/benchfmt"

	"tnbench/internal/result"
)

// hostileName has something for each reader: a terminal, Markdown, HTML, CSV.
const hostileName = "=cmd()|'\x1b[2J\u009b31m\r\n\x07\u202egnp\u2066\u200b\ufeff\U000e0041**b**<b>[x](http://e)`c`\x7f|n"

// hostileFolder holds instances, a log and a problem with such names in and on
// them, and returns the files.
func hostileFolder(t *testing.T) (network, log, problem string) {
	t.Helper()
	write := func(name, content string) string {
		file := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(file, []byte(content), 0o644); err != nil {
			t.Skipf("the file system takes no such names: %v", err)
		}
		return file
	}
	name, err := json.Marshal(hostileName)
	if err != nil {
		t.Fatal(err)
	}
	onFile := strings.ReplaceAll(hostileName, "/", "")
	network = write(onFile+".json", fmt.Sprintf(`{"name": %s, "format_string": "ab,bc,cd->ad", "shapes": [[2, 3], [3, 4], [4, 5]],
		"dtype": "float64", "num_tensors": 3, "paths": {%[1]s: {"path": [[0, 1], [0, 1]], "log2_size": 9}, "twin": {"path": [[0, 1], [0, 1]]}}}`, name))
	id, _ := json.Marshal("b" + hostileName)
	log = write(onFile+".log", fmt.Sprintf("{\"op\":\"alloc\",\"id\":%s,\"bytes\":64}\n", id))
	quoted := strings.ReplaceAll(strings.ReplaceAll(hostileName, `"`, `""`), "\r", "")
	problem = write(onFile+".csv", "id,lower,upper,size\n\""+quoted+"\",0,2,3\nb,1,3,4\n")
	return network, log, problem
}

// hidden returns the first character of text that a terminal would act on or not
// show, "" if there is none.
func hidden(text string) string {
	for i, r := range text {
		switch {
		case r == '\n' || r == '\t':
		case r == utf8.RuneError && !utf8.ValidString(text[i:min(i+3, len(text))]),
			unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp, unicode.Other_Default_Ignorable_Code_Point):
			return fmt.Sprintf("%U at %+q", r, text[max(0, i-20):min(len(text), i+20)])
		}
	}
	return ""
}

// TestNamesAreDataEverywhere runs every command in every format on names that
// terminals, spreadsheets, Markdown and browsers would act on.
func TestNamesAreDataEverywhere(t *testing.T) {
	network, log, problem := hostileFolder(t)
	svg := filepath.Join(t.TempDir(), "plan.svg")
	measured := []string{"--runs", "2", "--warmup", "0", "--alloc", "make", "--path", "all"}
	lines := [][]string{
		slices.Concat([]string{"run", network}, measured),
		slices.Concat([]string{"run", network, "-v", "--mem-limit", "1B"}, measured),
		slices.Concat([]string{"run", network, "--format", "benchfmt"}, measured),
		{"replay", log, "--runs", "2", "--warmup", "0", "--alloc", "make"},
		{"replay", log, "--runs", "2", "--warmup", "0", "--alloc", "make", "--format", "benchfmt"},
		{"inspect", network, "--path", "all", "-v"},
		{"explain", network, "--path", "all", "-v", "--quick", "--only", "anatomy"},
		{"explain", network, "--only", hostileName}, {"explain", hostileName},
		{"histogram", network, "--path", "all", "-v", "--plot", filepath.Join(t.TempDir(), "sizes.svg")},
		{"report", network, "--lang", hostileName}, {"report", "--from", hostileName}, {"report", hostileName}, {"histogram", network, "--plot", hostileName},
		{"histogram", network, "--of", "inputs"},
		{"instances", network, "-v"},
		{"plan", network, "--path", "all", "--svg", svg},
		{"trace", network, "--path", hostileName},
		{"generate", "chain", "matrices=3", "--name", hostileName, "--trials", "1", "--refine", "0"},
		{"generate", "chain", "matrices=3", "--name", "\xff" + hostileName, "--trials", "1", "--refine", "0"},
		{"generate", hostileName}, {"generate", "chain", hostileName + "=3"}, {"generate", "chain", "matrices=" + hostileName},
		{"run", network, "--path", hostileName + "x"}, {"run", hostileName}, {"run", "./" + hostileName}, {"run", filepath.Dir(log)},
		{"run", network, "--alloc", hostileName}, {"run", network, "--alloc", "slab:" + hostileName}, {"run", network, "--baseline", hostileName},
		{"run", network, "--" + hostileName}, {"run", network, "--runs", hostileName}, {"run", network, "--mem-limit", hostileName},
		{"run", network, "--format", hostileName}, {"run", network, "--fill", hostileName}, {"run", network, "--dtype" + hostileName},
		{"run", network, "-o", filepath.Join(hostileName, "none", "x")},
		{hostileName}, {"-" + hostileName}, {"help", hostileName}, {"allocators", hostileName}, {"completion", hostileName}, {"env", hostileName},
		{"replay", network}, {"replay", hostileName}, {"run", log}, {"run", problem}, {"plan", problem}, {"plan", network + ".csv"},
	}
	t.Setenv(asProgram, "1")
	lines = append(lines, []string{"duel", "--base", "--alloc make", "--new", "--alloc slab", network, "--rounds", "1", "--runs", "1", "-v"},
		[]string{"duel", hostileName, "x"}, []string{"duel", "--base", hostileName, "--new", "", network, "--rounds", "1", "--runs", "1"})
	solution := filepath.Join(t.TempDir(), "solution.csv")
	lines = append(lines, []string{"pack", problem, "--svg", filepath.Join(t.TempDir(), "pack.svg"), "-o", solution}, []string{"pack", network})
	stored := filepath.Join(t.TempDir(), "stored.json")
	tnbench(t, slices.Concat([]string{"run", "-q", network, "-o", stored}, measured)...)
	other := changed(t, stored, func(d *result.Document) {
		d.Host.CPU, d.Tool.Version, d.Results[0].Error = hostileName, hostileName, hostileName
		d.Pending, d.Interrupted = []string{hostileName}, true
		plantAllocation(d)
	})
	lines = append(lines, []string{"compare", stored, other, "-v"}, []string{"compare", stored, other, "--force", "-v"}, []string{"compare", other, stored, "--force", "--format", "github"},
		[]string{"compare", hostileName, stored}, []string{"compare", stored, network}, []string{"compare", stored, stored, "--threshold", hostileName},
		[]string{"compare", stored, stored, "--threshold", "time=" + hostileName}, []string{"compare", stored, stored, "--ignore", hostileName})
	lines = append(lines, []string{"merge", stored, other}, []string{"merge", stored, other, "--ignore", "host,build"}, []string{"merge", hostileName}, []string{"merge", stored, "--ignore", hostileName},
		[]string{"run", network, "--shard", hostileName}, []string{"run", network, "--resume", other}, []string{"run", network, "--resume", network})
	lines = append(lines, []string{"profile", network, "--path", hostileName, "--duration", "20ms", "--cpuprofile", filepath.Join(t.TempDir(), "cpu.prof")},
		slices.Concat([]string{"run", network, "--format", "samples"}, measured), []string{"profile", hostileName}, []string{"profile", network, "--path", hostileName, "--cpuprofile", hostileName + "/x"},
		[]string{"run", network, "--sort", hostileName}, []string{"run", network, "--columns", hostileName}, []string{"run", network, "-o", hostileName + "/x"}, []string{"man", filepath.Join(network, hostileName)})
	for _, line := range lines {
		formats := []string{"table", "markdown", "csv", "json"}
		if slices.Contains(line, "--format") || slices.Contains([]string{"trace", "generate"}, line[0]) || len(line) < 2 {
			formats = []string{""}
		}
		for _, format := range formats {
			args := line
			if format != "" {
				args = append(slices.Clone(line), "--format", format)
			}
			stdout, stderr, code := tnbench(t, args...)
			for where, text := range map[string]string{"standard output": stdout, "standard error": stderr} {
				if what := hidden(text); what != "" {
					t.Errorf("%+q: %s of %+q", args, where, what)
				}
			}
			for _, l := range strings.Split(strings.TrimSuffix(stderr, "\n"), "\n") {
				if strings.HasPrefix(l, "\\") || strings.HasPrefix(l, "[2J") {
					t.Errorf("%+q: a name makes a line of its own: %q", args, l)
				}
			}
			if code != 0 && stdout == "" {
				continue
			}
			checkMarkup(t, args, format, stdout)
		}
	}
	solved, err := os.ReadFile(solution)
	if err != nil {
		t.Fatal(err)
	}
	if what := hidden(string(solved)); what != "" {
		t.Errorf("the solution has %s", what)
	}
	checkMarkup(t, []string{"pack -o"}, "csv", string(solved))
	picture, err := os.ReadFile(svg)
	if err != nil {
		t.Fatal(err)
	}
	if what := hidden(string(picture)); what != "" || strings.Contains(string(picture), "<b>") {
		t.Errorf("the picture has %s", what)
	}
	for d := xml.NewDecoder(bytes.NewReader(picture)); ; {
		if _, err := d.Token(); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatalf("the picture is no XML: %v", err)
		}
	}
}

// markup is what Markdown would act on: each preceded by no backslash.
var markup = regexp.MustCompile("(^|[^\\\\])(\\*\\*|<b>|\\]\\(|`c)")

// checkMarkup looks for what the readers of a format act on.
func checkMarkup(t *testing.T, args []string, format, text string) {
	t.Helper()
	switch format {
	case "markdown":
		if at := markup.FindString(text); at != "" {
			t.Errorf("%+q: Markdown with %q:\n%s", args, at, text)
		}
		width := 0
		for _, line := range strings.Split(text, "\n") {
			cells := len(regexp.MustCompile(`(^|[^\\])(\\\\)*\|`).FindAllString(line, -1))
			if !strings.HasPrefix(line, "|") {
				width = 0
			} else if width == 0 {
				width = cells
			} else if cells != width {
				t.Errorf("%+q: a row of %d bars in a table of %d: %s", args, cells, width, line)
			}
		}
	case "csv":
		rows, err := csv.NewReader(strings.NewReader(text)).ReadAll()
		if err != nil {
			t.Errorf("%+q: %v", args, err)
		}
		for _, cell := range slices.Concat(rows...) {
			if strings.HasPrefix(cell, "=") || strings.HasPrefix(cell, "@") {
				t.Errorf("%+q: the cell %q is a formula", args, cell)
			}
		}
	case "json":
		if !json.Valid([]byte(text)) {
			t.Errorf("%+q: no JSON: %s", args, text)
		}
	}
}

// TestJSONKeepsNamesExactly: what is shown differently is the same to programs.
func TestJSONKeepsNamesExactly(t *testing.T) {
	network, _, _ := hostileFolder(t)
	stdout, _, code := tnbench(t, "inspect", network, "--path", "all", "--format", "json")
	var d struct {
		Instances []struct{ Instance, File string }
	}
	if err := json.Unmarshal([]byte(stdout), &d); err != nil || code != 0 {
		t.Fatalf("exit %d, %v", code, err)
	}
	if d.Instances[0].Instance != hostileName || d.Instances[0].File != network {
		t.Errorf("got %+q of %+q", d.Instances[0].Instance, d.Instances[0].File)
	}
	stdout, _, _ = tnbench(t, "generate", "chain", "matrices=3", "--name", hostileName, "--trials", "1", "--refine", "0")
	var in struct{ Name string }
	if err := json.Unmarshal([]byte(stdout), &in); err != nil || in.Name != hostileName {
		t.Errorf("generated %+q, %v", in.Name, err)
	}
}

// namesakes returns two files that have instances of one name.
func namesakes(t *testing.T) (small, large string) {
	t.Helper()
	folder := t.TempDir()
	for i, dim := range []int{3, 40} {
		file := filepath.Join(folder, []string{"a.json", "b.json"}[i])
		text := fmt.Sprintf(`{"name": "net", "format_string": "ab,bc,cd->ad", "shapes": [[%d, %[1]d], [%[1]d, %[1]d], [%[1]d, %[1]d]],
			"dtype": "float64", "num_tensors": 3, "paths": {"opt_flops": {"path": [[0, 1], [0, 1]]}}}`, dim)
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return filepath.Join(folder, "a.json"), filepath.Join(folder, "b.json")
}

func TestInstancesOfOneNameStayApart(t *testing.T) {
	a, b := namesakes(t)
	for _, line := range []string{"run", "inspect", "histogram", "plan"} {
		args := []string{line, a, b}
		if line == "run" {
			args = append(args, "-q", "--runs", "2", "--warmup", "0", "--alloc", "make,slab")
		}
		stdout, _, _ := tnbench(t, args...)
		if !strings.Contains(stdout, "net (") || !strings.Contains(stdout, "a.json)") || !strings.Contains(stdout, "b.json)") {
			t.Errorf("%s: titles don't name the files:\n%s", line, stdout)
		}
		stdout, _, _ = tnbench(t, append(args, "--format", "csv")...)
		if !strings.Contains(stdout, a) || !strings.Contains(stdout, b) {
			t.Errorf("%s: the CSV doesn't name the files:\n%s", line, stdout)
		}
		stdout, _, _ = tnbench(t, append(args, "--format", "json")...)
		if !strings.Contains(stdout, `"file": "`+a) || !strings.Contains(stdout, `"file": "`+b) {
			t.Errorf("%s: the JSON doesn't name the files:\n%s", line, stdout)
		}
	}
	stdout, _, _ := tnbench(t, "run", a, b, "-q", "--runs", "3", "--warmup", "0", "--alloc", "make,slab", "--format", "benchfmt", "--seed", "7")
	series := map[string]int{}
	reader := benchfmt.NewReader(strings.NewReader(stdout), "run")
	for reader.Scan() {
		r, ok := reader.Result().(*benchfmt.Result)
		if !ok {
			t.Fatalf("%v", reader.Result())
		}
		series[r.Name.String()]++
		for key, want := range map[string]string{"seed": "7", "threads": "1", "streams": "1", "backend": "native", "dtype": "float64", "fill": "balanced",
			"order": "path", "metadata": "none", "planning": "ahead", "temporaries": "strategy", "sharing": "each"} {
			if got := r.GetConfig(key); got != want {
				t.Errorf("%s is %q, want %q", key, got, want)
			}
		}
		for _, unit := range []string{"sec/op", "B/op", "allocs/op"} {
			if _, ok := r.Value(unit); !ok {
				t.Errorf("a sample lacks %s", unit)
			}
		}
	}
	if len(series) != 4 {
		t.Errorf("series %v, want two files under two strategies", series)
	}
	for name, n := range series {
		if n != 3 {
			t.Errorf("%s has %d samples, want 3", name, n)
		}
	}
}

func TestALogThatIsNamedTwiceIsReplayedOnce(t *testing.T) {
	folder := t.TempDir()
	file := filepath.Join(folder, "a.log")
	if err := os.WriteFile(file, []byte(smallLog), 0o644); err != nil {
		t.Fatal(err)
	}
	stdout, _, code := tnbench(t, "replay", "-q", file, folder+"/./a.log", "--runs", "2", "--warmup", "0", "--alloc", "make,slab", "--format", "json")
	if d := document(t, stdout); code != 0 || len(d.Results) != 2 {
		t.Errorf("exit %d, %d results, want one per strategy", code, len(d.Results))
	}
}

func TestTheBaselineIsMeasuredToo(t *testing.T) {
	for _, c := range []struct {
		args   []string
		allocs string // in their order, the ratio's first
		note   string
	}{
		{[]string{"--alloc", "slab,arena"}, "make slab arena", "the baseline make is measured too"},
		{[]string{"--alloc", "arena", "--baseline", "slab"}, "slab arena", "the baseline slab is measured too"},
		{[]string{"--alloc", "slab,make"}, "slab make", ""},
		{[]string{"--alloc", "arena,slab:small=64,huge", "--baseline", "slab:huge,small=64"}, "arena slab:small=64,huge", ""},
		{[]string{"--alloc", "arena", "--cpuprofile", filepath.Join(t.TempDir(), "cpu.prof")}, "arena", "there are no ratios"},
	} {
		stdout, stderr, code := tnbench(t, slices.Concat([]string{"run", chain, "--runs", "2", "--warmup", "0", "--format", "json"}, c.args)...)
		d := document(t, stdout)
		var allocs []string
		for _, r := range d.Results {
			allocs = append(allocs, r.Alloc)
			if r.Ratio.OK == strings.Contains(c.note, "no ratios") && r.Error == "" {
				t.Errorf("%v: %s has the ratio %v", c.args, r.Alloc, r.Ratio)
			}
		}
		if got := strings.Join(allocs, " "); code != 0 || got != c.allocs || strings.Contains(stderr, "note:") != (c.note != "") || !strings.Contains(stderr, c.note) {
			t.Errorf("%v: exit %d, %q, stderr %q; want %q and %q", c.args, code, got, stderr, c.allocs, c.note)
		}
	}
}

func TestWarningsFollowTheResultsALinePerKind(t *testing.T) {
	a, b := namesakes(t)
	var both bytes.Buffer
	code := run(context.Background(), bytes.NewReader(nil), &both, &both, []string{"run", a, b, "--threads", "64", "--mem-limit", "1000TiB", "--runs", "3", "--warmup", "0", "--alloc", "make,arena,planned"})
	text := both.String()
	if code != 0 || !strings.Contains(text, "warning: --threads 64 on") || !strings.Contains(text, "warning: --mem-limit 1000TiB is more than the available") {
		t.Errorf("exit %d:\n%s", code, text)
	}
	if n := strings.Count(text, "half of the samples"); n > 1 || n == 1 && strings.Index(text, "half of the samples") < strings.LastIndex(text, "footprint") {
		t.Errorf("%d lines of one kind, or before the tables:\n%s", n, text)
	}
}

func TestErrorsThatWereJoinedStandOnLinesOfTheirOwn(t *testing.T) {
	err := usage("wrapped: %w", errors.Join(errors.New("one\nwith a break"), fmt.Errorf("outer: %w", errors.Join(errors.New("two"), errors.New("three")))))
	want := []string{"wrapped: one\nwith a break", "wrapped: outer: two", "wrapped: outer: three"}
	if got := errorLines(err); !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}
