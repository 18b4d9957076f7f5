package peaks

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"hash/crc32"
	"io"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"tnbench/internal/dtype"
	"tnbench/internal/machine"
	"tnbench/internal/outfile"
	"tnbench/internal/warning"
)

// Kept are peaks and when they were measured.
type Kept struct {
	Key   key       `json:"key"`
	At    time.Time `json:"measured_at"`
	Peaks Peaks     `json:"peaks"`
}

// key is what the peaks depend on: those of another key are another machine's.
type key struct {
	CPU       string   `json:"cpu"`
	Microcode string   `json:"microcode"`
	Features  []string `json:"features"`
	Cores     int      `json:"cores"`
	Memory    int64    `json:"memory_bytes"`
	Buffer    int      `json:"buffer_bytes"` // that the memory was measured with; 0: it was not
	Kernel    string   `json:"kernel"`
	THP       string   `json:"thp"`
	Build     string   `json:"build"` // of this program
}

// CacheVariable is the environment variable that names the folder of kept peaks,
// in place of the user's cache folder.
const CacheVariable = "TNBENCH_CACHE"

// AddTo enters the peaks into the host object of result files, in its units.
func (k Kept) AddTo(h *machine.Host) {
	h.PeakGFLOPS = k.Peaks.FlopsOf(dtype.Float64) / 1e9
	if k.Peaks.Memory != nil {
		h.BandwidthGBs = k.Peaks.Memory.Copy / 1e9
	}
	h.PeaksMeasuredAt = k.At
}

// OfMachine returns the peaks of this machine: those that were kept, or with anew,
// or if there are none, measured now and kept. What could not be measured is
// absent, and a warning says why. An error says that ctx was done before.
func OfMachine(ctx context.Context, anew bool) (Kept, []warning.Warning, error) {
	host, room := machine.ReadHost(), roomNow()
	k := Kept{Key: keyFor(host, memoryBuffer(lastCache(), room))}
	folder, homeless := keepFolder()
	if homeless == nil && !anew {
		if kept, ok := read(filepath.Join(folder, k.Key.name()), k.Key); ok {
			return kept, nil, nil
		}
	}
	if homeless == nil {
		homeless = writable(filepath.Join(folder, k.Key.name()))
	}
	if homeless != nil { // each start measures anew: small
		room = min(room, smallRoom())
		k.Key.Buffer = memoryBuffer(lastCache(), room)
	}
	var warnings []warning.Warning
	var err error
	k.At = time.Now().Round(time.Second)
	if k.Peaks, err = measurePeaks(ctx, room); ctx.Err() != nil {
		return k, nil, ctx.Err()
	} else if err != nil {
		warnings = append(warnings, absent(err))
	}
	if homeless == nil {
		homeless = write(filepath.Join(folder, k.Key.name()), k)
	}
	if homeless != nil {
		warnings = append(warnings, warning.Warning{
			Code:    "not-kept",
			Message: fmt.Sprintf("the peaks of this machine can't be kept and are measured at each start: %v", homeless),
			Remedy:  "name a folder with " + CacheVariable,
		})
	}
	return k, warnings, nil
}

// keepFolder returns the folder of kept peaks.
func keepFolder() (string, error) {
	if folder := os.Getenv(CacheVariable); folder != "" {
		return folder, nil
	}
	users, err := os.UserCacheDir()
	return filepath.Join(users, "tnbench"), err
}

// writable makes the folder and reports why a file can't be written there.
func writable(file string) error {
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		return err
	}
	f, err := new(outfile.Set).Create(file)
	if err == nil {
		f.Discard()
	}
	return err
}

// keyFor returns the key of a machine whose memory is measured with such buffers.
func keyFor(h machine.Host, buffer int) key {
	return key{
		CPU: h.CPU, Microcode: h.Microcode, Features: h.Features, Cores: h.Cores, Memory: h.MemoryBytes,
		Buffer: buffer, Kernel: h.Kernel, THP: h.THP, Build: build(),
	}
}

// build tells builds of this program apart: by their revision, which says nothing
// of what was changed since, and by the bytes of the executable.
func build() string {
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
			// A sum of bits, not a hash: 15 MiB in some 3 ms, at each start.
			sum := crc32.New(crc32.MakeTable(crc32.Castagnoli))
			if n, err := io.Copy(sum, f); err == nil {
				parts = append(parts, fmt.Sprintf("%d-%08x", n, sum.Sum32()))
			}
		}
	}
	return strings.Join(parts, " ")
}

const (
	filePrefix = "peaks-"
	// keepFor is how long files of other keys are kept: builds come and go.
	keepFor = 90 * 24 * time.Hour
	// mostBytes is more than any file of ours has.
	mostBytes = 64 << 10
)

// name returns the name of a key's file.
func (k key) name() string {
	text, _ := json.Marshal(k) // strings and numbers: cannot fail
	sum := sha256.Sum256(text)
	return fmt.Sprintf("%s%x.json", filePrefix, sum[:8])
}

// equal reports whether k and other are the same.
func (k key) equal(other key) bool {
	a, _ := json.Marshal(k)
	b, _ := json.Marshal(other)
	return slices.Equal(a, b)
}

// read returns the peaks in a file; false if there is none, or if it is not ours,
// of another key, or holds what can't be.
func read(file string, want key) (Kept, bool) {
	info, err := os.Stat(file)
	if err != nil || !info.Mode().IsRegular() || info.Size() > mostBytes {
		return Kept{}, false
	}
	data, err := os.ReadFile(file)
	if err != nil {
		return Kept{}, false
	}
	var k Kept
	if json.Unmarshal(data, &k) != nil || !k.Key.equal(want) || !k.plausible() {
		return Kept{}, false
	}
	return k, true
}

// plausible reports whether k has the figures that its key promises, positive and
// finite, and was not measured in the future.
func (k Kept) plausible() bool {
	good := func(figures ...float64) bool {
		return !slices.ContainsFunc(figures, func(v float64) bool { return !(v > 0) || math.IsInf(v, 0) })
	}
	for _, t := range dtype.All {
		if !good(k.Peaks.FlopsOf(t)) {
			return false
		}
	}
	if !good(k.Peaks.Speed) {
		return false
	}
	m := k.Peaks.Memory
	if (m != nil) != (k.Key.Buffer > 0) || m != nil && !good(m.Copy, m.Read, m.Write) {
		return false
	}
	return !k.At.IsZero() && !k.At.After(time.Now().Add(time.Hour))
}

// write replaces a file at once, so that whoever reads it meanwhile sees all of
// the old one or all of the new one, and drops files that have long been of no use.
func write(file string, k Kept) error {
	data, err := json.MarshalIndent(k, "", "  ")
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
	for _, prefix := range []string{filePrefix, outfile.Prefix} {
		files, _ := filepath.Glob(filepath.Join(folder, prefix+"*"))
		for _, file := range files {
			if info, err := os.Lstat(file); err == nil && info.Mode().IsRegular() && time.Since(info.ModTime()) > keepFor {
				_ = os.Remove(file) // the next one tries again
			}
		}
	}
}
