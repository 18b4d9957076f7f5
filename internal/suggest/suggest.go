// Package suggest finds the name that a mistyped one may have been meant for.
package suggest

import (
	"fmt"
	"strings"
)

// Unknown is the error for a name that is none of names: it says which is close,
// and what there is.
func Unknown(what, name string, names []string) error {
	all := strings.Join(names, ", ")
	if meant := Meant(name, names); meant != "" {
		return fmt.Errorf("unknown %s %q: %s There are %s", what, name, meant, all)
	}
	return fmt.Errorf("unknown %s %q: there are %s", what, name, all)
}

// Meant returns `did you mean "slab"?` with those of names that are close to name,
// "" if none is.
func Meant(name string, names []string) string {
	close := Close(name, names)
	if len(close) == 0 {
		return ""
	}
	for i, c := range close {
		close[i] = fmt.Sprintf("%q", c)
	}
	return "did you mean " + strings.Join(close, " or ") + "?"
}

// Close returns the names that name may have been meant for, in their order:
// those that differ least, in at most a third of the letters of the longer one
// and one at least; else those that begin with it; else those that contain it.
// Case does not matter.
func Close(name string, names []string) []string {
	name = strings.ToLower(name)
	if name == "" {
		return nil
	}
	var close []string
	least := len(name) + 1
	for _, n := range names {
		other := []rune(strings.ToLower(n))
		d := distance([]rune(name), other)
		if d > max(1, max(len([]rune(name)), len(other))/3) || d >= len(other) || d > least {
			continue
		}
		if d < least {
			least, close = d, nil
		}
		close = append(close, n)
	}
	for _, has := range []func(s, part string) bool{strings.HasPrefix, strings.Contains} {
		for _, n := range names {
			if least > len(name) && len(name) > 1 && has(strings.ToLower(n), name) {
				close = append(close, n)
			}
		}
		if len(close) > 0 {
			break
		}
	}
	return close
}

// distance returns the least number of letters to insert, remove, replace or
// exchange with the next one to make a into b.
func distance(a, b []rune) int {
	rows := make([][]int, len(a)+1)
	for i := range rows {
		rows[i] = make([]int, len(b)+1)
		for j := range rows[i] {
			if i == 0 || j == 0 {
				rows[i][j] = i + j
				continue
			}
			d := rows[i-1][j-1]
			if a[i-1] != b[j-1] {
				d++
			}
			d = min(d, rows[i-1][j]+1, rows[i][j-1]+1)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				d = min(d, rows[i-2][j-2]+1)
			}
			rows[i][j] = d
		}
	}
	return rows[len(a)][len(b)]
}
