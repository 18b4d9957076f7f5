//go:build planted

package explain

import (
	"testing"
	"time"

	"tnbench/internal/explain/factor"
)

// TestAPlantedShareIsMeasured: a strategy that makes contractions 10 % longer is found
// by measuring, as a factor like any other.
func TestAPlantedShareIsMeasured(t *testing.T) {
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
