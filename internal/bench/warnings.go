package bench

import (
	"fmt"

	"tnbench/internal/result"
	"tnbench/internal/warning"
)

// noisy is the spread, as a share of the median, beyond which a warning is due.
const noisy = 0.10

// Warnings returns what a reader of results should know before believing them.
func Warnings(results []result.Result) []warning.Warning {
	var all []warning.Warning
	for _, r := range results {
		if !r.Median.OK {
			continue
		}
		if spread := (r.Q3.Value - r.Q1.Value) / r.Median.Value; spread > noisy {
			all = append(all, warning.Warning{
				Code:    "noisy",
				Message: fmt.Sprintf("%s, %s, %s: half of the samples spread over %.0f %% of their median", r.Instance, r.Path, r.Alloc, spread*100),
				Remedy:  "compare by the paired ratios, or repeat with more --runs on a quieter machine",
			})
		}
	}
	return all
}
