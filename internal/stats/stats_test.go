package stats

import (
	"math"
	"math/big"
	"math/bits"
	"math/rand/v2"
	"testing"

	"pgregory.net/rapid"
)

func TestQuartilesInterpolateBetweenOrderStatistics(t *testing.T) {
	for _, c := range []struct {
		values         []int64
		q1, median, q3 float64
	}{
		{[]int64{7}, 7, 7, 7},
		{[]int64{2, 1}, 1.25, 1.5, 1.75},
		{[]int64{4, 1, 3, 2}, 1.75, 2.5, 3.25},
		{[]int64{50, 10, 30, 20, 40}, 20, 30, 40},
	} {
		if q1, m, q3 := Quartiles(c.values); q1 != c.q1 || m != c.median || q3 != c.q3 {
			t.Errorf("Quartiles(%v) = %v, %v, %v, want %v, %v, %v", c.values, q1, m, q3, c.q1, c.median, c.q3)
		}
	}
}

// coverage is the exact probability that the k-th smallest and the k-th largest
// of n independent values enclose their median, by counting: each value is above
// or below it like a fair coin.
func coverage(n, k int) float64 {
	inside := 0
	for signs := range 1 << n {
		if below := bits.OnesCount(uint(signs)); below >= k && n-below >= k {
			inside++
		}
	}
	return float64(inside) / float64(int(1)<<n)
}

func TestSignTestRankIsTheTightestThatCovers(t *testing.T) {
	for n := 1; n <= 18; n++ {
		for _, confidence := range []float64{0.5, 0.9, 0.95, 0.99} {
			k := signTestRank(n, confidence)
			if k > 0 && coverage(n, k) < confidence {
				t.Errorf("n=%d at %g: rank %d covers only %g", n, confidence, k, coverage(n, k))
			}
			if 2*(k+1) <= n && coverage(n, k+1) >= confidence {
				t.Errorf("n=%d at %g: rank %d, but rank %d covers %g", n, confidence, k, k+1, coverage(n, k+1))
			}
		}
	}
}

func TestPairedCancelsWhatDisturbsWholeRounds(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		base := rapid.SliceOfN(rapid.Float64Range(1000, 1_000_000), 8, 40).Draw(r, "base")
		double := make([]float64, len(base))
		for i, v := range base {
			double[i] = 2 * v
		}
		got := Paired(double, base, Confidence)
		if got.Median != 2 || got.Low != 2 || got.High != 2 || got.Judge(0.01) != Slower {
			r.Errorf("twice the time in every round: got %+v, want 2 exactly", got)
		}
		same := Paired(base, base, Confidence)
		if same.Median != 1 || same.Judge(0.01) != Equal {
			r.Errorf("the same times: got %+v, want 1, not resolved", same)
		}
	})
}

func TestPairedHasNoIntervalWithTooFewRounds(t *testing.T) {
	five := []float64{1, 2, 3, 4, 5}
	if got := Paired(five, five, Confidence); got.Bounded || got.Judge(0) != Unresolved {
		t.Errorf("five rounds: got %+v, want no interval", got)
	}
	if got := Paired(nil, five, Confidence); !math.IsNaN(got.Median) {
		t.Errorf("no rounds: got median %v, want NaN", got.Median)
	}
}

func TestPairedNoiseIsRarelyResolved(t *testing.T) {
	wrong, trials := 0, 400
	for seed := range trials {
		a, b := noise(uint64(2*seed)), noise(uint64(2*seed+1))
		if Paired(a, b, Confidence).Judge(0).Differs() {
			wrong++
		}
	}
	// 5 % are expected at most; 10 % would have a probability below 1e-4.
	if wrong > trials/10 {
		t.Errorf("%d of %d comparisons of the same noise were resolved, want about %d at most", wrong, trials, trials/20)
	}
}

// noise returns 15 samples of a skewed distribution.
func noise(seed uint64) []float64 {
	x := seed*0x9E3779B97F4A7C15 + 1
	out := make([]float64, 15)
	for i := range out {
		x ^= x << 13
		x ^= x >> 7
		x ^= x << 17
		u := float64(x>>11) / (1 << 53)
		out[i] = 1e6 * (1 - 0.3*math.Log(1-u))
	}
	return out
}

// exactRank sums binomial coefficients: 2·Σ C(n, i) for i < k is at most
// (1-confidence)·2ⁿ.
func exactRank(n int, confidence float64) int {
	alpha := new(big.Rat).SetFloat64(1 - confidence)
	limit := new(big.Int).Lsh(alpha.Num(), uint(n))
	limit.Div(limit, alpha.Denom())
	sum, term := new(big.Int), big.NewInt(2)
	for k := range n {
		if sum.Add(sum, term); sum.Cmp(limit) > 0 {
			return k
		}
		term.Mul(term, big.NewInt(int64(n-k)))
		term.Div(term, big.NewInt(int64(k+1)))
	}
	return 0
}

// The ranks of 1,074 rounds and more need care: 0.5ⁿ is no float64 any more.
func TestSignTestRankIsExactForManyRounds(t *testing.T) {
	for _, n := range []int{1000, 1073, 1074, 1075, 1076, 2000, 5001, 20000} {
		for comparisons := range 12 {
			confidence := Together(comparisons)
			if got, want := signTestRank(n, confidence), exactRank(n, confidence); got != want {
				t.Errorf("n=%d at %g: rank %d, want %d", n, confidence, got, want)
			}
		}
	}
	rapid.Check(t, func(r *rapid.T) {
		n, confidence := rapid.IntRange(1, 3000).Draw(r, "n"), 1-math.Exp(-rapid.Float64Range(0.1, 30).Draw(r, "exponent"))
		if got, want := signTestRank(n, confidence), exactRank(n, confidence); got != want {
			r.Errorf("n=%d at %g: rank %d, want %d", n, confidence, got, want)
		}
	})
}

func TestSignTestRankOfAMillionRounds(t *testing.T) {
	const n = 1_000_000
	want := n/2 - 1.959964*math.Sqrt(n)/2 // the normal limit
	if got := float64(signTestRank(n, 0.95)); math.Abs(got-want) > 2 {
		t.Errorf("rank %v, want %v", got, want)
	}
}

func TestIntervalsTogetherAreWider(t *testing.T) {
	if Together(0) != Confidence || Together(1) != Confidence || math.Abs(Together(8)-0.99375) > 1e-12 {
		t.Errorf("of 0, 1, 8: %v, %v, %v", Together(0), Together(1), Together(8))
	}
}

// TestPairedIntervalsAreAsWideAsForecast on average, and who waits for that finds a slowdown
// of 5 %.
func TestPairedIntervalsAreAsWideAsForecast(t *testing.T) {
	const confidence, repeat, scatter, wide = 0.995, 400, 0.05, 0.044
	rng := rand.New(rand.NewPCG(7, 7))
	widths, forecasts, found := 0.0, 0.0, 0
	for range repeat {
		a, b := noisy(rng, 500, scatter, 1.05), noisy(rng, 500, scatter, 1)
		n := 120
		r := Paired(a[:n], b[:n], confidence)
		widths += r.High/r.Low - 1
		forecasts += PairedWidth(a[:n], b[:n], confidence)
		for n = 30; n < len(a) && PairedWidth(a[:n], b[:n], confidence) > wide; n++ {
		}
		if Paired(a[:n], b[:n], confidence).Judge(0.01) == Slower {
			found++
		}
	}
	if ratio := forecasts / widths; ratio < 0.93 || ratio > 1.07 {
		t.Errorf("forecasts are %.3f times the widths", ratio)
	}
	if found < 0.97*repeat {
		t.Errorf("%d of %d found", found, repeat)
	}
	if !math.IsInf(PairedWidth(nil, nil, confidence), 1) {
		t.Error("nothing has a width")
	}
}

// noisy returns samples around a value.
func noisy(rng *rand.Rand, n int, scatter, around float64) []float64 {
	samples := make([]float64, n)
	for i := range samples {
		samples[i] = around * math.Exp(scatter*rng.NormFloat64())
	}
	return samples
}
