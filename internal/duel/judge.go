package duel

import (
	"fmt"
	"math"
	"slices"

	"tnbench/internal/compare"
	"tnbench/internal/result"
	"tnbench/internal/stats"
)

// rows are the verdicts on all matches.
type rows struct {
	*duel
	all []*row
}

// row is the verdict on one figure of a line.
type row struct {
	compare.Row
	match  *match
	figure *compare.Figure // nil: the row is about the line as a whole
}

// judge judges all rounds of all matches.
func (d *duel) judge() *rows {
	r := &rows{duel: d}
	confidence := stats.Together(d.comparisons())
	for _, m := range d.matches {
		r.all = append(r.all, d.judgeMatch(m, m.rounds, stats.Look(confidence, m.look))...)
	}
	if all := d.judgeTogether(func(m *match) []round { return m.rounds }, stats.Look(confidence, looks)); all != nil && all.Verdict == compare.Regression && !r.slower() {
		r.all = append(r.all, all)
	}
	return r
}

// slower reports whether a time of any match is worse.
func (r *rows) slower() bool {
	return slices.ContainsFunc(r.matches, func(m *match) bool {
		_, times := r.red(m)
		return times
	})
}

// allTimes is the name of the row about the times of all lines together.
const allTimes = "all times together"

// judgeTogether judges the geometric mean of the times of all lines, round by round, as if
// it were the time of one: where each by itself is lost in what the machine does, a slowdown
// of all may still be seen. It returns nil if there are not two lines to be seen together.
func (d *duel) judgeTogether(roundsOf func(*match) []round, confidence float64) *row {
	f := compare.FigureOf(compare.Time)
	t := d.Thresholds.Of(f)
	if t.Off {
		return nil
	}
	var sums [contenders][]float64 // of the logarithms, by round
	count := 0
	for _, m := range d.matches {
		lines, _, _ := linesOf(roundsOf(m))
		for _, l := range lines {
			var times [contenders][]float64
			able := l.failure() == ""
			for who := range times {
				var ok bool
				times[who], ok = l.values(who, f.Of)
				able = able && ok && !slices.Contains(times[who], 0)
			}
			if !able {
				continue
			}
			for who, values := range times {
				if count == 0 {
					sums[who] = make([]float64, len(values))
				}
				sums[who] = sums[who][:min(len(sums[who]), len(values))]
				for i := range sums[who] {
					sums[who][i] += math.Log(values[i])
				}
			}
			count++
		}
	}
	if count < 2 {
		return nil
	}
	for who := range sums {
		for i := range sums[who] {
			sums[who][i] = math.Exp(sums[who][i] / float64(count))
		}
	}
	b, again, n := sums[baseTurn], sums[controlTurn], sums[newTurn]
	r := &row{match: &match{}, figure: f, Row: compare.Row{
		Instance: allTimes, Figure: f.Key, Threshold: t.Relative, Floor: t.Absolute,
		Base: result.Measured(stats.Median(b)), New: result.Measured(stats.Median(n)),
	}}
	d.judgeMeasured(&r.Row, b, again, n, t, confidence)
	return r
}

// comparisons counts the figures that are compared by an interval. They shall all
// hold at once.
func (d *duel) comparisons() (n int) {
	for _, m := range d.matches {
		lines, _, _ := linesOf(m.rounds)
		for i := range compare.Figures {
			if f := &compare.Figures[i]; f.Measured && !d.Thresholds.Of(f).Off {
				n += len(lines)
			}
		}
	}
	return n + 1 // all together
}

// judgeMatch judges rounds of a match.
func (d *duel) judgeMatch(m *match, rounds []round, confidence float64) (all []*row) {
	lines, onlyBase, _ := linesOf(rounds)
	if len(rounds) == 0 {
		return []*row{{match: m, Row: compare.Row{Instance: m.program, Figure: compare.Whole, Verdict: compare.Undecided, Reason: m.why()}}}
	}
	for _, l := range lines {
		blank := d.blank(l)
		if why := l.failure(); why != "" {
			blank.Figure, blank.Verdict, blank.Reason = compare.Whole, compare.Undecided, why
			all = append(all, &row{Row: blank, match: m})
			continue
		}
		for i := range compare.Figures {
			f := &compare.Figures[i]
			if t := d.Thresholds.Of(f); !t.Off {
				blank.Figure, blank.Threshold, blank.Floor = f.Key, t.Relative, t.Absolute
				if one, ok := d.judgeFigure(blank, l, f, confidence); ok {
					all = append(all, &row{Row: one, match: m, figure: f})
				}
			}
		}
	}
	for _, o := range onlyBase {
		all = append(all, &row{match: m, Row: compare.Row{
			Instance: o.Instance, File: o.File, Path: o.Path, DType: o.DType, Alloc: o.Strategy(),
			Figure: compare.Whole, Verdict: compare.Undecided, Reason: o.why,
		}})
	}
	if m.trouble != "" {
		all = append(all, &row{match: m, Row: compare.Row{Instance: m.program, Figure: compare.Whole, Verdict: compare.Undecided, Reason: m.why()}})
	}
	return all
}

// why says why a match has no more rounds.
func (m *match) why() string {
	if m.trouble == "" {
		return "there was no time for a round"
	}
	return m.trouble
}

// blank returns a row that says what the line is about.
func (d *duel) blank(l *line) compare.Row {
	b, n := l.of(baseTurn), l.of(newTurn)
	r := compare.Row{Instance: b.Instance, Path: b.Path, DType: b.DType, Alloc: b.Strategy()}
	if b.File != result.Embedded {
		r.File = b.File
	}
	if n.Strategy() != b.Strategy() {
		r.NewAlloc = n.Strategy()
	}
	return r
}

// judgeFigure judges a figure of a line. It is no row if neither side has it.
func (d *duel) judgeFigure(r compare.Row, l *line, f *compare.Figure, confidence float64) (compare.Row, bool) {
	if f.Key == compare.Digest {
		r.JudgeDigest(slices.Concat(l.ran(baseTurn), l.ran(controlTurn)), l.ran(newTurn))
		return r, r.Base.OK
	}
	b, hasBase := l.values(baseTurn, f.Of)
	again, hasAgain := l.values(controlTurn, f.Of)
	n, hasNew := l.values(newTurn, f.Of)
	switch {
	case !hasBase && !hasNew, !hasBase && !hasAgain:
		return r, false // base never had it
	case !hasNew || !hasBase || !hasAgain:
		r.Verdict, r.Reason = compare.Undecided, "it was not measured in every round"
		return r, true
	}
	r.Base, r.New = result.Measured(stats.Median(b)), result.Measured(stats.Median(n))
	if f.Measured {
		d.judgeMeasured(&r, b, again, n, d.Thresholds.Of(f), confidence)
		return r, true
	}
	judgeCounted(&r, slices.Concat(b, again), n, d.Thresholds.Of(f))
	return r, true
}

// judgeMeasured judges a figure that varies, by the ratios round by round, and by
// those of BASE to itself.
func (d *duel) judgeMeasured(r *compare.Row, b, again, n []float64, t compare.Threshold, confidence float64) {
	versus := evidence(b, n, confidence)
	control := evidence(b, again, confidence)
	r.Ratio, r.Low, r.High = figures(versus.Together)
	r.Control, r.ControlLow, r.ControlHigh = figures(control.Together)
	if !versus.Together.Bounded {
		r.Verdict, r.Reason = compare.Undecided, fmt.Sprintf("too few rounds for an interval: %d", len(b))
		return
	}
	v, _ := t.Judge(versus)
	itself, _ := t.Judge(control)
	calm, _ := d.Find.Judge(control)
	sound := calm == compare.Same && itself != compare.Regression && itself != compare.Better
	apart := versus.Together.Low > control.Together.High || versus.Together.High < control.Together.Low
	passes, noWorse := d.Find.Judge(versus)
	switch {
	case (v == compare.Regression || v == compare.Better) && (sound || apart):
		r.Verdict = v
	case !sound:
		r.Verdict = compare.Undecided
		r.Reason = "the machine is too noisy: base differs from itself by as much"
	case passes == compare.Same || passes == compare.Better || noWorse:
		r.Verdict = compare.Same
	default:
		r.Verdict = compare.Undecided
		r.Reason = fmt.Sprintf("a slowdown of %.3g %% can't be ruled out", 100*d.Find.Of(r.Base.Value)/r.Base.Value)
	}
}

// evidence compares values of the same rounds.
func evidence(b, n []float64, confidence float64) compare.Evidence {
	return compare.Evidence{
		Base: stats.Median(b), New: stats.Median(n),
		Together: stats.Paired(n, b, confidence), Alone: stats.Paired(n, b, stats.Confidence),
	}
}

// figures returns the parts of an interval.
func figures(i stats.Interval) (ratio, low, high result.Maybe[float64]) {
	if i.Bounded {
		low, high = result.Measured(i.Low), result.Measured(i.High)
	}
	return result.Measured(i.Median), low, high
}

// judgeCounted judges a figure that is counted. One that varies from process to
// process of one build counts only if all of NEW lies beyond all of BASE, in an order of
// processes that chance hardly makes, or far beyond what they vary by.
func judgeCounted(r *compare.Row, b, n []float64, t compare.Threshold) {
	if r.Base.Value > 0 {
		r.Ratio = result.Measured(r.New.Value / r.Base.Value)
	}
	was, is := compare.RangeOf(b, nil), compare.RangeOf(n, nil)
	varies := fmt.Sprintf("it varies from process to process: %.6g to %.6g, and %.6g to %.6g", was.Low, was.High, is.Low, is.High)
	spread := max(was.High-was.Low, is.High-is.Low)
	switch r.Verdict, _ = t.JudgeCount(was, is); {
	case r.Verdict == compare.Undecided:
		r.Verdict, r.Reason = compare.Same, varies
	case r.Verdict != compare.Same && spread > 0 && max(is.Low-was.High, was.Low-is.High) < farBeyond*spread && stats.Apart(b, n) > compare.FarApart:
		r.Verdict, r.Reason = compare.Undecided, varies+"; too few rounds tell that by chance"
	}
}

// farBeyond is how many times as far apart as what they vary by counts are that need no
// further evidence.
const farBeyond = 3

// undecided reports whether more rounds may decide something of a match.
func (r *rows) undecided(m *match) bool {
	return slices.ContainsFunc(r.all, func(r *row) bool {
		return r.match == m && r.Verdict == compare.Undecided && r.figure != nil && r.figure.Measured
	})
}

// red reports whether a row of a match is worse, and whether one of these is a
// time.
func (r *rows) red(m *match) (some, times bool) {
	for _, one := range r.all {
		if one.match == m && one.Verdict == compare.Regression {
			some = true
			times = times || one.figure.Measured
		}
	}
	return some, times
}

// confirm holds what is worse against what was measured when it was run again.
func (r *rows) confirm() {
	n := 0
	for _, one := range r.all {
		if one.Verdict == compare.Regression {
			n++
		}
	}
	for _, m := range r.matches {
		if some, _ := r.red(m); !some {
			continue
		}
		second := r.judgeMatch(m, m.second, stats.Together(n))
		for _, one := range r.all {
			if one.match == m && one.Verdict == compare.Regression {
				one.confirm(second)
			}
		}
	}
	if all := r.together(); all != nil {
		var second []*row
		if again := r.judgeTogether(func(m *match) []round { return m.second }, stats.Together(n)); again != nil {
			second = append(second, again)
		}
		all.confirm(second)
	}
}

// together returns the row about all times, nil if there is none.
func (r *rows) together() *row {
	for _, one := range r.all {
		if one.Instance == allTimes && one.Verdict == compare.Regression {
			return one
		}
	}
	return nil
}

// confirm says what became of a row that was worse when it was run again.
func (r *row) confirm(second []*row) {
	at := slices.IndexFunc(second, func(o *row) bool {
		return o.Instance == r.Instance && o.File == r.File && o.Path == r.Path && o.DType == r.DType && o.Alloc == r.Alloc && o.Figure == r.Figure
	})
	switch {
	case at < 0:
		r.Verdict, r.Reason = compare.Undecided, "it seems worse, and could not be run again"
		if r.match.trouble != "" {
			r.Reason += ": " + r.match.trouble
		}
	case second[at].Verdict == compare.Regression:
		r.Reason = "run again: " + second[at].measured()
	case second[at].Verdict == compare.Undecided:
		r.Verdict, r.Reason = compare.Undecided, "it seems worse, and when it was run again that could not be told: "+second[at].measured()
	default:
		r.Reason = fmt.Sprintf("it seemed worse, but not when it was run again: %s, then %s", r.measured(), second[at].measured())
		r.Verdict = second[at].Verdict
	}
}

// measured writes what a row found.
func (r *row) measured() string {
	if r.Low.OK && r.High.OK {
		return fmt.Sprintf("%.3g× [%.3g, %.3g]", r.Ratio.Value, r.Low.Value, r.High.Value)
	}
	return fmt.Sprintf("%.6g against %.6g", r.New.Value, r.Base.Value)
}
