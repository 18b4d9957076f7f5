package kernel

import (
	"tnbench/internal/kernel/model"
	"tnbench/internal/kernel/nest"
)

// tinySurely is the cycles of a tiny kernel below which a stream gains 15 ns at best;
// scheduling one takes as long as a thousand runs take to gain that.
func tinySurely() float64 { return 2.5 * model.Here.Stream.Start }

// tinyCycles estimates a tiny kernel.
func tinyCycles(s nest.Spec) float64 {
	e := s.Extents()
	cycles := model.Here.Tiny.Element * float64(e.Elements())
	if e.Terms > 1 {
		cycles += model.Here.Tiny.Term * float64(e.Work())
	}
	if s.Type.IsComplex() {
		cycles *= model.Here.Tiny.Complex
	}
	return model.Here.Tiny.Start + cycles
}

// cyclesToBeatTiny returns how many cycles a streaming kernel must stay below to be
// faster than a tiny one.
func cyclesToBeatTiny(s nest.Spec) float64 {
	return (tinyCycles(s) - model.Here.Stream.Start) / model.Here.Stream.Stretch
}

// cyclesToBeatProduct returns how many cycles a streaming kernel must stay below to
// be faster than a blocked product. Both are bound by memory if the second level
// cache does not hold the operands; the product knows that by itself. Besides, it
// fetches what comes next.
func cyclesToBeatProduct(s nest.Spec, product float64) float64 {
	if limit := product / model.Here.Stream.Fetchless; memoryCycles(s) < limit {
		return limit
	}
	return 0
}

// memoryCycles returns what reading the operands and writing C takes if the
// second level cache does not hold them.
func memoryCycles(s nest.Spec) float64 {
	size := s.Type.Size()
	a, b, c := nest.Footprints(s)
	total := 0.0
	if a*size > model.Here.Caches.Second {
		total += model.Here.Stream.FetchWord * float64(a*size) / 8
	}
	if b*size > model.Here.Caches.Second {
		total += model.Here.Stream.FetchWord * float64(b*size) / 8
	}
	if c*size > model.Here.Caches.Second {
		total += model.Here.Stream.StoreWord * float64(c*size) / 8
	}
	return total
}

// Cycles estimates how many cycles a kernel takes for s if what it reads is in the caches.
func Cycles(k nest.Kernel, s nest.Spec) float64 {
	if k, ok := k.(interface{ Cycles() float64 }); ok {
		return k.Cycles()
	}
	if tinyFits(s) {
		return tinyCycles(s)
	}
	z := Size(s)
	return z.Estimate()
}
