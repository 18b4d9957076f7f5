package kernel

import (
	"time"

	"tnbench/internal/dtype"
)

const (
	// peakTurns makes one trial last for tens of microseconds, longer than the
	// clock's resolution and shorter than a scheduler's time slice.
	peakTurns = 10_000
	// peakTrials are run one after the other and the fastest counts: all that
	// can happen to one makes it slower.
	peakTrials = 200
)

// peakLoop is a loop of multiply-adds that touch no memory.
type peakLoop struct {
	run  func(turns int)
	fmas int // multiply-adds of real numbers per turn
}

// FMAPeak measures how many floating-point operations a second one core can do
// with the vectors of a tier: two for each fused multiply-add of real numbers,
// operands in registers. A complex type has the peak of its real parts; one
// complex multiply-add is four of these, 8 operations. A tier that this machine
// lacks is replaced by its best one. It takes some 10 ms.
func FMAPeak(t dtype.Type, tier Tier) float64 {
	size := t.Size()
	if t.IsComplex() {
		size /= 2
	}
	loop := peakLoopOf(tier.resolve(), size)
	loop.run(peakTurns)
	best := 0.0
	for range peakTrials {
		start := time.Now()
		loop.run(peakTurns)
		if s := time.Since(start).Seconds(); s > 0 {
			best = max(best, float64(2*loop.fmas*peakTurns)/s)
		}
	}
	return best
}

// peakLoopOf returns the loop of a tier for reals of the given bytes.
func peakLoopOf(t Tier, size int) peakLoop {
	if l := peakAssembly(t, size); l.run != nil {
		return l
	}
	if size == 4 {
		return peakLoop{peakGo[float32], 8}
	}
	return peakLoop{peakGo[float64], 8}
}

// peakSink keeps the compiler from dropping the portable loop.
//
//lint:ignore U1000 it is written so that something else is kept
var peakSink [8]float64

// peakGo is the portable loop: as many sums as hide the latency of one.
func peakGo[T float32 | float64](turns int) {
	var a, b, c, d, e, f, g, h T
	x, y := T(turns), T(0.5)
	for range turns {
		a += x * y
		b += x * y
		c += x * y
		d += x * y
		e += x * y
		f += x * y
		g += x * y
		h += x * y
		x, y = y, x
	}
	peakSink = [8]float64{float64(a), float64(b), float64(c), float64(d), float64(e), float64(f), float64(g), float64(h)}
}
