package peaks

import (
	"context"
	"fmt"
	"math"
	"path/filepath"
	"slices"
	"time"

	"tnbench/internal/dtype"
	"tnbench/internal/keep"
	"tnbench/internal/machine"
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
	keep.Machine
	Buffer int `json:"buffer_bytes"` // that the memory was measured with; 0: it was not
}

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
	file, homeless := k.file()
	if homeless == nil && !anew {
		if kept, ok := read(file, k.Key); ok {
			return kept, nil, nil
		}
	}
	if homeless == nil {
		homeless = keep.Writable(file)
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
		homeless = keep.Write(file, k)
	}
	if homeless != nil {
		warnings = append(warnings, warning.Warning{
			Code:    "not-kept",
			Message: fmt.Sprintf("the peaks of this machine can't be kept and are measured at each start: %v", homeless),
			Remedy:  "name a folder with " + keep.Variable,
		})
	}
	return k, warnings, nil
}

// keyFor returns the key of a machine whose memory is measured with such buffers.
func keyFor(h machine.Host, buffer int) key { return key{keep.MachineOf(h), buffer} }

// file returns where k is kept.
func (k Kept) file() (string, error) {
	folder, err := keep.Folder()
	return filepath.Join(folder, keep.Peaks.Name(k.Key)), err
}

// read returns the peaks in a file; false if there is none, or if it is not ours,
// of another key, or holds what can't be.
func read(file string, want key) (Kept, bool) {
	var k Kept
	if !keep.Read(file, &k) || !keep.Same(k.Key, want) || !k.plausible() {
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
