package bench

import (
	"iter"
	"math/rand/v2"
	"time"
)

// Pace says how many rounds there are, before the clock runs and after.
type Pace struct {
	Warmup     int           // rounds that are checked but not timed, at least
	WarmupTime time.Duration // how long they go on at least
	// AtSpeed, if set, reports whether the processor is as fast as it is known to be:
	// the untimed rounds go on until then, for up to [mostWarmup].
	AtSpeed func() bool

	Runs  int           // timed rounds, at least 1
	Turns int           // more rounds until all strategies together have had so many turns,
	Spend time.Duration // unless these rounds take longer than this; 0: none are added
	// Patience: where samples scatter so much that a difference of [telling] could not
	// be told, such rounds go on for up to so many times as many, and as long.
	Patience int
	MinTime  time.Duration // they go on for at least so long
	MaxTime  time.Duration // of the whole measurement, though there is always a round; 0: no bound
	// UntilResolved: after Runs, and whenever their number has doubled, it is looked
	// whether differences are resolved; rounds end then.
	UntilResolved bool
}

// telling is the difference, as a share, that rounds shall tell where they go on for it,
// and tellingWidth how far apart the bounds of a ratio may be for that: an interval of
// the sign test is 5.6 standard errors wide where two strategies are compared, and one
// around 1 + telling then lies beyond the least effect of 1 % in 98 of 100 measurements:
// ln 1.05 − ln 1.01 − w/2 = 2.1 w/5.6. It must be so narrow on average, see
// [stats.PairedWidth], and not by chance alone.
const (
	telling      = 0.05
	tellingWidth = 0.044
)

// mostWarmup is how long a processor that was idle may take to get to its speed.
const mostWarmup = 2 * time.Second

// warm reports whether so many untimed rounds, in so long a time, are enough.
func (p *Pace) warm(rounds int, took time.Duration) bool {
	return rounds >= p.Warmup && took >= p.WarmupTime &&
		(p.AtSpeed == nil || took >= mostWarmup || p.AtSpeed())
}

// warmUp lets n contestants take turns, untimed, until they are warm or idle reports that
// nobody is left. It returns how many rounds that took, and how long.
func (p *Pace) warmUp(n int, seed uint64, idle func() bool, turn func(i int)) (rounds int, took time.Duration) {
	start := time.Now()
	for order := range Schedule(n, seed) {
		if idle() || p.warm(rounds, time.Since(start)) {
			break
		}
		for _, i := range order {
			turn(i)
		}
		rounds++
	}
	return rounds, time.Since(start)
}

// pace is where the timed rounds stand.
type pace struct {
	*Pace
	begin, from time.Time // of the measurement, of the timed rounds
	rounds      int
	more        int           // rounds that there may be beyond Runs, if there is time
	took        time.Duration // by these rounds
	look        int           // at the differences: how often, with the one to come
	next        int           // rounds after which to look
}

// fill raises the number of rounds for so many strategies: few of them have time for
// more rounds, and so for less noise. It does not depend on what is measured but for
// how long it takes, so that no difference ends or prolongs it.
func (p *Pace) fill(strategies int) int {
	if strategies < 2 {
		return 0 // nothing is compared
	}
	return p.Turns / strategies
}

// begin starts the timed rounds of a measurement that began at a time.
func (p *Pace) begin(strategies int, began, now time.Time) pace {
	return pace{Pace: p, begin: began, from: now, next: p.Runs, more: p.fill(strategies)}
}

// round ends a round.
func (p *pace) round(now time.Time) {
	p.rounds++
	p.took = now.Sub(p.from)
}

// timed yields the order of turns in each timed round of n contestants, and whether it is
// the last as far as is known, until the rounds are over or idle reports that nobody is
// left.
func (p *pace) timed(n int, seed uint64, j judge, idle func() bool) iter.Seq2[[]int, bool] {
	return func(yield func([]int, bool) bool) {
		for order := range Schedule(n, seed) {
			if idle() || p.over(time.Now(), j) || !yield(order, p.last(time.Now())) {
				return
			}
			p.round(time.Now())
		}
	}
}

// mean is how long a round takes.
func (p *pace) mean() time.Duration { return p.took / time.Duration(max(p.rounds, 1)) }

// judge is what the samples so far tell.
type judge interface {
	// decided reports whether differences are resolved, at the so manieth look.
	decided(look int) bool
	// tells reports whether a difference of [telling] would be seen. It goes by how
	// samples scatter, not by where they lie: rounds that go on for a difference that is
	// all but resolved find too many.
	tells() bool
}

// over reports whether the rounds are at an end.
func (p *pace) over(now time.Time, j judge) bool {
	if p.rounds == 0 {
		return false
	}
	out := p.timeout(now)
	if p.UntilResolved && (p.rounds >= p.next || out) {
		p.look++
		p.next *= 2
		if j.decided(p.look) || out {
			return true
		}
	}
	return out || p.enough(1) && (!p.patient() || p.enough(p.Patience) || j.tells())
}

// patient reports whether rounds may go on because samples scatter.
func (p *pace) patient() bool { return p.Patience > 1 && p.more > p.Runs }

// enough reports whether there were as many rounds as were asked for, with so many times
// the rounds and the time that are added.
func (p *pace) enough(times int) bool {
	if p.UntilResolved || p.rounds < p.Runs || p.took < p.MinTime {
		return false
	}
	return p.rounds >= times*p.more || p.took+p.mean() > time.Duration(times)*p.Spend
}

// timeout reports whether another round would take longer than there is time.
func (p *pace) timeout(now time.Time) bool {
	return p.MaxTime > 0 && now.Sub(p.begin)+p.mean() > p.MaxTime
}

// expected is about how many rounds there will be in all, for now.
func (p *pace) expected() int {
	n := p.Runs
	if p.UntilResolved {
		n = p.next
	}
	mean := p.mean()
	if mean > 0 {
		if !p.UntilResolved {
			n = max(n, min(p.more, int(p.Spend/mean)))
		}
		n = max(n, int((p.MinTime+mean-1)/mean))
		if p.MaxTime > 0 {
			n = min(n, int((p.MaxTime-p.from.Sub(p.begin))/mean))
		}
	}
	return max(n, p.rounds, 1)
}

// last reports whether the round that begins may be the last one.
func (p *pace) last(now time.Time) bool {
	after := *p
	after.rounds++
	after.took += p.mean()
	return p.UntilResolved && after.rounds >= p.next || after.timeout(now.Add(p.mean())) || after.enough(1)
}

// Schedule yields, for each round, the order in which n strategies take their
// turns, without end. Within each block of n rounds every strategy stands once at every
// position (a cyclic Latin square), so that neither position nor drift favours
// one; which square, and in which order its rows come, is drawn from seed.
func Schedule(n int, seed uint64) iter.Seq[[]int] {
	return func(yield func([]int) bool) {
		rng := rand.New(rand.NewPCG(seed, uint64(n)))
		for n > 0 {
			first := rng.Perm(n)
			for _, shift := range rng.Perm(n) {
				row := make([]int, n)
				for i := range row {
					row[i] = first[(i+shift)%n]
				}
				if !yield(row) {
					return
				}
			}
		}
	}
}
