package contract

import (
	"cmp"
	"slices"

	"tnbench/internal/kernel/model"
	"tnbench/internal/layout"
	"tnbench/internal/region"
)

// streamed returns the program that has the regions that its options want, given one
// that has none: itself, if none are worth it.
func (p *Program) streamed() (*Program, error) {
	if p.options.Regions == region.Max {
		return p.leastMemory()
	}
	return p.leastTime()
}

// with returns the program with some regions. What they do not touch is as it was; of what
// they do touch the layouts are found anew. Where kernels are slower in slices than they are
// with whole tensors the layouts may be to blame: then it is tried to keep them.
func (p *Program) with(regions *region.Regions) (*Program, error) {
	found, err := p.again(p, p.options, regions, layout.Usual)
	if err != nil {
		return nil, err
	}
	cycles := found.forecast()
	if found.loses() < littleLost*cycles {
		return found, nil
	}
	kept, err := p.again(p, p.options, regions, layout.Kept)
	if err != nil {
		return nil, err
	}
	if kept.forecast() < cycles/(1+model.Here.Region.Doubt) {
		return kept, nil
	}
	return found, nil
}

// littleLost is the part of its time that kernels may lose in slices where nothing else is
// tried.
const littleLost = 0.05

// loses returns what kernels in regions lose against those for whole tensors, in cycles, once
// they are estimated.
func (p *Program) loses() (cycles float64) {
	for i := range p.Steps {
		if p.regionOf(&p.ops[i]) != nil {
			cycles += p.loss(i)
		}
	}
	return cycles
}

// again compiles the program with other options and regions. What these do not touch is as
// in plain, if there is one.
func (p *Program) again(plain *Program, o Options, regions *region.Regions, start layout.Start) (*Program, error) {
	crew := callCrew(len(p.tree.Steps))
	defer crew.letGo()
	c := &Program{Instance: p.Instance, Path: p.Path, Order: p.Order, Warnings: p.Warnings, whole: p.whole, tree: p.tree, slicing: p.slicing, options: o, plain: plain}
	if err := c.assemble(regions, start, crew); err != nil {
		return nil, err
	}
	return c, nil
}

// leastMemory returns the program that has least bytes live.
func (p *Program) leastMemory() (*Program, error) {
	regions := p.find(region.Max, 0)
	if regions == nil {
		return p.alone(), nil
	}
	c, err := p.with(regions)
	if err != nil {
		return nil, err
	}
	less, err := c.needsLess(p, 1)
	if err != nil {
		return nil, err
	}
	if less {
		return c.alone(), nil
	}
	return p.alone(), nil
}

// needsLess reports whether the program has less bytes live than a part of what one has
// that differs in its regions, both on one thread: memory of others must not decide what is
// computed.
func (p *Program) needsLess(other *Program, part float64) (bool, error) {
	less := func(p, other *Program) bool { return float64(p.PeakLive) < part*float64(other.PeakLive) }
	o := p.options
	if o.Kernel.Threads <= 1 {
		return less(p, other), nil
	}
	o.Kernel.Threads = 1
	whole, err := other.again(nil, o, other.regions, other.start)
	if err != nil {
		return false, err
	}
	parts, err := whole.with(p.regions)
	if err != nil {
		return false, err
	}
	return less(parts, whole), nil
}

// alone returns a program that forgets the one it was made from.
func (p *Program) alone() *Program {
	p.plain, p.cycles = nil, nil
	return p
}

// leastTime returns the program that is forecast to be fastest, if one is sure to be
// faster than without regions.
func (p *Program) leastTime() (*Program, error) {
	if !region.Large(p.tree) {
		return p, nil
	}
	best, least := p, p.forecast()
	limit := least
	sure, err := p.sure()
	if err != nil {
		return nil, err
	}
	// Steps outside of the regions may have other layouts too. What would gain next to
	// nothing is left as it is.
	if sure != nil {
		if cycles := sure.forecast(); cycles < limit*(1-model.Here.Region.About) {
			best, least = sure, cycles
		}
	}
	// Regions that leave almost nothing to be stored may still pay all together.
	if most := p.find(region.Max, 0); most != nil && best.IntermediateBytes() > p.IntermediateBytes()/mostStored {
		c, err := p.with(most)
		if err != nil {
			return nil, err
		}
		if cycles := c.forecast(); cycles < min(least, limit/(1+model.Here.Region.Doubt)) {
			best, least = c, cycles
		}
	}
	if best, err = p.smaller(best, least); err != nil {
		return nil, err
	}
	return best.alone(), nil
}

// Where regions save no time they may still save memory: in a few large slices kernels are
// as fast as with whole tensors. littleMemory is the part of the peak of live bytes below
// which it pays, and largeParts into how many slices the largest intermediate is cut.
const littleMemory = 0.8

var largeParts = [...]int{2, 4, 8}

// smaller returns a program that has less bytes live than the best so far, and is forecast
// to take about as long, or else the best.
func (p *Program) smaller(best *Program, least float64) (*Program, error) {
	if len(p.tree.Steps) > manySteps {
		return best, nil
	}
	if best != p {
		if less, err := best.needsLess(p, littleMemory); less || err != nil {
			return best, err
		}
	}
	largest := 0
	for i := range p.Steps[:len(p.Steps)-1] {
		largest = max(largest, p.Steps[i].Bytes)
	}
	for _, parts := range largeParts {
		regions := p.find(region.Auto, largest/parts)
		if regions == nil {
			continue
		}
		c, err := p.with(regions)
		if err != nil {
			return nil, err
		}
		if c.forecast() > least*(1+model.Here.Region.About) {
			continue
		}
		if less, err := c.needsLess(p, littleMemory); less || err != nil {
			return c, err
		}
	}
	return best, nil
}

// mostStored is the part of the intermediates that may be stored where no more regions
// are looked for.
const mostStored = 8

// manySteps is how many a network has that takes so long to compile that slices of one
// size have to do.
const manySteps = 10_000

// littleWaiting is the part of its time that a program may wait for memory where no
// smaller slices are tried.
const littleWaiting = 0.05

// sure returns the program with those regions that are each sure to pay, nil if there
// are none.
func (p *Program) sure() (*Program, error) {
	var found []gain
	sizes := region.SliceSizes()
	if len(p.tree.Steps) > manySteps {
		sizes = sizes[:1]
	}
	for _, slice := range sizes {
		regions := p.find(region.Auto, slice)
		if regions == nil {
			continue
		}
		c, err := p.again(p, p.options, regions, layout.Usual)
		if err != nil {
			return nil, err
		}
		c.estimate()
		for i := range c.Regions {
			found = c.appendSure(found, &c.Regions[i])
		}
		if c.waits() < littleWaiting*c.forecast() {
			break // smaller slices save that at most
		}
	}
	if found = p.disjoint(found); len(found) == 0 {
		return nil, nil
	}
	if c := exactly(found); c != nil {
		return c, nil
	}
	regions := make([]region.Region, len(found))
	for i := range found {
		regions[i] = *found[i].Region
	}
	return p.again(p, p.options, region.New(p.tree, regions), layout.Usual)
}

// waits returns what all steps wait for memory, in cycles, once they are estimated.
func (p *Program) waits() (cycles float64) {
	for i := range p.Steps {
		cycles += p.stepForecast(i) - p.cycles[i]
	}
	return cycles
}

// gain is a region and what it is forecast to save, in cycles.
type gain struct {
	*region.Region
	cycles float64
	of     *Program // that has the region, or one that it is a part of
	part   bool
}

// disjoint returns those regions that save most, no two of which share a step.
func (p *Program) disjoint(found []gain) []gain {
	slices.SortStableFunc(found, func(x, y gain) int { return cmp.Compare(y.cycles, x.cycles) })
	taken := make([]bool, len(p.tree.Steps))
	return slices.DeleteFunc(found, func(g gain) bool {
		if slices.ContainsFunc(g.Steps, func(k int32) bool { return taken[k] }) {
			return true
		}
		for _, k := range g.Steps {
			taken[k] = true
		}
		return false
	})
}

// exactly returns the program that has these regions and no others, if there is one.
func exactly(sure []gain) *Program {
	c := sure[0].of
	if len(sure) != len(c.Regions) || slices.ContainsFunc(sure, func(g gain) bool { return g.of != c || g.part }) {
		return nil
	}
	return c
}
