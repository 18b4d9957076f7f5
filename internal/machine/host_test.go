package machine

import (
	"encoding/json"
	"math"
	"runtime"
	"runtime/debug"
	"testing"
)

func TestMemAvailableIsReadInBytes(t *testing.T) {
	for _, test := range []struct {
		meminfo string
		want    int64
		ok      bool
	}{
		{"MemTotal:       24 kB\nMemAvailable:   16 kB\nBuffers: 3 kB", 16384, true},
		{"MemTotal:       24 kB", 0, false},
		{"MemAvailable: many kB", 0, false},
		{"", 0, false},
	} {
		got, ok := memAvailable(files(map[string]string{"proc/meminfo": test.meminfo}))
		if got != test.want || ok != test.ok {
			t.Errorf("memAvailable of %q = %d, %v, want %d, %v", test.meminfo, got, ok, test.want, test.ok)
		}
	}
}

func TestTheChoiceInBracketsIsTheOneInForce(t *testing.T) {
	for in, want := range map[string]string{
		"always [madvise] never": "madvise", "[always] madvise never": "always", "": "", "always": "", "[never": "",
	} {
		if got := bracketed(in); got != want {
			t.Errorf("bracketed(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestAvailableMemoryIsPositiveAndBelowTheTotal(t *testing.T) {
	got, err := AvailableMemory()
	if err != nil {
		t.Skip(err)
	}
	if got.Bytes <= 0 || got.Bound == "" {
		t.Errorf("AvailableMemory = %+v, want positive bytes and what bounds them", got)
	}
	if total := totalMemory(); total > 0 && got.Bytes > total {
		t.Errorf("AvailableMemory = %d, above the physical memory %d", got.Bytes, total)
	}
}

func TestAvailableMemoryRespectsTheRuntimeLimit(t *testing.T) {
	const limit = 64 << 20
	defer debug.SetMemoryLimit(debug.SetMemoryLimit(limit))
	got, err := AvailableMemory()
	if err != nil {
		t.Skip(err)
	}
	if got.Bytes >= limit || got.Bound != "GOMEMLIMIT" {
		t.Errorf("AvailableMemory under a limit of %d = %+v, want less, bound by GOMEMLIMIT", limit, got)
	}
	if h := ReadHost(); h.GOMEMLIMIT != limit {
		t.Errorf("ReadHost().GOMEMLIMIT = %d, want %d", h.GOMEMLIMIT, limit)
	}
}

func TestHostNamesTheMachineAndTheRuntime(t *testing.T) {
	h := ReadHost()
	if h.CPU == "" || h.Cores < 1 || h.OS != runtime.GOOS || h.Arch != runtime.GOARCH || h.Go != runtime.Version() {
		t.Errorf("ReadHost = %+v", h)
	}
	if h.PageBytes < 4096 || h.PageBytes&(h.PageBytes-1) != 0 {
		t.Errorf("ReadHost().PageBytes = %d, want a power of two", h.PageBytes)
	}
}

func TestHostReportsTheCollectorAsTheProgramSetIt(t *testing.T) {
	defer debug.SetGCPercent(debug.SetGCPercent(250))
	if h := ReadHost(); h.GOGC != "250" {
		t.Errorf("GOGC = %q after SetGCPercent(250)", h.GOGC)
	}
	debug.SetGCPercent(-1)
	if h := ReadHost(); h.GOGC != "off" {
		t.Errorf("GOGC = %q after SetGCPercent(-1), want off", h.GOGC)
	}
}

func TestFiguresThatWereNotMeasuredAreAbsentFromJSON(t *testing.T) {
	data, err := json.Marshal(Host{})
	if err != nil {
		t.Fatal(err)
	}
	var fields map[string]any
	if err := json.Unmarshal(data, &fields); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"peak_gflops", "bandwidth_gbs", "thp", "load_average", "cpu_quota", "gomemlimit"} {
		if value, there := fields[name]; there {
			t.Errorf("field %s of an empty host is %v, want it absent", name, value)
		}
	}
}

func TestUsageGrowsAndReadingItAllocatesNothing(t *testing.T) {
	before, ok := ReadUsage()
	if !ok {
		t.Skip("this system does not count faults")
	}
	touched := make([]byte, 8<<20)
	for i := 0; i < len(touched); i += 4096 {
		touched[i] = 1
	}
	after, _ := ReadUsage()
	runtime.KeepAlive(touched)
	used := after.Sub(before)
	if used.MinorFaults < 0 || used.MajorFaults < 0 || used.User < 0 || used.System < 0 || used.Preempted < 0 {
		t.Errorf("usage between two readings = %+v, want nothing negative", used)
	}
	if after.MinorFaults == 0 {
		t.Errorf("minor faults since the start = 0, want some")
	}
	if n := testing.AllocsPerRun(100, func() { ReadUsage() }); n != 0 {
		t.Errorf("ReadUsage makes %v allocations, want 0", n)
	}
}

func TestLeastPicksTheTightestBound(t *testing.T) {
	got := least(Available{3, "a"}, Available{1, "b"}, Available{math.MaxInt64, "c"})
	if want := (Available{1, "b"}); got != want {
		t.Errorf("least = %v, want %v", got, want)
	}
}
