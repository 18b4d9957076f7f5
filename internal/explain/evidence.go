package explain

import (
	"fmt"
	"math"
	"strings"

	"tnbench/internal/result"
)

// estimate is a figure with the bounds that it lies within.
type estimate struct{ value, low, high float64 }

// maybe is an estimate that may not have been made.
type maybe = result.Maybe[estimate]

// bounded reports whether there are bounds at all.
func (e estimate) bounded() bool { return !math.IsInf(e.low, 0) && !math.IsInf(e.high, 0) }

// plus returns the sum of both.
func (e estimate) plus(o estimate) estimate {
	return estimate{e.value + o.value, e.low + o.low, e.high + o.high}
}

// evidence is what claims are judged by: the parts of a document, facts of its network,
// and what was measured for claims alone.
type evidence struct {
	*Document
	facts facts

	served  map[string]bool  // strategies: whether what was asked of them inside the clock is what was asked of all
	calls   map[string]maybe // C libraries: ns of a call, in Go's place of C's caller
	cgo     float64          // ns of a call to C that does nothing, which calls are without
	product maybe            // ns of the arithmetic of a 2×2 product
	step    maybe            // ns of a step that does it, the executor's loop included
	records maybe            // ns that three heap slices of metadata add to such a step
	streams crowd
}

// facts are sizes of a network's step results, which need no clock.
type facts struct {
	steps  int
	small  int // at most 64 bytes
	unique int // different sizes
	served int // could be served by a pool of exact sizes, in the order of the path
}

// crowd is what several contractions at once make of each other.
type crowd struct {
	cores   int
	streams int
	// slowdown is by how much a contraction takes longer beside others than alone,
	// by what the streams share.
	slowdown map[string]estimate
	// gain is the slowdown with the system's allocator over that with mimalloc.
	gain maybe
}

// verdict and sentence of a claim.
type finding struct {
	verdict  Verdict
	measured string
}

// untestable says why there is no verdict.
func untestable(format string, args ...any) finding {
	return finding{NotTestable, fmt.Sprintf(format, args...)}
}

// say is a verdict with a sentence.
func say(v Verdict, format string, args ...any) finding {
	return finding{v, fmt.Sprintf(format, args...)}
}

// exactly is the verdict on what was counted.
func exactly(holds bool) Verdict {
	if holds {
		return Holds
	}
	return DoesNotHold
}

// within is the verdict on a claim that a figure lies between two: it holds if the
// interval does, and does not if no part of it does.
func within(e estimate, low, high float64) Verdict {
	switch {
	case e.low >= low && e.high <= high:
		return Holds
	case e.high < low || e.low > high:
		return DoesNotHold
	}
	return NotResolved
}

// above is the verdict on a claim that a figure is more than another.
func above(e, than estimate) Verdict {
	switch {
	case e.low > than.high:
		return Holds
	case e.high < than.low:
		return DoesNotHold
	}
	return NotResolved
}

// Ranks of section 6, as shares of a contraction under the report's configuration: low
// is below 5 per cent, high above 20, and middling lies between.
const (
	lowBelow  = 5.0
	highAbove = 20.0
)

// noGain is how many per cent of a contraction do not count as a gain.
const noGain = 1.0

// impact is how many per cent of the contraction a factor decides about: the effect of
// switching it, whatever its sign.
func impact(percent estimate) estimate {
	low, high := math.Abs(percent.low), math.Abs(percent.high)
	if percent.low <= 0 && percent.high >= 0 {
		return estimate{math.Abs(percent.value), 0, max(low, high)}
	}
	return estimate{math.Abs(percent.value), min(low, high), max(low, high)}
}

// effects returns the measured effects of a factor in a direction on one contraction at
// a time, of those that choose takes; nil takes all.
func (v *evidence) effects(factor, direction string, choose func(*Effect) bool) (all []*Effect) {
	for i := range v.Ablation {
		e := &v.Ablation[i]
		if e.Factor == factor && e.Direction == direction && e.With == "" && e.NS.OK && e.Percent.OK && !strings.Contains(e.To, "streams") && (choose == nil || choose(e)) {
			all = append(all, e)
		}
	}
	return all
}

// largest returns the effect that decides about the most time.
func largest(all []*Effect) *Effect {
	var most *Effect
	for _, e := range all {
		if most == nil || math.Abs(e.NS.Value) > math.Abs(most.NS.Value) {
			most = e
		}
	}
	return most
}

// missing says why a factor has no effect here, of those that choose takes.
func (v *evidence) missing(factor, direction string, choose func(*Effect) bool) finding {
	for i := range v.Ablation {
		e := &v.Ablation[i]
		if (choose == nil || choose(e)) && e.Factor == factor && e.Reason != "" && (e.Direction == direction || e.Direction == "") {
			return untestable("the factor %s was not varied: %s", factor, strings.TrimSuffix(e.Reason, "."))
		}
	}
	return untestable("the ablation did not vary the factor %s", factor)
}

// percent returns an effect in per cent of the contraction that it was switched in.
func (e *Effect) percent() estimate {
	p := estimate{e.Percent.Value, math.Inf(-1), math.Inf(1)}
	if e.NS.Value != 0 && e.Low.OK && e.High.OK {
		scale := e.Percent.Value / e.NS.Value
		p.low, p.high = e.Low.Value*scale, e.High.Value*scale
	} else if e.Low.OK && e.High.OK && e.Low.Value == 0 && e.High.Value == 0 {
		p.low, p.high = 0, 0
	}
	return p
}

// describe says what an effect is.
func (e *Effect) describe() string {
	step := ""
	if e.StepNS.OK {
		step = fmt.Sprintf(", %s a step", signedNS(e.StepNS.Value))
	}
	return fmt.Sprintf("%s → %s: %s%s", e.From, e.To, percentText(e.percent()), step)
}

// percentText writes per cents with their interval, if they have one.
func percentText(p estimate) string {
	if !p.bounded() {
		return fmt.Sprintf("%+.1f %% (without an interval)", p.value)
	}
	return fmt.Sprintf("%+.1f %% [%+.1f, %+.1f]", p.value, p.low, p.high)
}

// phases sums shares of a strategy over phases and all size classes, in ns.
func (v *evidence) phases(alloc string, phases ...Phase) maybe {
	sum, found := estimate{}, false
	for i := range v.Attribution {
		s := &v.Attribution[i]
		if s.Alloc != alloc {
			continue
		}
		for _, p := range phases {
			if s.Phase != p {
				continue
			}
			one := estimate{s.NS, math.Inf(-1), math.Inf(1)} // without bounds it may be anything
			if s.Low.OK && s.High.OK {
				one.low, one.high = s.Low.Value, s.High.Value
			}
			sum, found = sum.plus(one), true
		}
	}
	return maybe{Value: sum, OK: found}
}

// row returns the anatomy of a strategy.
func (v *evidence) row(alloc, metadata string) *Anatomy {
	for i := range v.Anatomy {
		if a := &v.Anatomy[i]; a.Alloc == alloc && a.Metadata == metadata {
			return a
		}
	}
	return nil
}

// ns writes nanoseconds in a unit that suits them.
func ns(v float64) string {
	switch abs := math.Abs(v); {
	case abs >= 1e9:
		return fmt.Sprintf("%.3g s", v/1e9)
	case abs >= 1e6:
		return fmt.Sprintf("%.3g ms", v/1e6)
	case abs >= 1e3:
		return fmt.Sprintf("%.3g µs", v/1e3)
	}
	return fmt.Sprintf("%.3g ns", v)
}

func signedNS(v float64) string {
	if v >= 0 {
		return "+" + ns(v)
	}
	return ns(v)
}

// text writes an estimate in nanoseconds with its interval, if it has one.
func (e estimate) text() string {
	if !e.bounded() {
		return ns(e.value) + " (without an interval)"
	}
	return fmt.Sprintf("%s [%s, %s]", ns(e.value), ns(e.low), ns(e.high))
}
