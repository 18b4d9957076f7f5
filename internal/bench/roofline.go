package bench

import (
	"slices"

	"tnbench/internal/contract"
	"tnbench/internal/result"
)

// Bound is the least time that a contraction can take by the roofline model.
type Bound struct {
	Time float64 // nanoseconds
	By   string  // what limits it: [result.ByFlops] or [result.ByMemory]
}

// Roofline returns the larger of two times: that of the arithmetic that the program
// cannot do without at peak real operations per second, and that of its compulsory traffic at
// bandwidth bytes per second. It is no bound where either figure is unknown (0).
// A program whose intermediates stay in the caches can beat its memory bound, as
// the traffic then never reaches the memory.
func Roofline(p *contract.Program, peak, bandwidth float64) result.Maybe[Bound] {
	if peak <= 0 || bandwidth <= 0 {
		return result.Maybe[Bound]{}
	}
	flops := Bound{p.Work * realFlops(p.DType()) / peak * 1e9, result.ByFlops}
	memory := Bound{float64(CompulsoryBytes(p)) / bandwidth * 1e9, result.ByMemory}
	if memory.Time > flops.Time {
		return result.Measured(memory)
	}
	return result.Measured(flops)
}

// CompulsoryBytes is the traffic that no kernel can avoid as long as every step
// ends before the next begins: each input is read once, each intermediate is
// written once and read once, the result is written once. Of an input with a label
// that repeats only the diagonal is read.
func CompulsoryBytes(p *contract.Program) int {
	read := 0
	for _, labels := range p.Instance.Inputs {
		elements := 1
		for i, l := range labels {
			if !slices.Contains(labels[:i], l) {
				elements *= p.Instance.Dims[l]
			}
		}
		read += elements * p.DType().Size()
	}
	return read + 2*p.IntermediateBytes() + p.ResultBytes()
}
