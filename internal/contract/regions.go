package contract

import (
	"slices"

	"tnbench/internal/kernel"
	"tnbench/internal/kernel/blas"
	"tnbench/internal/kernel/nest"
	"tnbench/internal/region"
)

// Region is the steps of a program that run slice by slice.
type Region struct {
	*region.Region
	First, Last int // the steps, in execution order
	// Shares is among how many workers its slices are divided; with 1, kernels divide
	// their work themselves.
	Shares int

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
			p.Regions = append(p.Regions, Region{Region: g, First: i, Shares: p.shares(g), scratch: none})
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

// leastShared is the part of the workers' time that must be used where slices are divided
// among them: the last slices may leave some without work.
const leastShared = 0.75

// mostShares bounds the workers that share slices: each has a slot for each tensor.
// slicesPerWorker is the slices of a region for each of them at least: together they must
// have a small part of what is not to be stored.
const (
	mostShares      = 256
	slicesPerWorker = 8
)

// shares returns among how many workers the slices of a region are best divided. Those that
// are added up are done by one, in their order: results do not depend on the workers.
func (p *Program) shares(g *region.Region) int {
	o := &p.options.Kernel
	if o.Threads <= 1 || o.Backend != blas.Native || p.slicing != nil {
		return 1
	}
	parts, workers := g.Slices()/g.Adds, min(o.Threads, mostShares)
	turns := (parts + workers - 1) / workers
	if g.Slices() < slicesPerWorker*workers || float64(parts) < leastShared*float64(turns*workers) {
		return 1
	}
	return workers
}

// kernelOptions returns what the kernel of step i is made with.
func (p *Program) kernelOptions(i int) kernel.Options {
	o := p.options.Kernel
	if g := p.regionOf(&p.ops[i]); g != nil && g.Shares > 1 {
		o.Threads = 1
	}
	return o
}

// shareOut has the buffers of slices consist of a part for each worker.
func (p *Program) shareOut() {
	for i := range p.Regions {
		g := &p.Regions[i]
		if g.Shares == 1 {
			continue
		}
		own := map[int32]bool{g.scratch: true}
		for k := g.First; k < g.Last; k++ {
			own[p.ops[k].result] = true
		}
		delete(own, none)
		for id := range own {
			r := &p.Requests[id]
			r.Bytes = g.Shares * nest.RoundUp(r.Bytes, nest.CacheLine)
		}
	}
}
