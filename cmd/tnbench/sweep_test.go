package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"tnbench/internal/result"
)

// suite writes small networks with two different paths each and returns their folder.
func suite(t *testing.T, names ...string) string {
	t.Helper()
	folder := t.TempDir()
	for _, name := range names {
		text := `{"name": "` + name + `", "format_string": "ab,bc,cd->ad", "shapes": [[2, 3], [3, 4], [4, 5]], "dtype": "float64", "num_tensors": 3,
		 "paths": {"opt_flops": {"path": [[0, 1], [0, 1]]}, "opt_size": {"path": [[1, 2], [0, 1]]}}}`
		if err := os.WriteFile(filepath.Join(folder, name+".json"), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return folder
}

// cells are what a document has results of.
func cells(d *result.Document) (all []string) {
	for i := range d.Results {
		all = append(all, d.Results[i].Label()+" "+d.Results[i].Path+" "+d.Results[i].Alloc)
	}
	slices.Sort(all)
	return all
}

func TestSharesOfARunJoinToTheWhole(t *testing.T) {
	nets := suite(t, "a", "b", "c")
	for _, paths := range []string{"all", "opt_size"} {
		stdout, _, _ := quickRun(t, nets, "--path", paths, "--format", "json")
		whole := document(t, stdout)
		out := t.TempDir()
		for _, share := range []string{"1/4", "2/4", "3/4", "4/4"} {
			file := filepath.Join(out, strings.ReplaceAll(share, "/", "-")+".json")
			if _, stderr, code := quickRun(t, nets, "--path", paths, "--shard", share, "-o", file); code != 0 {
				t.Fatalf("share %s: exit %d, stderr %q", share, code, stderr)
			}
		}
		stdout, stderr, code := tnbench(t, "merge", out, "--format", "json")
		if code != 0 {
			t.Fatalf("merge: exit %d, stderr %q", code, stderr)
		}
		joined := document(t, stdout)
		if got, want := cells(&joined), cells(&whole); !slices.Equal(got, want) || len(want) == 0 {
			t.Errorf("--path %s: the shares are %q, the whole %q", paths, got, want)
		}
		if err := os.Remove(filepath.Join(out, "2-4.json")); err != nil {
			t.Fatal(err)
		}
		stdout, stderr, code = tnbench(t, "merge", filepath.Join(out, "*.json"), "--format", "json")
		if part := document(t, stdout); code != exitFailed || !strings.Contains(stderr, "lacks share 2/4") || !part.Interrupted {
			t.Errorf("a share is missing: exit %d, stderr %q, interrupted %v", code, stderr, part.Interrupted)
		}
		if _, _, code := tnbench(t, "merge", out, "--partial", "-q", "--format", "json"); code != 0 {
			t.Errorf("--partial: exit %d", code)
		}
	}
}

func TestARunGoesOnWhereItEnded(t *testing.T) {
	nets := suite(t, "a", "b", "c")
	file := filepath.Join(t.TempDir(), "all.json")
	resumed := []string{nets, "--path", "all", "-o", file, "--resume", file}
	if _, stderr, code := quickRun(t, resumed...); code != 0 { // there is nothing yet
		t.Fatalf("the first time: exit %d, stderr %q", code, stderr)
	}
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	whole := document(t, string(text))
	// As it is after a kill: two programs are there, a third in part.
	part := whole
	part.Results, part.Interrupted, part.Pending = whole.Results[:5], true, []string{filepath.Join(nets, "b.json"), filepath.Join(nets, "c.json")}
	rewrite := func(d result.Document) {
		text, err := json.Marshal(d)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, text, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	rewrite(part)
	if _, stderr, code := quickRun(t, resumed...); code != 0 {
		t.Fatalf("exit %d, stderr %q", code, stderr)
	}
	text, err = os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	after := document(t, string(text))
	if got, want := cells(&after), cells(&whole); !slices.Equal(got, want) {
		t.Errorf("after all there are %q, want %q", got, want)
	}
	for i := range 4 {
		if !slices.Equal(after.Results[i].Samples, whole.Results[i].Samples) {
			t.Errorf("result %d was measured again", i)
		}
	}
	if after.Interrupted || len(after.Resumed) != 1 || len(after.Pending) > 0 {
		t.Errorf("interrupted %v, resumed %v, pending %v", after.Interrupted, after.Resumed, after.Pending)
	}
	// What would mix two measurements is refused, and the file stays.
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"--runs", "4"}, "runs 3, not 4"},
		{[]string{"--seed", "9"}, "seed 1, not 9"},
		{[]string{"--shard", "1/2"}, "of another share"},
	} {
		_, stderr, code := quickRun(t, append(slices.Clone(resumed), c.args...)...)
		if now, _ := os.ReadFile(file); code != exitUsage || !strings.Contains(stderr, c.want) || string(now) != string(text) {
			t.Errorf("%q: exit %d, stderr %q, want %q", c.args, code, stderr, c.want)
		}
	}
	if _, stderr, code := quickRun(t, filepath.Join(nets, "a.json"), "-o", file, "--resume", file); code != exitUsage || !strings.Contains(stderr, "name the same instances") {
		t.Errorf("fewer instances: exit %d, stderr %q", code, stderr)
	}
	if _, stderr, code := quickRun(t, nets, "--resume", brokenFile(t)); code != exitFailed || !strings.Contains(stderr, "ends in the middle") {
		t.Errorf("a broken file: exit %d, stderr %q", code, stderr)
	}
}

func TestAShareThatNothingFallsToIsComplete(t *testing.T) {
	file := filepath.Join(t.TempDir(), "4.json")
	if _, stderr, code := quickRun(t, chain, "--shard", "4/4", "-o", file); code != 0 {
		t.Fatalf("exit %d, stderr %q", code, stderr)
	}
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if d := document(t, string(text)); len(d.Results) != 0 || d.Interrupted || d.Shard == nil || d.Shard.Index != 4 {
		t.Errorf("%s", text)
	}
}

func TestSharesNeedAllArguments(t *testing.T) {
	if _, stderr, code := quickRun(t, chain, "none.json", "--shard", "1/2"); code != exitUsage || !strings.Contains(stderr, "all shares need the same arguments") {
		t.Errorf("exit %d, stderr %q", code, stderr)
	}
}

func TestReplaysAreSharedAndGoOn(t *testing.T) {
	log := written(t, "two.log", smallLog+`{"op":"reset"}`+"\n"+strings.ReplaceAll(smallLog, "64", "128"))
	args := []string{"replay", log, "-q", "--runs", "2", "--warmup", "0", "--alloc", "make"}
	var all []string
	for _, share := range []string{"1/2", "2/2"} {
		file := filepath.Join(t.TempDir(), "share.json")
		once := append(slices.Clone(args), "--shard", share, "-o", file, "--resume", file)
		var samples [2][]float64
		for i := range 2 {
			if _, stderr, code := tnbench(t, once...); code != 0 {
				t.Fatalf("exit %d, stderr %q", code, stderr)
			}
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			d := document(t, string(text))
			if len(d.Results) != 1 {
				t.Fatalf("share %s has %d results", share, len(d.Results))
			}
			samples[i] = d.Results[0].Samples
			if i == 0 {
				all = append(all, d.Results[0].Path)
			}
		}
		if !slices.Equal(samples[0], samples[1]) {
			t.Error("it was measured again")
		}
	}
	if !slices.Equal(all, []string{"contraction 1", "contraction 2"}) {
		t.Errorf("the shares are %q", all)
	}
}

func TestMergeRefusesWhatDiffers(t *testing.T) {
	base := storedRun(t, "base.json")
	other := changed(t, base, plantAllocation)
	if _, stderr, code := tnbench(t, "merge", base, other, "-o", filepath.Join(t.TempDir(), "all.json")); code != exitFailed || !strings.Contains(stderr, "contradict each other") {
		t.Errorf("exit %d, stderr %q", code, stderr)
	}
	host := changed(t, base, func(d *result.Document) { d.Host.CPU = "other" })
	if _, stderr, code := tnbench(t, "merge", base, host); code != exitFailed || !strings.Contains(stderr, "--ignore") {
		t.Errorf("exit %d, stderr %q", code, stderr)
	}
	if stdout, stderr, code := tnbench(t, "merge", base, host, "--ignore", "host"); code != 0 || !strings.Contains(stdout, "slab") {
		t.Errorf("exit %d, stderr %q", code, stderr)
	}
}
