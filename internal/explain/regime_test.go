package explain

import (
	"runtime"
	"slices"
	"testing"

	"tnbench/instances"
	"tnbench/internal/alloc"
	"tnbench/internal/contract"
	"tnbench/internal/instance"
)

// TestRegimesAreToldApart: of the embedded networks each stands for what it was made for.
func TestRegimesAreToldApart(t *testing.T) {
	items, err := instance.List(instances.Files)
	if err != nil {
		t.Fatal(err)
	}
	var programs []*contract.Program
	for _, it := range items {
		s := embedded(t, it.Name)
		p, err := s.compile(best)
		if err != nil {
			t.Fatal(err)
		}
		programs = append(programs, p)
	}
	names := func(chosen []int) (all []string) {
		for _, i := range chosen {
			all = append(all, programs[i].Instance.Name)
		}
		return all
	}
	if got, want := names(Regimes(programs)), []string{"ising_strip_5x250", "cubic_light_415", "matrix_chain_10"}; !slices.Equal(got, want) {
		t.Errorf("regimes %q, want %q", got, want)
	}
	slices.Reverse(programs)
	if got, want := names(Regimes(programs)), []string{"ising_strip_5x250", "cubic_light_415", "matrix_chain_10"}; !slices.Equal(got, want) {
		t.Errorf("in another order regimes %q, want %q", got, want)
	}
	if got := Regimes(nil); len(got) != 0 {
		t.Errorf("regimes %v of nothing", got)
	}
}

// TestClaimsAreTriedOnRegimes: those that may be otherwise there, beside the network's
// own, and not on the network itself.
func TestClaimsAreTriedOnRegimes(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1)) // contention takes its time
	own, other := embedded(t, "matrix_chain_10"), embedded(t, "ising_strip_5x250")
	there := true415()
	there.Instance, there.Steps = other.Instance.Name, 414
	e := &explanation{subject: own, document: &Document{Instance: own.Instance.Name}, config: Config{
		Regimes: []*Regime{{Subject: embedded(t, "matrix_chain_10")}, {Subject: other, found: there}},
	}}
	if err := e.claims(t.Context()); err != nil {
		t.Fatal(err)
	}
	var regime int
	for i, c := range e.document.Claims {
		if i > 0 && c.Instance != "" {
			if before := e.document.Claims[i-1]; before.ID != c.ID || before.Instance != "" {
				t.Errorf("%s on %s follows %s on %q", c.ID, c.Instance, before.ID, before.Instance)
			}
		}
		switch c.Instance {
		case "":
		case other.Instance.Name:
			if regime++; c.Verdict != Holds {
				t.Errorf("%+v, want that it holds", c)
			}
		default:
			t.Errorf("%s was tried on %s", c.ID, c.Instance)
		}
	}
	want := 0
	for _, c := range claims {
		if c.regime {
			want++
		}
	}
	if regime != want || len(e.document.Claims) != want+len(claims) {
		t.Errorf("%d claims, %d on the regime; want %d and %d", len(e.document.Claims), regime, want+len(claims), want)
	}
	for _, id := range []string{"product", "malloc-call", "metadata-per-tensor"} {
		i := slices.IndexFunc(e.document.Claims, func(c Claim) bool { return c.ID == id })
		if c := e.document.Claims[i]; c.Verdict == NotTestable && alloc.Available("malloc") == nil {
			t.Errorf("%s was not measured: %s", id, c.Measured)
		}
	}
}

// TestRegimesLeaveTheSubjectItsInputs: what is there already is not to be had.
func TestRegimesLeaveTheSubjectItsInputs(t *testing.T) {
	s, r := Subject{Inputs: [][]byte{make([]byte, 300), make([]byte, 400)}}, Regime{Subject: Subject{Inputs: [][]byte{make([]byte, 50)}}}
	for limit, want := range map[int64]int64{0: 0, 1000: 350, 600: 1} {
		if got := r.limitBeside(&s, limit); got != want {
			t.Errorf("of %d bytes a regime has %d, want %d", limit, got, want)
		}
	}
}
