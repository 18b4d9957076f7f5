package stats

import (
	"math"
	"slices"

	"gonum.org/v1/gonum/stat/distuv"
)

// MedianInterval returns the median of samples with bounds that hold the true one
// with at least the given confidence whatever the distribution: two order
// statistics, as in [Paired]. samples is left as it is.
func MedianInterval[T int64 | float64](samples []T, confidence float64) Interval {
	i := Interval{Median: math.NaN()}
	n := len(samples)
	if n == 0 {
		return i
	}
	sorted := slices.Sorted(slices.Values(samples))
	i.Median = quantile(sorted, 0.5)
	if k := signTestRank(n, confidence); k > 0 {
		i.Low, i.High, i.Bounded = float64(sorted[k-1]), float64(sorted[n-k]), true
	}
	return i
}

// RatioOf returns the ratio of two medians, with bounds that hold the true one at
// least as often as both intervals hold theirs.
func RatioOf(new, base Interval) Interval {
	r := Interval{Median: new.Median / base.Median}
	if new.Bounded && base.Bounded && base.Low > 0 {
		r.Low, r.High, r.Bounded = new.Low/base.High, new.High/base.Low, true
	}
	return r
}

// trim is the share of values that is cut off at either end of a trimmed mean.
const trim = 0.2

// Unpaired compares positive figures that were measured independently of each
// other, such as the medians of processes: the ratio of the medians, with the
// interval that Yuen's test of trimmed means gives the logarithms. It takes what is
// left of these for about normal, and allows either side a spread of its own. Few
// values that stand out neither move it nor widen it much. It has no bounds with
// fewer than two values on a side.
func Unpaired(new, base []float64, confidence float64) Interval {
	if len(new) == 0 || len(base) == 0 {
		return Interval{Median: math.NaN()}
	}
	i := Interval{Median: Median(new) / Median(base)}
	a, b := trimmedLogs(new), trimmedLogs(base)
	if a.degrees < 1 || b.degrees < 1 {
		return i
	}
	middle, variance := a.mean-b.mean, a.variance+b.variance
	half := 0.0
	if variance > 0 {
		degrees := variance * variance / (a.variance*a.variance/a.degrees + b.variance*b.variance/b.degrees)
		half = math.Sqrt(variance) * distuv.StudentsT{Sigma: 1, Nu: degrees}.Quantile((1+confidence)/2)
	}
	i.Low, i.High, i.Bounded = math.Exp(middle-half), math.Exp(middle+half), true
	return i
}

// trimmed is a trimmed mean, with its squared standard error.
type trimmed struct{ mean, variance, degrees float64 }

// trimmedLogs returns that of the logarithms of values: the error comes from the
// values with those at the ends replaced by the next ones (winsorized).
func trimmedLogs(values []float64) trimmed {
	logs := make([]float64, len(values))
	for i, v := range values {
		logs[i] = math.Log(v)
	}
	slices.Sort(logs)
	n := len(logs)
	cut := int(trim * float64(n))
	kept := float64(n - 2*cut)
	t := trimmed{degrees: kept - 1}
	for _, v := range logs[cut : n-cut] {
		t.mean += v / kept
	}
	inside := func(i int) float64 { return logs[min(max(i, cut), n-cut-1)] }
	mean, squares := 0.0, 0.0
	for i := range logs {
		mean += inside(i) / float64(n)
	}
	for i := range logs {
		squares += (inside(i) - mean) * (inside(i) - mean)
	}
	if t.degrees > 0 {
		t.variance = squares / (kept * t.degrees)
	}
	return t
}

// Apart returns how likely it is that values of one distribution, whatever it is, are
// as far apart as those of a and b by the order in which they stand: the two-sided p of
// the Mann-Whitney test. With five of each it is 0.008 at the least.
func Apart(a, b []float64) float64 {
	if len(a) == 0 || len(b) == 0 {
		return 1
	}
	above := 0.0 // pairs in which the value of a is the larger one
	for _, x := range a {
		for _, y := range b {
			switch {
			case x > y:
				above++
			case x == y:
				above += 0.5
			}
		}
	}
	n, m := len(a), len(b)
	far := math.Floor(min(above, float64(n*m)-above) + 0.5) // ties count against a difference
	const exact = 30
	if n > exact || m > exact {
		deviation := math.Sqrt(float64(n) * float64(m) * float64(n+m+1) / 12)
		return min(1, math.Erfc((float64(n*m)/2-far)/deviation/math.Sqrt2))
	}
	below := 0.0
	for u, p := range orders(n, m) {
		if float64(u) <= far {
			below += p
		}
	}
	return min(1, 2*below)
}

// orders returns the probability of each number of pairs in which the first of n and m
// values of one distribution is the larger one, by adding the values one by one.
func orders(n, m int) []float64 {
	row := make([][]float64, m+1) // of i values of the first and each number of the second
	for j := range row {
		row[j] = []float64{1}
	}
	for i := 1; i <= n; i++ {
		next := [][]float64{{1}}
		for j := 1; j <= m; j++ {
			// The largest of all is of the first, and above all j, or of the second.
			p := make([]float64, i*j+1)
			for u, q := range row[j] {
				p[u+j] += q * float64(i) / float64(i+j)
			}
			for u, q := range next[j-1] {
				p[u] += q * float64(j) / float64(i+j)
			}
			next = append(next, p)
		}
		row = next
	}
	return row[m]
}
