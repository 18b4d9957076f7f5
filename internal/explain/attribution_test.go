package explain

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/pprof/profile"

	"tnbench/internal/bench"
	"tnbench/internal/instance/instancetest"
	"tnbench/internal/machine"
	"tnbench/internal/phase"
	"tnbench/internal/stats"
)

// subjectOf returns an embedded instance, or one of a file, filled at random.
func subjectOf(t testing.TB, name string) Subject {
	t.Helper()
	in, inputs := instancetest.Filled(t, name)
	return Subject{Instance: in, Path: in.Paths[0], Inputs: inputs}
}

// surveyed attributes setups, in the goroutine of the caller, whose thread may have the
// clock. It must be closed.
func surveyed(t testing.TB, s Subject, c Config, setups []Setup, how attributing) *survey {
	t.Helper()
	how.sample = cmp.Or(how.sample, sampleTime)
	e := &explanation{subject: s, config: c, document: &Document{Instance: s.Instance.Name}}
	v := &survey{explanation: e, how: how, begun: time.Now()}
	if err := errors.Join(v.enter(t.Context(), setups), v.compete(t.Context())); err != nil {
		t.Fatal(err)
	}
	v.conclude()
	return v
}

// attributed returns the attribution of setups.
func attributed(t testing.TB, s Subject, c Config, setups []Setup, how attributing) *Document {
	t.Helper()
	v := surveyed(t, s, c, setups, how)
	defer v.close()
	return v.document
}

// checkSum holds all shares of a setup against one.
func checkSum(t *testing.T, d *Document, s Setup) {
	t.Helper()
	sum := 0.0
	for _, share := range byPhase(d, s) {
		sum += share
	}
	if math.Abs(sum-1) > 1e-6 {
		t.Errorf("%v: the shares are together %.6f", s, sum)
	}
}

// checkShares holds an attribution's rows against what must be so however long things
// take, and returns the sums of phases and of counts of one setup.
func checkShares(t *testing.T, d *Document, s Setup) (ns, count map[Phase]float64) {
	t.Helper()
	ns, count = map[Phase]float64{}, map[Phase]float64{}
	classes := map[string]bool{"": true}
	for _, c := range SizeClasses {
		classes[c.Name] = true
	}
	seen := map[string]bool{}
	for _, row := range d.Attribution {
		if row.Alloc != s.String() {
			continue
		}
		if key := string(row.Phase) + row.Class; seen[key] || !slices.Contains(Phases, row.Phase) || !classes[row.Class] {
			t.Errorf("%v: a row too many: %+v", s, row)
		} else {
			seen[key] = true
		}
		if row.NS < 0 || row.Share < 0 || row.Low.OK && (row.Low.Value > row.NS || row.High.Value < row.NS) {
			t.Errorf("%v: %+v makes no sense", s, row)
		}
		ns[row.Phase] += row.NS
		count[row.Phase] += row.Count.Value
	}
	return ns, count
}

// TestAttributionCountsAllThatHappens: by either method, there is a call for each
// request, a record and a choice for each step, and phases only where they can be.
func TestAttributionCountsAllThatHappens(t *testing.T) {
	s := subjectOf(t, "mps_inner_50")
	program, err := s.compile(best)
	if err != nil {
		t.Fatal(err)
	}
	requests, steps := float64(len(program.Requests)), float64(len(program.Steps))
	setups := []Setup{{Strategy: "make"}, reportedHere(), best}
	for method, watching := range map[string]float64{"timers": 1e9, "difference": 0} {
		d := attributed(t, s, Config{}, setups, attributing{watching: watching, costly: true, rounds: 1})
		for _, x := range setups {
			ns, count := checkShares(t, d, x)
			checkSum(t, d, x)
			want := map[Phase]float64{PhaseAlloc: requests, PhaseFree: requests + 1, PhaseArithmetic: steps}
			if x == reportedHere() {
				want[PhaseMetadata], want[PhasePlanning] = steps, steps+1 // once for all labels
			}
			for phase, n := range want {
				if math.Abs(count[phase]-n) > 1e-6 {
					t.Errorf("%s, %v: %v counts %v, want %v", method, x, phase, count[phase], n)
				}
			}
			for _, phase := range []Phase{PhaseMetadata, PhasePlanning} {
				if _, any := ns[phase]; any != (x == reportedHere()) {
					t.Errorf("%s, %v: %v found %v", method, x, phase, any)
				}
			}
			if _, any := ns[PhasePacking]; !any || count[PhasePacking] < 1 {
				t.Errorf("%s, %v: packing is found %v, in %v blocks", method, x, any, count[PhasePacking])
			}
		}
		for _, row := range d.Attribution {
			if row.Method != method {
				t.Fatalf("method %q, want %q", row.Method, method)
			}
		}
		if len(d.Costly) != mostCostly || d.Costly[0].NS < d.Costly[9].NS || d.Costly[0].Alloc != best.String() {
			t.Errorf("costliest steps: %+v", d.Costly)
		}
	}
}

// TestLedgersAgreeWithTheKernelOnFaults: what a ledger has of faults is what the kernel
// counts meanwhile, and the steps of a strategy that maps each large buffer anew have
// one for each page.
func TestLedgersAgreeWithTheKernelOnFaults(t *testing.T) {
	if _, counted := machine.ReadUsage(); !counted {
		t.Skip("the system does not count faults")
	}
	s := subjectOf(t, "mps_inner_50")
	program, err := s.compile(best)
	if err != nil {
		t.Fatal(err)
	}
	ledger, expected := newLedger(program), new([]byte)
	p, err := newWhole(program, s.Inputs, Setup{Strategy: "mmap:over=4096"}, ledger, false, expected)
	if err != nil {
		t.Skip(err)
	}
	defer p.close()
	for try := range 10 {
		before := faultsNow()
		if _, err := p.run(1); err != nil {
			t.Fatal(err)
		}
		counted, sum := faultsNow()-before, int64(0)
		for _, n := range ledger.faults {
			sum += n
		}
		least := int64(0)
		for _, r := range program.Requests {
			if r.Bytes > 4096 && int(r.First) < len(program.Steps) && r.First != r.Last {
				least += int64(r.Bytes / os.Getpagesize())
			}
		}
		if sum == counted && sum >= least {
			return
		}
		if try == 9 {
			t.Errorf("the ledger has %d faults, the kernel counts %d, there are %d fresh pages", sum, counted, least)
		}
	}
}

// TestInterruptedAttributionKeepsWhatItHas: a context that ends after the first round.
func TestInterruptedAttributionKeepsWhatItHas(t *testing.T) {
	s := subjectOf(t, "matrix_chain_10")
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	c := Config{Progress: func(_ Part, _ string, done, _ int) {
		if done == 1 {
			cancel()
		}
	}}
	e := &explanation{subject: s, config: c, document: &Document{}}
	if err := e.attribute(ctx, []Setup{best}, attributing{watching: 1e9, rounds: 20}); err == nil || ctx.Err() == nil {
		t.Errorf("error %v, want that of the context", err)
	}
	if ns, _ := checkShares(t, e.document, best); ns[PhaseArithmetic] == 0 {
		t.Errorf("nothing is left of %+v", e.document.Attribution)
	}
}

// TestStrategiesThatCannotWorkAreLeftOut: the others are attributed.
func TestStrategiesThatCannotWorkAreLeftOut(t *testing.T) {
	s := subjectOf(t, "mps_inner_50")
	d := attributed(t, s, Config{}, []Setup{{Strategy: "nonsense"}, best}, attributing{watching: 1e9, rounds: 1})
	if ns, _ := checkShares(t, d, best); len(d.Warnings) == 0 || !strings.Contains(d.Warnings[0].Message, "nonsense") || ns[PhaseArithmetic] == 0 {
		t.Errorf("warnings %v", d.Warnings)
	}
	d = attributed(t, s, Config{Limit: 1}, []Setup{best}, attributing{watching: 1e9, rounds: 1})
	if len(d.Warnings) == 0 || len(d.Attribution) > 0 {
		t.Errorf("attributed within one byte: %v", d.Warnings)
	}
}

// timing reports whether times may decide, which they may on request only. On Linux the
// processor's time is taken for long contractions: other programs don't show in it.
func timing(t *testing.T) {
	t.Helper()
	if os.Getenv("TNBENCH_TIMING") == "" {
		t.Skip("TNBENCH_TIMING=1 lets times decide")
	}
}

// byPhase returns the shares of phases of one setup.
func byPhase(d *Document, s Setup) map[Phase]float64 {
	shares := map[Phase]float64{}
	for _, row := range d.Attribution {
		if row.Alloc == s.String() {
			shares[row.Phase] += row.Share
		}
	}
	return shares
}

// together returns what phases by timers were together.
func (d *Document) together(s Setup) float64 {
	for _, a := range d.Attributed {
		if a.Alloc == s.String() {
			return a.Together.Value
		}
	}
	return math.NaN()
}

// points is how far shares may be apart.
const points = 0.05

// TestMethodsAgree: where both work, ledgers and taking out give the same shares.
func TestMethodsAgree(t *testing.T) {
	timing(t)
	for name, rounds := range map[string]int{"cubic_light_415": 11, "mps_inner_50": 11 * shortRounds} {
		t.Run(name, func(t *testing.T) {
			useProcessorTime(t)
			setups := []Setup{{Strategy: "make"}, reportedHere(), best}
			v := surveyed(t, subjectOf(t, name), Config{}, setups, attributing{rounds: rounds})
			defer v.close()
			var by [2]*Document // of the same rounds
			for i := range by {
				v.document = &Document{}
				for _, a := range v.kept {
					a.byDifference = i == 1
				}
				v.conclude()
				by[i] = v.document
			}
			for _, x := range setups {
				timers, difference := byPhase(by[0], x), byPhase(by[1], x)
				sum := 0.0
				for _, p := range Phases {
					sum += timers[p]
					t.Logf("%-52v %-10s timers %5.1f %%, difference %5.1f %%", x, p, 100*timers[p], 100*difference[p])
					if math.Abs(timers[p]-difference[p]) > points {
						t.Errorf("%v: %s has %.1f %% by timers, %.1f %% by difference", x, p, 100*timers[p], 100*difference[p])
					}
				}
				t.Logf("%-52v timers together %.1f %%", x, 100*by[0].together(x))
				if together := by[0].together(x); math.Abs(together-1) > sumWithin {
					t.Errorf("%v: all phases have %.1f %% by timers", x, 100*together)
				}
				if math.Abs(sum-1) > 1e-6 {
					t.Errorf("%v: all shares are %.3f", x, sum)
				}
			}
		})
	}
}

// TestProfilesAgree: an outside view of the same contractions. A profile can't tell faults
// from what causes them, nor planning from describing, so that those are taken together.
func TestProfilesAgree(t *testing.T) {
	timing(t)
	for _, name := range []string{"cubic_light_415", "potts_king_10x10", "mps_inner_50", "ising_strip_5x250"} {
		t.Run(name, func(t *testing.T) {
			tiny := name == "ising_strip_5x250"
			if !tiny { // profiles show what the collector does beside a contraction, too
				defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
			}
			if name == "cubic_light_415" { // the calls of the clock must be few beside it
				useProcessorTime(t)
			}
			s := subjectOf(t, name)
			for _, x := range []Setup{{Strategy: "make"}, best} {
				program, err := s.compile(x)
				if err != nil {
					t.Fatal(err)
				}
				found := byPhase(attributed(t, s, Config{}, []Setup{x}, attributing{watching: mostWatching, rounds: 9}), x)
				p, err := bench.RunProfiled(t.Context(), program, s.Inputs, bench.Config{Strategies: []string{x.Strategy}, Check: bench.CheckOff}, 6*time.Second)
				if err != nil {
					t.Fatal(err)
				}
				parsed, err := profile.ParseData(p.Profile)
				if err != nil {
					t.Fatal(err)
				}
				b := phase.Break(parsed)
				if u := p.Usage.Value; p.Usage.OK {
					b.SetSystem(float64(u.System)/float64(u.User+u.System), math.Inf(1))
				}
				rows := profileRows
				calls := 0.0
				if tiny {
					rows, calls = profileRowsOfTiny, b.Share(phase.Executor)
				}
				for _, row := range rows {
					here, seen := 0.0, 0.0
					for _, p := range row.here {
						here += found[p]
					}
					for _, p := range row.seen {
						seen += b.Share(p)
					}
					t.Logf("%-8v %-32s %5.1f %%, the profile has %5.1f %%, and calls %.1f %%", x, row.what, 100*here, 100*seen, 100*calls)
					if here < seen-points || here > seen+calls+points {
						t.Errorf("%v: %s has %.1f %%, by the profile %.1f %%", x, row.what, 100*here, 100*seen)
					}
				}
			}
		})
	}
}

// profileRow is phases that attributions and profiles have.
type profileRow struct {
	what string
	here []Phase
	seen []phase.Phase
}

var profileRows = []profileRow{
	{"packing", []Phase{PhasePacking}, []phase.Phase{phase.Packing}},
	{"arithmetic", []Phase{PhaseArithmetic}, []phase.Phase{phase.Arithmetic, phase.Executor}},
	{"clearing and faults", []Phase{PhaseZeroing, PhaseFaults}, []phase.Phase{phase.Zeroing, phase.Faults}},
	{"the strategy and the collector", []Phase{PhaseAlloc, PhaseFree, PhaseCollector}, []phase.Phase{phase.Allocation, phase.Collector, phase.System, phase.Scheduling}},
}

// profileRowsOfTiny are those of contractions that are attributed by difference: allocations
// clear what they return, and what it takes to call a strategy or a kernel is theirs, where
// profiles have it in the executor.
var profileRowsOfTiny = []profileRow{
	{"arithmetic", []Phase{PhasePacking, PhaseArithmetic}, []phase.Phase{phase.Packing, phase.Arithmetic}},
	{"the strategy and the collector", []Phase{PhaseAlloc, PhaseFree, PhaseCollector, PhaseZeroing, PhaseFaults},
		[]phase.Phase{phase.Allocation, phase.Collector, phase.System, phase.Scheduling, phase.Zeroing, phase.Faults}},
}

// TestTouchingAheadRemovesWhatIsAscribedToFaults: kernels on memory that was touched just
// before take less by what faults are said to take, within its interval.
func TestTouchingAheadRemovesWhatIsAscribedToFaults(t *testing.T) {
	timing(t)
	useProcessorTime(t)
	s := subjectOf(t, "cubic_light_415")
	x := Setup{Strategy: "mmap"}
	how := attributing{watching: 1e9, rounds: 11}
	var ascribed, low, high float64
	for _, row := range attributed(t, s, Config{}, []Setup{x}, how).Attribution {
		if row.Phase == PhaseFaults {
			ascribed, low, high = ascribed+row.NS, low+row.Low.Value, high+row.High.Value
		}
	}
	v := surveyed(t, s, Config{}, []Setup{x}, how)
	defer v.close()
	a := v.accounts[0]
	removed := make([]float64, a.rounds())
	for i := range removed {
		removed[i] = a.samples[watchedAsIs][i].split.kernels().ns - a.samples[touched][i].split.kernels().ns
	}
	less := stats.MedianInterval(removed, stats.Confidence)
	t.Logf("touching ahead removes %.2f ms [%.2f, %.2f], faults have %.2f ms [%.2f, %.2f]", less.Median/1e6, less.Low/1e6, less.High/1e6, ascribed/1e6, low/1e6, high/1e6)
	if less.Median < low || less.Median > high {
		t.Errorf("touching ahead removes %.2f ms: faults have %.2f ms [%.2f, %.2f]", less.Median/1e6, ascribed/1e6, low/1e6, high/1e6)
	}
}

// TestShowAttribution prints attributions.
func TestShowAttribution(t *testing.T) {
	if os.Getenv("TNBENCH_CLOCK") == "processor" {
		useProcessorTime(t)
	}
	names := os.Getenv("TNBENCH_ATTRIBUTE")
	if names == "" {
		t.Skip("TNBENCH_ATTRIBUTE names instances to attribute")
	}
	for _, name := range strings.Split(names, ",") {
		s := subjectOf(t, name)
		start := time.Now()
		d := attributed(t, s, Config{Quick: os.Getenv("TNBENCH_FULL") == ""}, []Setup{{Strategy: "make"}, reportedHere(), best}, attributing{watching: mostWatching, costly: true})
		t.Log(name, time.Since(start))
		show(t, d)
	}
}

func show(t testing.TB, d *Document) {
	t.Helper()
	by := map[string]map[Phase]float64{}
	for _, s := range d.Attribution {
		if by[s.Alloc] == nil {
			by[s.Alloc] = map[Phase]float64{}
		}
		by[s.Alloc][s.Phase] += s.Share
		by[s.Alloc]["sum"] += s.Share
		by[s.Alloc]["whole"] = s.NS / s.Share
		t.Logf("%-45s %-8s %-10s %12.0f ns [%.0f, %.0f] %6.2f %% count %v %s", s.Alloc, s.Class, s.Phase, s.NS, s.Low.Value, s.High.Value, 100*s.Share, s.Count.Value, s.Method)
	}
	for alloc, phases := range by {
		line := ""
		for _, p := range append(Phases, "sum") {
			line += fmt.Sprintf("%s %.2f  ", p, 100*phases[p])
		}
		t.Logf("%s: whole %.0f: %s", alloc, phases["whole"], line)
	}
	for _, c := range d.Costly {
		t.Logf("%+v", c)
	}
	for _, w := range d.Warnings {
		t.Log(w)
	}
}
