package report

import (
	"bytes"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"tnbench/internal/golden"
	"tnbench/internal/machine"
	"tnbench/internal/peaks"
	"tnbench/internal/result"
	"tnbench/internal/stats"
	"tnbench/internal/study"
	"tnbench/internal/warning"
)

// rounds returns nine samples around ms milliseconds.
func rounds(ms int64) []float64 {
	var all []float64
	for i := range int64(9) {
		all = append(all, float64(ms*1_000_000+i*1000))
	}
	return all
}

// measured returns a result with every figure.
func measured(alloc string, samples []float64) result.Result {
	r := result.Result{Instance: "net", Path: "opt_flops", DType: "float64", Alloc: alloc, Steps: 1234, Flops: result.Measured(4.5e9), Samples: samples}
	q1, median, q3 := stats.Quartiles(samples)
	r.Q1, r.Median, r.Q3 = result.Measured(q1), result.Measured(median), result.Measured(q3)
	r.MinEffect = 0.01
	r.Ratio = result.Measured(result.Rule{Confidence: result.Confidence, MinEffect: r.MinEffect}.Ratio(&r, &result.Result{Alloc: "make", Samples: rounds(40)}))
	r.HeapAllocs, r.HeapBytes, r.GCCycles = result.Measured(1500.0), result.Measured(2.5*(1<<20)), result.Measured(0.0)
	r.GCPause, r.MinorFaults = result.Measured(0.0), result.Measured(12.0)
	r.PeakLive, r.Footprint = result.Measured(1<<20), result.Measured(3<<20)
	r.GFlops, r.PeakFraction = result.Measured(4.5e9/median), result.Measured(0.5)
	r.Bound, r.BoundBy = result.Measured(18.5e6), result.ByFlops
	for i := range samples {
		r.HeapAllocsSamples = append(r.HeapAllocsSamples, 1500)
		r.HeapBytesSamples = append(r.HeapBytesSamples, 2.5*(1<<20)+float64(i))
		r.GCCyclesSamples, r.GCPauseSamples = append(r.GCCyclesSamples, 0), append(r.GCPauseSamples, 0)
		r.MinorFaultsSamples = append(r.MinorFaultsSamples, 12)
	}
	return r
}

// sampleDocument has a program with three strategies, one of them failed, and
// one that was measured once, without the figures that other systems lack.
func sampleDocument() *result.Document {
	failed := result.Result{Instance: "net", Path: "opt_flops", DType: "float64", Alloc: "jemalloc", Steps: 1234, Flops: result.Measured(4.5e9), Samples: []float64{}, Error: "not installed"}
	bare := measured("make", []float64{700})
	bare.Instance, bare.Steps, bare.Flops = "tiny", 1, result.Measured(0.0)
	bare.MinorFaultsSamples = nil
	bare.MinorFaults, bare.GFlops, bare.PeakFraction = result.Maybe[float64]{}, result.Maybe[float64]{}, result.Maybe[float64]{}
	bare.Bound, bare.BoundBy = result.Measured(1400.0), result.ByMemory
	return &result.Document{
		Schema:   result.Schema,
		Tool:     result.Tool{Version: "v1", Go: "go1.26"},
		Host:     machine.Host{CPU: "Some CPU", Cores: 2, OS: "linux", Arch: "amd64"},
		Settings: result.Settings{Runs: 9, Warmup: 3, Threads: 1, Streams: 1, Backend: "native", Fill: "balanced", Seed: 1},
		Warnings: []warning.Warning{},
		Results:  []result.Result{measured("make", rounds(40)), measured("slab", rounds(20)), failed, bare},
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
		golden.Check(t, file, b.Bytes())
	}
}

func TestVerdictClaimsNoMoreThanTheSamplesShow(t *testing.T) {
	noisy := []float64{10e6, 30e6, 10e6, 30e6, 20e6, 10e6, 30e6, 20e6, 30e6}
	for _, c := range []struct {
		results []result.Result
		want    string
	}{
		{nil, ""},
		{[]result.Result{measured("make", rounds(40))}, ""},
		{[]result.Result{measured("make", rounds(40)), measured("slab", rounds(20))}, "slab is the fastest: make takes 2× as long as slab [2, 2]."},
		{[]result.Result{measured("make", rounds(20)), measured("slab", noisy)}, "No difference resolved between slab and make."},
		{[]result.Result{measured("make", rounds(40)[:3]), measured("slab", rounds(20)[:3])}, "slab has the lowest median, but with 3 rounds no difference between 2 strategies can be resolved; more --runs would do it."},
		{[]result.Result{measured("make", rounds(40)), measured("slab", rounds(20)), measured("arena", rounds(20))},
			"slab and arena take the same time within 1 %: make takes 2× as long as slab [2, 2]."},
	} {
		if got := Verdict(study.Judge(c.results)); got != c.want {
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
		{machine.Host{Cores: 2, GOGC: "100"}, ""},
		{machine.Host{Cores: 2, GOGC: "off"}, "gogc"},
		{machine.Host{Cores: 2, GOGC: "50", GOMEMLIMIT: 1 << 30}, "gogc gomemlimit"},
		{machine.Host{Cores: 2, Governor: "powersave", GODEBUG: "madvdontneed=1"}, "governor godebug"},
		{machine.Host{Cores: 2, THP: "madvise", Boost: "on"}, ""},
		{machine.Host{Cores: 2, THP: "never", Boost: "off"}, ""},
		{machine.Host{Cores: 2, THP: "always", Boost: "on", Governor: "schedutil"}, "governor thp"},
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
	e := &Environment{Schema: EnvSchema, Report: peaks.Report{
		Host:  machine.Host{CPU: "Some CPU", Cores: 1, OS: "plan9", Arch: "arm64", Go: "go1.26", GOMAXPROCS: 1, GOGC: "off"},
		Peaks: peaks.Peaks{Arithmetic: []peaks.Arithmetic{{DType: "float64", Flops: 2.5e9}}},
		Pages: peaks.Pages{PageBytes: 16384, Zero: 2e-6},
		Clock: peaks.Clock{Resolution: 1e-7, Now: 5e-8, Metrics: 1e-6, MemStats: 3e-5},
	}, Warnings: HostWarnings(machine.Host{Cores: 1, CPUQuota: 0.5})}
	for file, format := range map[string]Format{"env.stdout": TableFormat, "env.csv": CSVFormat, "env.json": JSONFormat} {
		var b bytes.Buffer
		if err := WriteEnv(&b, format, e); err != nil {
			t.Fatal(err)
		}
		golden.Check(t, file, b.Bytes())
	}
}

// TestTheVerdictNeverContradictsTheTable draws samples and holds the sentence
// against the ratios that the table shows.
func TestTheVerdictNeverContradictsTheTable(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		names := []string{"make", "arena", "slab", "planned"}[:rapid.IntRange(2, 4).Draw(t, "strategies")]
		n := rapid.IntRange(1, 30).Draw(t, "rounds")
		var results []result.Result
		for _, name := range names {
			level := rapid.Int64Range(90, 130).Draw(t, name)
			var samples []float64
			for range n {
				samples = append(samples, float64(level+rapid.Int64Range(0, 40).Draw(t, "noise")))
			}
			results = append(results, measured(name, samples))
		}
		rule := result.RuleOf(results)
		for i := range results {
			results[i].Ratio = result.Measured(rule.Ratio(&results[i], &results[0]))
		}
		verdict := Verdict(study.Judge(results))
		if strings.Contains(verdict, "too few") || strings.Contains(verdict, "No strategy") {
			return
		}
		// Whom the sentence puts into one group of equals.
		group, all := "", strings.HasPrefix(verdict, "No difference")
		if all {
			group, _, _ = strings.Cut(verdict, ":")
		}
		for _, r := range results[1:] {
			resolved := r.Ratio.Value.Resolved()
			if all && !strings.Contains(group, "any of") && resolved && strings.Contains(group, r.Alloc) && strings.Contains(group, "make") {
				t.Fatalf("%s: ratio %+v, but %q", r.Alloc, r.Ratio.Value, verdict)
			}
			if strings.HasPrefix(verdict, "make is the fastest") && (!resolved || r.Ratio.Value.Low.Value <= 1) {
				t.Fatalf("%s: ratio %+v, but %q", r.Alloc, r.Ratio.Value, verdict)
			}
			if strings.HasPrefix(verdict, r.Alloc+" is the fastest") && (!resolved || r.Ratio.Value.High.Value >= 1) {
				t.Fatalf("%s: ratio %+v, but %q", r.Alloc, r.Ratio.Value, verdict)
			}
			if strings.HasPrefix(group, "No difference resolved between "+r.Alloc+" and any of") && resolved && strings.Contains(group, "make") {
				t.Fatalf("%s: ratio %+v, but %q", r.Alloc, r.Ratio.Value, verdict)
			}
		}
	})
}

func TestBoostIsTheDoubtOfWhoUsesSeveralCores(t *testing.T) {
	for _, c := range []struct {
		boost            string
		threads, streams int
		want             bool
	}{{"on", 1, 1, false}, {"on", 2, 1, true}, {"on", 1, 2, true}, {"off", 2, 2, false}, {"", 2, 2, false}} {
		warnings := SettingWarnings(machine.Host{Cores: 8, GOMAXPROCS: 8, Boost: c.boost}, result.Settings{Threads: c.threads, Streams: c.streams})
		if got := len(warnings) == 1 && warnings[0].Code == "boost"; got != c.want || len(warnings) > 1 {
			t.Errorf("%+v: %v", c, warnings)
		}
	}
}

func TestSettingWarningsTellOfMoreWorkersThanCores(t *testing.T) {
	for _, c := range []struct {
		cores, procs, threads, streams int
		want                           string
	}{
		{2, 2, 2, 1, ""}, {2, 2, 1, 2, ""}, {2, 2, 64, 1, "--threads 64 on 2 cores"}, {8, 2, 4, 1, "--threads 4 on 2 cores"},
		{4, 4, 2, 3, "--streams 3 with --threads 2, 6 at once, on 4 cores"}, {1, 1, 1, 2, "--streams 2 on 1 core:"},
	} {
		var got string
		for _, w := range SettingWarnings(machine.Host{Cores: c.cores, GOMAXPROCS: c.procs}, result.Settings{Threads: c.threads, Streams: c.streams}) {
			got = w.String()
		}
		if (got == "") != (c.want == "") || !strings.HasPrefix(got, c.want) {
			t.Errorf("%+v: %q", c, got)
		}
	}
}
