package sweep

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"tnbench/internal/compare"
	"tnbench/internal/machine"
	"tnbench/internal/result"
	"tnbench/internal/warning"
)

func TestSharesAreWrittenOutOfN(t *testing.T) {
	for text, want := range map[string]result.Shard{"3/16": {Index: 3, Count: 16}, "1/1": {Index: 1, Count: 1}, " 2 / 2 ": {Index: 2, Count: 2}} {
		if got, err := ParseShard(text); err != nil || got != want {
			t.Errorf("%q: %v, %v", text, got, err)
		}
	}
	for text, want := range map[string]string{
		"": "write 3/16", "3": "write 3/16", "a/b": "write 3/16", "1/2/3": "write 3/16", "1.5/2": "write 3/16",
		"0/16": "1/16 to 16/16", "17/16": "1/16 to 16/16", "-1/4": "1/4 to 4/4", "1/0": "1 to 1000000", "1/-2": "1 to 1000000", "1/9999999": "1 to 1000000",
	} {
		if got, err := ParseShard(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, %v; want an error with %q", text, got, err, want)
		}
	}
}

func TestSharesAreDisjointAndComplete(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		labels := rapid.SliceOfNDistinct(rapid.StringMatching(`[a-c/]{1,6}`), 1, 20, rapid.ID).Draw(t, "labels")
		paths := rapid.SliceOfN(rapid.IntRange(1, 3), len(labels), len(labels)).Draw(t, "paths")
		count := rapid.IntRange(1, 24).Draw(t, "count")
		shuffled := rapid.Permutation(labels).Draw(t, "another order")
		sizes := make([]int, count)
		for k, label := range labels {
			for position := range paths[k] {
				takers := 0
				for i := range count {
					plan := NewPlan(result.Shard{Index: i + 1, Count: count}, labels, "all")
					if plan.Takes(label, position) {
						takers++
						sizes[i]++
					}
					if NewPlan(plan.Shard, shuffled, "all").Takes(label, position) != plan.Takes(label, position) {
						t.Fatalf("the order of arguments counts")
					}
				}
				if takers != 1 {
					t.Fatalf("%s, path %d is in %d of %d shares", label, position, takers, count)
				}
			}
		}
		alike := slices.Max(paths) == slices.Min(paths)
		if most, least := slices.Max(sizes), slices.Min(sizes); alike && most-least > paths[0] {
			t.Fatalf("shares of %d to %d programs", least, most)
		}
	})
	if !(*Plan)(nil).Takes("any", 7) {
		t.Error("the whole leaves something out")
	}
}

func TestSharesTellWhatTheWholeIs(t *testing.T) {
	s := result.Shard{Index: 1, Count: 2}
	a, same := NewPlan(s, []string{"x", "y"}, "all"), NewPlan(s, []string{"y", "x"}, "all")
	if a.Of != same.Of {
		t.Error("the order of arguments counts")
	}
	for _, other := range []*Plan{NewPlan(s, []string{"x"}, "all"), NewPlan(s, []string{"x", "y"}, "opt_size"), NewPlan(s, []string{"x", "y", "z"}, "all"), NewPlan(s, []string{"x\"", "y"}, "all")} {
		if other.Of == a.Of {
			t.Errorf("two sweeps are taken for one: %v", other.rank)
		}
	}
}

// measured is a result of an instance under a strategy.
func measured(instance, alloc string) result.Result {
	r := result.Result{Instance: instance, Path: "opt_flops", DType: "float64", Alloc: alloc, Steps: 3, Flops: result.Measured(8.0),
		FileHash: "f" + instance, PathHash: "p", ProgramHash: "c", Tier: "avx2",
		Samples: []float64{3, 1, 2}, Median: result.Measured(2.0), HeapAllocs: result.Measured(7.0), HeapAllocsSamples: []float64{7, 7, 7},
		PeakLive: result.Measured(64), Digest: result.Measured(result.Digest{Shape: []int{}, Sum: 1, L2: 1, WSum: 1})}
	return r
}

// stored is a file with results.
func stored(name string, results ...result.Result) compare.File {
	return compare.File{Name: name, Document: &result.Document{
		Schema: result.Schema, Measured: "2026-11-27T12:00:00Z", Tool: result.Tool{Version: "v1", Go: "go1.26"}, Host: machine.Host{CPU: "c", Cores: 2},
		Settings: result.Settings{Runs: 3, Threads: 1}, Results: results,
	}}
}

func TestMergeJoinsShares(t *testing.T) {
	a, b := stored("a.json", measured("x", "make"), measured("x", "slab")), stored("b.json", measured("y", "make"))
	a.Document.Shard, b.Document.Shard = &result.Shard{Index: 1, Count: 2, Of: "h"}, &result.Shard{Index: 2, Count: 2, Of: "h"}
	b.Document.Measured = "2026-11-27T11:00:00Z"
	d, missing, err := Merge([]compare.File{a, b}, nil)
	if err != nil || len(missing) > 0 || d.Interrupted {
		t.Fatalf("%v, missing %q", err, missing)
	}
	if len(d.Results) != 3 || d.Results[2].Instance != "y" || d.Shard != nil || d.Measured != b.Document.Measured || !slices.Equal(d.Merged, []string{"a.json", "b.json"}) {
		t.Errorf("joined: %+v", d)
	}
	if len(a.Document.Results) != 2 || a.Document.Shard == nil {
		t.Errorf("the input was changed: %+v", a.Document)
	}
	d, missing, err = Merge([]compare.File{b}, nil)
	if err != nil || !slices.Equal(missing, []string{"share 1/2"}) || !d.Interrupted {
		t.Errorf("a share is missing: %v, %q", err, missing)
	}
	again, missing, err := Merge([]compare.File{a, b, a}, nil)
	if err != nil || len(missing) > 0 || len(again.Results) != 3 || len(again.Warnings) > 0 {
		t.Errorf("a file twice: %v, %q, %d results, %v", err, missing, len(again.Results), again.Warnings)
	}
}

func TestMergeRefusesContradictions(t *testing.T) {
	for want, change := range map[string]func(*result.Document){
		"digest": func(d *result.Document) { d.Results[0].Digest.Value.Sum = 2 },
		"heap_allocs 7 and 8": func(d *result.Document) {
			d.Results[0].HeapAllocs.Value, d.Results[0].HeapAllocsSamples = 8, []float64{8, 8, 8}
		},
		"peak_live_bytes 64 and 65":   func(d *result.Document) { d.Results[0].PeakLive.Value = 65 },
		"file_hash":                   func(d *result.Document) { d.Results[0].FileHash = "g" },
		"path_hash":                   func(d *result.Document) { d.Results[0].PathHash = "q" },
		"program_hash":                func(d *result.Document) { d.Results[0].ProgramHash = "d" },
		"cpu c, not e":                func(d *result.Document) { d.Host.CPU = "e" },
		"threads 1, not 2":            func(d *result.Document) { d.Settings.Threads = 2 },
		"runs 3, not 4":               func(d *result.Document) { d.Settings.Runs = 4 },
		"go go1.26, not go1.27":       func(d *result.Document) { d.Tool.Go = "go1.27" },
		"revision (none), not def":    func(d *result.Document) { d.Tool.Revision = "def" },
		"shares of different sweeps":  func(d *result.Document) { d.Shard = &result.Shard{Index: 2, Count: 3, Of: "h"} },
		"shares of different sweeps:": func(d *result.Document) { d.Shard = &result.Shard{Index: 2, Count: 2, Of: "i"} },
	} {
		a, b := stored("a.json", measured("x", "make")), stored("b.json", measured("x", "make"))
		a.Document.Shard = &result.Shard{Index: 1, Count: 2, Of: "h"}
		change(b.Document)
		_, _, err := Merge([]compare.File{a, b}, nil)
		if err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), "a.json") || !strings.Contains(err.Error(), "b.json") {
			t.Errorf("error %v, want %q and both files", err, want)
		}
	}
}

func TestMergeDoesWhatItIsTold(t *testing.T) {
	a, b := stored("a.json", measured("x", "make")), stored("b.json", measured("y", "make"))
	b.Document.Host.CPU, b.Document.Settings.Threads = "e", 2
	d, _, err := Merge([]compare.File{a, b}, map[string]bool{"host": true, "settings": true})
	if err != nil || d.Host.CPU != "c + e" || !slices.ContainsFunc(d.Warnings, func(w warning.Warning) bool { return w.Code == "merged-hosts" }) {
		t.Errorf("%v, %+v", err, d)
	}
}

func TestMergeKeepsTheFirstOfTwoMeasurements(t *testing.T) {
	failed := result.Result{Instance: "x", Path: "opt_flops", DType: "float64", Alloc: "make", Error: "boom"}
	first, second := measured("x", "make"), measured("x", "make")
	second.Samples = []float64{9, 9, 9}
	d, _, err := Merge([]compare.File{stored("a", first), stored("b", second)}, nil)
	if err != nil || !reflect.DeepEqual(d.Results, []result.Result{first}) || len(d.Warnings) != 1 {
		t.Errorf("%v, %+v, %v", err, d.Results, d.Warnings)
	}
	for _, files := range [][]compare.File{{stored("a", failed), stored("b", second)}, {stored("b", second), stored("a", failed)}} {
		if d, _, err := Merge(files, nil); err != nil || !reflect.DeepEqual(d.Results, []result.Result{second}) {
			t.Errorf("one failed: %v, %+v", err, d.Results)
		}
	}
}

func TestMergeTellsWhatAnInterruptionLeft(t *testing.T) {
	a, b := stored("a", measured("x", "make")), stored("b", measured("y", "make"))
	a.Document.Interrupted, a.Document.Pending = true, []string{"y", "z"}
	d, missing, err := Merge([]compare.File{a, b}, nil)
	if err != nil || !slices.Equal(missing, []string{"z"}) || !slices.Equal(d.Pending, missing) || !d.Interrupted {
		t.Errorf("%v, missing %q, %+v", err, missing, d)
	}
}

func TestResumeTakesOverWhatIsDone(t *testing.T) {
	strategies := []string{"make", "slab"}
	broken := measured("y", "slab")
	broken.Error = "boom"
	earlier := stored("", measured("x", "slab"), measured("x", "make"), measured("y", "make"), broken, measured("z", "make")).Document
	earlier.Interrupted, earlier.Pending = true, []string{"z", "w"}
	d := stored("").Document
	d.Measured = "2026-11-27T13:00:00Z"
	if err := Resume(d, earlier, []string{"w", "x", "y", "z"}, strategies); err != nil {
		t.Fatal(err)
	}
	if len(d.Results) != 2 || d.Results[0].Instance != "x" || d.Measured != earlier.Measured || !slices.Equal(d.Resumed, []string{"2026-11-27T13:00:00Z"}) || d.Interrupted {
		t.Errorf("taken over: %+v", d)
	}
	like := measured("x", "")
	if !Holds(d, &like) {
		t.Error("x is done, and measured again")
	}
	if other := measured("y", ""); Holds(d, &other) {
		t.Error("y is not done, and not measured again")
	}
	if like.FileHash = "g"; Holds(d, &like) || len(d.Results) != 0 {
		t.Errorf("x has changed, and is not measured again: %+v", d.Results)
	}
}

func TestResumeRefusesOtherMeasurements(t *testing.T) {
	for want, change := range map[string]func(*result.Document){
		"runs 9, not 3":       func(d *result.Document) { d.Settings.Runs = 9 },
		"min_time_ns 5, not":  func(d *result.Document) { d.Settings.MinTime = 5 },
		"cpu e, not c":        func(d *result.Document) { d.Host.CPU = "e" },
		"tool v0, not v1":     func(d *result.Document) { d.Tool.Version = "v0" },
		"results of q, which": func(d *result.Document) { d.Results[0].Instance = "q" },
		"share":               func(d *result.Document) { d.Shard = &result.Shard{Index: 1, Count: 2} },
	} {
		earlier, d := stored("", measured("x", "make")).Document, stored("").Document
		change(earlier)
		if err := Resume(d, earlier, []string{"x"}, []string{"make"}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want %q", err, want)
		}
		if len(d.Results) > 0 {
			t.Errorf("%s: it was taken over all the same", want)
		}
	}
}

// TestMergedSharesAreTheWhole: whatever the shares, joined they are what one process
// would have measured.
func TestMergedSharesAreTheWhole(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var labels []string
		for i := range rapid.IntRange(1, 12).Draw(t, "instances") {
			labels = append(labels, fmt.Sprint("net", i))
		}
		count := rapid.IntRange(1, 8).Draw(t, "count")
		var files []compare.File
		for i := range count {
			plan := NewPlan(result.Shard{Index: i + 1, Count: count}, labels, "")
			f := stored(fmt.Sprint(i))
			f.Document.Shard = &plan.Shard
			for _, label := range labels {
				if plan.Takes(label, 0) {
					f.Document.Results = append(f.Document.Results, measured(label, "make"))
				}
			}
			files = append(files, f)
		}
		d, missing, err := Merge(rapid.Permutation(files).Draw(t, "files"), nil)
		if err != nil || len(missing) > 0 || len(d.Results) != len(labels) {
			t.Fatalf("%v, missing %q, %d results of %d", err, missing, len(d.Results), len(labels))
		}
	})
}
