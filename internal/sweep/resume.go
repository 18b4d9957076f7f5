package sweep

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"tnbench/internal/compare"
	"tnbench/internal/result"
)

// Resume makes d, which has no results yet, go on where earlier ended: it takes over
// the results of programs that are done under all strategies, and what was said of
// them. labels are what d is to measure. An error says why d can't go on there.
func Resume(d, earlier *result.Document, labels, strategies []string) error {
	if differences := compare.Contradictions(earlier, d, nil); len(differences) > 0 {
		return fmt.Errorf("it was measured otherwise: %s; use the same build, machine and flags, or another file", told(differences))
	}
	if a, b := earlier.Shard, d.Shard; (a == nil) != (b == nil) || a != nil && *a != *b {
		return fmt.Errorf("it is of another share: %s, not %s; use the same --shard and instances", a, b)
	}
	done := map[program]bool{}
	for _, p := range programs(earlier.Results) {
		if !slices.Contains(labels, p.label) {
			return fmt.Errorf("it has results of %s, which is not measured now; name the same instances", p.label)
		}
		done[p] = complete(earlier.Results, p, strategies)
	}
	for _, r := range earlier.Results {
		if done[programOf(&r)] {
			d.Results = append(d.Results, r)
		}
	}
	for _, w := range earlier.Warnings {
		if !slices.Contains(d.Warnings, w) {
			d.Warnings = append(d.Warnings, w)
		}
	}
	if len(d.Results) > 0 {
		d.Resumed = append(slices.Clone(earlier.Resumed), d.Measured)
		d.Measured = earlier.Measured
	}
	return nil
}

// complete reports whether a program was measured under exactly these strategies.
func complete(results []result.Result, p program, strategies []string) bool {
	var good []string
	for i := range results {
		if r := &results[i]; programOf(r) == p && r.Error == "" && len(r.Samples) > 0 {
			good = append(good, r.Alloc)
		}
	}
	return slices.Equal(slices.Sorted(slices.Values(good)), slices.Sorted(slices.Values(strategies)))
}

// Holds reports whether d has results of the program that like describes, and drops
// them if they are of another file, path or way of touching memory by the same name.
func Holds(d *result.Document, like *result.Result) bool {
	p := programOf(like)
	of := func(r result.Result) bool { return programOf(&r) == p }
	i := slices.IndexFunc(d.Results, of)
	if i < 0 {
		return false
	}
	if r := &d.Results[i]; r.FileHash == like.FileHash && r.PathHash == like.PathHash && r.Traffic.Value.Touch == like.Traffic.Value.Touch {
		return true
	}
	d.Results = slices.DeleteFunc(d.Results, of)
	return false
}

// told writes differences in a line.
func told(differences []compare.Difference) string {
	const most = 4
	var parts []string
	for i, x := range differences {
		if i == most {
			parts = append(parts, fmt.Sprintf("and %d more", len(differences)-most))
			break
		}
		parts = append(parts, fmt.Sprintf("%s %s, not %s", x.What, cmp.Or(x.Base, "(none)"), cmp.Or(x.New, "(none)")))
	}
	return strings.Join(parts, "; ")
}
