package keep

import (
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

type note struct {
	Machine
	Text string
}

func TestProcessesWriteAtOnce(t *testing.T) {
	folder := t.TempDir()
	file := filepath.Join(folder, Tuned.Name("x"))
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			for range 50 {
				if err := Write(file, note{Text: "whole"}); err != nil {
					t.Error(err)
				}
				var n note
				if !Read(file, &n) || n.Text != "whole" {
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
	base := Machine{CPU: "a", Microcode: "1", Features: []string{"avx2"}, Cores: 2, Memory: 1 << 30, Kernel: "6", THP: "always", Build: "b"}
	for _, change := range []func(*Machine){
		func(m *Machine) { m.CPU = "b" }, func(m *Machine) { m.Microcode = "2" }, func(m *Machine) { m.Features = nil }, func(m *Machine) { m.Cores++ },
		func(m *Machine) { m.Memory++ }, func(m *Machine) { m.Kernel = "7" }, func(m *Machine) { m.THP = "never" }, func(m *Machine) { m.Build = "c" },
	} {
		m := base
		change(&m)
		if Same(m, base) || Peaks.Name(m) == Peaks.Name(base) {
			t.Errorf("%+v counts as %+v", m, base)
		}
	}
	if first, again := build(), build(); !Same(base, base) || first != again || !strings.Contains(first, runtime.Version()) {
		t.Errorf("a key differs from itself, or the build %q has no version", build())
	}
	if Peaks.Name(base) == Tuned.Name(base) {
		t.Error("kinds share a file")
	}
}

func TestFilesOfLongAgoAreRemoved(t *testing.T) {
	folder := t.TempDir()
	old := time.Now().Add(-2 * keepFor)
	for _, name := range []string{string(Peaks) + "0.json", string(Tuned) + "0.json", outfile.Prefix + "1", "notes.txt"} {
		file := filepath.Join(folder, name)
		if err := errors.Join(os.WriteFile(file, nil, 0o644), os.Chtimes(file, old, old)); err != nil {
			t.Fatal(err)
		}
	}
	if err := Write(filepath.Join(folder, string(Peaks)+"2.json"), note{}); err != nil {
		t.Fatal(err)
	}
	files, _ := os.ReadDir(folder)
	if len(files) != 2 || files[0].Name() != "notes.txt" {
		t.Errorf("left are %v, want the new file and what is not ours", files)
	}
}

func TestWhatIsNoFileOfOursIsNotRead(t *testing.T) {
	folder := t.TempDir()
	file := filepath.Join(folder, "x.json")
	for name, content := range map[string]string{
		"empty": "", "cut": `{"Text": "`, "another type": `[1]`, "huge": `{"Text": "` + strings.Repeat("a", MostBytes) + `"}`,
	} {
		if err := os.WriteFile(file, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
		if Read(file, new(note)) {
			t.Errorf("%s: was read", name)
		}
	}
	if Read(folder, new(note)) || Read(filepath.Join(folder, "none"), new(note)) {
		t.Error("a folder, or nothing, was read")
	}
}
