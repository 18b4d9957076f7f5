package vec

import (
	"time"

	"tnbench/internal/dtype"
	"tnbench/internal/kernel/vec/isa"
)

const (
	// peakTurns makes one trial last for tens of microseconds, longer than the
	// clock's resolution and shorter than a scheduler's time slice.
	peakTurns = 10_000
	// peakTrials are run one after the other and the fastest counts: all that
	// can happen to one makes it slower.
	peakTrials = 200
)

// FMAPeak measures how many floating-point operations a second one core can do
// with the vectors of a tier: two for each fused multiply-add of real numbers,
// operands in registers. A complex type has the peak of its real parts; one
// complex multiply-add is four of these, 8 operations. It takes some 10 ms.
func FMAPeak(t dtype.Type, tier *isa.Tier) float64 { return fastest(t, tier, peakTrials) }

// fastest is the rate of the fastest of some trials.
func fastest(t dtype.Type, tier *isa.Tier, trials int) float64 {
	size := t.Size()
	if t.IsComplex() {
		size /= 2
	}
	loop := tier.Peaks[size/8]
	loop.Run(peakTurns)
	best := 0.0
	for range trials {
		start := time.Now()
		loop.Run(peakTurns)
		if s := time.Since(start).Seconds(); s > 0 {
			best = max(best, float64(2*loop.FMAs*peakTurns)/s)
		}
	}
	return best
}
