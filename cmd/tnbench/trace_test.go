package main

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"tnbench/internal/alloc"
	"tnbench/internal/alloc/traffic"
	"tnbench/internal/result"
	"tnbench/internal/study"
)

// traced writes the log of chain into a file and returns its name.
func traced(t *testing.T, args ...string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "chain.log")
	stdout, stderr, code := tnbench(t, slices.Concat([]string{"trace", chain, "-o", file}, args)...)
	if code != 0 || stdout != "" || stderr != "" {
		t.Fatalf("exit %d, stdout %q, stderr %q, want 0 and nothing", code, stdout, stderr)
	}
	return file
}

// replayOf parses the JSON of a replay with the quick flags and more.
func replayOf(t *testing.T, args ...string) []result.Result {
	t.Helper()
	stdout, stderr, code := tnbench(t, slices.Concat([]string{"replay", "-q", "--format", "json"}, quick, args)...)
	if code != 0 || stderr != "" {
		t.Fatalf("exit %d, stderr %q", code, stderr)
	}
	return document(t, stdout).Results
}

func TestReplayOfATraceHasTheCountsOfTheProgram(t *testing.T) {
	for _, order := range []string{"path", "depth"} {
		stdout, stderr, code := tnbench(t, "plan", chain, "--order", order, "--format", "json")
		var plans study.Plans
		if err := json.Unmarshal([]byte(stdout), &plans); err != nil || code != 0 {
			t.Fatalf("exit %d, stderr %q, %v", code, stderr, err)
		}
		want := plans.Programs[0]
		got := replayOf(t, traced(t, "--order", order))
		if len(got) != 2 {
			t.Fatalf("%d results, want one per strategy", len(got))
		}
		for _, r := range got {
			traffic := r.Traffic.Value
			if traffic.Buffers != want.Intermediates+want.Temporaries || traffic.Bytes != want.Bytes || r.PeakLive.Value != want.PeakLive {
				t.Errorf("order %s, %s: got %+v with peak %d, want %+v", order, r.Alloc, traffic, r.PeakLive.Value, want)
			}
		}
	}
}

func TestTraceIsTheSameUnderEveryStrategy(t *testing.T) {
	var logs []string
	for _, spec := range []string{"make", "planned"} {
		text, err := os.ReadFile(traced(t, "--alloc", spec))
		if err != nil {
			t.Fatal(err)
		}
		head, rest, _ := strings.Cut(string(text), "\n")
		if !strings.HasPrefix(head, `# tnbench allocation log: "chain", path "opt_flops", order path, strategy `+spec+";") {
			t.Errorf("the log begins with %q", head)
		}
		logs = append(logs, rest)
	}
	if logs[0] != logs[1] {
		t.Errorf("logs under make and planned differ:\n%s\n%s", logs[0], logs[1])
	}
}

func TestTraceWritesToStandardOutputForReplayToRead(t *testing.T) {
	log, stderr, code := tnbench(t, "trace", chain, "--runs", "3")
	if code != 0 || stderr != "" || strings.Count(log, `"reset"`) != 3 {
		t.Fatalf("exit %d, stderr %q, log:\n%s", code, stderr, log)
	}
	var stdout, diagnostics bytes.Buffer
	args := slices.Concat([]string{"replay", "-", "-q"}, quick)
	if code := run(context.Background(), strings.NewReader(log), &stdout, &diagnostics, args); code != 0 || diagnostics.Len() > 0 {
		t.Fatalf("exit %d, stderr %q", code, diagnostics.String())
	}
	if !strings.Contains(stdout.String(), "stands for 3 alike · a store to each page") {
		t.Errorf("replayed:\n%s", stdout.String())
	}
}

func TestReplayTakesTheTraceOfANetworkWithoutIntermediates(t *testing.T) {
	network := written(t, "one.json", `{"name":"one","dtype":"float64","num_tensors":2,"format_string":"ab,bc->ac","shapes":[[2,3],[3,4]],
		"paths":{"opt_flops":{"path":[[0,1]]}}}`)
	log := filepath.Join(t.TempDir(), "one.log")
	if _, stderr, code := tnbench(t, "trace", network, "--runs", "2", "-o", log); code != 0 {
		t.Fatalf("exit %d, stderr %q", code, stderr)
	}
	for _, r := range replayOf(t, log) {
		if r.Traffic.Value.Buffers != 0 || r.PeakLive.Value != 0 || len(r.Samples) == 0 {
			t.Errorf("%s: %+v, want samples of a contraction without buffers", r.Alloc, r)
		}
	}
}

func TestReplayOfSeveralContractionsKeepsThemApart(t *testing.T) {
	file := filepath.Join(t.TempDir(), "other.log")
	const log = `{"op":"alloc","id":"0x10","bytes":100,"thread":4}
{"op":"reset"}
{"op":"alloc","id":1,"bytes":7000}
{"op":"free","id":1}
{"op":"alloc","id":1,"bytes":9000}
{"op":"reset"}
{"op":"alloc","id":7,"bytes":100}
`
	if err := os.WriteFile(file, []byte(log), 0o644); err != nil {
		t.Fatal(err)
	}
	got := replayOf(t, file, "--touch", "write")
	if len(got) != 4 {
		t.Fatalf("%d results, want two contractions under two strategies: %+v", len(got), got)
	}
	first := result.Traffic{Buffers: 1, Bytes: 100, Contractions: 2, Touch: "write"}
	second := result.Traffic{Buffers: 2, Bytes: 16000, Contractions: 1, Touch: "write"}
	if got[0].Path != "contraction 1" || got[0].Traffic.Value != first || got[0].PeakLive.Value != 100 {
		t.Errorf("the first contraction is %+v", got[0])
	}
	if got[2].Path != "contraction 2" || got[2].Traffic.Value != second || got[2].PeakLive.Value != 9000 {
		t.Errorf("the second contraction is %+v", got[2])
	}
}

func TestReplayWritesEveryFormat(t *testing.T) {
	file := traced(t)
	for format, want := range map[string]string{
		"table":    " planned ",
		"markdown": " planned ", // padded, and marked if it is the fastest
		"csv":      "instance,path,",
		"benchfmt": "BenchmarkReplay/instance=",
	} {
		stdout, stderr, code := tnbench(t, "replay", "-q", file, "--alloc", "make,planned", "--runs", "2", "--format", format)
		if code != 0 || stderr != "" || !strings.Contains(stdout, want) || strings.Contains(stdout, "GFLOP/s") {
			t.Errorf("%s: exit %d, stderr %q, want %q and no GFLOP/s in:\n%s", format, code, stderr, want, stdout)
		}
	}
}

func TestReplayVerboseSaysWhatIsInsideTheClock(t *testing.T) {
	_, stderr, code := tnbench(t, slices.Concat([]string{"replay", "-v", traced(t), "--touch", "none"}, quick)...)
	for _, want := range []string{"Inside the clock: the allocations and frees", "strategies:  make slab", "3 after 1 for warming up", "touch:       nothing written", "GOMAXPROCS"} {
		if code != 0 || !strings.Contains(stderr, want) {
			t.Errorf("exit %d, %q is missing in:\n%s", code, want, stderr)
		}
	}
}

func TestReplayGoesOnAfterABrokenLog(t *testing.T) {
	good := traced(t)
	dir := t.TempDir()
	broken := filepath.Join(dir, "broken.log")
	if err := os.WriteFile(broken, []byte("# a free of nothing\n{\"op\":\"free\",\"id\":3}\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	stdout, stderr, code := tnbench(t, slices.Concat([]string{"replay", "-q", broken, filepath.Join(dir, "none.log"), good}, quick)...)
	if code != exitFailed || !strings.Contains(stdout, "chain.log · contraction 1") {
		t.Errorf("exit %d, want %d and the good log in:\n%s", code, exitFailed, stdout)
	}
	for _, want := range []string{broken + ": line 2: id 3 is freed but not live", "none.log: no such file"} {
		if !strings.Contains(stderr, want) {
			t.Errorf("%q is missing in %q", want, stderr)
		}
	}
}

func TestReplayRefusesWhatDoesNotFit(t *testing.T) {
	file := filepath.Join(t.TempDir(), "large.log")
	if err := os.WriteFile(file, []byte(`{"op":"alloc","id":1,"bytes":100000000000000}`), 0o644); err != nil {
		t.Fatal(err)
	}
	stdout, stderr, code := tnbench(t, "replay", file, "--alloc", "arena", "-q", "--mem-limit", "1GiB")
	if code != exitFailed || stdout != "" || !strings.Contains(stderr, "more than 1 GiB, --mem-limit") {
		t.Errorf("exit %d, stdout %q, stderr %q", code, stdout, stderr)
	}
}

func TestTraceAndReplayRefuseMistakes(t *testing.T) {
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"trace"}, "accepts 1 arg"},
		{[]string{"trace", "nothing_like_it"}, "nothing_like_it"},
		{[]string{"trace", chain, "--path", "all"}, "a log is of one path"},
		{[]string{"trace", chain, "--alloc", "none"}, "--alloc"},
		{[]string{"trace", chain, "--order", "all"}, "--order"},
		{[]string{"trace", chain, "--runs", "0"}, "--runs"},
		{[]string{"replay"}, "requires at least 1 arg"},
		{[]string{"replay", "a.log", "--touch", "half"}, "each-page, write, none"},
		{[]string{"replay", "a.log", "--runs", "0"}, "--runs"},
		{[]string{"replay", "a.log", "--warmup", "-1"}, "--warmup"},
		{[]string{"replay", "a.log", "--baseline", "none"}, "--baseline"},
		{[]string{"replay", "a.log", "--mem-limit", "much"}, "--mem-limit"},
	} {
		stdout, stderr, code := tnbench(t, c.args...)
		if code != exitUsage || stdout != "" || !strings.Contains(stderr, c.want) {
			t.Errorf("%q: exit %d, stdout %q, stderr %q; want exit %d and %q", c.args, code, stdout, stderr, exitUsage, c.want)
		}
	}
}

// TestTheDocumentedLogIsRead reads the example in the help text and in docs.
func TestTheDocumentedLogIsRead(t *testing.T) {
	doc, err := os.ReadFile("../../docs/allocation-log.md")
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{"help": logFormat, "docs/allocation-log.md": string(doc)} {
		var lines []string
		for line := range strings.Lines(text) {
			if line = strings.TrimSpace(line); strings.HasPrefix(line, "{") {
				lines = append(lines, line)
			}
		}
		logs, err := traffic.ReadLog(strings.NewReader(strings.Join(lines, "\n")))
		if err != nil || len(logs) != 1 || len(logs[0].Requests) != 2 || alloc.PeakLive(logs[0].Requests) != 4128 {
			t.Errorf("%s: read %+v, %v from\n%s", name, logs, err, strings.Join(lines, "\n"))
		}
	}
}
