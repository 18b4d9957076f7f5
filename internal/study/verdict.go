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

	TooFew bool // there are too few rounds for intervals; nothing below is known
	Circle bool // each takes longer than another: none is the fastest

	Equal  []string // strategies that are not resolved from Best, in the order of medians
	Apart  bool     // some of Best and Equal are resolved from each other all the same
	Slower []Slower // those that are, in the order of medians
}

// Slower is a strategy that takes longer than the best.
type Slower struct {
	Alloc string
	Ratio stats.Interval // to the best
}

// Judge compares the results of one program.
func Judge(results []result.Result) Verdict {
	measured := ranked(results)
	if len(measured) == 0 {
		return Verdict{}
	}
	confidence := result.Confidence(results)
	v := Verdict{Best: *fastest(measured, confidence), Measured: len(measured)}
	equal := []result.Result{v.Best}
	for i := range measured {
		r := &measured[i]
		if r.Alloc == v.Best.Alloc {
			continue
		}
		ratio := stats.Paired(r.Samples, v.Best.Samples, confidence)
		switch {
		case !ratio.Bounded:
			v.TooFew = true
		case ratio.High < 1: // of three, each may win most rounds against the next
			v.Circle = true
		case ratio.Low > 1:
			v.Slower = append(v.Slower, Slower{r.Alloc, ratio})
		default:
			equal = append(equal, *r)
			v.Equal = append(v.Equal, r.Alloc)
		}
	}
	v.Apart = apart(equal, confidence)
	return v
}

// apart reports whether any two of some results are resolved from each other.
func apart(results []result.Result, confidence float64) bool {
	for i := range results {
		for k := range results[:i] {
			if stats.Paired(results[i].Samples, results[k].Samples, confidence).Resolved() {
				return true
			}
		}
	}
	return false
}

// fastest returns the first of some results, ordered by medians, or one that is
// resolved to be faster than that: medians and paired ratios may disagree.
func fastest(order []result.Result, confidence float64) *result.Result {
	best := &order[0]
	for range order { // each turn is a win over the one before: circles end, too
		for i := range order {
			if ratio := stats.Paired(order[i].Samples, best.Samples, confidence); ratio.Bounded && ratio.High < 1 {
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
