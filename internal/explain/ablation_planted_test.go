//go:build planted

package explain

import (
	"runtime"
	"testing"
	"time"

	"tnbench/internal/alloc"
	"tnbench/internal/contract"
	"tnbench/internal/explain/factor"
	"tnbench/internal/machine"
	"tnbench/internal/stats"
)

// TestAPlantedShareIsMeasured: a strategy that makes contractions 10 % longer is found
// by measuring, as a factor like any other.
func TestAPlantedShareIsMeasured(t *testing.T) {
	timing(t)
	slab := factor.Recipe{Kind: "slab"}
	planted := factor.Trial{Factor: FactorAllocator, Direction: OneIn, From: "slab", To: "slow", Base: slab,
		Change: func(r *factor.Recipe) { r.Kind = "slow:percent=10,base=slab" }}
	a := &ablation{explanation: &explanation{subject: embedded(t, "mps_inner_50"), document: &Document{Steps: 99}}, confidence: 0.99}
	results, err := a.measure(t.Context(), factor.SetupsOf([]*factor.Trial{&planted}), 61, time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	e := a.effect(&planted, results)
	t.Logf("%+.0f ns of %.0f, [%.0f, %.0f]", e.NS.Value, results[planted.Before()].Median.Value, e.Low.Value, e.High.Value)
	tenth := results[planted.Before()].Median.Value / 10
	if !e.Resolved || e.Low.Value > tenth || e.High.Value < tenth {
		t.Errorf("10 %% were planted, found %+v", e)
	}
}

// TestPlantedCostsAreFoundInTheirFactor: a microsecond at each Alloc, 50 ns at each Free,
// and 200 ns at each description of a result, on a network of tiny tensors.
func TestPlantedCostsAreFoundInTheirFactor(t *testing.T) {
	timing(t)
	s := strip(t)
	p, err := s.compile(best)
	if err != nil {
		t.Fatal(err)
	}
	slowed := func(spec string) func(*factor.Recipe) { return func(r *factor.Recipe) { r.Kind = spec } }
	inline := func(r *factor.Recipe) { r.Metadata = contract.MetadataInline }
	for _, x := range []struct {
		plant string
		trial factor.Trial
		want  float64 // ns; beyond what there is without the plant
	}{
		{"", factor.Trial{Factor: FactorAllocator, Change: slowed("slow:alloc=1001,base=arena")}, 1000 * float64(len(p.Requests))},
		{"", factor.Trial{Factor: FactorAllocator, Change: slowed("slow:alloc=1,free=50,base=arena")}, 50 * float64(len(p.Requests))},
		{"metadata=200", factor.Trial{Factor: FactorMetadata, Change: inline}, 200 * float64(len(p.Steps))},
	} {
		x.trial.Base, x.trial.Direction = factor.Recipe{Kind: "slow:alloc=1,base=arena"}, OneIn // the call of the wrapper on both sides
		effect := func(plant string) (ns, slowness float64) {
			t.Setenv(contract.PlantVariable, plant)
			var slow []float64 // between the turns of the same rounds: the processor's speed changes from moment to moment
			config := Config{Progress: func(Part, string, int, int) { slow = append(slow, idleNow()) }}
			a := &ablation{explanation: &explanation{subject: s, config: config, document: &Document{Steps: len(p.Steps)}}, confidence: 0.99}
			results, err := a.measure(t.Context(), factor.SetupsOf([]*factor.Trial{&x.trial}), 101, time.Minute)
			if err != nil {
				t.Fatal(err)
			}
			from, to := results[x.trial.Before()], results[x.trial.After()]
			var e Effect // of the processor's time: other programs don't show in it
			a.fill(&e, to.CPUSamples, from.CPUSamples, from.CPU.Value)
			return e.NS.Value, stats.Median(slow)
		}
		found, slowness := effect(x.plant)
		if x.plant != "" {
			without, _ := effect("")
			found -= without
		}
		t.Logf("found %.3f of what was planted, on a processor that is %.2f times as slow as it can be", found/(x.want*slowness), slowness)
		if want := x.want * slowness; found < want*0.9 || found > want*1.1 {
			t.Errorf("%s %v: found %.0f ns a contraction, planted %.0f", x.plant, x.trial.After(), found, want)
		}
	}
}

// idleNow returns how much more of the processor's time the idle arithmetic takes now than
// it can, over as long as a turn takes: what the system puts down to a program has in it
// what interruptions cost, and the processor is not always as fast.
func idleNow() float64 {
	const ns = 1e6
	rounds := alloc.IdleRounds(ns)
	before, _ := machine.ReadUsage()
	runtime.KeepAlive(alloc.Idle(rounds, uint64(before.User)))
	after, _ := machine.ReadUsage()
	return float64(after.User+after.System-before.User-before.System) / ns
}
