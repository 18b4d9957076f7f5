package explain

import (
	"context"
	"fmt"
	"math"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"tnbench/instances"
	"tnbench/internal/instance"
	"tnbench/internal/machine"
	"tnbench/internal/source"
)

// subjectOf returns an embedded instance, or one of a file, filled at random.
func subjectOf(t testing.TB, name string) Subject {
	t.Helper()
	items, err := instance.Resolve([]string{name}, instances.Files)
	if err != nil {
		t.Fatal(err)
	}
	in, err := items[0].Load(t.Context(), source.Limit{})
	if err != nil {
		t.Fatal(err)
	}
	inputs, err := in.Data(instance.Balanced, 1)
	if err != nil {
		t.Fatal(err)
	}
	return Subject{Instance: in, Path: in.Paths[0], Inputs: inputs}
}

// attributed returns the attribution of setups.
func attributed(t testing.TB, s Subject, c Config, setups []Setup, how attributing) *Document {
	t.Helper()
	e := &explanation{subject: s, config: c, document: &Document{Instance: s.Instance.Name}}
	if err := e.attribute(context.Background(), setups, how); err != nil {
		t.Fatal(err)
	}
	return e.document
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
			if ns[PhasePacking] == 0 || ns[PhaseArithmetic] == 0 && method == "timers" || count[PhasePacking] < 1 {
				t.Errorf("%s, %v: packing %v ns in %v blocks, arithmetic %v ns", method, x, ns[PhasePacking], count[PhasePacking], ns[PhaseArithmetic])
			}
		}
		for _, row := range d.Attribution {
			if row.Method != method {
				t.Fatalf("method %q, want %q", row.Method, method)
			}
		}
		if len(d.Costly) != mostCostly || d.Costly[0].NS < d.Costly[9].NS || d.Costly[0].Alloc != "planned" {
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
