// Package keep keeps what was measured of this machine, so that it is measured once: a
// file for each key in the user's cache folder. It knows nothing of what is kept.
package keep

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"hash/crc32"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"strings"
	"sync"
	"time"

	"tnbench/internal/machine"
	"tnbench/internal/outfile"
)

// Variable is the environment variable that names the folder, in place of the user's
// cache folder.
const Variable = "TNBENCH_CACHE"

// Machine is what measurements depend on, part of every key: those of another one are
// another machine's.
type Machine struct {
	CPU       string   `json:"cpu"`
	Microcode string   `json:"microcode"`
	Features  []string `json:"features"`
	Cores     int      `json:"cores"`
	Memory    int64    `json:"memory_bytes"`
	Kernel    string   `json:"kernel"`
	THP       string   `json:"thp"`
	Build     string   `json:"build"` // of this program
}

// MachineOf returns what is measured on a host by this build.
func MachineOf(h machine.Host) Machine {
	return Machine{
		CPU: h.CPU, Microcode: h.Microcode, Features: h.Features, Cores: h.Cores, Memory: h.MemoryBytes,
		Kernel: h.Kernel, THP: h.THP, Build: build(),
	}
}

// build tells builds of this program apart: by their revision, which says nothing
// of what was changed since, and by the bytes of the executable, which are read once.
var build = sync.OnceValue(func() string {
	parts := []string{runtime.Version(), runtime.GOARCH}
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, s := range info.Settings {
			if s.Key == "vcs.revision" {
				parts = append(parts, s.Value)
			}
		}
	}
	if name, err := os.Executable(); err == nil {
		if f, err := os.Open(name); err == nil {
			defer f.Close()
			// A sum of bits, not a hash: 15 MiB in some 3 ms.
			sum := crc32.New(crc32.MakeTable(crc32.Castagnoli))
			if n, err := io.Copy(sum, f); err == nil {
				parts = append(parts, fmt.Sprintf("%d-%08x", n, sum.Sum32()))
			}
		}
	}
	return strings.Join(parts, " ")
})

// Folder returns where files are kept.
func Folder() (string, error) {
	if folder := os.Getenv(Variable); folder != "" {
		return folder, nil
	}
	users, err := os.UserCacheDir()
	return filepath.Join(users, "tnbench"), err
}

// Kind is a kind of file, with which its name begins.
type Kind string

// The kinds.
const (
	Peaks Kind = "peaks-"
	Tuned Kind = "tuned-"
)

// Name returns the name of the file of a key, which is of strings and numbers.
func (k Kind) Name(key any) string {
	text, err := json.Marshal(key)
	if err != nil {
		panic(err)
	}
	sum := sha256.Sum256(text)
	return fmt.Sprintf("%s%x.json", k, sum[:8])
}

// Same reports whether two keys are the same.
func Same(a, b any) bool {
	x, err := json.Marshal(a)
	y, err2 := json.Marshal(b)
	return err == nil && err2 == nil && string(x) == string(y)
}

const (
	// keepFor is how long files of other keys are kept: builds come and go.
	keepFor = 90 * 24 * time.Hour
	// MostBytes is more than any file has.
	MostBytes = 64 << 10
)

// Writable makes the folder of a file and reports why the file can't be written there.
func Writable(file string) error {
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		return err
	}
	f, err := new(outfile.Set).Create(file)
	if err == nil {
		f.Discard()
	}
	return err
}

// Read reads a file. It reports false if there is none, or none of JSON of this kind.
func Read(file string, into any) bool {
	info, err := os.Stat(file)
	if err != nil || !info.Mode().IsRegular() || info.Size() > MostBytes {
		return false
	}
	data, err := os.ReadFile(file)
	return err == nil && json.Unmarshal(data, into) == nil
}

// Write replaces a file at once, so that whoever reads it meanwhile sees all of the old one
// or all of the new one, and drops files that have long been of no use.
func Write(file string, content any) error {
	data, err := json.MarshalIndent(content, "", "  ")
	if err != nil {
		return err
	}
	f, err := new(outfile.Set).Create(file)
	if err == nil {
		err = f.Fill(func(w io.Writer) error { _, err := w.Write(append(data, '\n')); return err })
	}
	if err != nil {
		return err
	}
	prune(filepath.Dir(file))
	return nil
}

// prune removes files of ours that nobody has written for long.
func prune(folder string) {
	for _, prefix := range []string{string(Peaks), string(Tuned), outfile.Prefix} {
		files, _ := filepath.Glob(filepath.Join(folder, prefix+"*"))
		for _, file := range files {
			if info, err := os.Lstat(file); err == nil && info.Mode().IsRegular() && time.Since(info.ModTime()) > keepFor {
				_ = os.Remove(file) // the next one tries again
			}
		}
	}
}
