package contract

import (
	"slices"

	"tnbench/internal/kernel"
	"tnbench/internal/kernel/model"
	"tnbench/internal/region"
)

// Region is the steps of a program that run slice by slice.
type Region struct {
	*region.Region
	First, Last int // the steps, in execution order

	scratch int32 // request of the temporary of all steps
}

// setRegions finds out where regions are in the execution order, and what they stream.
func (p *Program) setRegions() {
	if p.regions == nil {
		return
	}
	p.Regions = make([]Region, 0, len(p.regions.All))
	inputs := len(p.Instance.Inputs)
	for i := range p.Steps {
		s := &p.Steps[i]
		g := p.regions.Of(int(s.Out) - inputs)
		if g == nil {
			continue
		}
		if last := len(p.Regions) - 1; last < 0 || p.Regions[last].Region != g {
			p.Regions = append(p.Regions, Region{Region: g, First: i, scratch: none})
		}
		p.Regions[len(p.Regions)-1].Last = i
		s.Streamed = p.regions.Inside(s.Out) != nil
	}
}

// sureRegions returns the regions that are forecast to save time, given the kernels that
// their slices have and those of the program without regions. It reports whether these
// are what the program has.
func (p *Program) sureRegions(whole *Program) (sure *region.Regions, same bool) {
	place := make([]int32, len(p.tree.Steps)) // of the steps in the other program
	for i := range whole.Steps {
		place[int(whole.Steps[i].Out)-len(p.Instance.Inputs)] = int32(i)
	}
	var kept []region.Region
	same = true
	for i := range p.Regions {
		g := &p.Regions[i]
		part := p.surest(g, whole, place)
		if same = same && part != nil && len(part.Steps) == len(g.Steps); part != nil {
			kept = append(kept, *part)
		}
	}
	return region.New(p.tree, kept), same
}

// surest returns the part of a region that streams most of those that are forecast to save
// about the most, nil if none is sure to save anything.
func (p *Program) surest(g *Region, whole *Program, place []int32) *region.Region {
	costs := p.stepCosts(g, whole, place)
	best, most := 0.0, 0.0
	eachPart(costs, func(_, _ int, gain, _, _ float64) { best = max(best, gain) })
	var from, to int
	eachPart(costs, func(i, k int, gain, carried, whole float64) {
		if gain >= best-model.Here.Region.About*whole && carried > most {
			most, from, to = carried, i, k+1
		}
	})
	if most == 0 {
		return nil
	}
	return g.Part(p.tree, from, to)
}

// stepCost is what a step takes with and without its region, and what moving its result
// takes in excess if it is stored, in cycles; and the bytes of that.
type stepCost struct{ with, without, carried, bytes float64 }

// gain returns what the arithmetic of a step gains in the region, beyond the doubt of
// estimates.
func (c stepCost) gain() float64 {
	doubt := 1 + model.Here.Region.Doubt
	if c.with > c.without {
		return min(0, c.without*doubt-c.with)
	}
	return max(0, c.without/doubt-c.with)
}

// eachPart tells what each part of a region gains, if that is enough to be sure of, what
// moving its intermediates takes if they are stored, and what all takes then. Parts whose
// result is larger than all that they stream are left out: writing it in slices costs more
// than is forecast.
func eachPart(costs []stepCost, visit func(from, to int, gain, carried, whole float64)) {
	for i := range costs {
		gain, carried, whole, largest := costs[i].gain(), 0.0, costs[i].without, costs[i].bytes
		for k := i + 1; k < len(costs); k++ {
			saved := costs[k-1].carried
			gain, carried, whole = gain+saved+costs[k].gain(), carried+saved, whole+saved+costs[k].without
			if gain > model.Here.Region.Gain*whole && costs[k].bytes <= largest {
				visit(i, k, gain, carried, whole)
			}
			largest = max(largest, costs[k].bytes)
		}
	}
}

// stepCosts returns what the steps of a region take.
func (p *Program) stepCosts(g *Region, whole *Program, place []int32) []stepCost {
	size, times := float64(p.DType().Size()), float64(g.Slices())
	costs := make([]stepCost, len(g.Steps))
	for n, k := range g.Steps {
		i, at := g.First+n, int(place[k])
		bytes := p.Steps[i].Elements * size
		costs[n] = stepCost{
			with:    times * (kernel.Cycles(p.ops[i].kernel, p.Spec(&p.Steps[i])) + model.Here.Region.Step),
			without: kernel.Cycles(whole.ops[at].kernel, whole.Spec(&whole.Steps[at])),
			bytes:   bytes,
			carried: model.Here.Region.Carried * (carrying(bytes) - times*carrying(bytes/times)),
		}
	}
	return costs
}

// forecast returns roughly what all steps take, in cycles, and moving what they store.
func (p *Program) forecast() float64 {
	total, size := 0.0, float64(p.DType().Size())
	for i := range p.Steps {
		s, times, start := &p.Steps[i], 1.0, 0.0
		once := total
		if g := p.regionOf(&p.ops[i]); g != nil {
			times, start = float64(g.Slices()), model.Here.Region.Step
		}
		bytes := s.Elements * size
		if s.Streamed {
			bytes /= times
		} else {
			total += model.Here.Region.Carried * carrying(bytes)
			bytes = 0
		}
		total += times * (kernel.Cycles(p.ops[i].kernel, p.Spec(s)) + start + model.Here.Region.Carried*carrying(bytes))
		total = once + float64(p.times(i))*(total-once)
	}
	return total
}

// carrying returns what it takes to store a tensor and to fetch it again.
func carrying(bytes float64) float64 { return region.Store(bytes) + region.Fetch(bytes) }

// markLoops tells the executor which steps are in a region, and in a loop.
func (p *Program) markLoops() {
	for i := range p.ops {
		p.ops[i].region = none
	}
	for g := range p.Regions {
		for i := p.Regions[g].First; i <= p.Regions[g].Last; i++ {
			p.ops[i].region = int32(g)
		}
	}
	for i := range p.ops {
		if p.ops[i].loop = p.ops[i].region; p.Slices.has(i) {
			p.ops[i].loop = int32(len(p.Regions))
		}
	}
}

// regionOf returns the region that a step is in, nil for none.
func (p *Program) regionOf(o *op) *Region {
	if o.region == none {
		return nil
	}
	return &p.Regions[o.region]
}

// addSlices adds the buffers that the steps of a region take turns with: each result of
// a slice gets one that no later step of the slice needs any more, or a new one.
func (p *Program) addSlices(g *Region) {
	var free []int32
	taken := make(map[int32]int32, g.Last-g.First) // by SSA id
	for i := g.First; i < g.Last; i++ {
		bytes := p.Steps[i].Bytes / g.Slices()
		if len(free) == 0 {
			p.ops[i].result = p.addIntermediate(bytes, i, int32(g.First), int32(g.Last))
		} else {
			at := 0
			for k := range free { // the one that is nearest in size
				if p.misfit(free[k], bytes) < p.misfit(free[at], bytes) {
					at = k
				}
			}
			id := free[at]
			free = slices.Delete(free, at, at+1)
			p.Requests[id].Bytes, p.makers[id] = max(p.Requests[id].Bytes, bytes), int32(i)
			p.ops[i].result = id
		}
		taken[p.ops[i].out] = p.ops[i].result
		for _, operand := range [...]int32{p.ops[i].left, p.ops[i].right} {
			if id, ok := taken[operand]; ok {
				free = append(free, id)
			}
		}
	}
}

// misfit returns by how much a buffer is too large or too small.
func (p *Program) misfit(request int32, bytes int) int {
	d := p.Requests[request].Bytes - bytes
	return max(d, -d)
}
