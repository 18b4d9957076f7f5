package report

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"tnbench/internal/study"
)

// unit is a scale for a column: values are divided by factor.
type unit struct {
	factor float64
	name   string
}

var (
	timeUnits   = []unit{{1, "ns"}, {1e3, "µs"}, {1e6, "ms"}, {1e9, "s"}} // of nanoseconds
	byteUnits   = []unit{{1, "B"}, {1 << 10, "KiB"}, {1 << 20, "MiB"}, {1 << 30, "GiB"}, {1 << 40, "TiB"}, {1 << 50, "PiB"}, {1 << 60, "EiB"}}
	secondUnits = []unit{{1e-9, "ns"}, {1e-6, "µs"}, {1e-3, "ms"}, {1, "s"}} // of seconds
)

// scaleFor returns the largest unit in which the smallest of values is at least
// 1, so that a whole column reads in one unit.
func scaleFor(units []unit, values ...float64) unit {
	least := math.Inf(1)
	for _, v := range values {
		if v > 0 {
			least = min(least, v)
		}
	}
	chosen := units[0]
	for _, u := range units {
		if !math.IsInf(least, 1) && least >= u.factor {
			chosen = u
		}
	}
	return chosen
}

// format writes v in unit u with about three significant digits, with the name.
func (u unit) format(v float64) string { return digits(v/u.factor) + " " + u.name }

// Bytes writes a number of bytes in its own best unit.
func Bytes(n float64) string { return scaleFor(byteUnits, n).format(n) }

// Duration writes nanoseconds in their own best unit.
func Duration(ns float64) string { return scaleFor(timeUnits, ns).format(ns) }

// digits writes v with at least three significant digits, no exponent and no
// trailing fraction for whole numbers.
func digits(v float64) string {
	switch abs := math.Abs(v); {
	case abs >= 1e15:
		return scientific(v)
	case v == math.Trunc(v):
		return Count(v)
	case abs >= 100:
		return Count(math.Round(v))
	case abs >= 10:
		return strconv.FormatFloat(v, 'f', 1, 64)
	case abs >= 1:
		return strconv.FormatFloat(v, 'f', 2, 64)
	default:
		return strconv.FormatFloat(v, 'g', 3, 64)
	}
}

// Count writes a whole number with thousands separated by commas.
func Count(v float64) string {
	if math.Abs(v) >= 1e21 {
		return scientific(v)
	}
	s := strconv.FormatFloat(math.Abs(math.Round(v)), 'f', 0, 64)
	var b strings.Builder
	if math.Round(v) < 0 {
		b.WriteByte('-')
	}
	for i, r := range s {
		if i > 0 && (len(s)-i)%3 == 0 {
			b.WriteByte(',')
		}
		b.WriteRune(r)
	}
	return b.String()
}

// Percent writes a fraction as per cent with one decimal.
func Percent(f float64) string { return fmt.Sprintf("%.1f %%", f*100) }

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
