package contract

import (
	"fmt"
	"slices"

	"tnbench/internal/kernel"
)

// Others names the other kinds of kernels for step i that are forecast to take less than so
// many times as long as the one that it has.
func (p *Program) Others(i int, times float64) []string {
	spec, k := p.Spec(&p.Steps[i]), p.ops[i].kernel
	return kernel.Others(spec, p.kernelOptions(i), k, times*kernel.Cycles(k, spec), p.adds(i))
}

// StepCycles forecasts roughly what each step takes in a contraction, all slices together.
func (p *Program) StepCycles() []float64 {
	c := *p // programs do not change
	c.estimate()
	cycles := make([]float64, len(c.Steps))
	for i := range cycles {
		cycles[i] = float64(c.times(i)) * c.stepForecast(i)
	}
	return cycles
}

// By returns the program with kernels of other kinds: by[i] names that of step i, and a step
// without a name keeps its own. It fails if a step can't be computed that way.
func (p *Program) By(by map[int]string) (*Program, error) {
	c := *p
	c.Steps, c.ops, c.Regions = slices.Clone(p.Steps), slices.Clone(p.ops), slices.Clone(p.Regions)
	c.cycles, c.fixed = nil, 0
	if p.Slices != nil {
		s := *p.Slices
		c.Slices = &s
	}
	for g := range c.Regions {
		c.Regions[g].scratch = none
	}
	for i, name := range by {
		if i < 0 || i >= len(c.Steps) {
			return nil, fmt.Errorf("there is no step %d", i)
		}
		k, ok := kernel.NewBy(name, p.Spec(&p.Steps[i]), p.kernelOptions(i), p.adds(i))
		if !ok {
			return nil, fmt.Errorf("step %d can't be computed by a kernel of the kind %q", i, name)
		}
		c.setKernel(i, k)
	}
	c.setRequests(c.options.FixedTemporaries)
	return &c, nil
}
