package contract

import (
	"slices"

	"tnbench/internal/instance"
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
	}
	return total
}

// carrying returns what it takes to store a tensor and to fetch it again.
func carrying(bytes float64) float64 { return region.Store(bytes) + region.Fetch(bytes) }

// markRegions tells the executor which steps are in a region.
func (p *Program) markRegions() {
	for i := range p.ops {
		p.ops[i].region = none
	}
	for g := range p.Regions {
		for i := p.Regions[g].First; i <= p.Regions[g].Last; i++ {
			p.ops[i].region = int32(g)
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

// loop is what the executor needs of a region.
type loop struct {
	first, last int32
	parts       []int   // of the cuts, the outermost first
	slices      int     // the product of the parts
	adds        int     // slices that are added up, one after the other
	takes       []int32 // requests, by id
	outs        []int32 // by step: the place of its result's request in takes; none: the caller's memory
	scratch     int32   // the place of the temporary in takes, if there is one
	gives       []give
	moves       []move
}

// give is a buffer that goes back when a region ends: a slot's, or what was taken.
type give struct{ request, slot, taken int32 }

// move says how far a slot moves with each cut, in bytes.
type move struct {
	slot int32
	by   []int
}

// grown returns a slice of at least n elements.
func grown[T any](s []T, n int) []T {
	if n > len(s) {
		return make([]T, n)
	}
	return s
}

// setLoops compiles the loops around the steps of regions.
func (p *Program) setLoops() {
	p.loops = make([]loop, len(p.Regions))
	for i := range p.Regions {
		g := &p.Regions[i]
		l := loop{first: int32(g.First), last: int32(g.Last), slices: g.Slices(), adds: g.Adds}
		for _, c := range g.Cuts {
			l.parts = append(l.parts, c.Parts)
		}
		for k := g.First; k <= g.Last; k++ {
			op := &p.ops[k]
			l.take(op.result)
			l.take(op.scratch)
			p.addMove(&l, g, op.left, op.left)
			p.addMove(&l, g, op.right, op.right)
			l.giveBack(op.lastLeft, op.left)
			l.giveBack(op.lastRight, op.right)
		}
		root := &p.ops[g.Last]
		p.addMove(&l, g, root.out, root.out)
		slices.Sort(l.takes)
		for k := g.First; k <= g.Last; k++ {
			l.outs = append(l.outs, int32(slices.Index(l.takes, p.ops[k].result)))
		}
		l.scratch = int32(slices.Index(l.takes, g.scratch))
		for at, id := range l.takes {
			if id != root.result {
				l.gives = append(l.gives, give{request: id, slot: none, taken: int32(at)})
			}
		}
		slices.SortFunc(l.gives, func(x, y give) int { return int(x.request - y.request) })
		p.loops[i] = l
	}
}

// take notes a request that is taken at the start.
func (l *loop) take(request int32) {
	if request != none && !slices.Contains(l.takes, request) {
		l.takes = append(l.takes, request)
	}
}

// giveBack notes an operand from outside that no later step needs.
func (l *loop) giveBack(request, slot int32) {
	if request != none {
		l.gives = append(l.gives, give{request: request, slot: slot, taken: none})
	}
}

// addMove notes how a tensor that is stored is sliced, if it is.
func (p *Program) addMove(l *loop, g *Region, id, slot int32) {
	if int(id) >= len(p.layouts) || p.regions.Inside(id) != nil {
		return // the scalar 1, or what is never there but for a slice
	}
	m, moves := move{slot: slot, by: make([]int, len(g.Cuts))}, false
	for i, c := range g.Cuts {
		m.by[i] = p.stride(id, c.Label) * (p.Instance.Dims[c.Label] / c.Parts) * p.DType().Size()
		moves = moves || m.by[i] != 0
	}
	if moves {
		l.moves = append(l.moves, m)
	}
}

// stride returns how many elements the next value of a label is away in a tensor that
// is stored; a label that repeats runs along the diagonal.
func (p *Program) stride(id int32, label instance.Label) int {
	layout, next, stride := p.layouts[id], 1, 0
	for i := len(layout) - 1; i >= 0; i-- {
		if layout[i] == label {
			stride += next
		}
		next *= p.Instance.Dims[layout[i]]
	}
	return stride
}
