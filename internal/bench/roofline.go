package bench

import (
	"slices"

	"tnbench/internal/contract"
	"tnbench/internal/kernel/model"
	"tnbench/internal/path"
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
	return result.Measured(boundOf(p.Work*realFlops(p.DType())/peak, float64(CompulsoryBytes(p))/bandwidth))
}

// boundOf returns the larger of the seconds of arithmetic and of traffic.
func boundOf(flops, memory float64) Bound {
	if memory > flops {
		return Bound{memory * 1e9, result.ByMemory}
	}
	return Bound{flops * 1e9, result.ByFlops}
}

// StepRoofline returns the bound of the i-th step of p in execution order. Operands and
// result pass between memory and the caches, unless these hold all of them at once: then
// only arithmetic bounds the step. What a region streams never passes.
func StepRoofline(p *contract.Program, i int, peak, bandwidth float64) result.Maybe[Bound] {
	if peak <= 0 || bandwidth <= 0 {
		return result.Maybe[Bound]{}
	}
	s, bytes := &p.Steps[i], 0
	for _, id := range [...]int32{s.Left, s.Right, s.Out} {
		if id != path.NoTensor && !p.Streams(id) {
			n, _ := p.Instance.Elements(p.Layout(id))
			bytes += n * p.DType().Size()
		}
	}
	if bytes <= model.Here.Caches.AtHand {
		bytes = 0
	}
	return result.Measured(boundOf(s.Work(p.Instance)*realFlops(p.DType())/peak, float64(bytes)/bandwidth))
}

// CompulsoryBytes is the traffic that no kernel can avoid as long as every step
// ends before the next begins: each input is read once, each intermediate is
// written once and read once, the result is written once. Of an input with a label
// that repeats only the diagonal is read. What regions stream is never written.
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
