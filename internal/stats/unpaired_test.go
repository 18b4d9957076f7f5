package stats

import (
	"math"
	"math/rand/v2"
	"testing"

	"pgregory.net/rapid"
)

// logNormal draws n values around middle with a spread, and now and then one that is
// up to three times as large, as beside another program.
func logNormal(r *rand.Rand, n int, middle, spread, disturbed float64) []float64 {
	out := make([]float64, n)
	for i := range out {
		out[i] = middle * math.Exp(spread*r.NormFloat64())
		if r.Float64() < disturbed {
			out[i] *= 1 + 2*r.Float64()
		}
	}
	return out
}

func TestUnpairedHoldsTheRatioAsOftenAsItSays(t *testing.T) {
	const trials = 4000
	for _, n := range []int{3, 5, 8, 15} {
		for _, confidence := range []float64{0.95, 0.99} {
			for _, disturbed := range []float64{0, 0.1} {
				r := rand.New(rand.NewPCG(uint64(n), uint64(1000*confidence)))
				missed := 0
				for range trials {
					i := Unpaired(logNormal(r, n, 1.1, 0.03, disturbed), logNormal(r, n, 1, 0.02, disturbed), confidence)
					if i.Low > 1.1 || i.High < 1.1 {
						missed++
					}
				}
				// Four standard errors, and a third more where values stand out.
				alpha := (1 - confidence) * (1 + disturbed*10/3)
				if bound := trials*alpha + 4*math.Sqrt(trials*alpha); float64(missed) > bound {
					t.Errorf("n=%d at %g, %g disturbed: %d of %d intervals miss the ratio, at most %.0f should", n, confidence, disturbed, missed, trials, bound)
				}
			}
		}
	}
}

func TestUnpairedIsMirroredAndScaled(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		values := rapid.SliceOfN(rapid.Float64Range(1, 1e9), 2, 12)
		a, b := values.Draw(t, "a"), values.Draw(t, "b")
		i, mirror := Unpaired(a, b, 0.95), Unpaired(b, a, 0.95)
		for _, pair := range [][2]float64{{i.Median, 1 / mirror.Median}, {i.Low, 1 / mirror.High}, {i.High, 1 / mirror.Low}} {
			if math.Abs(math.Log(pair[0]/pair[1])) > 1e-9*(1+math.Abs(math.Log(pair[0]))) {
				t.Fatalf("%+v, the other way round %+v", i, mirror)
			}
		}
		double := make([]float64, len(a))
		for k, v := range a {
			double[k] = 2 * v
		}
		if d := Unpaired(double, b, 0.95); math.Abs(d.Median/i.Median-2) > 1e-9 || math.Abs(d.Low/i.Low-2) > 1e-6 {
			t.Fatalf("%+v, of twice the figures %+v", i, d)
		}
	})
}

func TestUnpairedNeedsTwoOfEach(t *testing.T) {
	if i := Unpaired([]float64{1}, []float64{1, 2, 3}, 0.95); i.Bounded || i.Median != 0.5 {
		t.Errorf("one against three: %+v, want the ratio without bounds", i)
	}
	if i := Unpaired([]float64{2, 2}, []float64{1, 1}, 0.95); !i.Bounded || math.Abs(i.Low-2) > 1e-12 || math.Abs(i.High-2) > 1e-12 {
		t.Errorf("no spread at all: %+v, want 2 exactly", i)
	}
	if i := Unpaired(nil, []float64{1}, 0.95); !math.IsNaN(i.Median) {
		t.Errorf("nothing: %+v", i)
	}
}

func TestAnOutlierHardlyWidensUnpaired(t *testing.T) {
	base := []float64{100, 101, 99, 102, 98, 100, 101, 99, 103, 97}
	shaken := append([]float64{300}, base[1:]...)
	calm, shaky := Unpaired(base, base, 0.99), Unpaired(shaken, base, 0.99)
	if width, limit := shaky.High-shaky.Low, 2*(calm.High-calm.Low); width > limit || shaky.Low > 1 {
		t.Errorf("one of ten three times as large: [%g, %g], before [%g, %g]", shaky.Low, shaky.High, calm.Low, calm.High)
	}
}

func TestMedianIntervalsAreOrderStatistics(t *testing.T) {
	i := MedianInterval([]int64{6, 1, 5, 2, 4, 3}, Confidence)
	if !i.Bounded || i.Median != 3.5 || i.Low != 1 || i.High != 6 {
		t.Errorf("of six: %+v, want 3.5 within [1, 6]", i)
	}
	if i := MedianInterval([]int64{1, 2, 3, 4, 5}, Confidence); i.Bounded {
		t.Errorf("of five: %+v, want no bounds", i)
	}
	if r := RatioOf(Interval{4, 2, 6, true}, Interval{2, 1, 4, true}); r != (Interval{2, 0.5, 6, true}) {
		t.Errorf("the ratio of medians: %+v", r)
	}
}

func TestApartIsTheExactRankTest(t *testing.T) {
	for _, c := range []struct {
		a, b []float64
		want float64
	}{
		{[]float64{1, 2, 3}, []float64{4, 5, 6}, 0.1},
		{[]float64{6, 7, 8, 9, 10}, []float64{1, 2, 3, 4, 5}, 2.0 / 252},
		{[]float64{1, 2, 3, 4, 6}, []float64{5, 7, 8, 9, 10}, 4.0 / 252},
		{[]float64{1, 2}, []float64{1, 2}, 1},
		{[]float64{1}, nil, 1},
	} {
		if got := Apart(c.a, c.b); math.Abs(got-c.want) > 1e-12 {
			t.Errorf("Apart(%v, %v) = %v, want %v", c.a, c.b, got, c.want)
		}
	}
	r := rand.New(rand.NewPCG(5, 6))
	for range 50 {
		a, b := logNormal(r, 30, 1, 0.1, 0), logNormal(r, 31, 1.02, 0.1, 0)
		if near, exact := Apart(a, b), Apart(a, b[:30]); math.Abs(near-exact) > 0.25 {
			t.Errorf("of 31 about %v, of 30 exactly %v", near, exact)
		}
	}
}
