package compare

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"tnbench/internal/machine"
	"tnbench/internal/result"
	"tnbench/internal/stats"
	"tnbench/internal/warning"
)

// start is when the first process of a test began.
var start = time.Date(2026, 11, 27, 12, 0, 0, 0, time.UTC)

// process is a document of a process that began minutes after the start.
func process(minutes int, results ...result.Result) File {
	d := &result.Document{
		Schema: result.Schema, Measured: start.Add(time.Duration(minutes) * time.Minute).Format(time.RFC3339),
		Tool:     result.Tool{Version: "v1", Go: "go1.26.8", Revision: "abc", Dirty: result.Measured(false)},
		Host:     machine.Host{CPU: "CPU", Cores: 2, OS: "linux", Arch: "amd64", Go: "go1.26.8", GOGC: "100", GOMAXPROCS: 2},
		Settings: result.Settings{Runs: 15, Threads: 1, Streams: 1, Backend: "native", Fill: "balanced", Seed: 1, Order: "path"},
		Results:  results,
	}
	return File{Name: fmt.Sprintf("%d.json", minutes), Document: d}
}

// measurement is a result with samples around a time, and what a program counts.
func measurement(alloc string, samples ...float64) result.Result {
	q1, median, q3 := stats.Quartiles(samples)
	r := result.Result{
		Instance: "net", Path: "opt_flops", DType: "float64", Alloc: alloc, Steps: 3, Flops: result.Measured(1e6),
		PathHash: "p", ProgramHash: "c", Tier: "avx2",
		Samples: samples, Q1: result.Measured(q1), Median: result.Measured(median), Q3: result.Measured(q3),
		HeapAllocs: result.Measured(7.0), HeapBytes: result.Measured(4096.0), MinorFaults: result.Measured(0.0),
		PeakLive: result.Measured(1 << 20), Footprint: result.Measured(2 << 20),
		Digest: result.Measured(result.Digest{Shape: []int{2}, Sum: 3, L2: 2, WSum: 5}),
	}
	for range samples {
		r.HeapAllocsSamples = append(r.HeapAllocsSamples, 7)
		r.HeapBytesSamples = append(r.HeapBytesSamples, 4096)
		r.MinorFaultsSamples = append(r.MinorFaultsSamples, 0)
	}
	return r
}

// around is 15 samples that spread by a hundredth around a time.
func around(ns float64) (samples []float64) {
	for i := range 15 {
		samples = append(samples, ns*(1+0.01*float64(i-7)/7))
	}
	return samples
}

var defaults = Options{Drift: DefaultDrift}

// judged compares one process of each side.
func judged(t *testing.T, o Options, base, new result.Result) *Document {
	t.Helper()
	return Stored([]File{process(0, base)}, []File{process(1, new)}, o)
}

// rowOfFigure returns the row of a figure, nil if there is none.
func rowOfFigure(d *Document, figure string) *Row {
	for i := range d.Rows {
		if d.Rows[i].Figure == figure {
			return &d.Rows[i]
		}
	}
	return nil
}

func TestExactFiguresGateExactly(t *testing.T) {
	for name, c := range map[string]struct {
		spoil  func(*result.Result)
		figure string
		want   Verdict
	}{
		"nothing":               {func(r *result.Result) {}, Time, Same},
		"an allocation":         {func(r *result.Result) { counts(r, 8, 4112) }, "heap_allocs", Regression},
		"an allocation less":    {func(r *result.Result) { counts(r, 6, 4080) }, "heap_allocs", Better},
		"few bytes":             {func(r *result.Result) { counts(r, 7, 4112) }, "heap_bytes", Same},
		"many bytes":            {func(r *result.Result) { counts(r, 7, 4200) }, "heap_bytes", Regression},
		"one of the runtime":    {func(r *result.Result) { r.HeapAllocsSamples[3] = 8 }, "heap_allocs", Same},
		"footprint":             {func(r *result.Result) { r.Footprint = result.Measured(3 << 20) }, "footprint_bytes", Regression},
		"footprint by chance":   {func(r *result.Result) { r.Footprint, r.FootprintSeen = result.Measured(3<<20), true }, "footprint_bytes", Same},
		"footprint ten times":   {func(r *result.Result) { r.Footprint, r.FootprintSeen = result.Measured(20<<20), true }, "footprint_bytes", Regression},
		"peak live":             {func(r *result.Result) { r.PeakLive = result.Measured(2 << 20) }, "peak_live_bytes", Regression},
		"faults where none are": {func(r *result.Result) { faults(r, 133) }, "minor_faults", Regression},
		"a few faults":          {func(r *result.Result) { faults(r, 2) }, "minor_faults", Same},
		"steps":                 {func(r *result.Result) { r.Steps = 4 }, "steps", Regression},
		"flops":                 {func(r *result.Result) { r.Flops = result.Measured(2e6) }, "flops", Regression},
		"a figure is missing":   {func(r *result.Result) { r.PeakLive = result.Maybe[int]{} }, "peak_live_bytes", Undecided},
		"a wrong result":        {func(r *result.Result) { r.Digest.Value.Sum = 3.1 }, Digest, Regression},
		"another bit":           {func(r *result.Result) { r.Digest.Value.L2 = math.Nextafter(2, 3) }, Digest, Regression},
		"another shape":         {func(r *result.Result) { r.Digest.Value.Shape = []int{1, 2} }, Digest, Regression},
		"rounding of others": {func(r *result.Result) {
			r.Digest.Value.L2, r.ProgramHash = math.Nextafter(2, 3), "d"
		}, Digest, Same},
		"much slower": {func(r *result.Result) { *r = measurement("slab", around(4e6)...) }, Time, Regression},
		"slower":      {func(r *result.Result) { *r = measurement("slab", around(1.3e6)...) }, Time, Undecided},
		"much faster": {func(r *result.Result) { *r = measurement("slab", around(0.2e6)...) }, Time, Better},
		"it varies": {func(r *result.Result) {
			*r = measurement("slab", 5e5, 2e6, 7e5, 1.4e6, 1e6, 9e5, 1.1e6)
		}, Time, Undecided},
		"it crashed": {func(r *result.Result) {
			*r = result.Result{Instance: "net", Path: "opt_flops", DType: "float64", Alloc: "slab", Error: "boom"}
		}, Whole, Undecided},
	} {
		base, new := measurement("slab", around(1e6)...), measurement("slab", around(1.001e6)...)
		c.spoil(&new)
		d := judged(t, defaults, base, new)
		row := rowOfFigure(d, c.figure)
		if row == nil || row.Verdict != c.want {
			t.Errorf("%s: row %+v, want %v", name, row, c.want)
			continue
		}
		if c.want != Same && d.Verdict != c.want && !(c.want == Better && d.Verdict == Same) {
			t.Errorf("%s: the verdict is %v, want %v: %q", name, d.Verdict, c.want, d.Reasons)
		}
		if c.want == Same && d.Verdict != Same {
			t.Errorf("%s: the verdict is %v: %q", name, d.Verdict, d.Reasons)
		}
		if c.want != Same && len(d.Reasons) == 0 {
			t.Errorf("%s: %v without a reason", name, d.Verdict)
		}
	}
}

func counts(r *result.Result, allocs, bytes float64) {
	r.HeapAllocs, r.HeapBytes = result.Measured(allocs), result.Measured(bytes)
	for i := range r.Samples {
		r.HeapAllocsSamples[i], r.HeapBytesSamples[i] = allocs, bytes
	}
}

func faults(r *result.Result, n float64) {
	r.MinorFaults = result.Measured(n)
	for i := range r.Samples {
		r.MinorFaultsSamples[i] = n
	}
}

func TestRoundingIsAllowedBetweenBuilds(t *testing.T) {
	base, new := measurement("slab", around(1e6)...), measurement("slab", around(1e6)...)
	new.Digest.Value.L2 = math.Nextafter(2, 3)
	b, n := process(0, base), process(1, new)
	n.Document.Tool.Revision = "def"
	d := Stored([]File{b}, []File{n}, defaults)
	if row := rowOfFigure(d, Digest); row.Verdict != Same || row.Reason == "" {
		t.Errorf("another revision rounds otherwise: %+v, want the same with a reason", row)
	}
	n.Document.Results[0].Digest.Value.L2 = 2.001
	if d := Stored([]File{b}, []File{n}, defaults); d.Verdict != Regression {
		t.Errorf("a wrong result of another revision: %v, %q", d.Verdict, d.Reasons)
	}
}

func TestWhatCannotBeComparedIsRefused(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*result.Document)
		ignore string
	}{
		"another CPU":     {func(d *result.Document) { d.Host.CPU = "other" }, "host"},
		"another system":  {func(d *result.Document) { d.Host.OS = "plan9" }, "os"},
		"other cores":     {func(d *result.Document) { d.Host.Cores = 64 }, "cores"},
		"GOGC":            {func(d *result.Document) { d.Host.GOGC = "off" }, "gogc"},
		"another fill":    {func(d *result.Document) { d.Settings.Fill = "ones" }, "fill"},
		"another seed":    {func(d *result.Document) { d.Settings.Seed = 2 }, "seed"},
		"threads":         {func(d *result.Document) { d.Settings.Threads = 2 }, "threads"},
		"streams":         {func(d *result.Document) { d.Settings.Streams = 2 }, "streams"},
		"another backend": {func(d *result.Document) { d.Settings.Backend = "gonum" }, "backend"},
		"another order":   {func(d *result.Document) { d.Settings.Order = "peak" }, "order"},
		"a profile":       {func(d *result.Document) { d.Warnings = []warning.Warning{{Code: "profiled"}} }, "profiled"},
		"another path":    {func(d *result.Document) { d.Results[0].PathHash = "q" }, "path"},
		"an interruption": {func(d *result.Document) { d.Interrupted = true }, "interrupted"},
	} {
		base, new := process(0, measurement("slab", around(1e6)...)), process(1, measurement("slab", around(1e6)...))
		c.change(new.Document)
		for _, sides := range [][2]File{{base, new}, {new, base}} {
			d := Stored([]File{sides[0]}, []File{sides[1]}, defaults)
			if d.Verdict != Undecided || len(d.Reasons) == 0 || !strings.Contains(strings.Join(d.Reasons, " "), "--ignore") {
				t.Errorf("%s: %v, %q; want undecided and what to do", name, d.Verdict, d.Reasons)
			}
			o := defaults
			o.Ignore = map[string]bool{c.ignore: true}
			if d := Stored([]File{sides[0]}, []File{sides[1]}, o); d.Verdict != Same {
				t.Errorf("%s, ignoring %s: %v, %q; want the same", name, c.ignore, d.Verdict, d.Reasons)
			}
			if !slices.Contains(Ignorable(), c.ignore) {
				t.Errorf("%s is not among what can be ignored", c.ignore)
			}
		}
	}
	both := process(0, measurement("slab", around(1e6)...))
	both.Document.Warnings = []warning.Warning{{Code: "profiled"}}
	if d := Stored([]File{both}, []File{both}, defaults); d.Verdict != Undecided {
		t.Errorf("two profiles: %v, want undecided: a profile is no baseline", d.Verdict)
	}
}

func TestRowsThatDifferAreRefusedAlone(t *testing.T) {
	slab, arena := measurement("slab", around(1e6)...), measurement("arena", around(1e6)...)
	alone := arena
	alone.Alone = true
	d := Stored([]File{process(0, slab, arena)}, []File{process(1, slab, alone)}, defaults)
	refused := rowOfFigure(d, Whole)
	if d.Verdict != Undecided || refused == nil || refused.Alloc != "arena" || !strings.Contains(refused.Reason, "--ignore alone") || d.Count(Undecided) != 1 {
		t.Errorf("one of two was measured alone: %v, %q, %+v", d.Verdict, d.Reasons, refused)
	}
	// A fact of what has no partner is of no account.
	if d := Stored([]File{process(0, slab)}, []File{process(1, slab, alone)}, defaults); d.Verdict != Same || len(d.Differences) > 0 {
		t.Errorf("what is new was measured alone: %v, %q, %+v", d.Verdict, d.Reasons, d.Differences)
	}
	cold := slab
	cold.Cold = true
	if d := judged(t, defaults, slab, cold); d.Verdict != Undecided || !strings.Contains(d.Reasons[0], "cold differs") {
		t.Errorf("cold and steady: %v, %q", d.Verdict, d.Reasons)
	}
}

func TestWhatDiffersIsSaid(t *testing.T) {
	for what, change := range map[string]func(*result.Document){
		"go": func(d *result.Document) { d.Tool.Go = "go1.27" }, "revision": func(d *result.Document) { d.Tool.Revision = "def" },
		"dirty": func(d *result.Document) { d.Tool.Dirty = result.Measured(true) }, "kernel": func(d *result.Document) { d.Host.Kernel = "6.1" },
		"tier": func(d *result.Document) { d.Results[0].Tier = "avx512" }, "runs": func(d *result.Document) { d.Settings.Runs = 31 },
		"program": func(d *result.Document) { d.Results[0].ProgramHash = "d" }, "file": func(d *result.Document) { d.Results[0].FileHash = "d" },
	} {
		base, new := process(0, measurement("slab", around(1e6)...)), process(1, measurement("slab", around(1e6)...))
		base.Document.Host.Kernel, base.Document.Results[0].FileHash = "6.0", "c"
		new.Document.Host.Kernel, new.Document.Results[0].FileHash = "6.0", "c"
		change(new.Document)
		d := Stored([]File{base}, []File{new}, defaults)
		if !slices.ContainsFunc(d.Differences, func(x Difference) bool { return x.What == what && !x.Refused }) || d.Verdict != Same {
			t.Errorf("%s: differences %+v, verdict %v", what, d.Differences, d.Verdict)
		}
	}
}

func TestWhatIsMissingIsNeverAPass(t *testing.T) {
	slab, arena := measurement("slab", around(1e6)...), measurement("arena", around(1e6)...)
	both, one := process(0, slab, arena), process(1, slab)
	if d := Stored([]File{both}, []File{one}, defaults); d.Verdict != Undecided || rowOfFigure(d, Whole) == nil {
		t.Errorf("missing in NEW: %v, %+v", d.Verdict, d.Rows)
	}
	o := defaults
	o.Ignore = map[string]bool{"missing": true}
	if d := Stored([]File{both}, []File{one}, o); d.Verdict != Same || len(d.Notes) == 0 {
		t.Errorf("missing in NEW, ignored: %v, notes %q", d.Verdict, d.Notes)
	}
	if d := Stored([]File{one}, []File{both}, defaults); d.Verdict != Same || !strings.Contains(strings.Join(d.Notes, " "), "only NEW has net · opt_flops · arena") {
		t.Errorf("new in NEW: %v, notes %q", d.Verdict, d.Notes)
	}
	if d := Stored([]File{both}, nil, defaults); d.Verdict != Undecided || len(d.Reasons) == 0 {
		t.Errorf("no NEW: %v, %q", d.Verdict, d.Reasons)
	}
	o = defaults
	o.Incomplete = []string{"x.json: is empty"}
	if d := Stored([]File{both}, []File{both}, o); d.Verdict != Undecided || d.Reasons[0] != "x.json: is empty" {
		t.Errorf("a file can't be read: %v, %q", d.Verdict, d.Reasons)
	}
	worse := measurement("arena", around(1e6)...)
	counts(&worse, 9, 4096)
	crashed := result.Result{Instance: "net", Path: "opt_flops", DType: "float64", Alloc: "slab", Error: "boom"}
	if d := Stored([]File{both}, []File{process(1, crashed, worse)}, defaults); d.Verdict != Regression {
		t.Errorf("a regression and a crash: %v, want the regression", d.Verdict)
	}
}

func TestRowsFindTheirPartners(t *testing.T) {
	slab := measurement("slab", around(1e6)...)
	more := measurement("slab", around(1e6)...)
	counts(&more, 9, 4096)
	// Another name of the file is the same network; two networks of one name stay apart.
	here, there := slab, slab
	here.File, there.File = "a/net.json", "b/net.json"
	if d := judged(t, defaults, here, there); d.Verdict != Same {
		t.Errorf("the same network in another folder: %v, %q", d.Verdict, d.Reasons)
	}
	first, second := slab, more
	first.File, first.FileHash, second.File, second.FileHash = "a/net.json", "1", "b/net.json", "2"
	pair := process(0, first, second)
	later := process(1, first, second)
	if d := Stored([]File{pair}, []File{later}, defaults); d.Verdict != Same || d.Rows[0].File != "a/net.json" {
		t.Errorf("two networks of one name: %v, %q, rows of %q", d.Verdict, d.Reasons, d.Rows[0].File)
	}
	// The same strategy twice: an A/A test.
	if d := Stored([]File{process(0, slab, more)}, []File{process(1, slab, more)}, defaults); d.Verdict != Same {
		t.Errorf("a strategy twice: %v, %q", d.Verdict, d.Reasons)
	}
	// Settings that vary within both sides are part of what is compared.
	threads := func(minutes, n int, r result.Result) File {
		f := process(minutes, r)
		f.Document.Settings.Threads = n
		return f
	}
	base := []File{threads(0, 1, slab), threads(1, 2, more)}
	if d := Stored(base, []File{threads(2, 1, slab), threads(3, 2, more)}, defaults); d.Verdict != Same || len(d.Rows) < 10 {
		t.Errorf("two settings: %v, %q, %d rows", d.Verdict, d.Reasons, len(d.Rows))
	}
	// Strategies of different names on request.
	o := defaults
	o.Ignore = map[string]bool{"alloc": true}
	peer := measurement("numpy", around(1e6)...)
	if d := judged(t, o, slab, peer); d.Verdict != Same || d.Rows[0].NewAlloc != "numpy" {
		t.Errorf("slab and numpy: %v, %q, %+v", d.Verdict, d.Reasons, d.Rows[0])
	}
	if d := judged(t, defaults, slab, peer); d.Verdict != Undecided {
		t.Errorf("slab and numpy without being told: %v", d.Verdict)
	}
}

func TestABusyMachineTellsNothingWithoutTurns(t *testing.T) {
	for _, code := range []string{"load", "busy"} {
		base, new := process(0, measurement("slab", around(1e6)...)), process(1, measurement("slab", around(9e6)...))
		new.Document.Warnings = []warning.Warning{{Code: code}}
		if d := Stored([]File{base}, []File{new}, defaults); d.Verdict != Undecided {
			t.Errorf("nine times as slow, warning %s: %v, %q", code, d.Verdict, d.Reasons)
		}
	}
}

// sides makes n processes of each side that took turns, of one strategy, each slowed
// by a noise that its part of time has.
func sides(r *rand.Rand, n int, slowdown, spread float64, busy bool) (base, new []File) {
	beside := 1.0
	for i := range 2 * n {
		if busy && r.Float64() < 0.3 { // another program comes or goes
			beside = 1 + r.Float64()
		}
		ns := 1e6 * beside * math.Exp(spread*r.NormFloat64())
		isNew := i%2 == 1
		if i/2%2 == 1 {
			isNew = !isNew // B N N B
		}
		if isNew {
			new = append(new, process(i, measurement("slab", around(ns*slowdown)...)))
			continue
		}
		base = append(base, process(i, measurement("slab", around(ns)...)))
	}
	return base, new
}

// TestTheSameCodeIsRarelyFoundDifferent compares 300 pairs of the same, half of them
// beside another program.
func TestTheSameCodeIsRarelyFoundDifferent(t *testing.T) {
	for _, n := range []int{1, 2, 3, 5, 10} {
		r := rand.New(rand.NewPCG(1, uint64(n)))
		wrong, trials := 0, 300
		for i := range trials {
			base, new := sides(r, n, 1, 0.03, i%2 == 1)
			if v := Stored(base, new, defaults).Verdict; v == Regression || v == Better {
				wrong++
			}
		}
		if wrong > trials/100 {
			t.Errorf("%d processes of each side: %d of %d false differences", n, wrong, trials)
		}
	}
}

// TestTwoWaysToRunAreNoDifference: a process of a pool runs in one of two ways, at random.
func TestTwoWaysToRunAreNoDifference(t *testing.T) {
	for _, n := range []int{2, 3, 4, 5, 8} {
		r := rand.New(rand.NewPCG(3, uint64(n)))
		wrong, trials := 0, 1000
		for range trials {
			base, new := sides(r, n, 1, 0.01, false)
			for _, f := range slices.Concat(base, new) {
				if r.Float64() < 0.5 {
					f.Document.Results[0] = measurement("slab", around(1.7*f.Document.Results[0].Median.Value)...)
				}
			}
			if v := Stored(base, new, defaults).Verdict; v == Regression || v == Better {
				wrong++
			}
		}
		if wrong > trials/100 {
			t.Errorf("%d processes of each side: %d of %d false differences", n, wrong, trials)
		}
	}
}

func TestRealDifferencesAreFound(t *testing.T) {
	for _, c := range []struct {
		n                int
		slowdown, spread float64
	}{{10, 1.1, 0.02}, {6, 1.15, 0.02}, {10, 1.5, 0.1}, {20, 1.08, 0.02}} {
		r := rand.New(rand.NewPCG(2, uint64(c.n)))
		found, trials := 0, 200
		for range trials {
			base, new := sides(r, c.n, c.slowdown, c.spread, false)
			if Stored(base, new, defaults).Verdict == Regression {
				found++
			}
		}
		if found < trials*95/100 {
			t.Errorf("%g times as slow, %d processes that spread by %g: found %d of %d times", c.slowdown, c.n, c.spread, found, trials)
		}
	}
}

// randomSide draws processes of a few strategies.
func randomSide(t *rapid.T, name string, offset int) (files []File) {
	n := rapid.IntRange(1, 4).Draw(t, name+" processes")
	for i := range n {
		var results []result.Result
		for _, alloc := range []string{"slab", "arena"} {
			r := measurement(alloc, around(rapid.Float64Range(1e3, 1e5).Draw(t, "time"))...)
			counts(&r, float64(rapid.IntRange(0, 3).Draw(t, "allocs")), float64(rapid.IntRange(0, 500).Draw(t, "bytes")))
			for k := range r.Samples {
				r.MinorFaultsSamples[k] = float64(rapid.IntRange(0, 300).Draw(t, "faults"))
			}
			r.MinorFaults = result.Measured(stats.Median(r.MinorFaultsSamples))
			r.FootprintSeen = rapid.Bool().Draw(t, "seen")
			r.Footprint = result.Measured(rapid.IntRange(0, 5000).Draw(t, "footprint"))
			results = append(results, r)
		}
		files = append(files, process(2*i+offset, results...))
	}
	return files
}

func TestExchangingFilesMirrorsEveryRow(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		o := Options{Drift: rapid.Float64Range(1, 4).Draw(t, "drift")}
		base, new := randomSide(t, "base", 0), randomSide(t, "new", 1)
		there, back := Stored(base, new, o), Stored(new, base, o)
		if len(there.Rows) != len(back.Rows) {
			t.Fatalf("%d rows, the other way round %d", len(there.Rows), len(back.Rows))
		}
		for i := range there.Rows {
			if a, b := there.Rows[i], back.Rows[i]; a.Verdict != b.Verdict.Mirror() || a.Figure != b.Figure {
				t.Fatalf("%+v\nthe other way round\n%+v", a, b)
			}
		}
	})
}

func TestAFileIsTheSameAsItself(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		side := randomSide(t, "side", 0)
		d := Stored(side, side, defaults)
		if len(side) == 1 && d.Verdict != Same {
			t.Fatalf("one file and itself: %v, %q", d.Verdict, d.Reasons)
		}
		if d.Verdict == Regression || d.Verdict == Better {
			t.Fatalf("files and themselves: %v, %q", d.Verdict, d.Reasons)
		}
	})
}

func TestWiderThresholdsNeverMakeAComparisonStricter(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		base, new := randomSide(t, "base", 0), randomSide(t, "new", 1)
		narrow, wide := defaults, defaults
		narrow.Thresholds, wide.Thresholds = Thresholds{}, Thresholds{}
		for _, f := range Figures[:6] {
			own, more := drawThreshold(t, f.Name), drawThreshold(t, f.Name+" more")
			narrow.Thresholds[f.Name] = own
			wide.Thresholds[f.Name] = Threshold{Relative: own.Relative + more.Relative, Absolute: own.Absolute + more.Absolute}
		}
		a, b := Stored(base, new, narrow), Stored(base, new, wide)
		for i := range a.Rows {
			if v, w := a.Rows[i].Verdict, b.Rows[i].Verdict; v != Better && badness[w] > badness[v] {
				t.Fatalf("%+v under wider thresholds is\n%+v", a.Rows[i], b.Rows[i])
			}
		}
	})
}
