package report

import (
	"math"
	"strconv"

	"tnbench/internal/study"
)

// amount writes an amount for people.
func amount(a study.Amount) string { return Count(float64(a)) }

// amountOf writes an amount with its noun.
func amountOf(a study.Amount, noun string) string {
	if a != 1 {
		noun += "s"
	}
	return amount(a) + " " + noun
}

// spanOf writes a range of amounts, or the amount if there is one only.
func spanOf(low, high study.Amount) string {
	if low == high {
		return amount(low)
	}
	return amount(low) + "–" + amount(high)
}

// scientific writes a number that has more digits than are of use.
func scientific(v float64) string {
	if math.IsInf(v, 0) {
		return "> 10^308"
	}
	return strconv.FormatFloat(v, 'e', 3, 64)
}
