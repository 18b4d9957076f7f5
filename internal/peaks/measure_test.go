package peaks

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"unsafe"

	"tnbench/internal/dtype"
	"tnbench/internal/keep"
	"tnbench/internal/machine"
)

func TestMeasureFillsTheReport(t *testing.T) {
	t.Setenv(keep.Variable, t.TempDir())
	r, warnings, err := Measure(context.Background())
	if err != nil || len(warnings) > 0 {
		t.Fatal(err, warnings)
	}
	for _, d := range dtype.All {
		if flops := r.Peaks.FlopsOf(d); flops <= 0 {
			t.Errorf("peak of %v = %v operations per second, want more than 0", d, flops)
		}
	}
	if r.Host.PeakGFLOPS != r.Peaks.FlopsOf(dtype.Float64)/1e9 || r.Host.BandwidthGBs != r.Peaks.Memory.Copy/1e9 {
		t.Errorf("host has %v GFLOP/s and %v GB/s, peaks are %+v", r.Host.PeakGFLOPS, r.Host.BandwidthGBs, r.Peaks)
	}
	for _, b := range append(r.Caches, *r.Peaks.Memory) {
		if b.Copy <= 0 || b.Read <= 0 || b.Write <= 0 || b.Bytes <= 0 || b.Level == "" {
			t.Errorf("bandwidth = %+v, want positive figures", b)
		}
	}
	if p := r.Pages; p.PageBytes < 4096 || p.Zero <= 0 || p.Fault < 0 || p.HugeFault < 0 || p.Unmap < 0 {
		t.Errorf("pages = %+v, want a cost of zeroing, and nothing negative", p)
	}
	if c := r.Clock; c.Resolution <= 0 || c.Now <= 0 || c.Metrics <= 0 || c.MemStats <= 0 || c.Usage < 0 {
		t.Errorf("clock = %+v, want positive figures", c)
	}
}

func TestMeasureStopsWhenItsContextIsDone(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	r, _, err := Measure(ctx)
	if !errors.Is(err, context.Canceled) {
		t.Errorf("error = %v, want %v", err, context.Canceled)
	}
	if r.Host.CPU == "" || r.Clock.Now != 0 || r.Peaks.Arithmetic != nil {
		t.Errorf("report = %+v, want the host's facts and no measurement", r)
	}
}

func TestPeaksWithoutFiguresEnterNothing(t *testing.T) {
	var h machine.Host
	Kept{}.AddTo(&h)
	data, err := json.Marshal(h)
	if err != nil {
		t.Fatal(err)
	}
	if s := string(data); strings.Contains(s, "peak_gflops") || strings.Contains(s, "bandwidth_gbs") || strings.Contains(s, "peaks_measured_at") {
		t.Errorf("host = %s, want no peaks", s)
	}
}

func TestReaderReadsEveryNumberOfBothBuffers(t *testing.T) {
	a, b, c := dtype.MakeBytes(8*1003), dtype.MakeBytes(8*1003), dtype.MakeBytes(8)
	x, y := dtype.View[float64](a), dtype.View[float64](b)
	want := 0.0
	for i := range x {
		x[i], y[i] = float64(i%7), float64(i%5)
		want += x[i] * y[i]
	}
	read, err := reader(c, a, b)
	if err != nil {
		t.Fatal(err)
	}
	read()
	if got := dtype.View[float64](c)[0]; got != want {
		t.Errorf("reader's sum over %d numbers = %v, want %v", len(x), got, want)
	}
}

func TestWriterWritesOnesToAllOfABuffer(t *testing.T) {
	to := dtype.MakeBytes(3*4096 + 8)
	writer(to)()
	for i, v := range dtype.View[float64](to) {
		if v != 1 {
			t.Fatalf("number %d of the written buffer = %v, want 1", i, v)
		}
	}
}

func TestBandwidthCountsWhatEachKindMoves(t *testing.T) {
	trials := traffic{copy: []float64{9, 2, 2}, read: []float64{4, 4, 4}, write: []float64{1, 1, 7}, bytes: 100}
	want := Bandwidth{Level: "L2", Bytes: 100, Copy: 100 * 3 / 2.0, Read: 100 * 3 / 4.0, Write: 50 * 3}
	if got := trials.bandwidth("L2", 3); got != want {
		t.Errorf("bandwidth of 3 turns over %+v = %+v, want %+v", trials, got, want)
	}
}

func TestTrialsOfBandwidthTakeTurns(t *testing.T) {
	order := ""
	kind := func(letter string) func() { return func() { order += letter } }
	got, err := trialsOf(context.Background(), 2, 100, kind("c"), kind("r"), kind("w"))
	if err != nil {
		t.Fatal(err)
	}
	if len(got.copy) != bandwidthTrials || len(got.read) != bandwidthTrials || len(got.write) != bandwidthTrials || got.bytes != 100 {
		t.Errorf("trials = %d, %d, %d over %d bytes, want %d each over 100", len(got.copy), len(got.read), len(got.write), got.bytes, bandwidthTrials)
	}
	if want := strings.Repeat("ccrrww", bandwidthTrials); order != want {
		t.Errorf("trials ran as %s, want %s", order, want)
	}
}

func TestTrialsAndFillingStopWhenTheirContextIsDone(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	nothing := func() { t.Error("a trial ran") }
	if _, err := trialsOf(ctx, 1, 1, nothing, nothing, nothing); !errors.Is(err, context.Canceled) {
		t.Errorf("trials gave %v", err)
	}
	if err := fillInParts(ctx, dtype.MakeBytes(64)); !errors.Is(err, context.Canceled) {
		t.Errorf("filling gave %v", err)
	}
	if _, err := measurePages(ctx, 1<<30); !errors.Is(err, context.Canceled) {
		t.Errorf("pages gave %v", err)
	}
}

func TestMemoryIsMeasuredWithBuffersThatFitAndThatNoCacheHolds(t *testing.T) {
	const mib = 1 << 20
	for _, test := range []struct {
		last int
		room int64
		want int
	}{
		{32 * mib, 64 << 30, 64 * mib},
		{32 * mib, 300 * mib, 32 * mib},
		{32 * mib, 255 * mib, 16 * mib},
		{32 * mib, 127 * mib, 0},
		{32 * mib, 0, 0},
		{1 * mib, 64 << 30, leastMemoryBuffer},
		{1024 * mib, 64 << 30, mostMemoryBuffer},
		{1024 * mib, 1 << 30, 0},
	} {
		got := memoryBuffer(test.last, test.room)
		if got != test.want {
			t.Errorf("cache of %d MiB, room of %d MiB: %d MiB, want %d", test.last/mib, test.room/mib, got/mib, test.want/mib)
		}
	}
	if memoryBuffer(lastCache(), smallRoom()) == 0 {
		t.Error("there is no buffer for the small room")
	}
	for room, want := range map[int64]int{0: leastRegion, 64 * mib: 8 * mib, 100 * mib: 12 * mib, 64 << 30: mostRegion} {
		if got := regionFor(room); got != want {
			t.Errorf("region for a room of %d MiB = %d, want %d", room/mib, got, want)
		}
	}
}

func TestAlignedBeginsAtAPage(t *testing.T) {
	for _, page := range []int{4096, 16384, 2 << 20} {
		memory, unmap, err := mapFresh(leastRegion + page)
		if err != nil {
			t.Fatal(err)
		}
		region := aligned(memory, page, leastRegion)
		if at := uintptr(unsafe.Pointer(unsafe.SliceData(region))); at%uintptr(page) != 0 || len(region) != leastRegion {
			t.Errorf("region for pages of %d bytes begins at %#x with %d bytes", page, at, len(region))
		}
		unmap()
	}
}
