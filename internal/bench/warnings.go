package bench

import (
	"fmt"

	"tnbench/internal/instance"
	"tnbench/internal/result"
	"tnbench/internal/warning"
)

// noisy is the spread, as a share of the median, beyond which a warning is due.
const noisy = 0.10

// Warnings returns what a reader of results, all of one program, should know
// before believing them. fill is what the inputs hold.
func Warnings(results []result.Result, fill string) []warning.Warning {
	var all []warning.Warning
	if len(results) > 0 {
		all = doubts(results[0], fill)
	}
	for _, r := range results {
		if len(r.Samples) > 0 && r.Median.Value <= 0 {
			all = append(all, warning.Warning{
				Code:    "clock",
				Subject: r.Subject(),
				Message: "a contraction takes less time than the clock can see",
				Remedy:  "measure a larger network",
			})
			continue
		}
		if !r.Median.OK {
			continue
		}
		if spread := (r.Q3.Value - r.Q1.Value) / r.Median.Value; spread > noisy {
			all = append(all, warning.Warning{
				Code:    "noisy",
				Subject: r.Subject(),
				Message: fmt.Sprintf("half of the samples spread over %.0f %% of their median", spread*100),
				Remedy:  "compare by the paired ratios, or repeat with more --runs on a quieter machine",
			})
		}
	}
	return append(all, noiseOf(results)...)
}

// doubts returns what is to be said about a program, whatever the strategy.
func doubts(r result.Result, fill string) (all []warning.Warning) {
	if r.Unverified != "" && r.Unverified != unchecked && r.Check == result.CheckBits {
		all = append(all, warning.Warning{
			Code:    "unverified",
			Subject: r.Label() + ", " + r.Path,
			Message: "the result was not verified by an independent computation: " + r.Unverified,
			Remedy:  "its bits are the same in every run; --check on verifies whatever it costs, where a bound can be given",
		})
	}
	if r.Unsound != "" {
		w := warning.Warning{
			Code:    "range",
			Subject: r.Label() + ", " + r.Path,
			Message: fmt.Sprintf("out of the range of %s: %s", r.DType, r.Unsound),
			Remedy:  "use --fill balanced, which keeps numbers in range, or a wider dtype: subnormal numbers are slow, and NaN hides mistakes",
		}
		if fill == instance.Balanced.String() {
			w.Remedy = "use a wider dtype: subnormal numbers are slow, and NaN hides mistakes"
		}
		all = append(all, w)
	}
	return all
}
