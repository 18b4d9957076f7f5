package report

import (
	"fmt"
	"strings"

	"tnbench/internal/result"
	"tnbench/internal/stats"
)

// Verdict says in a sentence which strategy of one program is the fastest and by
// how much. A strategy counts as slower only if the interval of its paired ratio
// to the fastest excludes 1; the intervals are wide enough for all comparisons
// together (Bonferroni). It is empty if fewer than two strategies were measured.
func Verdict(results []result.Result) string {
	order := ranked(results)
	if len(order) < 2 {
		return ""
	}
	best, others := order[0], order[1:]
	confidence := 1 - (1-stats.Confidence)/float64(len(others))
	var equal []string
	var slower []stats.Interval
	var names []string
	for _, r := range others {
		ratio := stats.Paired(r.Samples, best.Samples, confidence)
		switch {
		case !ratio.Bounded:
			return fmt.Sprintf("%s has the lowest median, but %d rounds are too few to resolve a difference; more --runs would.", best.Alloc, len(best.Samples))
		case ratio.Low > 1:
			slower, names = append(slower, ratio), append(names, r.Alloc)
		default:
			equal = append(equal, r.Alloc)
		}
	}
	var s strings.Builder
	if len(equal) == 0 {
		fmt.Fprintf(&s, "%s is the fastest", best.Alloc)
	} else {
		fmt.Fprintf(&s, "No difference resolved between %s", list(append([]string{best.Alloc}, equal...)))
	}
	for i, ratio := range slower {
		joint := "; "
		if i == 0 {
			joint = ": "
		}
		fmt.Fprintf(&s, "%s%s takes %.3g× as long", joint, names[i], ratio.Median)
		if i == 0 {
			fmt.Fprintf(&s, " as %s", best.Alloc)
		}
		fmt.Fprintf(&s, " [%.3g, %.3g]", ratio.Low, ratio.High)
	}
	s.WriteString(".")
	return s.String()
}

// list joins names as a sentence does.
func list(names []string) string {
	if len(names) == 1 {
		return names[0]
	}
	return strings.Join(names[:len(names)-1], ", ") + " and " + names[len(names)-1]
}
