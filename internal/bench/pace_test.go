package bench

import (
	"testing"
	"time"
)

// staged says that differences are decided from the so manieth look on, and that
// samples tell enough from so many rounds on; 0: never.
type staged struct {
	rounds               int
	decidedAt, tellingAt int
	looks                []int
}

func (s *staged) decided(look int) bool {
	s.looks = append(s.looks, s.rounds)
	return s.decidedAt > 0 && look >= s.decidedAt
}

func (s *staged) tells() bool { return s.tellingAt > 0 && s.rounds >= s.tellingAt }

// paced returns how many rounds of a time each there are, and after which it was
// looked. check is how long it took before the first round.
func paced(p Pace, strategies int, check, round time.Duration, decidedAt, tellingAt int) (rounds int, looks []int, lasts []int) {
	began := time.Now()
	now := began.Add(check)
	j := &staged{decidedAt: decidedAt, tellingAt: tellingAt}
	for c := p.begin(strategies, began, now); ; rounds++ {
		j.rounds = rounds
		over := c.over(now, j)
		looks = j.looks
		if over || rounds > 10_000 {
			return rounds, looks, lasts
		}
		if c.last(now) {
			lasts = append(lasts, rounds+1)
		}
		now = now.Add(round)
		c.round(now)
	}
}

func TestRoundsEndWhenTheyShall(t *testing.T) {
	const s = time.Second
	for _, c := range []struct {
		name       string
		pace       Pace
		strategies int
		check      time.Duration
		round      time.Duration
		at         int // of the look that decides, or of the round from which on enough is told
		want       int
	}{
		{"as many as asked for", Pace{Runs: 15}, 2, 0, s, 0, 15},
		{"more for the least time", Pace{Runs: 15, MinTime: 40 * s}, 2, 0, s, 0, 40},
		{"the least time is over before", Pace{Runs: 15, MinTime: 4 * s}, 2, 0, s, 0, 15},
		{"the check counts, and no round begins that would end too late", Pace{Runs: 15, MaxTime: 9500 * time.Millisecond}, 2, 2 * s, s, 0, 7},
		{"one round at least", Pace{Runs: 15, MaxTime: s}, 2, 5 * s, s, 0, 1},
		{"few strategies fill the turns", Pace{Runs: 15, Turns: 120, Spend: 100 * s}, 2, 0, s, 0, 60},
		{"within a time", Pace{Runs: 15, Turns: 120, Spend: 30 * s}, 2, 0, s, 0, 30},
		{"never fewer rounds for it", Pace{Runs: 15, Turns: 120, Spend: 3 * s}, 2, 0, s, 0, 15},
		{"many strategies have them already", Pace{Runs: 15, Turns: 120, Spend: 30 * s}, 9, 0, s, 0, 15},
		{"a lone one is compared with nothing", Pace{Runs: 15, Turns: 120, Spend: 100 * s}, 1, 0, s, 0, 15},
		{"they scatter little", Pace{Runs: 15, Turns: 120, Spend: 100 * s, Patience: 4}, 2, 0, s, 20, 60},
		{"they scatter for a while", Pace{Runs: 15, Turns: 120, Spend: 100 * s, Patience: 4}, 2, 0, s, 70, 70},
		{"they scatter until there are too many", Pace{Runs: 15, Turns: 120, Spend: 100 * s, Patience: 4}, 2, 0, s, 0, 240},
		{"they scatter until it takes too long", Pace{Runs: 15, Turns: 120, Spend: 30 * s, Patience: 4}, 2, 0, s, 0, 120},
		{"they scatter, and there is a bound", Pace{Runs: 15, Turns: 120, Spend: 30 * s, Patience: 4, MaxTime: 40 * s}, 2, 0, s, 0, 40},
		{"many strategies scatter", Pace{Runs: 15, Turns: 120, Spend: 30 * s, Patience: 4}, 9, 0, s, 0, 15},
		{"decided at once", Pace{Runs: 15, MaxTime: 120 * s, UntilResolved: true}, 2, 0, s, 1, 15},
		{"decided at the third look", Pace{Runs: 15, MaxTime: 120 * s, UntilResolved: true}, 2, 0, s, 3, 60},
		{"never decided", Pace{Runs: 15, MaxTime: 100 * s, UntilResolved: true}, 2, 0, s, 0, 100},
	} {
		rounds, looks, lasts := paced(c.pace, c.strategies, c.check, c.round, c.at, c.at)
		if rounds != c.want {
			t.Errorf("%s: %d rounds, want %d", c.name, rounds, c.want)
		}
		if len(lasts) == 0 || lasts[len(lasts)-1] != rounds {
			t.Errorf("%s: the last of %d rounds was not known to be: %v were", c.name, rounds, lasts)
		}
		if c.pace.UntilResolved && (len(looks) == 0 || looks[len(looks)-1] != rounds) {
			t.Errorf("%s: looked after %v rounds, not at the end of %d", c.name, looks, rounds)
		}
	}
}

func TestLooksAreFewAndKnown(t *testing.T) {
	_, looks, _ := paced(Pace{Runs: 10, MaxTime: 1000 * time.Second, UntilResolved: true}, 2, 0, time.Second, 0, 0)
	want := []int{10, 20, 40, 80, 160, 320, 640, 1000}
	if len(looks) != len(want) {
		t.Fatalf("looked after %v rounds, want %v", looks, want)
	}
	for i := range want {
		if looks[i] != want[i] {
			t.Errorf("looked after %v rounds, want %v", looks, want)
		}
	}
}

func TestWarmingUpGoesOnUntilTheProcessorIsFast(t *testing.T) {
	asked := 0
	at := func(answer bool) func() bool { return func() bool { asked++; return answer } }
	for _, c := range []struct {
		name   string
		pace   Pace
		rounds int
		took   time.Duration
		want   bool
	}{
		{"too few rounds", Pace{Warmup: 3, AtSpeed: at(true)}, 2, time.Minute, false},
		{"fast", Pace{Warmup: 3, AtSpeed: at(true)}, 3, 0, true},
		{"slow", Pace{Warmup: 3, AtSpeed: at(false)}, 3, time.Second, false},
		{"slow for long enough", Pace{Warmup: 3, AtSpeed: at(false)}, 3, 2 * time.Second, true},
		{"nobody knows", Pace{Warmup: 3}, 3, 0, true},
		{"for a time", Pace{WarmupTime: time.Second}, 9, time.Second / 2, false},
		{"the time is over", Pace{WarmupTime: time.Second}, 1, time.Second, true},
		{"none", Pace{}, 0, 0, true},
	} {
		if got := c.pace.warm(c.rounds, c.took); got != c.want {
			t.Errorf("%s: warm %v, want %v", c.name, got, c.want)
		}
	}
	if asked > 2 { // it takes half a millisecond
		t.Errorf("the processor was tried %d times, want 2", asked)
	}
}
