package compare

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"tnbench/internal/result"
	"tnbench/internal/stats"
)

// Whole stands as the figure of a row that is about all figures: one that is
// missing, failed or can't be compared.
const Whole = "result"

// rows judges all that BASE has, and says what NEW has beyond it.
func (c *comparison) rows() {
	confidence := stats.Together(len(c.base.order))
	for _, k := range c.base.order {
		if c.new.of[k] == nil {
			c.missing(k)
			continue
		}
		c.compare(k, confidence)
	}
	var only []string
	for _, k := range c.new.order {
		if c.base.of[k] == nil {
			r := rowOf(k, c.new.of[k][0].result)
			only = append(only, r.Title())
		}
	}
	if len(only) > 0 {
		c.document.Notes = append(c.document.Notes, "only NEW has "+some(only))
	}
}

// rowOf is an empty row about a result.
func rowOf(k key, r *result.Result) Row {
	row := Row{Instance: k.instance, Path: k.path, DType: k.dtype, Alloc: k.alloc, Verdict: Undecided}
	if k.hash != "" {
		row.File = r.File
	}
	if r.Strategy() != k.alloc {
		row.NewAlloc = r.Strategy()
	}
	if k.turn > 0 {
		row.Alloc += fmt.Sprintf(" (%d)", k.turn+1)
	}
	if k.circumstances != "" {
		row.Alloc += " [" + strings.TrimSpace(k.circumstances) + "]"
	}
	return row
}

// some names the first of several things.
func some(names []string) string {
	const most = 3
	if len(names) <= most {
		return strings.Join(names, "; ")
	}
	return fmt.Sprintf("%s; and %d more", strings.Join(names[:most], "; "), len(names)-most)
}

// add appends a row about all figures.
func (c *comparison) add(row Row, reason string) {
	row.Figure, row.Reason = Whole, reason
	c.document.Rows = append(c.document.Rows, row)
}

// missing judges what only BASE has.
func (c *comparison) missing(k key) {
	row := rowOf(k, c.base.of[k][0].result)
	if c.Ignore["missing"] {
		c.document.Notes = append(c.document.Notes, row.Title()+" is missing in NEW, and ignored")
		return
	}
	c.add(row, "it is missing in NEW")
}

// compare judges the figures of one program under one strategy.
func (c *comparison) compare(k key, confidence float64) {
	base, failedBase := working(c.base.of[k])
	new, failedNew := working(c.new.of[k])
	row := rowOf(k, c.new.of[k][0].result)
	for _, failed := range []struct{ side, text string }{{"NEW", failedNew}, {"BASE", failedBase}} {
		if failed.text != "" {
			c.add(row, fmt.Sprintf("it failed in %s: %s", failed.side, failed.text))
		}
	}
	if why := c.refused[k]; why != "" {
		c.add(row, why)
		return
	}
	if len(base) == 0 || len(new) == 0 {
		if failedBase == "" && failedNew == "" {
			c.add(row, "it has no figures")
		}
		return
	}
	b, n := base[0].result, new[0].result
	if b.PathHash != "" && n.PathHash != "" && b.PathHash != n.PathHash && !c.Ignore["path"] {
		c.add(row, "the path of this name is another one in NEW; --ignore path compares them all the same")
		return
	}
	for i := range Figures {
		f := &Figures[i]
		t := c.Thresholds.Of(f)
		if t.Off {
			continue
		}
		one := row
		one.Figure, one.Threshold, one.Floor = f.Key, t.Relative, t.Absolute
		switch {
		case f.Key == Digest:
			one.JudgeDigest(ran(base), ran(new))
		case f.Measured:
			c.judgeTime(&one, f, base, new, confidence)
		default:
			judgeCount(&one, f, base, new)
		}
		if one.Base.OK {
			c.document.Rows = append(c.document.Rows, one)
		}
	}
}

// working returns the results that hold figures, and what failed in the others.
func working(all []measured) (good []measured, failed string) {
	for _, m := range all {
		switch {
		case m.result.Error != "":
			failed = cmp.Or(failed, m.result.Error)
		case m.result.Median.OK:
			good = append(good, m)
		}
	}
	return good, failed
}

// values returns a figure of all results that have it.
func values(f *Figure, all []measured) (values []float64) {
	for _, m := range all {
		if v := f.Of(m.result); v.OK {
			values = append(values, v.Value)
		}
	}
	return values
}

// set fills in the figures of a row.
func (r *Row) set(base, new float64) {
	r.Base, r.New = result.Measured(base), result.Measured(new)
	if base != 0 {
		r.Ratio = result.Measured(new / base)
	}
}

// both reads a figure of both sides; NEW must have it where BASE does.
func (r *Row) both(f *Figure, base, new []measured) (b, n []float64, ok bool) {
	b, n = values(f, base), values(f, new)
	if len(b) > 0 && len(n) == 0 {
		r.Base, r.Reason = result.Measured(stats.Median(b)), "NEW did not measure it"
	}
	return b, n, len(b) > 0 && len(n) > 0
}

// Chance has a part in some figures; by how much they may be worse then. A footprint that
// is seen as the growth of the heap was 1.5 MB or 2.3 MB under a pool of the runtime, and
// 4.2 MB or 9 MB under make, process by process.
const (
	chance     = 1.0
	chanceSeen = 3.0
)

// FarApart is how unlikely the order of processes must be that tell of a difference.
const FarApart = 0.01

// judgeCount judges a counted figure.
func judgeCount(row *Row, f *Figure, base, new []measured) {
	b, n, ok := row.both(f, base, new)
	if !ok {
		return
	}
	row.set(stats.Median(b), stats.Median(n))
	allowed := Threshold{Relative: row.Threshold, Absolute: row.Floor}
	if f.exact(base) && f.exact(new) {
		row.Verdict, row.NoWorse = allowed.JudgeCount(RangeOf(b, nil), RangeOf(n, nil))
		if row.Verdict == Undecided {
			row.Reason = "it is counted, but differs between the processes of a side"
		}
		return
	}
	allowed.Relative = max(allowed.Relative, chance)
	if f.Samples == nil {
		allowed.Relative = max(allowed.Relative, chanceSeen)
	}
	row.Threshold = allowed.Relative
	v, _ := allowed.JudgeCount(RangeOf(b, f.samples(base)), RangeOf(n, f.samples(new)))
	if v == Undecided {
		v, row.Reason = Same, "chance has a part in it: it varies as much within a side"
	}
	row.Verdict = v
}

// exact reports whether the figure is exact in all results.
func (f *Figure) exact(all []measured) bool {
	return f.ExactIn != nil && !slices.ContainsFunc(all, func(m measured) bool { return !f.ExactIn(m.result) })
}

// samples returns the samples of a figure in all results.
func (f *Figure) samples(all []measured) (samples []float64) {
	if f.Samples != nil {
		for _, m := range all {
			samples = append(samples, f.Samples(m.result)...)
		}
	}
	return samples
}

// RangeOf returns the range of medians, with what samples there are.
func RangeOf(medians, samples []float64) Range {
	all := append(slices.Clone(samples), medians...)
	return Range{stats.Median(medians), slices.Min(all), slices.Max(all)}
}

// judgeTime judges a measured figure.
func (c *comparison) judgeTime(row *Row, f *Figure, base, new []measured, confidence float64) {
	b, n, ok := row.both(f, base, new)
	if !ok {
		return
	}
	row.set(stats.Median(b), stats.Median(n))
	if sameMeasurement(base, new) {
		row.Verdict, row.Reason = Same, "it is the same measurement"
		return
	}
	e := Evidence{Base: row.Base.Value, New: row.New.Value}
	if len(b) > 1 && len(n) > 1 {
		e.Alone, e.Together = stats.Unpaired(n, b, stats.Confidence), stats.Unpaired(n, b, confidence)
	} else {
		e.Alone = stats.RatioOf(processMedian(f, new, n), processMedian(f, base, b))
		e.Together = e.Alone
	}
	// A program may run in one of two ways for as long as its process lives: few
	// processes may all have gone one way by chance.
	drifts := !c.interleaved || stats.Apart(b, n) > FarApart
	if drifts {
		e.Together.Low, e.Together.High = e.Together.Low/c.Drift, e.Together.High*c.Drift
	}
	if e.Together.Bounded {
		row.Low, row.High = result.Measured(e.Together.Low), result.Measured(e.Together.High)
	}
	row.Verdict, row.NoWorse = Threshold{Relative: row.Threshold, Absolute: row.Floor}.Judge(e)
	if drifts && (row.Verdict == Regression || row.Verdict == Better) && (busy(base) || busy(new)) {
		row.Verdict = Undecided
	}
	if row.Verdict != Undecided {
		return
	}
	switch {
	case !e.Alone.Bounded:
		row.Reason = "there are too few samples for an interval; measure more --runs, or more processes"
	case !c.interleaved && !(e.Alone.High <= 1+row.Threshold && e.Alone.Low*(1+row.Threshold) >= 1):
		row.Reason = c.driftReason(base, new)
	default:
		row.Reason = "it varies too much, or the processes are too few: measure five or more of each side in turn, or use tnbench duel"
	}
}

// driftReason says why times that differ are no difference.
func (c *comparison) driftReason(base, new []measured) string {
	if busy(base) || busy(new) {
		return "the machine was busy, so that times that were not taken in turn tell nothing; use tnbench duel"
	}
	return fmt.Sprintf("processes that did not take turns may be %g times apart for no reason of their own; use tnbench duel, or let several processes of each side take turns", c.Drift)
}

// busy reports whether other programs used the machine.
func busy(all []measured) bool {
	return slices.ContainsFunc(all, func(m measured) bool {
		return warned(m.file.Document, "load") || warned(m.file.Document, "busy")
	})
}

// processMedian is the interval of a side that has one process: from its samples. It
// tells of that process alone. Of several the median is all that is used.
func processMedian(f *Figure, all []measured, medians []float64) stats.Interval {
	if len(all) == 1 {
		return stats.MedianInterval(f.Samples(all[0].result), stats.Together(2))
	}
	return stats.Interval{Median: stats.Median(medians), Low: slices.Min(medians), High: slices.Max(medians), Bounded: true}
}

// sameMeasurement reports whether both sides hold the very same samples.
func sameMeasurement(base, new []measured) bool {
	if len(base) != len(new) {
		return false
	}
	for _, b := range base {
		if !slices.ContainsFunc(new, func(n measured) bool {
			return b.file.Document.Measured == n.file.Document.Measured && slices.Equal(b.result.Samples, n.result.Samples)
		}) {
			return false
		}
	}
	return true
}
