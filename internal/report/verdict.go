package report

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"tnbench/internal/result"
	"tnbench/internal/stats"
)

// Verdict says in a sentence which strategy of one program is the fastest and by
// how much. A strategy counts as slower only if the interval of its paired ratio
// to the fastest excludes 1. The intervals are those of the table: wide enough for
// all comparisons with one strategy together. It is empty if fewer than two
// strategies were measured.
func Verdict(results []result.Result) string {
	measured := ranked(results)
	if len(measured) < 2 {
		return ""
	}
	best := fastest(results)
	confidence := result.Confidence(results)
	equal := []result.Result{*best}
	var slower []string
	for i := range measured {
		r := &measured[i]
		if r.Alloc == best.Alloc {
			continue
		}
		ratio := stats.Paired(r.Samples, best.Samples, confidence)
		switch {
		case !ratio.Bounded:
			return fmt.Sprintf("%s has the lowest median, but with %s no difference between %d strategies can be resolved; more --runs would do it.",
				best.Alloc, plural(len(best.Samples), "round"), len(measured))
		case ratio.High < 1: // of three, each may win most rounds against the next
			return "No strategy is the fastest: each takes longer than another, round by round."
		case ratio.Low > 1:
			as := ""
			if len(slower) == 0 {
				as = " as " + best.Alloc
			}
			slower = append(slower, fmt.Sprintf("%s takes %.3g× as long%s [%.3g, %.3g]", r.Alloc, ratio.Median, as, ratio.Low, ratio.High))
		default:
			equal = append(equal, *r)
		}
	}
	head := best.Alloc + " is the fastest"
	if len(equal) > 1 {
		head = undecided(equal, confidence)
	}
	if len(slower) == 0 {
		return head + "."
	}
	return head + ": " + strings.Join(slower, "; ") + "."
}

// undecided says that none of the strategies after the first is resolved from it.
// They may well be resolved from each other, which the sentence must not deny.
func undecided(equal []result.Result, confidence float64) string {
	names := make([]string, len(equal))
	for i := range equal {
		names[i] = equal[i].Alloc
	}
	for i := range equal[1:] {
		for k := range equal[:i+1] {
			if stats.Paired(equal[i+1].Samples, equal[k].Samples, confidence).Resolved() {
				return "No difference resolved between " + names[0] + " and any of " + list(names[1:])
			}
		}
	}
	return "No difference resolved between " + list(names)
}

// fastest returns the result with the lowest median, or one that is resolved to be
// faster than that: medians and paired ratios may disagree. It is nil without
// samples.
func fastest(results []result.Result) *result.Result {
	order := ranked(results)
	if len(order) == 0 {
		return nil
	}
	confidence := result.Confidence(results)
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

// list joins names as a sentence does.
func list(names []string) string {
	if len(names) == 1 {
		return names[0]
	}
	return strings.Join(names[:len(names)-1], ", ") + " and " + names[len(names)-1]
}
