package explain

import (
	"math"
	"strings"
	"testing"

	"tnbench/internal/explain/dissect"
	"tnbench/internal/region"
	"tnbench/internal/result"
)

// found is an estimate that was made.
func found(value, low, high float64) maybe { return result.Measured(estimate{value, low, high}) }

// effectOf returns an effect of so many per cent of a contraction of a millisecond.
func effectOf(factor, direction, to string, percent, low, high float64) Effect {
	const whole = 1e6
	ns := func(p float64) result.Maybe[float64] { return result.Measured(p / 100 * whole) }
	return Effect{Factor: factor, Direction: direction, From: "reported", To: to, NS: ns(percent), Low: ns(low), High: ns(high),
		Percent: result.Measured(percent), StepNS: result.Measured(percent), Resolved: low > 0 || high < 0}
}

// shareOf returns a share of a strategy with its bounds.
func shareOf(alloc string, p Phase, ns, low, high float64) Share {
	return Share{Alloc: alloc, Phase: p, Class: "≤ 64 B", NS: ns, Low: result.Measured(low), High: result.Measured(high), Share: 0.1}
}

// rowOf returns an anatomy.
func rowOf(alloc, metadata string, hits, misses int, hit, miss float64) Anatomy {
	return Anatomy{alloc, metadata, dissect.Body{Hits: hits, Misses: misses, HitAllocs: result.Measured(hit), MissAllocs: result.Measured(miss)}}
}

// true415 is evidence under which all claims hold, on a machine with four processors.
func true415() *evidence {
	pool := reportedHere().Strategy
	d := &Document{
		Instance: reportedNetwork,
		Anatomy: []Anatomy{
			rowOf(pool, "none", 768, 58, 0.1, 1), rowOf(pool, "heap", 768, 58, 3.1, 4.2), rowOf(reported.Strategy+":keep", "none", 797, 29, 0, 1),
			rowOf("make", "none", 0, 826, 0, 1), rowOf("make", "inline", 0, 826, 0, 1.01),
		},
		Attribution: []Share{
			shareOf(reportedHere().String(), PhaseAlloc, 300, 290, 310), shareOf(reportedHere().String(), PhaseMetadata, 300, 290, 310),
			shareOf(reportedHere().String(), PhaseArithmetic, 400, 390, 410), shareOf("planned", PhaseArithmetic, 9000, 8000, 9900),
		},
		Ablation: []Effect{
			effectOf(FactorAllocator, OneIn, "mimalloc", -10, -12, -8), effectOf(FactorMetadata, OneIn, "inline", -30, -32, -28),
			effectOf(FactorBookkeeping, OneIn, "slab", -3, -4, -2), effectOf(FactorKept, OneIn, "kept", -9, -12, -6),
			effectOf(FactorSmall, OneIn, "slab:small=64", -4, -5, -3), effectOf(FactorInline, OneIn, "inline", -5, -6, -4),
			effectOf(FactorMetadata, LeaveOneOut, "heap", 1, 0.5, 2), {Factor: FactorMetadata, Direction: OneIn, With: FactorKept, NS: result.Measured(1e9), Percent: result.Measured(1e3)},
		},
	}
	return &evidence{
		Document: d, facts: facts{steps: 414, small: 305, unique: 22, served: 380},
		served: map[string]bool{"make": true, "slab": true}, cgo: 30,
		calls:   map[string]maybe{"malloc": found(30, 25, 40), "mimalloc": found(15, 12, 18)},
		product: found(5, 4, 6), step: found(9, 8, 10), records: found(60, 50, 70),
		streams: crowd{cores: 8, streams: 4, slowdown: map[string]estimate{"malloc": {2.4, 2.2, 2.6}, "mimalloc": {1.1, 1, 1.2}}, gain: found(2.2, 2.1, 2.3)},
	}
}

// setEffect replaces the effects of a factor in the report's configuration.
func setEffect(v *evidence, factor string, percent, low, high float64) {
	for i := range v.Ablation {
		if e := &v.Ablation[i]; e.Factor == factor && e.Direction == OneIn && e.With == "" {
			*e = effectOf(factor, OneIn, e.To, percent, low, high)
		}
	}
}

// dropEffects leaves a factor out, with the reason why it was not varied, if there is one.
func dropEffects(v *evidence, factor, reason string) {
	kept := []Effect{}
	for _, e := range v.Ablation {
		if e.Factor != factor {
			kept = append(kept, e)
		}
	}
	if reason != "" {
		kept = append(kept, Effect{Factor: factor, Direction: OneIn, To: "inline", Reason: reason})
	}
	v.Ablation = kept
}

// TestVerdicts makes each claim hold, fail, stay open and be untestable.
func TestVerdicts(t *testing.T) {
	type change func(*evidence)
	rank := func(factor string, percent, low, high float64) change {
		return func(v *evidence) { setEffect(v, factor, percent, low, high) }
	}
	drop := func(factor string) change { return func(v *evidence) { dropEffects(v, factor, "") } }
	row := func(i int, a Anatomy) change { return func(v *evidence) { v.Anatomy[i] = a } }
	noRows := func(v *evidence) { v.Anatomy = nil }
	pool := reportedHere().Strategy
	inf := math.Inf(1)
	cases := []struct {
		id   string
		want Verdict
		says string
		do   change
	}{
		{"small-results", DoesNotHold, "304 of 414 (73.4 %); that most are tiny holds all the same", func(v *evidence) { v.facts.small-- }},
		{"small-results", Holds, "6 of 10", func(v *evidence) { v.Instance, v.facts = "other", facts{steps: 10, small: 6} }},
		{"small-results", DoesNotHold, "5 of 10 (50.0 %)", func(v *evidence) { v.Instance, v.facts = "other", facts{steps: 10, small: 5} }},
		{"reuses", DoesNotHold, "23 sizes, 391", func(v *evidence) { v.facts.unique++ }},
		{"reuses", Holds, "2 sizes, 8 possible", func(v *evidence) { v.Instance, v.facts = "other", facts{steps: 10, unique: 2} }},
		{"reuses", DoesNotHold, "9 sizes, 1 possible", func(v *evidence) { v.Instance, v.facts = "other", facts{steps: 10, unique: 9} }},
		{"scope", DoesNotHold, "slab", func(v *evidence) { v.served["slab"] = false }},
		{"scope", NotTestable, "two strategies", func(v *evidence) { v.served = nil }},
		{"miss-and-hit", DoesNotHold, "3.90 on a miss", row(1, rowOf(pool, "heap", 5, 5, 3, 3.9))},
		{"miss-and-hit", DoesNotHold, "2.90 on a hit", row(1, rowOf(pool, "heap", 5, 5, 2.9, 4))},
		{"miss-and-hit", NotTestable, "0 misses", row(1, Anatomy{pool, "heap", dissect.Body{Hits: 5}})},
		{"miss-and-hit", NotTestable, "not measured", noRows},
		{"miss-and-hit", NotTestable, "there is one step", func(v *evidence) { v.facts.steps, v.Anatomy[1] = 1, Anatomy{pool, "heap", dissect.Body{}} }},
		{"cold-pool", NotTestable, "there is one step", func(v *evidence) { v.facts.steps, v.Anatomy = 1, nil }},
		{"reuses", DoesNotHold, "1 size, 0 possible reuses", func(v *evidence) { v.Instance, v.facts = "other", facts{steps: 1, unique: 1} }},
		{"cold-pool", DoesNotHold, "14 of", row(0, rowOf(pool, "none", 797, 29, 0, 1))},
		{"cold-pool", NotTestable, "not measured", noRows},
		{"one-allocation", DoesNotHold, "metadata adds 1.000", row(4, rowOf("make", "inline", 0, 826, 0, 2))},
		{"one-allocation", NotTestable, "not measured", noRows},
		{"product", DoesNotHold, "20 ns [18 ns, 22 ns]", func(v *evidence) { v.product = found(20, 18, 22) }},
		{"product", NotResolved, "", func(v *evidence) { v.product = found(9, 8, 12) }},
		{"product", NotTestable, "", func(v *evidence) { v.product = maybe{} }},
		{"malloc-call", DoesNotHold, "8 ns", func(v *evidence) { v.calls["malloc"] = found(8, 7, 9) }},
		{"malloc-call", DoesNotHold, "80 ns", func(v *evidence) { v.calls["malloc"] = found(80, 70, 90) }},
		{"malloc-call", NotResolved, "", func(v *evidence) { v.calls["malloc"] = found(25, 15, 35) }},
		{"malloc-call", NotTestable, "malloc can't be called", func(v *evidence) { v.calls = nil }},
		{"mimalloc-call", DoesNotHold, "", func(v *evidence) { v.calls["mimalloc"] = found(5, 4, 6) }},
		{"mimalloc-call", NotResolved, "", func(v *evidence) { v.calls["mimalloc"] = found(11, 9, 12) }},
		{"mimalloc-call", NotTestable, "mimalloc can't be called", func(v *evidence) { delete(v.calls, "mimalloc") }},
		{"metadata-per-tensor", DoesNotHold, "metadata 2 ns", func(v *evidence) { v.records = found(2, 1, 3) }},
		{"metadata-per-tensor", NotResolved, "", func(v *evidence) { v.records = found(7, 5, 9) }},
		{"metadata-per-tensor", NotTestable, "", func(v *evidence) { v.records = maybe{} }},
		{"allocation-dominates", DoesNotHold, "arithmetic 900 ns", func(v *evidence) { v.Attribution[2] = shareOf(reportedHere().String(), PhaseArithmetic, 900, 850, 950) }},
		{"allocation-dominates", NotResolved, "", func(v *evidence) { v.Attribution[2] = shareOf(reportedHere().String(), PhaseArithmetic, 590, 560, 620) }},
		{"allocation-dominates", NotResolved, "without an interval", func(v *evidence) { v.Attribution[0].Low = result.Maybe[float64]{} }},
		{"allocation-dominates", NotTestable, "not measured", func(v *evidence) { v.Attribution = v.Attribution[3:] }},
		{"contention", DoesNotHold, "1.200× [1.100, 1.300]", func(v *evidence) { v.streams.gain = found(1.2, 1.1, 1.3) }},
		{"contention", NotResolved, "", func(v *evidence) { v.streams.gain = found(2, 1.8, 2.2) }},
		{"contention", NotTestable, "there are 2 processors, not 4; a contraction beside another", func(v *evidence) { v.streams.cores, v.streams.streams = 2, 2 }},
		{"contention", NotTestable, "fewer than two", func(v *evidence) { v.streams = crowd{cores: 1, streams: 1} }},
		{"contention", NotTestable, "mimalloc can't be called", func(v *evidence) { v.streams.gain = maybe{} }},
		{"rank-contention", Holds, "", func(v *evidence) { v.streams.gain = found(1.1, 1.06, 1.15) }},
		{"rank-contention", DoesNotHold, "2.200×", func(*evidence) {}},
		{"rank-contention", NotResolved, "", func(v *evidence) { v.streams.gain = found(1.1, 1.01, 1.15) }},
		{"rank-contention", NotTestable, "2 processors", func(v *evidence) { v.streams.cores, v.streams.streams = 2, 2 }},
		{"rank-allocator", DoesNotHold, "-1.0 % [-2.0, -0.5]", rank(FactorAllocator, -1, -2, -0.5)},
		{"rank-allocator", DoesNotHold, "", rank(FactorAllocator, 0.5, -1, 2)},
		{"rank-allocator", NotResolved, "", rank(FactorAllocator, -6, -8, -4)},
		{"rank-allocator", NotTestable, "factor allocator", drop(FactorAllocator)},
		{"rank-metadata", DoesNotHold, "", rank(FactorMetadata, -3, -4, -2)},
		{"rank-metadata", NotResolved, "", rank(FactorMetadata, -20, -25, -15)},
		{"rank-metadata", NotTestable, "was not varied: no compiler", func(v *evidence) { dropEffects(v, FactorMetadata, "no compiler.") }},
		{"rank-hash-map", DoesNotHold, "", rank(FactorBookkeeping, -30, -35, -25)},
		{"rank-hash-map", NotResolved, "", rank(FactorBookkeeping, -18, -22, -15)},
		{"rank-hash-map", NotTestable, "", drop(FactorBookkeeping)},
	}
	for id, factor := range map[string]string{
		"proposal-allocator": FactorAllocator, "proposal-metadata": FactorMetadata, "proposal-kept-pool": FactorKept,
		"proposal-small-buffers": FactorSmall, "proposal-inline-tensors": FactorInline,
	} {
		for _, c := range []struct {
			want           Verdict
			says           string
			p, low, high   float64
			dropped, other bool
		}{
			{DoesNotHold, "+8.0 %", 8, 6, 9, false, false},
			{DoesNotHold, "-0.1 %", -0.1, -0.8, 0.5, false, false},
			{NotResolved, "", -3, -6, 0.1, false, false},
			{Holds, "", -3, -6, -0.1, false, false},
			{NotResolved, "without an interval", -3, -inf, inf, false, false},
			{NotTestable, factor, 0, 0, 0, true, false},
		} {
			do := rank(factor, c.p, c.low, c.high)
			if c.dropped {
				do = drop(factor)
			}
			cases = append(cases, struct {
				id   string
				want Verdict
				says string
				do   change
			}{id, c.want, c.says, do})
		}
	}
	tried := map[string]map[Verdict]bool{}
	for _, c := range cases {
		v := true415()
		c.do(v)
		got := claimed(t, c.id).on(v, "")
		if got.Verdict != c.want || !strings.Contains(got.Measured, c.says) {
			t.Errorf("%s: %s, %q; want %s and %q", c.id, got.Verdict, got.Measured, c.want, c.says)
		}
		if tried[c.id] == nil {
			tried[c.id] = map[Verdict]bool{}
		}
		tried[c.id][c.want] = true
	}
	seen := map[string]bool{}
	for _, c := range claims {
		if got := c.on(true415(), "there"); got.Verdict != Holds && c.id != "rank-contention" || got.Instance != "there" || got.Measured == "" {
			t.Errorf("%+v, want that it holds there", got)
		}
		if seen[c.id] || c.text == "" || c.experiment == "" || c.section == "" {
			t.Errorf("%s: it stands there twice, or lacks something", c.id)
		}
		seen[c.id] = true
		counted := c.id == "small-results" || c.id == "reuses"
		if !tried[c.id][DoesNotHold] || !counted && !tried[c.id][NotTestable] {
			t.Errorf("%s: it was not tried how the claim fails and can't be tested", c.id)
		}
	}
}

// claimed returns the claim of an id.
func claimed(t *testing.T, id string) *claim {
	for i := range claims {
		if claims[i].id == id {
			return &claims[i]
		}
	}
	t.Fatalf("there is no claim %s", id)
	return nil
}

// TestFactsOfNetworks: sizes and reuses of embedded networks, as tnbench histogram and
// plan have them.
func TestFactsOfNetworks(t *testing.T) {
	for name, want := range map[string]facts{
		"cubic_light_415":   {steps: 414, small: 305, unique: 21, served: 383},
		"ising_strip_5x250": {steps: 3494, small: 0, unique: 7, served: 0},
	} {
		s, x := embedded(t, name), best
		x.Regions = region.Off // what else is chosen depends on the machine
		p, err := s.compile(x)
		if err != nil {
			t.Fatal(err)
		}
		got := factsOf(p)
		if name == "ising_strip_5x250" {
			want.small, want.served = got.small, got.served // of their own
			if got.small <= got.steps/2 || got.served <= got.steps/2 {
				t.Errorf("%s: %+v, want that most are tiny and served", name, got)
			}
		}
		if got != want {
			t.Errorf("%s: %+v, want %+v", name, got, want)
		}
	}
}

// TestSquaresAreWhatTheySay: the chain has one kind of step, and the right result.
func TestSquaresAreWhatTheySay(t *testing.T) {
	in := squares(5)
	s := Subject{Instance: in, Path: in.Paths[0]}
	p, err := s.compile(best)
	if err != nil {
		t.Fatal(err)
	}
	for i, step := range p.Steps {
		if step.Flops != 16 || step.Bytes != 32 {
			t.Errorf("step %d has %v flops and %d bytes, want 16 and 32", i, step.Flops, step.Bytes)
		}
	}
	if len(p.Steps) != 4 {
		t.Errorf("%d steps, want 4", len(p.Steps))
	}
}
