package contract

import (
	"slices"

	"tnbench/internal/kernel"
	"tnbench/internal/kernel/model"
	"tnbench/internal/kernel/nest"
	"tnbench/internal/layout"
	"tnbench/internal/path"
	"tnbench/internal/region"
)

// estimate notes what the arithmetic of each step takes, all slices together, once, and in
// the program without regions.
func (p *Program) estimate() {
	if p.cycles != nil {
		return
	}
	if p.plain != nil {
		p.plain.estimate()
	}
	p.cycles = make([]float64, len(p.Steps))
	build := layout.NewNests(p.tree, p.regions)
	for i := range p.Steps {
		s, op := &p.Steps[i], &p.ops[i]
		g := p.regionOf(op)
		if p.plain != nil && g == nil {
			if at := p.plain.place(s.Out); p.plain.ops[at].kernel == op.kernel {
				p.cycles[i] = p.plain.cycles[at]
				continue
			}
		}
		p.cycles[i] = kernel.Cycles(op.kernel, build.Spec(s.Step, p.layouts))
		if g != nil {
			p.cycles[i] = float64(g.Slices()) * (p.cycles[i] + model.Here.Region.Step)
		}
	}
}

// forecast returns roughly what all steps take, in cycles.
func (p *Program) forecast() float64 {
	p.estimate()
	total := 0.0
	for i := range p.Steps {
		total += float64(p.times(i)) * p.stepForecast(i)
	}
	return total
}

// stepForecast returns roughly what a step takes, all slices together. What a step loses
// against the same one without regions, in slices or in other layouts, counts twice: it is
// a loss that nothing limits, and kernels in which slices are slow are slower than
// estimated.
func (p *Program) stepForecast(i int) float64 {
	g := p.regionOf(&p.ops[i])
	inside := func(id int32) bool { return p.regions.Inside(id) != nil }
	cycles := beside(p.cycles[i], p.moving(i, g, inside))
	if p.plain == nil {
		return cycles
	}
	if g != nil {
		return cycles + p.loss(i)
	}
	return cycles + max(0, cycles-p.plain.stepForecast(p.plain.place(p.Steps[i].Out)))
}

// loss returns what the arithmetic of a step in a region loses against that of whole tensors.
func (p *Program) loss(i int) float64 {
	return max(0, p.cycles[i]-p.plain.cycles[p.plain.place(p.Steps[i].Out)])
}

// beside returns what a step takes whose arithmetic and memory take so long: arithmetic
// hides a part of what memory takes.
func beside(arithmetic float64, m moved) float64 {
	arithmetic += m.packed
	return max(arithmetic+model.Here.Region.Carried*m.memory, m.memory)
}

// moved is what it takes to move tensors between memory and the near cache: what may be
// done while there is arithmetic, and what packing waits for.
type moved struct{ memory, packed float64 }

// moving returns what it takes to move the tensors of a step, all slices together; those
// that are inside stay in the near cache a slice at a time.
func (p *Program) moving(i int, g *Region, inside func(id int32) bool) (m moved) {
	s, times := &p.Steps[i], 1.0
	if g != nil {
		times = float64(g.Slices())
	}
	for side, id := range [...]int32{s.Left, s.Right} {
		switch {
		case id == path.NoTensor:
		case inside(id):
			m.memory += times * region.Fetch(p.bytesOf(id)/times)
		default:
			p.fetching(&m, id, g, [...]nest.Access{s.Kernel.A, s.Kernel.B}[side] == nest.Packed)
		}
	}
	bytes := p.bytesOf(s.Out)
	if inside(s.Out) {
		m.memory += times * region.Store(bytes/times)
		return m
	}
	m.memory += region.Store(bytes)
	if g != nil && g.Adds > 1 {
		pieces := times / float64(g.Adds)
		m.memory += float64(g.Adds-1) * pieces * (region.Store(bytes/pieces) + region.Fetch(bytes/pieces))
	}
	return m
}

// fetching adds what it takes to fetch a tensor that is stored whole: once, and what
// the loops of a region come back to as often as they do.
func (p *Program) fetching(m *moved, id int32, g *Region, packed bool) {
	bytes := p.bytesOf(id)
	m.memory += region.Fetch(bytes)
	if packed {
		m.packed += region.Pack(bytes)
	}
	if g == nil {
		return
	}
	// Outside of the outermost loop in which the tensor stands still there is another
	// part of it each time, inside the same part comes again.
	parts, again, still := 1.0, 1.0, false
	for _, c := range g.Cuts {
		moves := slices.Contains(p.layouts[id], c.Label)
		switch still = still || !moves; {
		case !moves:
			again *= float64(c.Parts)
		case !still:
			parts *= float64(c.Parts)
		}
	}
	m.memory += (again - 1) * parts * region.Fetch(bytes/parts)
	if packed {
		m.packed += (again - 1) * parts * region.Pack(bytes/parts)
	}
}

// bytesOf returns the size of a tensor, or of what a slice of the network has of it.
func (p *Program) bytesOf(id int32) float64 {
	return p.tree.Instance.Size(p.layouts[id]) * float64(p.DType().Size())
}

// stepCost is what a step takes without its region, and with it: if what the step before
// makes, and what it makes itself, are stored or not.
type stepCost struct {
	without float64
	with    [2][2]float64
	bytes   float64 // of the result
}

// stepCosts returns what the steps of a region take.
func (p *Program) stepCosts(g *Region) []stepCost {
	costs := make([]stepCost, len(g.Steps))
	for n := range costs {
		i := g.First + n
		s, c := &p.Steps[i], &costs[n]
		at := p.plain.place(s.Out)
		arithmetic, memory := p.plain.cycles[at], p.plain.moving(at, nil, nothing)
		c.bytes, c.without = p.bytesOf(s.Out), beside(arithmetic, memory)
		with := doubted(p.cycles[i], arithmetic)
		for in := range c.with {
			for out := range c.with[in] {
				inside := func(id int32) bool {
					return n > 0 && in > 0 && id == p.Steps[i-1].Out || n < len(costs)-1 && out > 0 && id == s.Out
				}
				c.with[in][out] = beside(with, p.moving(i, g, inside))
			}
		}
	}
	return costs
}

// nothing is inside of a region where there is none.
func nothing(int32) bool { return false }

// doubted returns what arithmetic takes in a region, as far as estimates of a gain are to
// be trusted; a loss counts twice.
func doubted(with, without float64) float64 {
	return max(with, min(without, with*(1+model.Here.Region.Doubt))) + max(0, with-without)
}

// appendSure appends the part of a region that streams most of those that are forecast to
// save about the most, if any is sure to save something.
func (p *Program) appendSure(found []gain, g *Region) []gain {
	costs := p.stepCosts(g)
	best, most := 0.0, 0.0
	eachPart(costs, func(_, _ int, gain, _, _ float64) { best = max(best, gain) })
	var from, to int
	var saved float64
	eachPart(costs, func(i, k int, gain, streamed, whole float64) {
		if gain >= best-model.Here.Region.About*whole && streamed > most {
			most, from, to, saved = streamed, i, k+1, gain
		}
	})
	if most == 0 {
		return found
	}
	return append(found, gain{g.Part(p.tree, from, to), saved, p, to-from < len(g.Steps)})
}

// eachPart tells what each part of a region gains, if that is enough to be sure of, the
// bytes that it does not store, and what all takes without it. Parts whose result is
// larger than all that they stream are left out: writing it in slices costs more than is
// forecast.
func eachPart(costs []stepCost, visit func(from, to int, gain, streamed, whole float64)) {
	for i := range costs {
		whole, with := costs[i].without, costs[i].with[0][1]
		streamed, largest := 0.0, costs[i].bytes
		for k := i + 1; k < len(costs); k++ {
			c := &costs[k]
			whole, streamed = whole+c.without, streamed+costs[k-1].bytes
			if gain := whole - with - c.with[1][0]; gain > model.Here.Region.Gain*whole && c.bytes <= largest {
				visit(i, k, gain, streamed, whole)
			}
			with, largest = with+c.with[1][1], max(largest, c.bytes)
		}
	}
}
