package report

import (
	"bytes"
	"strings"
	"testing"

	"tnbench/internal/bench"
	"tnbench/internal/instance"
	"tnbench/internal/machine"
)

// rounds returns nine samples around ms milliseconds.
func rounds(ms int64) []int64 {
	var all []int64
	for i := range int64(9) {
		all = append(all, ms*1_000_000+i*1000)
	}
	return all
}

// measured returns a result with every figure.
func measured(alloc string, samples []int64) bench.Result {
	r := bench.Result{Instance: "net", Path: "opt_flops", DType: "float64", Alloc: alloc, Steps: 1234, Flops: 4.5e9, Samples: samples}
	q1, median, q3 := bench.Quartiles(samples)
	r.Q1, r.Median, r.Q3 = bench.Measured(q1), bench.Measured(median), bench.Measured(q3)
	r.Ratio = bench.Measured(bench.Paired(samples, rounds(40), "make", bench.Confidence))
	r.HeapAllocs, r.HeapBytes, r.GCCycles = bench.Measured(1500.0), bench.Measured(2.5*(1<<20)), bench.Measured(0.0)
	r.GCPause, r.MinorFaults = bench.Measured(0.0), bench.Measured(12.0)
	r.PeakLive, r.Footprint = bench.Measured(1<<20), bench.Measured(3<<20)
	r.GFlops, r.PeakFraction = bench.Measured(4.5e9/median), bench.Measured(0.5)
	r.Bound, r.BoundBy = bench.Measured(18.5e6), bench.ByFlops
	return r
}

// sampleDocument has a program with three strategies, one of them failed, and
// one that was measured once, without the figures that other systems lack.
func sampleDocument() *Document {
	failed := bench.Result{Instance: "net", Path: "opt_flops", DType: "float64", Alloc: "jemalloc", Steps: 1234, Flops: 4.5e9, Samples: []int64{}, Error: "not installed"}
	bare := measured("make", []int64{700})
	bare.Instance, bare.Steps, bare.Flops = "tiny", 1, 0
	bare.MinorFaults, bare.GFlops, bare.PeakFraction = bench.Maybe[float64]{}, bench.Maybe[float64]{}, bench.Maybe[float64]{}
	bare.Bound, bare.BoundBy = bench.Measured(1400.0), bench.ByMemory
	return &Document{
		Schema:   Schema,
		Tool:     Tool{Version: "v1", Go: "go1.26"},
		Host:     machine.Host{CPU: "Some CPU", Cores: 2, OS: "linux", Arch: "amd64"},
		Settings: Settings{Runs: 9, Warmup: 3, Threads: 1, Streams: 1, Backend: "native", Fill: "balanced", Seed: 1},
		Warnings: []instance.Warning{},
		Results:  []bench.Result{measured("make", rounds(40)), measured("slab", rounds(20)), failed, bare},
	}
}

func TestRunsArePrintedAsTheGoldens(t *testing.T) {
	for file, format := range map[string]Format{
		"run.stdout": TableFormat, "run.md": MarkdownFormat, "run.csv": CSVFormat, "run.json": JSONFormat, "run.bench": BenchFormat,
	} {
		var b bytes.Buffer
		if err := WriteRun(&b, format, sampleDocument()); err != nil {
			t.Fatal(err)
		}
		golden(t, file, b.Bytes())
	}
}

func TestVerdictClaimsNoMoreThanTheSamplesShow(t *testing.T) {
	noisy := []int64{10e6, 30e6, 10e6, 30e6, 20e6, 10e6, 30e6, 20e6, 30e6}
	for _, c := range []struct {
		results []bench.Result
		want    string
	}{
		{nil, ""},
		{[]bench.Result{measured("make", rounds(40))}, ""},
		{[]bench.Result{measured("make", rounds(40)), measured("slab", rounds(20))}, "slab is the fastest: make takes 2× as long as slab [2, 2]."},
		{[]bench.Result{measured("make", rounds(20)), measured("slab", noisy)}, "No difference resolved between slab and make."},
		{[]bench.Result{measured("make", rounds(40)[:3]), measured("slab", rounds(20)[:3])}, "slab has the lowest median, but 3 rounds are too few to resolve a difference; more --runs would."},
		{[]bench.Result{measured("make", rounds(40)), measured("slab", rounds(20)), measured("arena", rounds(20))},
			"No difference resolved between slab and arena: make takes 2× as long as slab [2, 2]."},
	} {
		if got := Verdict(c.results); got != c.want {
			t.Errorf("%d results: %q, want %q", len(c.results), got, c.want)
		}
	}
}

func TestHostWarningsTellWhatDisturbs(t *testing.T) {
	load := func(v float64) *float64 { return &v }
	for _, c := range []struct {
		host machine.Host
		want string // codes
	}{
		{machine.Host{Cores: 2, LoadAverage: load(1.2), Governor: "performance", CPUQuota: 2}, ""},
		{machine.Host{Cores: 2}, ""},
		{machine.Host{Cores: 2, LoadAverage: load(2.1)}, "load"},
		{machine.Host{Cores: 16, LoadAverage: load(2.1)}, ""},
		{machine.Host{Cores: 2, CPUQuota: 1.5}, "quota"},
		{machine.Host{Cores: 2, Governor: "powersave", GODEBUG: "madvdontneed=1"}, "governor godebug"},
	} {
		var codes []string
		for _, w := range HostWarnings(c.host) {
			codes = append(codes, w.Code)
			if w.Message == "" || w.Remedy == "" {
				t.Errorf("%s: message %q, remedy %q: want both", w.Code, w.Message, w.Remedy)
			}
		}
		if got := strings.Join(codes, " "); got != c.want {
			t.Errorf("%+v: warnings %q, want %q", c.host, got, c.want)
		}
	}
}

func TestEnvironmentsLeaveOutWhatIsUnknown(t *testing.T) {
	e := &Environment{Schema: EnvSchema, Report: machine.Report{
		Host:  machine.Host{CPU: "Some CPU", Cores: 1, OS: "plan9", Arch: "arm64", Go: "go1.26", GOMAXPROCS: 1, GOGC: "off"},
		Peaks: machine.Peaks{Arithmetic: []machine.Arithmetic{{DType: "float64", Flops: 2.5e9}}},
		Pages: machine.Pages{PageBytes: 16384, Zero: 2e-6},
		Clock: machine.Clock{Resolution: 1e-7, Now: 5e-8, Metrics: 1e-6, MemStats: 3e-5},
	}, Warnings: HostWarnings(machine.Host{Cores: 1, CPUQuota: 0.5})}
	for file, format := range map[string]Format{"env.stdout": TableFormat, "env.csv": CSVFormat, "env.json": JSONFormat} {
		var b bytes.Buffer
		if err := WriteEnv(&b, format, e); err != nil {
			t.Fatal(err)
		}
		golden(t, file, b.Bytes())
	}
}
