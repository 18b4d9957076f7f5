package peaks

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"tnbench/internal/outfile"
)

// kept measures, or reads what was kept, in the folder of the test.
func kept(t *testing.T, anew bool) Kept {
	t.Helper()
	k, warnings, err := OfMachine(context.Background(), anew)
	if err != nil {
		t.Fatal(err)
	}
	for _, w := range warnings {
		t.Fatalf("warning: %s", w.Message)
	}
	return k
}

// backdate makes the kept peaks recognisable: an hour older.
func backdate(t *testing.T, folder string, k Kept) string {
	t.Helper()
	k.At = k.At.Add(-time.Hour)
	file := filepath.Join(folder, k.Key.name())
	if err := write(file, k); err != nil {
		t.Fatal(err)
	}
	return file
}

func TestPeaksAreMeasuredOnceAndKept(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "not", "there", "yet")
	t.Setenv(CacheVariable, folder)
	first := kept(t, false)
	backdate(t, folder, first)
	if again := kept(t, false); !again.At.Equal(first.At.Add(-time.Hour)) {
		t.Errorf("measured at %v, want what was kept at %v", again.At, first.At.Add(-time.Hour))
	}
	if anew := kept(t, true); anew.At.Before(first.At) {
		t.Errorf("measured anew at %v, before %v", anew.At, first.At)
	}
	if again := kept(t, false); again.At.Before(first.At) {
		t.Errorf("what was measured anew was not kept: %v", again.At)
	}
	if files, _ := os.ReadDir(folder); len(files) != 1 {
		t.Errorf("%d files, want 1: %v", len(files), files)
	}
}

func TestWhatIsNotOursIsMeasuredAnewAndReplaced(t *testing.T) {
	folder := t.TempDir()
	t.Setenv(CacheVariable, folder)
	good := kept(t, false)
	file := backdate(t, folder, good)
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	whole := string(data)
	for name, content := range map[string]string{
		"empty":       "",
		"cut":         whole[:len(whole)/2],
		"other json":  `{"schema":"tnbench/1"}`,
		"other key":   strings.Replace(whole, `"cores": `, `"cores": 9`, 1),
		"no figures":  whole[:strings.Index(whole, `"peaks"`)] + `"peaks": {}}`,
		"zero":        strings.Replace(whole, `"flops_per_second": `, `"flops_per_second": 0, "was": `, 1),
		"negative":    strings.Replace(whole, `"copy_bytes_per_second": `, `"copy_bytes_per_second": -`, 1),
		"future":      strings.Replace(whole, `"measured_at": "20`, `"measured_at": "29`, 1),
		"no time":     strings.Replace(whole, `"measured_at"`, `"was_measured_at"`, 1),
		"not numbers": strings.Replace(whole, `"copy_bytes_per_second": `, `"copy_bytes_per_second": "fast", "was": `, 1),
		"huge":        whole + strings.Repeat(" ", mostBytes),
	} {
		if content == whole {
			t.Fatalf("%s: nothing was spoilt", name)
		}
		if err := os.WriteFile(file, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
		if _, ok := read(file, good.Key); ok {
			t.Errorf("%s: was taken for ours", name)
		}
	}
	if k := kept(t, false); k.At.Before(good.At) {
		t.Errorf("measured at %v, before %v", k.At, good.At)
	}
	if _, ok := read(file, good.Key); !ok {
		t.Error("what was not ours was not replaced")
	}
}

func TestWithoutAFolderPeaksAreMeasuredSmallWithAWarning(t *testing.T) {
	blocked := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(blocked, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	check := func(t *testing.T) {
		k, warnings, err := OfMachine(context.Background(), false)
		if err != nil {
			t.Fatal(err)
		}
		if len(warnings) != 1 || warnings[0].Code != "not-kept" || !strings.Contains(warnings[0].Remedy, CacheVariable) {
			t.Errorf("warnings %+v, want one, that nothing is kept", warnings)
		}
		if k.Peaks.Memory == nil || int64(k.Peaks.Memory.Bytes) > smallRoom()/4 {
			t.Errorf("memory %+v, want at most %d bytes", k.Peaks.Memory, smallRoom()/4)
		}
	}
	t.Run("a file stands in the way", func(t *testing.T) {
		t.Setenv(CacheVariable, filepath.Join(blocked, "cache"))
		check(t)
	})
	t.Run("no home", func(t *testing.T) {
		for _, name := range []string{CacheVariable, "XDG_CACHE_HOME", "HOME", "LocalAppData"} {
			t.Setenv(name, "")
		}
		check(t)
	})
}

func TestProcessesKeepPeaksAtOnce(t *testing.T) {
	folder := t.TempDir()
	t.Setenv(CacheVariable, folder)
	k := kept(t, false)
	file := filepath.Join(folder, k.Key.name())
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			for range 50 {
				if err := write(file, k); err != nil {
					t.Error(err)
				}
				if _, ok := read(file, k.Key); !ok {
					t.Error("half a file was read")
				}
			}
		})
	}
	all.Wait()
	if files, _ := os.ReadDir(folder); len(files) != 1 {
		t.Errorf("%d files are left, want 1", len(files))
	}
}

func TestKeysTellMachinesAndBuildsApart(t *testing.T) {
	base := key{CPU: "a", Microcode: "1", Features: []string{"avx2"}, Cores: 2, Memory: 1 << 30, Buffer: 1 << 26, Kernel: "6", THP: "always", Build: "b"}
	others := []key{}
	for _, change := range []func(*key){
		func(k *key) { k.CPU = "b" }, func(k *key) { k.Microcode = "2" }, func(k *key) { k.Features = nil }, func(k *key) { k.Cores++ },
		func(k *key) { k.Memory++ }, func(k *key) { k.Buffer = 0 }, func(k *key) { k.Kernel = "7" }, func(k *key) { k.THP = "never" }, func(k *key) { k.Build = "c" },
	} {
		k := base
		change(&k)
		others = append(others, k)
	}
	for _, k := range others {
		if k.equal(base) || k.name() == base.name() {
			t.Errorf("%+v counts as %+v", k, base)
		}
	}
	if first, again := build(), build(); !base.equal(base) || first != again || !strings.Contains(first, runtime.Version()) {
		t.Errorf("a key differs from itself, or the build %q has no version", build())
	}
}

func TestFilesOfLongAgoAreRemoved(t *testing.T) {
	folder := t.TempDir()
	old := time.Now().Add(-2 * keepFor)
	for _, name := range []string{filePrefix + "0.json", outfile.Prefix + "1", "notes.txt"} {
		file := filepath.Join(folder, name)
		if err := errors.Join(os.WriteFile(file, nil, 0o644), os.Chtimes(file, old, old)); err != nil {
			t.Fatal(err)
		}
	}
	if err := write(filepath.Join(folder, filePrefix+"2.json"), Kept{}); err != nil {
		t.Fatal(err)
	}
	files, _ := os.ReadDir(folder)
	if len(files) != 2 || files[0].Name() != "notes.txt" {
		t.Errorf("left are %v, want the new file and what is not ours", files)
	}
}

func TestInterruptedMeasurementsAreNotKept(t *testing.T) {
	folder := t.TempDir()
	t.Setenv(CacheVariable, folder)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, _, err := OfMachine(ctx, false); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v, want %v", err, context.Canceled)
	}
	if files, _ := os.ReadDir(folder); len(files) != 0 {
		t.Errorf("files %v were left", files)
	}
}
