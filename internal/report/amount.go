package report

import (
	"math"
	"strconv"
)

// Amount is a number of elements or bytes, which may be of networks that no machine
// can hold: exact below 2^53, +Inf beyond the range of float64. Infinite ones are
// left out of JSON ("omitzero") and empty in CSV; the logarithms beside them are
// finite.
type Amount float64

// Known reports whether the amount is finite.
func (a Amount) Known() bool { return !math.IsInf(float64(a), 0) && !math.IsNaN(float64(a)) }

// IsZero reports whether the amount is to be left out of JSON; an amount of zero
// is not.
func (a Amount) IsZero() bool { return !a.Known() }

// MarshalJSON writes all digits of a whole number, as readers of integers expect.
func (a Amount) MarshalJSON() ([]byte, error) { return []byte(plain(float64(a))), nil }

// String writes the amount for people.
func (a Amount) String() string { return Count(float64(a)) }

// of writes the amount with its noun.
func (a Amount) of(noun string) string {
	if a != 1 {
		noun += "s"
	}
	return a.String() + " " + noun
}

// spanOf writes a range of amounts, or the amount if there is one only.
func spanOf(low, high Amount) string {
	if low == high {
		return low.String()
	}
	return low.String() + "–" + high.String()
}

// scientific writes a number that has more digits than are of use.
func scientific(v float64) string {
	if math.IsInf(v, 0) {
		return "> 10^308"
	}
	return strconv.FormatFloat(v, 'e', 3, 64)
}
