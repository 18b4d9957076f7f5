package duel

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"tnbench/internal/compare"
	"tnbench/internal/result"
)

// machine is a made-up machine: what processes measure on it.
type machine struct {
	rng     *rand.Rand
	noise   float64 // of a process, as the deviation of the logarithm of its time
	drift   float64 // of the machine from process to process, which stays
	level   float64
	slower  float64 // NEW's time, as a share
	started int
	// change, if set, may spoil what a process of a side measured.
	change func(side *Side, started int, d *result.Document) error
}

// process stands for Side.run.
func (m *machine) process(ctx context.Context, s *Side, t turn) (result.Document, error) {
	if ctx.Err() != nil {
		return result.Document{}, ctx.Err()
	}
	m.started++
	m.level = 0.9*m.level + m.drift*m.rng.NormFloat64()
	d := result.Document{Schema: result.Schema}
	for _, alloc := range []string{"make", "slab"} {
		tail := 1.0
		if m.rng.Float64() < 0.1 {
			tail = 5 // some processes are disturbed
		}
		time := 1e6 * math.Exp(m.level+tail*m.noise*math.Abs(m.rng.NormFloat64()))
		if s.Name == "new" {
			time *= 1 + m.slower
		}
		r := result.Result{
			Instance: t.program, Path: "opt_flops", DType: "float64", Alloc: alloc, ProgramHash: "p", Tier: "avx2",
			Median: result.Measured(time), HeapAllocs: result.Measured(0.0), Footprint: result.Measured(1 << 20),
			Digest: result.Measured(result.Digest{Shape: []int{}, Sum: 2, L2: 2, WSum: 2}),
		}
		d.Results = append(d.Results, r)
	}
	if m.change != nil {
		return d, m.change(s, m.started, &d)
	}
	return d, nil
}

// held returns the outcome of a duel on the machine.
func held(m *machine, programs ...string) *compare.Document {
	return duelOn(m, programs...).run(context.Background())
}

func duelOn(m *machine, programs ...string) *duel {
	if m.rng == nil {
		m.rng = rand.New(rand.NewPCG(1, 2))
	}
	return &duel{
		Config: Config{
			Base: Side{Name: "base", Label: "old"}, New: Side{Name: "new", Label: "young"},
			Programs: programs, Rounds: 15, MaxTime: time.Minute,
			Thresholds: compare.Thresholds{compare.Time: {Relative: 0.02}}, Find: compare.Threshold{Relative: 0.05},
		},
		process: m.process,
	}
}

// rowOf returns the row about a figure under a strategy.
func rowOf(t *testing.T, d *compare.Document, alloc, figure string) *compare.Row {
	t.Helper()
	for i := range d.Rows {
		if r := &d.Rows[i]; r.Alloc == alloc && r.Figure == figure {
			return r
		}
	}
	t.Fatalf("no row about %s of %s: %+v", figure, alloc, d.Rows)
	return nil
}

func TestTheSameIsTheSame(t *testing.T) {
	d := held(&machine{noise: 0.01}, "a", "b")
	if d.Verdict != compare.Same || len(d.Reasons) > 0 {
		t.Errorf("%s, %q", d.Verdict, d.Reasons)
	}
	r := rowOf(t, d, "slab", compare.Time)
	if !r.Control.OK || !r.ControlLow.OK || !r.Low.OK {
		t.Errorf("no control or no interval: %+v", r)
	}
}

func TestASlowdownIsARegressionThatNamesItsRow(t *testing.T) {
	d := held(&machine{noise: 0.01, change: func(s *Side, _ int, d *result.Document) error {
		if s.Name == "new" && d.Results[1].Instance == "b" {
			d.Results[1].Median.Value *= 1.1
		}
		return nil
	}}, "a", "b")
	if d.Verdict != compare.Regression || d.Count(compare.Regression) != 1 {
		t.Fatalf("%s: %q", d.Verdict, d.Reasons)
	}
	if !strings.HasPrefix(d.Reasons[0], "b · opt_flops · slab: time") {
		t.Errorf("the first reason is %q", d.Reasons[0])
	}
}

// TestWhatIsNotWorseTheSecondTimeDoesNotCount: a disturbance that strikes NEW alone
// through all rounds, and is over when they are held again.
func TestWhatIsNotWorseTheSecondTimeDoesNotCount(t *testing.T) {
	const rounds = 15
	d := held(&machine{noise: 0.01, change: func(s *Side, started int, d *result.Document) error {
		if s.Name == "new" && started <= 2+rounds*contenders {
			d.Results[0].Median.Value *= 1.2
			d.Results[1].HeapAllocs.Value++
		}
		return nil
	}}, "a")
	if d.Verdict != compare.Same {
		t.Errorf("%s: %q", d.Verdict, d.Reasons)
	}
	for _, r := range []*compare.Row{rowOf(t, d, "make", compare.Time), rowOf(t, d, "slab", "heap_allocs")} {
		if !strings.Contains(r.Reason, "not when it was run again") {
			t.Errorf("%s: reason %q", r.Figure, r.Reason)
		}
	}
}

func TestCountsAreExact(t *testing.T) {
	for name, c := range map[string]struct {
		change func(new bool, started int, r *result.Result)
		want   compare.Verdict
	}{
		"an allocation": {func(new bool, _ int, r *result.Result) {
			if new {
				r.HeapAllocs.Value++
			}
		}, compare.Regression},
		"one less": {func(new bool, _ int, r *result.Result) {
			if !new {
				r.HeapAllocs.Value++
			}
		}, compare.Better},
		"a count that varies": {func(_ bool, started int, r *result.Result) { r.HeapAllocs.Value = float64(20 + started%4) }, compare.Same},
		"a count that varies and is larger": {func(new bool, started int, r *result.Result) {
			if r.HeapAllocs.Value = float64(20 + started%4); new {
				r.HeapAllocs.Value += 4
			}
		}, compare.Regression},
		"a larger footprint": {func(new bool, _ int, r *result.Result) {
			if new {
				r.Footprint.Value += 1 << 18
			}
		}, compare.Regression},
		"another result": {func(new bool, _ int, r *result.Result) {
			if new {
				r.Digest.Value.Sum += 1e-15
			}
		}, compare.Regression},
	} {
		d := held(&machine{noise: 0.005, change: func(s *Side, started int, d *result.Document) error {
			c.change(s.Name == "new", started, &d.Results[0])
			return nil
		}}, "a")
		if d.Verdict != c.want {
			t.Errorf("%s: %s, want %s: %q", name, d.Verdict, c.want, d.Reasons)
		}
	}
}

// TestResultsAreHeldAgainstEachOther: the bits count in one build, rounding between
// two, and a build that disagrees with itself says nothing.
func TestResultsAreHeldAgainstEachOther(t *testing.T) {
	for name, c := range map[string]struct {
		change func(new bool, started int, d *result.Document)
		want   compare.Verdict
	}{
		"another build rounds otherwise": {func(new bool, _ int, d *result.Document) {
			if d.Tool.Version = "1"; new {
				d.Tool.Version = "2"
				d.Results[0].Digest.Value.Sum += 1e-15
			}
		}, compare.Same},
		"another build is wrong": {func(new bool, _ int, d *result.Document) {
			if d.Tool.Version = "1"; new {
				d.Tool.Version = "2"
				d.Results[0].Digest.Value.Sum += 1e-6
			}
		}, compare.Regression},
		"single precision rounds more": {func(new bool, _ int, d *result.Document) {
			if d.Results[0].DType = "float32"; new {
				d.Results[0].ProgramHash = "q"
				d.Results[0].Digest.Value.Sum += 1e-6
			}
		}, compare.Same},
		"wrong now and then": {func(new bool, started int, d *result.Document) {
			if new && started%2 == 0 {
				d.Results[0].Digest.Value.Sum += 1e-6
			}
		}, compare.Regression},
		"base disagrees with itself": {func(new bool, started int, d *result.Document) {
			if !new && started > 20 {
				d.Results[0].Digest.Value.Sum += 1e-6
			}
		}, compare.Undecided},
		"other inputs": {func(new bool, _ int, d *result.Document) {
			if new {
				d.Settings.Seed = 7
				d.Results[0].Digest.Value.Sum += 1
			}
		}, compare.Same},
	} {
		d := held(&machine{noise: 0.005, change: func(s *Side, started int, d *result.Document) error {
			c.change(s.Name == "new", started, d)
			return nil
		}}, "a")
		if d.Verdict != c.want {
			t.Errorf("%s: %s, want %s: %q", name, d.Verdict, c.want, d.Reasons)
		}
	}
}

// TestFewCountsThatVaryTellNothing: with two rounds all of NEW lies beyond all of BASE
// in one of fifteen pairs of equal builds; what is far beyond counts all the same.
func TestFewCountsThatVaryTellNothing(t *testing.T) {
	for _, c := range []struct {
		base, new []float64
		want      compare.Verdict
	}{
		{[]float64{0, 0, 0, 0}, []float64{16, 16}, compare.Regression},
		{[]float64{0, 0, 0, 0}, []float64{16, 24}, compare.Undecided},
		{[]float64{0, 0, 8, 0}, []float64{16, 24}, compare.Undecided},
		{[]float64{0, 0, 0, 0}, []float64{120, 121}, compare.Regression},
		{[]float64{120, 121, 120, 120}, []float64{0, 0}, compare.Better},
		{[]float64{0, 0, 24, 0}, []float64{16, 0}, compare.Same},
	} {
		r := compare.Row{Base: result.Measured(c.base[0]), New: result.Measured(c.new[0])}
		judgeCounted(&r, c.base, c.new, compare.Threshold{})
		if r.Verdict != c.want {
			t.Errorf("%v against %v: %s, want %s (%s)", c.new, c.base, r.Verdict, c.want, r.Reason)
		}
	}
}

// TestWhatCannotBeToldIsNeverAPass spoils duels in ways that must leave them
// undecided, with a reason, and with what could be measured.
func TestWhatCannotBeToldIsNeverAPass(t *testing.T) {
	for name, c := range map[string]struct {
		m      machine
		reason string
		rows   int
	}{
		"NEW crashes": {machine{change: func(s *Side, _ int, d *result.Document) error {
			if s.Name == "new" && d.Results[0].Instance == "a" {
				d.Results = nil
				return errors.New("a process failed: exit status 2: panic: no")
			}
			return nil
		}}, "a: new: a process failed: exit status 2: panic: no", 9},
		"BASE crashes half-way": {machine{change: func(s *Side, started int, d *result.Document) error {
			if s.Name == "base" && started > 30 {
				return errors.New("a process failed: killed")
			}
			return nil
		}}, "base: a process failed: killed", 18},
		"NEW fails inside": {machine{change: func(s *Side, _ int, d *result.Document) error {
			if s.Name == "new" {
				d.Results[0].Error = "wrong result"
				return errors.New("a process failed: exit status 1")
			}
			return nil
		}}, "new: wrong result", 10},
		"NEW lacks a strategy": {machine{change: func(s *Side, _ int, d *result.Document) error {
			if s.Name == "new" {
				d.Results = d.Results[:1]
				d.Results = append(d.Results, result.Result{Instance: d.Results[0].Instance, Path: "opt_flops", DType: "float64", Alloc: "arena"})
			}
			return nil
		}}, "only base has it", 9},
		"NEW lacks a strategy at times": {machine{change: func(s *Side, started int, d *result.Document) error {
			if s.Name == "new" && started%5 == 0 {
				d.Results = d.Results[:1]
			}
			return nil
		}}, "new did not measure it in every round", 9},
		"NEW measures no allocations": {machine{change: func(s *Side, _ int, d *result.Document) error {
			if s.Name == "new" {
				d.Results[0].HeapAllocs.OK = false
			}
			return nil
		}}, "it was not measured in every round", 9},
		"NEW measures nothing": {machine{change: func(s *Side, _ int, d *result.Document) error {
			if s.Name == "new" {
				d.Results = nil
			}
			return nil
		}}, "new measured nothing", 2},
		"the machine is noisy": {machine{noise: 0.2}, "the machine is too noisy", 9},
	} {
		c.m.noise = max(c.m.noise, 0.005)
		d := held(&c.m, "a", "b")
		if d.Verdict != compare.Undecided {
			t.Errorf("%s: %s", name, d.Verdict)
		}
		if !strings.Contains(strings.Join(d.Reasons, "\n"), c.reason) {
			t.Errorf("%s: reasons %q, want %q", name, d.Reasons, c.reason)
		}
		if len(d.Rows) < c.rows {
			t.Errorf("%s: %d rows, want at least %d", name, len(d.Rows), c.rows)
		}
	}
}

func TestARegressionCountsWhateverElseFails(t *testing.T) {
	d := held(&machine{noise: 0.005, change: func(s *Side, _ int, d *result.Document) error {
		if s.Name == "new" {
			d.Results[0].HeapAllocs.Value++
			if d.Results[0].Instance == "b" {
				return errors.New("a process failed")
			}
		}
		return nil
	}}, "a", "b")
	if d.Verdict != compare.Regression {
		t.Errorf("%s: %q", d.Verdict, d.Reasons)
	}
}

func TestWhatOnlyNewHasIsTold(t *testing.T) {
	d := held(&machine{noise: 0.005, change: func(s *Side, _ int, d *result.Document) error {
		if s.Name == "base" {
			d.Results = d.Results[:1]
		}
		d.Results[0].Alloc = "make"
		if s.Name == "new" {
			d.Results[0].Alloc = "make"
		}
		return nil
	}}, "a")
	if d.Verdict != compare.Same || !slices.ContainsFunc(d.Notes, func(n string) bool { return strings.Contains(n, "slab: only new has it") }) {
		t.Errorf("%s: notes %q", d.Verdict, d.Notes)
	}
}

func TestSingleStrategiesArePairedWhateverTheirNames(t *testing.T) {
	d := held(&machine{noise: 0.005, slower: 0.2, change: func(s *Side, _ int, d *result.Document) error {
		if d.Results = d.Results[:1]; s.Name == "new" {
			d.Results[0].Alloc = "slab"
		}
		return nil
	}}, "a")
	if r := rowOf(t, d, "make", compare.Time); d.Verdict != compare.Regression || r.NewAlloc != "slab" {
		t.Errorf("%s: %+v", d.Verdict, r)
	}
}

// TestSingleProgramsArePairedWhateverTheirNames: two paths, or two logs. Of several programs none
// is taken for another.
func TestSingleProgramsArePairedWhateverTheirNames(t *testing.T) {
	other := func(n int) func(s *Side, _ int, d *result.Document) error {
		return func(s *Side, _ int, d *result.Document) error {
			for i := range d.Results[:n] {
				if s.Name == "new" {
					d.Results[i].Path = "opt_size"
				}
			}
			return nil
		}
	}
	d := held(&machine{noise: 0.005, change: other(2)}, "a")
	if d.Verdict != compare.Same || !slices.Contains(d.Notes, "a · opt_flops is compared with a · opt_size") {
		t.Errorf("%s: %q, notes %q", d.Verdict, d.Reasons, d.Notes)
	}
	if d := held(&machine{noise: 0.005, change: other(1)}, "a"); d.Verdict != compare.Undecided {
		t.Errorf("two programs and another: %s", d.Verdict)
	}
}

func TestAnInterruptKeepsWhatWasMeasured(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	m := &machine{noise: 0.005}
	m.change = func(*Side, int, *result.Document) error {
		if m.started == 40 {
			cancel()
		}
		return nil
	}
	d := duelOn(m, "a").run(ctx)
	if d.Verdict != compare.Undecided || !d.Interrupted || d.Base.Processes != 12 {
		t.Errorf("%s, interrupted %v, %d processes, want 12", d.Verdict, d.Interrupted, d.Base.Processes)
	}
	if r := rowOf(t, d, "slab", compare.Time); !r.Base.OK {
		t.Errorf("nothing is left of what was measured: %+v", r)
	}
}

// TestFalseAlarmsAndPowerInSimulation draws times from a machine whose processes
// resemble their neighbours and are disturbed at times.
func TestFalseAlarmsAndPowerInSimulation(t *testing.T) {
	duels := 300
	if testing.Short() {
		duels = 60
	}
	for _, c := range []struct {
		noise, slower float64
		verdict       compare.Verdict
		least, most   float64 // shares of duels with it
	}{
		{0.01, 0, compare.Same, 0.97, 1},
		{0.01, 0, compare.Regression, 0, 0.003},
		{0.01, 0, compare.Better, 0, 0.003},
		{0.05, 0, compare.Regression, 0, 0.003},
		{0.05, 0, compare.Better, 0, 0.003},
		{0.01, 0.05, compare.Regression, 0.97, 1},
		{0.01, 0.05, compare.Same, 0, 0},
		{0.03, 0.05, compare.Same, 0, 0.01},
	} {
		n := 0
		rng := rand.New(rand.NewPCG(3, 4))
		for range duels {
			if held(&machine{rng: rng, noise: c.noise, drift: c.noise, slower: c.slower}, "a", "b").Verdict == c.verdict {
				n++
			}
		}
		share := float64(n) / float64(duels)
		t.Logf("noise %.2f, slower by %.2f: %s in %.4f", c.noise, c.slower, c.verdict, share)
		if share < c.least || share > c.most {
			t.Errorf("noise %.2f, slower by %.2f: %s in %.4f of duels, want %.3f to %.3f", c.noise, c.slower, c.verdict, share, c.least, c.most)
		}
	}
}

func TestWordsAreSplitAsByAShell(t *testing.T) {
	for line, want := range map[string][]string{
		"":                          nil,
		"  a  b\tc ":                {"a", "b", "c"},
		`a 'b c' "d e" f\ g`:        {"a", "b c", "d e", "f g"},
		`"a\"b" 'a\b' "a\b" ""`:     {`a"b`, `a\b`, `a\b`, ""},
		`--alloc="slab:small=64" x`: {"--alloc=slab:small=64", "x"},
		"$HOME `x` * |":             {"$HOME", "`x`", "*", "|"},
	} {
		if got, err := Words(line); err != nil || fmt.Sprintf("%q", got) != fmt.Sprintf("%q", want) {
			t.Errorf("%s: %q, %v; want %q", line, got, err, want)
		}
	}
	for _, line := range []string{`a "b`, `'`, `a\`} {
		if got, err := Words(line); err == nil {
			t.Errorf("%s: %q, want an error", line, got)
		}
	}
}

// noisyMachine is too noisy for a slowdown of 15 % to be seen in one time by itself.
func noisyMachine(seed uint64) *machine {
	return &machine{rng: rand.New(rand.NewPCG(seed, 1)), noise: 0.2}
}

var manyPrograms = []string{"a", "b", "c", "d", "e", "f", "g", "h"}

// TestASlowdownOfAllIsSeenTogether on a machine that is too noisy for each time by itself,
// and none is seen where there is none.
func TestASlowdownOfAllIsSeenTogether(t *testing.T) {
	found := 0
	const duels = 20
	for seed := range uint64(duels) {
		m := noisyMachine(seed)
		m.slower = 0.15
		d := held(m, manyPrograms...)
		if d.Verdict == compare.Regression && strings.HasPrefix(d.Reasons[0], allTimes+": time") && strings.Contains(d.Reasons[0], "run again") {
			found++
		}
		if d := held(noisyMachine(seed), manyPrograms...); d.Verdict == compare.Regression {
			t.Errorf("machine %d: %q where there is nothing", seed, d.Reasons)
		}
	}
	if found < duels/3 {
		t.Errorf("%d of %d slowdowns found by all times together", found, duels)
	}
}

// TestASlowdownOfAllThatIsOverIsNone when it is run again.
func TestASlowdownOfAllThatIsOverIsNone(t *testing.T) {
	const rounds = 15 + 15 + 30 // of three looks
	first := len(manyPrograms) * (2 + rounds*contenders)
	seen := 0
	for seed := range uint64(10) {
		m := noisyMachine(seed)
		m.change = func(s *Side, started int, d *result.Document) error {
			for i := range d.Results {
				if s.Name == "new" && started <= first {
					d.Results[i].Median.Value *= 1.15
				}
			}
			return nil
		}
		d := held(m, manyPrograms...)
		for i := range d.Rows {
			if r := &d.Rows[i]; r.Instance == allTimes {
				seen++
				if r.Verdict == compare.Regression || r.Reason == "" {
					t.Errorf("machine %d: %s, %q", seed, r.Verdict, r.Reason)
				}
			}
		}
	}
	if seen < 3 {
		t.Errorf("seen in %d duels: the test shows little", seen)
	}
}
