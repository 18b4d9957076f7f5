//go:build planted

package explain

import (
	"math"
	"testing"
	"time"

	"tnbench/internal/contract"
	"tnbench/internal/generate"
	"tnbench/internal/instance"
)

// strip returns a network of tiny tensors that contracts in some microseconds.
func strip(t *testing.T) Subject {
	t.Helper()
	in, err := generate.Generate(t.Context(), generate.Recipe{Name: "strip", Kind: "grid", Params: generate.Params{"rows": 5, "columns": 25}, Seed: 1, Trials: 1})
	if err != nil {
		t.Fatal(err)
	}
	inputs, err := in.Data(instance.Balanced, 1)
	if err != nil {
		t.Fatal(err)
	}
	return Subject{Instance: in, Path: in.Paths[0], Inputs: inputs}
}

// TestPlantedCostsAreFoundInTheirPhase plants a cost at each call. What contractions take
// longer must be found in that phase, by either method where it can be, and not in others.
func TestPlantedCostsAreFoundInTheirPhase(t *testing.T) {
	timing(t)
	s := strip(t)
	plain := Setup{Strategy: "arena"}
	described := Setup{Strategy: "arena", Metadata: contract.MetadataInline}
	for _, x := range []struct {
		setup  Setup
		plant  string
		phase  Phase
		timers bool // timers can tell so little
	}{
		{Setup{Strategy: "slow:alloc=1000,base=arena"}, "", PhaseAlloc, true},
		{Setup{Strategy: "slow:free=50,base=arena"}, "", PhaseFree, false},
		{described, "metadata=200", PhaseMetadata, true},
	} {
		t.Setenv(contract.PlantVariable, x.plant)
		for method, watching := range map[string]float64{"timers": 1e9, "difference": 0} {
			if method == "timers" && !x.timers {
				continue
			}
			how := attributing{watching: watching, rounds: 41, sample: 400 * time.Microsecond}
			d := attributed(t, s, Config{}, []Setup{plain, x.setup}, how)
			before, _ := checkShares(t, d, plain)
			after, _ := checkShares(t, d, x.setup)
			longer := wholeOf(d, x.setup) - wholeOf(d, plain)
			calls := float64(len(s.Path.Pairs))
			t.Logf("%s, %v %s: %.1f ns a step longer, %.1f of it in %s", method, x.setup, x.plant, longer/calls, (after[x.phase]-before[x.phase])/calls, x.phase)
			for _, p := range []Phase{PhaseAlloc, PhaseFree, PhaseMetadata} {
				want := 0.0
				if p == x.phase {
					want = longer
				}
				if found := after[p] - before[p]; math.Abs(found-want) > 0.1*longer {
					t.Errorf("%s, %v %s: %.0f ns more in %s, want %.0f", method, x.setup, x.plant, found, p, want)
				}
			}
		}
	}
}

// wholeOf returns the time of a contraction of which shares are.
func wholeOf(d *Document, s Setup) float64 {
	for _, row := range d.Attribution {
		if row.Alloc == s.String() && row.Share > 0 {
			return row.NS / row.Share
		}
	}
	return math.NaN()
}
