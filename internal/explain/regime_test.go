package explain

import (
	"slices"
	"testing"

	"tnbench/instances"
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
