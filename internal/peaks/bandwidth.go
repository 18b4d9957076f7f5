package peaks

import (
	"context"
	"fmt"
	"unsafe"

	"github.com/klauspost/cpuid/v2"

	"tnbench/internal/dtype"
	"tnbench/internal/kernel"
	"tnbench/internal/kernel/nest"
	"tnbench/internal/stats"
)

// Bandwidth is how fast one core moves data whose working set fits one level
// of the memory hierarchy, in bytes per second. A copy counts the bytes read
// and the bytes written.
type Bandwidth struct {
	Level string  `json:"level"` // "L2", "L3" or "memory"
	Bytes int     `json:"bytes"` // of the working set
	Copy  float64 `json:"copy_bytes_per_second"`
	Read  float64 `json:"read_bytes_per_second"`
	Write float64 `json:"write_bytes_per_second"`
}

const (
	bandwidthTrials = 5
	// trialBytes is what one trial moves at least, so that trials with a small
	// working set last much longer than the clock's resolution.
	trialBytes = 8 << 20
	// The buffers behind "memory" are beyond every cache, within reason.
	leastMemoryBuffer = 32 << 20
	mostMemoryBuffer  = 512 << 20
	// unknownL3 stands in for a cache size that the processor does not tell.
	unknownL3 = 32 << 20
)

// memoryBandwidth measures the bandwidth of the main memory with two buffers of
// twice the last cache each, or of what a small room has space for. Buffers that
// the caches hold would measure those: then there is no figure.
func memoryBandwidth(ctx context.Context, room int64) (Bandwidth, error) {
	n := memoryBuffer(lastCache(), room)
	if n == 0 {
		return Bandwidth{}, fmt.Errorf("the bandwidth of memory can't be measured in %d MiB: buffers beyond the cache of %d MiB are needed, in an eighth of it each",
			room>>20, lastCache()>>20)
	}
	return measureBandwidth(ctx, "memory", n)
}

// memoryBuffer returns the bytes of each of two buffers that are beyond the last
// cache together and take a quarter of the room at most; 0 if there are none.
func memoryBuffer(last int, room int64) int {
	n := min(max(2*last, leastMemoryBuffer), mostMemoryBuffer)
	for ; int64(n) > room/8; n /= 2 {
		if n < last {
			return 0
		}
	}
	return n
}

// lastCache returns the bytes of the last cache.
func lastCache() int {
	if l3 := cpuid.CPU.Cache.L3; l3 > 0 {
		return l3
	}
	return unknownL3
}

// cacheBandwidths measures the levels above the main memory whose sizes are
// known, with working sets of half a level.
func cacheBandwidths(ctx context.Context) ([]Bandwidth, error) {
	var all []Bandwidth
	for _, level := range []struct {
		name  string
		bytes int
	}{{"L2", cpuid.CPU.Cache.L2}, {"L3", cpuid.CPU.Cache.L3}} {
		if level.bytes <= 0 {
			continue
		}
		b, err := measureBandwidth(ctx, level.name, level.bytes/4)
		if err != nil {
			return all, err
		}
		all = append(all, b)
	}
	return all, nil
}

// measureBandwidth measures with two buffers of n bytes.
func measureBandwidth(ctx context.Context, level string, n int) (Bandwidth, error) {
	n &^= 4095
	memory, unmap, err := mapFresh(2 * n)
	if err != nil {
		return Bandwidth{}, fmt.Errorf("%s bandwidth: %d bytes: %w", level, 2*n, err)
	}
	defer unmap()
	_ = adviseHuge(memory, true) // where there are none, small ones must do
	a, b := memory[:n:n], memory[n:]
	if err := fillInParts(ctx, memory); err != nil {
		return Bandwidth{}, err
	}
	read, err := reader(dtype.MakeBytes(8), a, b)
	if err != nil {
		return Bandwidth{}, fmt.Errorf("%s bandwidth: %w", level, err)
	}
	turns := max(1, trialBytes/n)
	trials, err := trialsOf(ctx, turns, len(a)+len(b), func() { copy(b, a) }, read, writer(b))
	if err != nil {
		return Bandwidth{}, err
	}
	return trials.bandwidth(level, turns), nil
}

// traffic holds the times of trials, in seconds.
type traffic struct {
	copy, read, write []float64
	bytes             int // of the working set
}

// trialsOf runs the trials over a working set of so many bytes, kinds in turn,
// until ctx is done.
func trialsOf(ctx context.Context, turns, bytes int, copy, read, write func()) (traffic, error) {
	t := traffic{bytes: bytes}
	repeat := func(work func()) float64 {
		return seconds(func() {
			for range turns {
				work()
			}
		})
	}
	for range bandwidthTrials {
		if err := ctx.Err(); err != nil {
			return t, err
		}
		t.copy = append(t.copy, repeat(copy))
		t.read = append(t.read, repeat(read))
		t.write = append(t.write, repeat(write))
	}
	return t, nil
}

// bandwidth condenses the trials of so many turns: a copy reads one half of the
// working set and writes the other, a read takes all of it, a write one half.
func (t traffic) bandwidth(level string, turns int) Bandwidth {
	all := float64(t.bytes) * float64(turns)
	return Bandwidth{
		Level: level,
		Bytes: t.bytes,
		Copy:  all / stats.Median(t.copy),
		Read:  all / stats.Median(t.read),
		Write: all / 2 / stats.Median(t.write),
	}
}

// reader returns what reads two buffers once: their dot product, whose two
// arithmetic operations for 16 bytes are hidden behind the reading.
func reader(sum, a, b []byte) (func(), error) {
	spec := nest.Spec{Type: dtype.Float64, K: []nest.Loop{{Extent: len(a) / 8, A: 1, B: 1}}}
	dot, err := kernel.New(spec, kernel.Options{})
	if err != nil {
		return nil, err
	}
	var env nest.Env
	if n := dot.Scratch(); n > 0 {
		env.Scratch = unsafe.Pointer(unsafe.SliceData(dtype.MakeBytes(n)))
	}
	return func() {
		dot.Run(&env, unsafe.Pointer(unsafe.SliceData(sum)), unsafe.Pointer(unsafe.SliceData(a)), unsafe.Pointer(unsafe.SliceData(b)))
	}, nil
}

// writer returns what overwrites a buffer once with ones, which it has at hand.
// Zeros would not do: lines of zeros are written up to three times as fast as
// others (Zen 4, 2026-11).
func writer(to []byte) func() {
	line := dtype.MakeBytes(4096)
	fillOnes(line)
	return func() {
		for rest := to; len(rest) > 0; {
			rest = rest[copy(rest, line):]
		}
	}
}

// fillInParts is fillOnes until ctx is done: the first touch of a page may take
// ten microseconds on a busy machine, that of a gigabyte seconds.
func fillInParts(ctx context.Context, memory []byte) error {
	const part = 16 << 20
	for at := 0; at < len(memory); at += part {
		if err := ctx.Err(); err != nil {
			return err
		}
		fillOnes(memory[at:min(at+part, len(memory))])
	}
	return nil
}

// fillOnes makes memory resident, with numbers that are neither zero nor slow.
func fillOnes(memory []byte) {
	numbers := dtype.View[float64](memory)
	for i := range numbers {
		numbers[i] = 1
	}
}
