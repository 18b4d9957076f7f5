package report

import (
	"fmt"
	"strings"

	"tnbench/internal/study"
)

// Verdict says in a sentence which strategy of one program is the fastest and by
// how much: see [study.Verdict]. It is empty if fewer than two were measured.
func Verdict(v study.Verdict) string {
	switch {
	case v.Measured < 2:
		return ""
	case v.TooFew:
		return fmt.Sprintf("%s has the lowest median, but with %s no difference between %d strategies can be resolved; more --runs would do it.",
			v.Best.Strategy(), plural(len(v.Best.Samples), "round"), v.Measured)
	case v.Circle:
		return "No strategy is the fastest: each takes longer than another, round by round."
	}
	best := v.Best.Strategy()
	head := best + " is the fastest"
	switch {
	case len(v.Equal) > 0 && v.Apart: // the sentence must not deny it
		head = "No difference resolved between " + best + " and any of " + list(v.Equal)
	case len(v.Equal) > 0 && v.Same:
		head = fmt.Sprintf("%s take the same time within %g %%", list(append([]string{best}, v.Equal...)), v.MinEffect*100)
	case len(v.Equal) > 0:
		head = "No difference resolved between " + list(append([]string{best}, v.Equal...))
	}
	slower := make([]string, len(v.Slower))
	for i, s := range v.Slower {
		as := ""
		if i == 0 {
			as = " as " + best
		}
		slower[i] = fmt.Sprintf("%s takes %.3g× as long%s [%.3g, %.3g]", s.Strategy, s.Ratio.Median, as, s.Ratio.Low, s.Ratio.High)
	}
	if len(slower) == 0 {
		return head + "."
	}
	return head + ": " + strings.Join(slower, "; ") + "."
}

// list joins names as a sentence does.
func list(names []string) string {
	if len(names) == 1 {
		return names[0]
	}
	return strings.Join(names[:len(names)-1], ", ") + " and " + names[len(names)-1]
}
