// Package stats sums up samples: quartiles, and the ratio of paired samples with
// an interval that assumes nothing of their distribution.
package stats

import (
	"math"
	"slices"
	"sort"

	"gonum.org/v1/gonum/mathext"
	"gonum.org/v1/gonum/stat/distuv"
)

// Confidence is the least probability with which all intervals that are shown
// together hold their true medians.
const Confidence = 0.95

// Together returns the confidence that each of n intervals needs so that all of
// them hold at once with [Confidence] (Bonferroni).
func Together(n int) float64 { return Split(Confidence, n) }

// Split returns the confidence that each of n intervals needs so that all of them
// hold at once with a given one.
func Split(confidence float64, n int) float64 { return 1 - (1-confidence)/float64(max(n, 1)) }

// Quartiles returns the lower quartile, the median and the upper quartile of
// values, interpolated linearly between order statistics (type 7 of Hyndman and
// Fan, the default of NumPy and R). values is left as it is; it must not be empty.
func Quartiles[T int64 | float64](values []T) (q1, median, q3 float64) {
	sorted := slices.Sorted(slices.Values(values))
	return quantile(sorted, 0.25), quantile(sorted, 0.5), quantile(sorted, 0.75)
}

// Median returns the median of values, which must not be empty.
func Median[T int64 | float64](values []T) float64 {
	_, m, _ := Quartiles(values)
	return m
}

func quantile[T int64 | float64](sorted []T, p float64) float64 {
	at := p * float64(len(sorted)-1)
	i := int(at)
	if i == len(sorted)-1 {
		return float64(sorted[i])
	}
	low, high := float64(sorted[i]), float64(sorted[i+1])
	return low + (high-low)*(at-float64(i))
}

// Look returns the confidence that intervals need at the i-th time, from 1, that
// somebody looks at them and may stop: what may be wrong is split over all looks that
// there can ever be, 1/(i(i+1)) of it each, which adds up to all of it. Whenever one
// stops, the intervals of that look hold with at least the confidence of the whole.
func Look(confidence float64, i int) float64 {
	n := float64(i)
	return 1 - (1-confidence)/(n*(n+1))
}

// Interval is the median of a figure, with bounds that hold the true one at some
// confidence.
type Interval struct {
	Median    float64
	Low, High float64 // only if Bounded
	Bounded   bool    // whether there are enough samples for bounds
}

// Outcome is what the interval of a ratio says.
type Outcome string

// The outcomes.
const (
	Unresolved Outcome = "unresolved" // it may be more than what counts, or less
	Equal      Outcome = "equal"      // what difference there is does not count
	Slower     Outcome = "slower"     // by more than what counts
	Faster     Outcome = "faster"     // by more than what counts
)

// Differs reports whether there is a difference that counts.
func (o Outcome) Differs() bool { return o == Slower || o == Faster }

// String returns the outcome's name.
func (o Outcome) String() string { return string(o) }

// Judge says whether a ratio tells of a difference that counts: at least effect, as
// a share of the shorter time. All of the interval must lie beyond it, so that of
// two that are the same within effect no difference is claimed more often than the
// interval misses the truth.
func (i Interval) Judge(effect float64) Outcome {
	above := 1 + effect
	below := 1 / above
	switch {
	case !i.Bounded:
		return Unresolved
	case i.Low > above:
		return Slower
	case i.High < below:
		return Faster
	case i.Low >= below && i.High <= above:
		return Equal
	}
	return Unresolved
}

// Paired compares two strategies by the ratios of their samples of the same
// round, so that what disturbs a whole round cancels. The interval holds the
// median ratio with at least the given confidence whatever the distribution: it
// is the one that the exact sign test does not reject, between two order
// statistics. Rounds that only one of them has are left out.
func Paired(samples, baseline []float64, confidence float64) Interval {
	ratios := ratiosOf(samples, baseline)
	n := len(ratios)
	r := Interval{Median: math.NaN()}
	if n == 0 {
		return r
	}
	slices.Sort(ratios)
	// The middle one, or what is as many times more than one as less than the other:
	// turned around, the ratio is the inverse.
	r.Median = ratios[n/2]
	if n%2 == 0 && ratios[n/2-1] != ratios[n/2] {
		r.Median = math.Sqrt(ratios[n/2-1]) * math.Sqrt(ratios[n/2])
	}
	if k := signTestRank(n, confidence); k > 0 {
		r.Low, r.High, r.Bounded = ratios[k-1], ratios[n-k], true
	}
	return r
}

// ratiosOf returns the ratios of samples of the same round.
func ratiosOf(samples, baseline []float64) []float64 {
	const least = 1e-3 // where a clock saw no time
	ratios := make([]float64, min(len(samples), len(baseline)))
	for i := range ratios {
		ratios[i] = max(least, samples[i]) / max(least, baseline[i])
	}
	return ratios
}

// PairedWidth returns how far apart, as a share, the bounds of [Paired] are on average for
// samples that scatter as the middle half of these, if that is normal; infinity without
// samples. Single intervals are narrower by chance: who ends when one is narrow enough ends
// early where it misses the truth.
func PairedWidth(samples, baseline []float64, confidence float64) float64 {
	logs := ratiosOf(samples, baseline)
	n := len(logs)
	if n == 0 {
		return math.Inf(1)
	}
	for i := range logs {
		logs[i] = math.Log(logs[i])
	}
	q1, _, q3 := Quartiles(logs)
	sigma := (q3 - q1) / (2 * distuv.UnitNormal.Quantile(0.75))
	// The median of n normal values has π/2 times the variance of their mean.
	halfWidth := distuv.UnitNormal.Quantile((1+confidence)/2) * sigma * math.Sqrt(math.Pi/2/float64(n))
	return math.Expm1(2 * halfWidth)
}

// LeastRounds is how many rounds [Paired] needs for bounds at a confidence.
func LeastRounds(confidence float64) int {
	n := 1
	for signTestRank(n, confidence) == 0 {
		n++
	}
	return n
}

// signTestRank returns the largest k such that the k-th smallest and the k-th
// largest of n values bound their median with at least the given confidence:
// 2·P(X < k) <= 1-confidence for X binomial(n, 1/2). It is 0 if n is too small.
func signTestRank(n int, confidence float64) int {
	const slack = 1e-9 // of rounding, where the two are equal
	return sort.Search(n/2, func(k int) bool {
		below := mathext.RegIncBeta(float64(n-k), float64(k+1), 0.5) // P(X <= k)
		return 2*below > (1-confidence)*(1+slack)
	})
}
