package peaks

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"tnbench/internal/keep"
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
	file := filepath.Join(folder, keep.Peaks.Name(k.Key))
	if err := keep.Write(file, k); err != nil {
		t.Fatal(err)
	}
	return file
}

func TestPeaksAreMeasuredOnceAndKept(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "not", "there", "yet")
	t.Setenv(keep.Variable, folder)
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
	t.Setenv(keep.Variable, folder)
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
		"huge":        whole + strings.Repeat(" ", keep.MostBytes),
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
		if len(warnings) != 1 || warnings[0].Code != "not-kept" || !strings.Contains(warnings[0].Remedy, keep.Variable) {
			t.Errorf("warnings %+v, want one, that nothing is kept", warnings)
		}
		if k.Peaks.Memory == nil || int64(k.Peaks.Memory.Bytes) > smallRoom()/4 {
			t.Errorf("memory %+v, want at most %d bytes", k.Peaks.Memory, smallRoom()/4)
		}
	}
	t.Run("a file stands in the way", func(t *testing.T) {
		t.Setenv(keep.Variable, filepath.Join(blocked, "cache"))
		check(t)
	})
	t.Run("no home", func(t *testing.T) {
		for _, name := range []string{keep.Variable, "XDG_CACHE_HOME", "HOME", "LocalAppData"} {
			t.Setenv(name, "")
		}
		check(t)
	})
}

func TestInterruptedMeasurementsAreNotKept(t *testing.T) {
	folder := t.TempDir()
	t.Setenv(keep.Variable, folder)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, _, err := OfMachine(ctx, false); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v, want %v", err, context.Canceled)
	}
	if files, _ := os.ReadDir(folder); len(files) != 0 {
		t.Errorf("files %v were left", files)
	}
}
