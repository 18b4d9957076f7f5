package study

import (
	"cmp"
	"slices"

	"tnbench/internal/result"
	"tnbench/internal/stats"
)

// Verdict is which strategy of one program is the fastest, by paired ratios. The
// intervals are those of the table: wide enough for all comparisons with one
// strategy together.
type Verdict struct {
	Best     result.Result // with the lowest median, or resolved to be faster than that
	Measured int           // strategies with samples, Best included; 0: nothing else is known

	MinEffect float64 // the least difference that counts, as a share

	TooFew bool // there are too few rounds for intervals; nothing below is known
	Circle bool // each takes longer than another: none is the fastest

	Equal  []string // strategies that are not resolved from Best, in the order of medians
	Same   bool     // all of Equal differ from Best by less than MinEffect, not by less than is known
	Apart  bool     // some of Best and Equal are resolved from each other all the same
	Slower []Slower // those that are, in the order of medians
}

// Slower is a strategy that takes longer than the best.
type Slower struct {
	Strategy string
	Ratio    stats.Interval // to the best
}

// Judge compares the results of one program.
func Judge(results []result.Result) Verdict {
	measured := ranked(results)
	if len(measured) == 0 {
		return Verdict{}
	}
	rule := result.RuleOf(results)
	best := fastest(measured, rule)
	v := Verdict{Best: *best, Measured: len(measured), MinEffect: rule.MinEffect, Same: true}
	equal := []*result.Result{best}
	for i := range measured {
		r := &measured[i]
		if r == best {
			continue
		}
		ratio, outcome := rule.Compare(r, best)
		switch {
		case !ratio.Bounded:
			v.TooFew = true
		case outcome == stats.Faster: // of three, each may win most rounds against the next
			v.Circle = true
		case outcome == stats.Slower:
			v.Slower = append(v.Slower, Slower{r.Strategy(), ratio})
		default:
			equal = append(equal, r)
			v.Equal = append(v.Equal, r.Strategy())
			v.Same = v.Same && outcome == stats.Equal
		}
	}
	v.Apart = apart(equal, rule)
	return v
}

// apart reports whether any two of some results are resolved from each other.
func apart(results []*result.Result, rule result.Rule) bool {
	for i := range results {
		for k := range results[:i] {
			if _, outcome := rule.Compare(results[i], results[k]); outcome.Differs() {
				return true
			}
		}
	}
	return false
}

// fastest returns the first of some results, ordered by medians, or one that is
// resolved to be faster than that: medians and paired ratios may disagree.
func fastest(order []result.Result, rule result.Rule) *result.Result {
	best := &order[0]
	for range order { // each turn is a win over the one before: circles end, too
		for i := range order {
			if _, outcome := rule.Compare(&order[i], best); outcome == stats.Faster {
				best = &order[i]
				break
			}
		}
	}
	return best
}

// ranked returns the results with samples, fastest first by median.
func ranked(results []result.Result) []result.Result {
	measured := slices.DeleteFunc(slices.Clone(results), func(r result.Result) bool { return len(r.Samples) == 0 })
	slices.SortStableFunc(measured, func(a, b result.Result) int { return cmp.Compare(a.Median.Value, b.Median.Value) })
	return measured
}
