package compare

import (
	"testing"

	"pgregory.net/rapid"

	"tnbench/internal/stats"
)

func interval(low, median, high float64) stats.Interval {
	return stats.Interval{Median: median, Low: low, High: high, Bounded: true}
}

func TestATimeIsJudgedByItsInterval(t *testing.T) {
	allowed := Threshold{Relative: 0.05, Absolute: 100}
	for _, c := range []struct {
		name            string
		base, new       float64
		together, alone stats.Interval
		want            Verdict
		noWorse         bool
	}{
		{"beyond", 1e6, 1.1e6, interval(1.06, 1.1, 1.14), stats.Interval{}, Regression, false},
		{"a difference within the threshold", 1e6, 1.04e6, interval(1.03, 1.04, 1.045), stats.Interval{}, Same, false},
		{"across the threshold", 1e6, 1.06e6, interval(1.02, 1.06, 1.1), stats.Interval{}, Undecided, false},
		{"faster or the same", 1e6, 0.95e6, interval(0.9, 0.95, 1.02), stats.Interval{}, Undecided, true},
		{"faster", 1e6, 0.8e6, interval(0.78, 0.8, 0.82), stats.Interval{}, Better, false},
		{"wide together, narrow alone", 1e6, 1e6, interval(0.8, 1, 1.2), interval(0.98, 1, 1.02), Same, false},
		{"narrow alone is no difference", 1e6, 1.1e6, interval(0.9, 1.1, 1.3), interval(1.08, 1.1, 1.12), Undecided, false},
		{"twice as slow, below the floor", 50, 100, interval(1.9, 2, 2.1), stats.Interval{}, Same, false},
		{"no interval", 1e6, 1e6, stats.Interval{Median: 1}, stats.Interval{}, Undecided, false},
		{"no time", 0, 1e6, interval(1, 1, 1), stats.Interval{}, Undecided, false},
	} {
		v, noWorse := allowed.Judge(Evidence{c.base, c.new, c.together, c.alone})
		if v != c.want || noWorse != c.noWorse {
			t.Errorf("%s: %v, %v, want %v, %v", c.name, v, noWorse, c.want, c.noWorse)
		}
	}
}

func TestACountIsJudgedByItsRange(t *testing.T) {
	none, some := Threshold{}, Threshold{Relative: 0.01, Absolute: 2}
	for _, c := range []struct {
		name      string
		allowed   Threshold
		base, new Range
		want      Verdict
		noWorse   bool
	}{
		{"one more", none, Exactly(0), Exactly(1), Regression, false},
		{"one less", none, Exactly(8), Exactly(7), Better, false},
		{"as many", none, Exactly(8), Exactly(8), Same, false},
		{"two more of few are allowed", some, Exactly(0), Exactly(2), Same, false},
		{"three more are not", some, Exactly(0), Exactly(3), Regression, false},
		{"a hundredth and two", some, Exactly(1000), Exactly(1012), Same, false},
		{"a hundredth and three", some, Exactly(1000), Exactly(1013), Regression, false},
		{"ranges that meet", none, Range{3, 2, 5}, Range{4, 3, 6}, Undecided, false},
		{"ranges that meet, fewer", none, Range{4, 3, 6}, Range{3, 2, 5}, Undecided, true},
		{"one median of wide ranges", none, Range{3, 0, 9}, Range{3, 1, 7}, Same, false},
	} {
		v, noWorse := c.allowed.JudgeCount(c.base, c.new)
		if v != c.want || noWorse != c.noWorse {
			t.Errorf("%s: %v, %v, want %v, %v", c.name, v, noWorse, c.want, c.noWorse)
		}
	}
}

// badness orders verdicts.
var badness = map[Verdict]int{Better: 0, Same: 1, Undecided: 2, Regression: 3}

func drawThreshold(t *rapid.T, name string) Threshold {
	return Threshold{Relative: rapid.Float64Range(0, 0.5).Draw(t, name), Absolute: float64(rapid.IntRange(0, 40).Draw(t, name+" absolute"))}
}

func drawRange(t *rapid.T, name string) Range {
	low, width, at := rapid.IntRange(0, 60).Draw(t, name), rapid.IntRange(0, 9).Draw(t, name+" width"), rapid.IntRange(0, 9).Draw(t, name+" median")
	return Range{float64(low + min(at, width)), float64(low), float64(low + width)}
}

func drawEvidence(t *rapid.T) Evidence {
	base := float64(rapid.IntRange(1, 500).Draw(t, "base"))
	ratio, near, far := rapid.Float64Range(0.5, 2).Draw(t, "ratio"), rapid.Float64Range(1, 1.2).Draw(t, "near"), rapid.Float64Range(1, 1.2).Draw(t, "far")
	return Evidence{base, base * ratio, interval(ratio/near/far, ratio, ratio*near*far), interval(ratio/near, ratio, ratio*near)}
}

func mirrored(i stats.Interval) stats.Interval { return interval(1/i.High, 1/i.Median, 1/i.Low) }

func TestExchangingTheSidesMirrorsVerdicts(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		allowed, e := drawThreshold(t, "threshold"), drawEvidence(t)
		v, _ := allowed.Judge(e)
		w, _ := allowed.Judge(Evidence{e.New, e.Base, mirrored(e.Together), mirrored(e.Alone)})
		if w != v.Mirror() {
			t.Fatalf("%+v under %+v is %v, the other way round %v", e, allowed, v, w)
		}
		base, new := drawRange(t, "base range"), drawRange(t, "new range")
		v, _ = allowed.JudgeCount(base, new)
		w, _ = allowed.JudgeCount(new, base)
		if w != v.Mirror() {
			t.Fatalf("%+v and %+v under %+v are %v, the other way round %v", base, new, allowed, v, w)
		}
	})
}

func TestWiderThresholdsAreNeverStricter(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		allowed, more := drawThreshold(t, "threshold"), drawThreshold(t, "more")
		wider := Threshold{Relative: allowed.Relative + more.Relative, Absolute: allowed.Absolute + more.Absolute}
		e := drawEvidence(t)
		v, _ := allowed.Judge(e)
		w, _ := wider.Judge(e)
		if v != Better && badness[w] > badness[v] {
			t.Fatalf("%+v is %v under %+v and %v under %+v", e, v, allowed, w, wider)
		}
		base, new := drawRange(t, "base range"), drawRange(t, "new range")
		v, _ = allowed.JudgeCount(base, new)
		w, _ = wider.JudgeCount(base, new)
		if v != Better && badness[w] > badness[v] {
			t.Fatalf("%+v and %+v are %v under %+v and %v under %+v", base, new, v, allowed, w, wider)
		}
	})
}

func TestARegressionIsOneWhateverElseIsUndecided(t *testing.T) {
	rows := func(all ...Verdict) (rows []Row) {
		for _, v := range all {
			rows = append(rows, Row{Verdict: v})
		}
		return rows
	}
	for _, c := range []struct {
		doc     Document
		refused bool
		want    Verdict
	}{
		{Document{Rows: rows(Same, Undecided, Regression, Better)}, false, Regression},
		{Document{Rows: rows(Same, Undecided, Better)}, false, Undecided},
		{Document{Rows: rows(Same, Better)}, false, Better},
		{Document{Rows: rows(Same, Same)}, false, Same},
		{Document{Rows: []Row{{Verdict: Undecided, NoWorse: true}, {Verdict: Same}}}, false, Same},
		{Document{}, false, Undecided},
		{Document{Rows: rows(Same), Interrupted: true}, false, Undecided},
		{Document{Rows: rows(Same)}, true, Undecided},
	} {
		c.doc.Judge(c.refused)
		if c.doc.Verdict != c.want {
			t.Errorf("%+v, refused %v: %v, want %v", c.doc.Rows, c.refused, c.doc.Verdict, c.want)
		}
	}
}
