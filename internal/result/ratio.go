package result

import "tnbench/internal/stats"

// Ratio is how many times as long one strategy took as another, round by round.
type Ratio struct {
	To     string         `json:"to"` // its [Result.Strategy]
	Median float64        `json:"median"`
	Low    Maybe[float64] `json:"low,omitzero"`  // of the interval; absent with too few rounds
	High   Maybe[float64] `json:"high,omitzero"` // of the interval; absent with too few rounds
	// Confidence of the interval: high enough that all intervals of a program, at
	// all looks, hold at once with [Confidence].
	Confidence float64 `json:"confidence,omitempty"`
	// MinEffect is the least difference that counts, and Outcome what the interval
	// says of it: one of the outcomes of package stats.
	MinEffect float64 `json:"min_effect,omitempty"`
	Outcome   string  `json:"outcome,omitempty"`
}

// Resolved reports whether there is a difference that counts.
func (r Ratio) Resolved() bool { return r.interval().Judge(r.MinEffect).Differs() }

// interval returns the ratio as its statistics.
func (r Ratio) interval() stats.Interval {
	return stats.Interval{Median: r.Median, Low: r.Low.Value, High: r.High.Value, Bounded: r.Low.OK && r.High.OK}
}

// Confidence is the least probability with which all intervals of the strategies of
// one program hold at once. People act on what a table calls a difference: in a
// hundred tables of strategies that are the same, one may claim one.
const Confidence = 0.99

// EachConfidence is that of each interval to one of so many strategies, so that all of
// them hold at once with [Confidence]. A lone interval is no worse than one of two: what
// a machine does to neighbouring rounds is not independent, as the sign test has it.
func EachConfidence(strategies int) float64 { return stats.Split(Confidence, max(strategies-1, 2)) }

// Rule says when strategies of one program differ. There is one for all that is said
// of them, so that no output contradicts another.
type Rule struct {
	Confidence float64 // of each interval
	MinEffect  float64 // the least difference that counts, as a share
}

// RuleOf returns the rule for the results of one program: all intervals to one of the
// strategies that have samples shall hold at once, whenever measuring ended.
func RuleOf(results []Result) Rule {
	measured, looks, effect := 0, 0, 0.0
	for i := range results {
		if r := &results[i]; len(r.Samples) > 0 {
			measured++
			looks, effect = max(looks, r.Looks), max(effect, r.MinEffect)
		}
	}
	u := Rule{EachConfidence(measured), effect}
	if looks > 0 {
		u.Confidence = stats.Look(u.Confidence, looks)
	}
	return u
}

// Compare returns how many times as long a takes as b, and what that says.
func (u Rule) Compare(a, b *Result) (stats.Interval, stats.Outcome) {
	i := stats.Paired(a.Samples, b.Samples, u.Confidence)
	return i, i.Judge(u.MinEffect)
}

// Ratio returns the ratio of a to b.
func (u Rule) Ratio(a, b *Result) Ratio {
	i, outcome := u.Compare(a, b)
	r := Ratio{To: b.Strategy(), Median: i.Median, Confidence: u.Confidence, MinEffect: u.MinEffect, Outcome: outcome.String()}
	if i.Bounded {
		r.Low, r.High = Measured(i.Low), Measured(i.High)
	}
	return r
}
