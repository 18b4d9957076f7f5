package peaks

import (
	"time"

	"tnbench/internal/keep"
)

const (
	// speedSteps makes a trial last some 25 µs, much shorter than a time slice.
	speedSteps = 20_000
	// speedTrials are run one after the other and the fastest counts.
	speedTrials = 20
)

// Speed measures how many multiply-adds of integers a core does in a second, each of
// which needs the one before: what its clock allows now, whatever another thread on
// the same core does. It takes about half a millisecond.
func Speed() float64 {
	best := time.Duration(1 << 62)
	for range speedTrials {
		start := time.Now()
		speedSink = chain(speedSteps, speedSink)
		if took := time.Since(start); took > 0 {
			best = min(best, took)
		}
	}
	return speedSteps / best.Seconds()
}

// speedSink keeps what chain computes.
var speedSink uint64 = 1

// chain does n steps that can't overlap.
//
//go:noinline
func chain(n int, x uint64) uint64 {
	for range n {
		x = x*6364136223846793005 + 1442695040888963407
	}
	return x
}

// slowest is the share of the best known speed from which on a core counts as fast:
// neighbours on the same chip slow it by a tenth and more, being idle by a quarter.
const slowest = 0.85

// Pacer tells whether a core is as fast as it has been seen to be.
type Pacer struct{ kept Kept }

// NewPacer returns one for the machine of k; nil if its speed is not known.
func NewPacer(k Kept) *Pacer {
	if k.Peaks.Speed <= 0 {
		return nil
	}
	return &Pacer{kept: k}
}

// AtSpeed measures the speed and reports whether the core is fast. The best speed
// seen is kept for later runs: the one that was kept may be that of a core that had
// been idle.
func (p *Pacer) AtSpeed() bool {
	now := Speed()
	if now > 1.02*p.kept.Peaks.Speed {
		p.kept.Peaks.Speed = now
		keepAgain(p.kept)
	}
	return now >= slowest*p.kept.Peaks.Speed
}

// keepAgain rewrites the file of k, if there is one.
func keepAgain(k Kept) {
	file, err := k.file()
	if err != nil {
		return
	}
	if _, ok := read(file, k.Key); ok {
		_ = keep.Write(file, k) // what can't be kept is found again
	}
}
