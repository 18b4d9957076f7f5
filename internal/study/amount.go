package study

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
func (a Amount) MarshalJSON() ([]byte, error) {
	if v := float64(a); v == math.Trunc(v) && math.Abs(v) < 1e21 {
		return strconv.AppendFloat(nil, v, 'f', 0, 64), nil
	}
	return strconv.AppendFloat(nil, float64(a), 'g', -1, 64), nil
}
