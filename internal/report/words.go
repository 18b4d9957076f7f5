package report

import (
	"math"
	"strconv"
	"strings"
)

// joinTitle joins the parts of a title that are not empty.
func joinTitle(parts ...string) string {
	kept := parts[:0]
	for _, p := range parts {
		if p != "" {
			kept = append(kept, p)
		}
	}
	return strings.Join(kept, " · ")
}

// plural writes a count with its noun.
func plural(n int, noun string) string {
	if n != 1 {
		noun += "s"
	}
	return Count(float64(n)) + " " + noun
}

// Span writes a range of whole numbers, or the number if there is one only.
func Span(low, high int) string {
	if low == high {
		return Count(float64(low))
	}
	return Count(float64(low)) + "–" + Count(float64(high))
}

// byteSpan writes a range of bytes with one unit where one serves both ends.
func byteSpan(low, high float64) string {
	lowUnit, highUnit := scaleFor(byteUnits, low), scaleFor(byteUnits, high)
	switch {
	case low == high:
		return Bytes(low)
	case lowUnit == highUnit:
		return digits(low/lowUnit.factor) + "–" + highUnit.format(high)
	}
	return Bytes(low) + "–" + Bytes(high)
}

// plain writes v for programs: the shortest digits that give v again, without an
// exponent where v is a count.
func plain(v float64) string {
	switch {
	case math.IsInf(v, 0) || math.IsNaN(v):
		return "" // a figure that isn't known
	case v == math.Trunc(v) && math.Abs(v) < 1e21:
		return strconv.FormatFloat(v, 'f', 0, 64)
	}
	return strconv.FormatFloat(v, 'g', -1, 64)
}

// Decimals writes v with one decimal and thousands separated, without the
// decimal if v is whole.
func Decimals(v float64) string {
	tenths := math.Round(v * 10)
	if v == math.Trunc(v) || tenths >= 1<<53 {
		return Count(v)
	}
	whole := math.Floor(tenths / 10)
	return Count(whole) + "." + strconv.Itoa(int(tenths-whole*10))
}

// WithUnit writes bytes in full and, from 1 KiB on, in their own best unit.
func WithUnit(bytes float64) string {
	if bytes < 1<<10 || bytes >= 1e21 {
		return Count(bytes)
	}
	return Count(bytes) + " (" + Bytes(bytes) + ")"
}

// labels name instances to people. Where two files have instances of one name,
// the name alone would make them one.
type labels map[string]map[string]bool // by name as it is shown: its files

func newLabels() labels { return labels{} }

// add makes an instance known.
func (l labels) add(name, file string) {
	name = shortName(name)
	if l[name] == nil {
		l[name] = map[string]bool{}
	}
	l[name][file] = true
}

// ambiguous reports whether several files have an instance of this name.
func (l labels) ambiguous(name string) bool { return len(l[shortName(name)]) > 1 }

// of returns the name to show, with the file if it needs one.
func (l labels) of(name, file string) string {
	if l.ambiguous(name) {
		return shortName(name) + " (" + shortName(file) + ")"
	}
	return shortName(name)
}
