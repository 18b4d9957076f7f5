package kernel

import "tnbench/internal/kernel/nest"

// Cycles of the other tiers, for choosing among them. Fitted on one Zen 5 core,
// 2026-11; streaming plans are within a fifth of their estimates where operands
// come from the caches, and so are these.
const (
	// What moves 8 bytes between memory and a core, to read and to write them, if
	// an operand has more than streamCache bytes.
	streamFetch, streamStore = 0.9, 1.6
	streamCache              = 1 << 20
	streamStart              = 80.0 // to get to the first run
	streamStretch            = 1.6  // short runs take longer than their estimate
	tinyStart                = 15.0
	tinyElementCycle         = 2.0 // per element of C
	tinyTermCycle            = 1.8 // per term of its sum, if it has more than one
	// Below this a stream gains 15 ns at best, and planning one takes as long as a
	// thousand runs take to gain that.
	tinySurely = 2.5 * streamStart
)

// tinyCycles estimates a tiny kernel.
func tinyCycles(s nest.Spec) float64 {
	e := s.Extents()
	cycles := tinyElementCycle * float64(e.Elements())
	if e.Terms > 1 {
		cycles += tinyTermCycle * float64(e.Work())
	}
	if s.Type.IsComplex() {
		cycles *= 1.5
	}
	return tinyStart + cycles
}

// cyclesToBeatTiny returns how many cycles a streaming kernel must stay below to be
// faster than a tiny one.
func cyclesToBeatTiny(s nest.Spec) float64 { return (tinyCycles(s) - streamStart) / streamStretch }

// cyclesToBeatProduct returns how many cycles a streaming kernel must stay below to
// be faster than a blocked product. Both are bound by memory if the second level
// cache does not hold the operands; the product knows that by itself. Besides, it
// fetches what comes next.
func cyclesToBeatProduct(s nest.Spec, product float64) float64 {
	if limit := product / fetchless; memoryCycles(s) < limit {
		return limit
	}
	return 0
}

// fetchless is the worth of fetching the operands of the next kernel.
const fetchless = 1.15

// memoryCycles returns what reading the operands and writing C takes if the
// second level cache does not hold them.
func memoryCycles(s nest.Spec) float64 {
	size := s.Type.Size()
	a, b, c := nest.Footprints(s)
	total := 0.0
	if a*size > streamCache {
		total += streamFetch * float64(a*size) / 8
	}
	if b*size > streamCache {
		total += streamFetch * float64(b*size) / 8
	}
	if c*size > streamCache {
		total += streamStore * float64(c*size) / 8
	}
	return total
}
