// Package generic is every kernel in portable Go: what runs where a set of vector
// instructions has nothing better, and what its assembly is held against.
package generic

import "tnbench/internal/kernel/vec/isa"

// Tier returns a tier of portable code alone, under a name.
func Tier(name string) *isa.Tier {
	return &isa.Tier{
		Name:   name,
		Micros: [2]*isa.Micros{micros(micro[float32]), micros(micro[float64])},
		Peaks:  [2]isa.Peak{{Run: peak[float32], FMAs: 8}, {Run: peak[float64], FMAs: 8}},
		Slots:  isa.NoSlot,
	}
}

// peakSink keeps the compiler from dropping the portable loop.
//
//lint:ignore U1000 it is written so that something else is kept
var peakSink [8]float64

// peak is the portable loop: as many sums as hide the latency of one.
func peak[T float32 | float64](turns int) {
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
