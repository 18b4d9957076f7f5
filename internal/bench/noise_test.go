package bench

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"tnbench/internal/result"
	"tnbench/internal/stats"
)

// machineNoise are the logarithms of what a shared machine makes of the times of
// rounds: a level that wanders back to where it was, shared by all, noise of each
// sample, and now and then a sample that another program held up.
type machineNoise struct {
	*rand.Rand
	level float64
}

func (m *machineNoise) round() { m.level = 0.7*m.level + 0.02*m.NormFloat64() }

func (m *machineNoise) sample() float64 {
	v := m.level + 0.03*m.NormFloat64()
	if m.IntN(50) == 0 {
		v += m.ExpFloat64() * 0.5
	}
	return v
}

// noisyResults returns results of so many strategies that are the same, but for what
// change does to the logarithm of a sample.
func noisyResults(seed uint64, strategies, rounds int, change func(strategy, round int) float64) []result.Result {
	m := &machineNoise{Rand: rand.New(rand.NewPCG(seed, 1))}
	all := make([]result.Result, strategies)
	for i := range rounds {
		m.round()
		for k := range all {
			all[k].Samples = append(all[k].Samples, 1e6*math.Exp(m.sample()+change(k, i)))
		}
	}
	for k := range all {
		all[k].Instance, all[k].Alloc, all[k].MinEffect = "net", "make", 0.01
		all[k].Median = result.Measured(stats.Median(all[k].Samples))
	}
	return all
}

// codesOf counts in how many of n measurements each warning comes.
func codesOf(n, strategies, rounds int, change func(strategy, round int) float64) map[string]int {
	counts := map[string]int{}
	for seed := range n {
		seen := map[string]bool{}
		for _, w := range noiseOf(noisyResults(uint64(seed), strategies, rounds, change)) {
			if !seen[w.Code] {
				counts[w.Code]++
			}
			seen[w.Code] = true
		}
	}
	return counts
}

func TestWarningsOfNoiseAreRareWhereThereIsNothing(t *testing.T) {
	nothing := func(int, int) float64 { return 0 }
	for _, rounds := range []int{15, 40, 60, 300} {
		for _, strategies := range []int{2, 9} {
			for code, n := range codesOf(400, strategies, rounds, nothing) {
				if n > 10 { // 2.5 %
					t.Errorf("%d strategies, %d rounds: %s in %d of 400", strategies, rounds, code, n)
				}
			}
		}
	}
}

func TestWarningsTellOfNoiseOfEachKind(t *testing.T) {
	const rounds = 60
	for code, change := range map[string]func(strategy, round int) float64{
		"first-round": func(_, round int) float64 {
			if round == 0 {
				return 1.5
			}
			return 0
		},
		"drift": func(_, round int) float64 { return 0.25 * float64(round) / rounds },
		"two-groups": func(strategy, round int) float64 {
			if strategy == 1 && round%3 == 0 {
				return 0.8
			}
			return 0
		},
		"far-out": func(strategy, round int) float64 {
			if strategy == 1 && round%7 == 0 {
				return 1.5
			}
			return 0
		},
	} {
		if n := codesOf(100, 2, rounds, change)[code]; n < 95 {
			t.Errorf("%s: told in %d of 100 measurements that have it", code, n)
		}
	}
	if n := codesOf(10, 2, 7, func(int, int) float64 { return 0 })["few-rounds"]; n != 10 {
		t.Errorf("few-rounds: told in %d of 10 measurements of 7 rounds", n)
	}
}

// TestClaimsAreRareWhereThereIsNothing and find what there is, with noise as a shared
// machine makes it.
func TestClaimsAreRareWhereThereIsNothing(t *testing.T) {
	const trials = 2000
	for _, rounds := range []int{15, 30, 60, 240} {
		wrong, found := 0, 0
		for seed := range trials {
			all := noisyResults(uint64(seed), 2, rounds, func(int, int) float64 { return 0 })
			if _, o := result.RuleOf(all).Compare(&all[1], &all[0]); o.Differs() {
				wrong++
			}
			if seed%10 > 0 {
				continue
			}
			all = noisyResults(uint64(seed), 2, rounds, func(k, _ int) float64 { return float64(k) * math.Log(1.05) })
			if _, o := result.RuleOf(all).Compare(&all[1], &all[0]); o == stats.Slower {
				found++
			}
		}
		if wrong > trials/100 {
			t.Errorf("%d rounds: %d of %d identical pairs are told apart, want 1 %% at most", rounds, wrong, trials)
		}
		if rounds >= 60 && found < trials/10*95/100 {
			t.Errorf("%d rounds: %d of %d that are 5 %% slower are found, want 95 %% at least", rounds, found, trials/10)
		}
	}
}

// TestRoundsThatGoOnForNoiseTellWhatThereIs: on a machine on which samples scatter by
// 5 % more than usual, rounds end when enough is told, claim no more than others where
// there is nothing, and find what is 5 % slower.
func TestRoundsThatGoOnForNoiseTellWhatThereIs(t *testing.T) {
	const trials, least, most = 1000, 40, 240
	outcome := func(seed int, slower float64) (stats.Outcome, int) {
		rng := rand.New(rand.NewPCG(uint64(seed), 7))
		all := noisyResults(uint64(seed), 2, most, func(k, _ int) float64 { return 0.05*rng.NormFloat64() + float64(k)*math.Log1p(slower) })
		for rounds := least; ; rounds += 20 {
			m := &measurement{config: Config{Baseline: "0", MinEffect: 0.01}, job: &contraction{}}
			for k := range all {
				part := all[k]
				part.Samples = part.Samples[:rounds]
				m.kept = append(m.kept, standing{contestant: contestant{spec: fmt.Sprint(k), samples: samplesOf(part.Samples)}})
			}
			if rounds == most || m.tells() {
				part := m.results()
				_, o := result.RuleOf(part).Compare(&part[1], &part[0])
				return o, rounds
			}
		}
	}
	wrong, found, ended := 0, 0, 0
	for seed := range trials {
		if o, _ := outcome(seed, 0); o.Differs() {
			wrong++
		}
		o, rounds := outcome(seed, 0.05)
		if o == stats.Slower {
			found++
		}
		if rounds < most {
			ended++
		}
	}
	t.Logf("%d of %d told apart, %d found, %d ended early", wrong, trials, found, ended)
	if wrong > trials/100 || found < trials*985/1000 || ended < trials/4 {
		t.Errorf("%d of %d told apart, %d found, %d ended early", wrong, trials, found, ended)
	}
}

// samplesOf makes samples of times in nanoseconds.
func samplesOf(ns []float64) (all []sample) {
	for _, x := range ns {
		all = append(all, sample{batch: 1, time: time.Duration(x)})
	}
	return all
}

// TestLooksAtIdenticalStrategiesClaimNothing: whoever stops as soon as there is a
// difference is wrong no more often than who looks once.
func TestLooksAtIdenticalStrategiesClaimNothing(t *testing.T) {
	const trials, most = 1000, 480
	wrong := 0
	for seed := range trials {
		all := noisyResults(uint64(seed), 2, most, func(int, int) float64 { return 0 })
		for look, rounds := 1, 15; rounds <= most; look, rounds = look+1, 2*rounds {
			part := []result.Result{all[0], all[1]}
			for k := range part {
				part[k].Samples, part[k].Looks, part[k].MinEffect = all[k].Samples[:rounds], look, 0
			}
			if _, o := result.RuleOf(part).Compare(&part[1], &part[0]); o.Differs() {
				wrong++
				break
			}
		}
	}
	if wrong > trials/100 {
		t.Errorf("%d of %d identical pairs are told apart at one of the looks, want 1 %% at most", wrong, trials)
	}
}
