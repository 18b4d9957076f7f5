package compare

import (
	"tnbench/internal/stats"
)

// Evidence is what is known of a measured figure: medians in its unit, and the
// ratio of NEW to BASE.
type Evidence struct {
	Base, New float64
	// Together is the ratio at the confidence at which all ratios of the comparison
	// hold at once: a difference must stand there.
	Together stats.Interval
	// Alone is the ratio at the confidence of one: what shows no difference there is
	// the same. Together serves if it has no bounds.
	Alone stats.Interval
}

// Judge says how a measured figure stands, lower being better: it is worse if all
// of the interval is beyond the threshold, the same if all of it is within, and
// undecided between the two. Exchanging BASE and NEW mirrors the verdict, and a
// wider threshold never makes one worse. noWorse tells that an undecided figure is
// better or the same.
func (t Threshold) Judge(e Evidence) (v Verdict, noWorse bool) {
	worse, better := 1+t.Of(e.Base)/e.Base, 1+t.Of(e.New)/e.New
	if !(e.Base > 0) || !(e.New > 0) || !e.Together.Bounded {
		return Undecided, false
	}
	alone := e.Alone
	if !alone.Bounded {
		alone = e.Together
	}
	switch {
	case e.Together.Low > worse:
		return Regression, false
	case 1/e.Together.High > better:
		return Better, false
	case alone.High <= worse && 1/alone.Low <= better:
		return Same, false
	}
	return Undecided, alone.High <= worse
}

// Range is the median of a counted figure, with the least and the most that
// processes or rounds counted.
type Range struct{ Median, Low, High float64 }

// Exactly is the range of a figure that is always the same.
func Exactly(v float64) Range { return Range{v, v, v} }

// JudgeCount says how a counted figure stands, lower being better: it is worse if
// even its least is beyond the threshold of BASE's most. Where most counts of both
// sides are the least of their side, these are compared: what comes on top now and
// then is chance. It is the same if the medians are within the threshold, and
// undecided if they are not but the ranges meet.
func (t Threshold) JudgeCount(base, new Range) (v Verdict, noWorse bool) {
	if base.Median == base.Low && new.Median == new.Low {
		base, new = Exactly(base.Low), Exactly(new.Low)
	}
	switch {
	case new.Low-base.High > t.Of(base.High):
		return Regression, false
	case base.Low-new.High > t.Of(new.High):
		return Better, false
	}
	worse := new.Median-base.Median > t.Of(base.Median)
	if !worse && base.Median-new.Median <= t.Of(new.Median) {
		return Same, false
	}
	return Undecided, !worse
}
