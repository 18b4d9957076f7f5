package contract

import (
	"slices"

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
