package draw

import (
	"fmt"
	"math"
	"strings"

	"github.com/clipperhouse/displaywidth"

	"tnbench/internal/printable"
	"tnbench/internal/report"
)

// Unit says what the numbers of an axis are.
type Unit uint8

// The units.
const (
	Number Unit = iota
	Nanoseconds
	Bytes
	Factor // how many times another figure
	Share  // of a whole
)

// format writes a number.
func (u Unit) format(v float64) string {
	switch u {
	case Nanoseconds:
		if v == 0 {
			return "0"
		}
		return report.Duration(v)
	case Bytes:
		if v == 0 {
			return "0"
		}
		return report.Bytes(v)
	case Factor:
		return fmt.Sprintf("%.3g×", v)
	case Share:
		return fmt.Sprintf("%.3g %%", v*100)
	}
	if v == math.Trunc(v) {
		return report.Count(v)
	}
	return fmt.Sprintf("%.3g", v)
}

// scale maps numbers to positions.
type scale struct {
	low, high float64
	log       bool
	from, to  float64 // where low and high stand
}

// newScale returns a scale that values have room on: from zero or the least of them, if
// log, on.
func newScale(values []float64, log bool, from, to float64) scale {
	s := scale{low: math.Inf(1), high: math.Inf(-1), log: log, from: from, to: to}
	for _, v := range values {
		if math.IsNaN(v) || math.IsInf(v, 0) || log && v <= 0 {
			continue
		}
		s.low, s.high = min(s.low, v), max(s.high, v)
	}
	if s.low > s.high {
		s.low, s.high = 1, 2
	}
	if log {
		s.low, s.high = s.low/1.15, s.high*1.15
		return s
	}
	s.low, s.high = min(s.low, 0), max(s.high, 0)
	if s.low == s.high {
		s.high++
	}
	s.high += (s.high - s.low) * .04
	return s
}

// at returns where v stands; what a logarithm does not have stands at the low end.
func (s scale) at(v float64) float64 {
	low, high := s.low, s.high
	if s.log {
		v, low, high = math.Log(max(v, s.low)), math.Log(s.low), math.Log(s.high)
	}
	return s.from + (s.to-s.from)*(v-low)/(high-low)
}

// ticks returns round numbers on the scale, about n of them.
func (s scale) ticks(n int, unit Unit) (all []float64) {
	if s.log {
		return s.logTicks(n, unit)
	}
	step := 1.0
	if unit == Bytes {
		step = math.Exp2(math.Ceil(math.Log2((s.high - s.low) / float64(n))))
		step = max(step, 1)
	} else {
		step = math.Pow(10, math.Floor(math.Log10((s.high-s.low)/float64(n))))
		for _, m := range []float64{1, 2, 5, 10} {
			if (s.high-s.low)/(step*m) <= float64(n) {
				step *= m
				break
			}
		}
	}
	if unit == Number {
		step = max(step, 1)
	}
	for k := math.Ceil(s.low / step); k*step <= s.high && len(all) < 4*n; k++ {
		all = append(all, k*step)
	}
	return all
}

func (s scale) logTicks(n int, unit Unit) (all []float64) {
	if unit == Bytes {
		span := math.Log2(s.high / s.low)
		step := max(1, math.Ceil(span/float64(n)))
		for e := math.Ceil(math.Log2(s.low)/step) * step; math.Exp2(e) <= s.high; e += step {
			all = append(all, math.Exp2(e))
		}
		return all
	}
	for _, factors := range [][]float64{{1}, {1, 3}, {1, 2, 5}, {1, 1.5, 2, 3, 5, 7}, {1, 1.1, 1.2, 1.3, 1.4, 1.5, 1.6, 1.8, 2, 2.2, 2.5, 3, 3.5, 4, 5, 6, 7, 8, 9}} {
		all = nil
		for e := math.Floor(math.Log10(s.low)); math.Pow(10, e) <= s.high; e++ {
			for _, f := range factors {
				if v := f * math.Pow(10, e); v >= s.low && v <= s.high {
					all = append(all, v)
				}
			}
		}
		if len(all) >= n/2 {
			break
		}
	}
	for every := 2; len(all) > 2*n; every++ {
		kept := all[:0]
		for i, v := range all {
			if i%every == 0 {
				kept = append(kept, v)
			}
		}
		all = kept
	}
	return all
}

// widthOf is about how wide a text of so many units' height is.
func widthOf(text string, size float64) float64 {
	return float64(displaywidth.String(printable.Line(text))) * size * .58
}

// legend draws what the series of a drawing are called, in lines of a width, from (x, y)
// on. mark draws the sign of one. It returns the height that it took.
func legend(c canvas, x, y, width float64, names []string, mark func(i int, x, y float64)) float64 {
	return layLegend(width, names, func(i int, at point) {
		if c == nil {
			return
		}
		mark(i, x+at.x, y+at.y)
		c.text(x+at.x+28, y+at.y+4, shorten(names[i], legendColumns), "d-text")
	})
}

const (
	legendColumns = 34
	legendLine    = 20.0
)

// layLegend finds where the entries of a legend stand, and its height.
func layLegend(width float64, names []string, place func(i int, at point)) float64 {
	x, y := 0.0, legendLine/2
	for i, name := range names {
		need := widthOf(shorten(name, legendColumns), 12) + 46
		if x > 0 && x+need > width {
			x, y = 0, y+legendLine
		}
		place(i, point{x, y})
		x += need
	}
	return y + legendLine/2
}

// class returns the class of the i-th series.
func class(kind string, i int) string { return fmt.Sprintf("d-%s%d", kind, i%seriesInks) }

// joined joins the parts of a title that are not empty.
func joined(parts ...string) string {
	kept := parts[:0]
	for _, p := range parts {
		if p != "" {
			kept = append(kept, p)
		}
	}
	return strings.Join(kept, " · ")
}
