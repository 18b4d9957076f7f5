package contract

import (
	"tnbench/internal/alloc"
	"tnbench/internal/instance"
	"tnbench/internal/slicing"
)

// Slices are the steps of a program that run once per slice of the whole network.
type Slices struct {
	*slicing.Slicing
	First, Last int // the steps, in execution order

	block int32 // request of what a slice makes for itself; none: it makes nothing
}

// has reports whether a step is one of them.
func (s *Slices) has(i int) bool { return s != nil && i >= s.First && i <= s.Last }

// setSlices finds out where the loop around slices is in the execution order.
func (p *Program) setSlices() {
	if p.slicing == nil {
		return
	}
	p.Slices = &Slices{Slicing: p.slicing, First: len(p.Steps)}
	for i := range p.Steps {
		if p.slicing.Inside(int(p.Steps[i].Out) - len(p.Instance.Inputs)) {
			p.Slices.First, p.Slices.Last = min(p.Slices.First, i), i
		}
	}
}

// times returns how many times a step runs, the slices of a region counted as once.
func (p *Program) times(i int) int {
	if p.Slices.has(i) {
		return p.Slices.Slices()
	}
	return 1
}

// block is one buffer for all that a slice of the network makes and uses itself. As all
// slices are alike, its parts are placed when the program is compiled, in the least
// memory, and stay where they are.
type block struct {
	request         int32 // none: a slice makes nothing for itself
	offsets         []int
	outs, scratches []int32 // by step: the part that is its result, its temporary; none: another buffer
}

// packSlice replaces the requests that live within a slice by one for all of them. What
// the slices use lives as long as their loop, and so does what they add up to.
func (p *Program) packSlice() *block {
	s := p.Slices
	if s == nil {
		return nil
	}
	added := p.ops[s.Last].result
	if added != none {
		p.Requests[added].First = int32(s.First)
	}
	var within, others []alloc.Request
	var makers []int32
	part, renamed := make([]int32, len(p.Requests)+1), make([]int32, len(p.Requests)+1) // by id; none: the other one
	for id, r := range p.Requests {
		part[id], renamed[id] = none, none
		if int(r.First) >= s.First && int(r.Last) <= s.Last {
			part[id] = int32(len(within))
			within = append(within, r)
			continue
		}
		if int(r.First) < s.First && int(r.Last) >= s.First {
			r.Last = max(r.Last, int32(s.Last))
		}
		renamed[id] = int32(len(others))
		others = append(others, r)
		if id < p.Intermediates {
			makers = append(makers, p.makers[id])
		}
	}
	of := func(table []int32, id int32) int32 {
		if id == none {
			return none
		}
		return table[id]
	}
	b := &block{request: none}
	for i := s.First; i <= s.Last; i++ {
		b.outs = append(b.outs, of(part, p.ops[i].result))
		b.scratches = append(b.scratches, of(part, p.ops[i].scratch))
	}
	for i := range p.ops {
		for _, id := range [...]*int32{&p.ops[i].result, &p.ops[i].scratch, &p.ops[i].lastLeft, &p.ops[i].lastRight} {
			*id = of(renamed, *id)
		}
	}
	for g := range p.Regions {
		p.Regions[g].scratch = of(renamed, p.Regions[g].scratch)
	}
	if len(within) > 0 {
		plan, err := alloc.Plan(within, false)
		if err != nil {
			panic(err) // sizes were checked
		}
		b.request, b.offsets = int32(len(others)), plan.Offsets
		others = append(others, alloc.Request{Bytes: plan.Height, First: int32(s.First), Last: int32(s.Last)})
	}
	p.Requests, p.makers, p.Intermediates, s.block = others, makers, len(makers), b.request
	return b
}

// sliceLoop compiles the loop around the steps of a slice.
func (p *Program) sliceLoop(b *block) loop {
	s := p.Slices
	l := loop{first: int32(s.First), last: int32(s.Last), region: none, slices: s.Slices(), adds: s.Adds, shares: 1}
	for _, c := range s.Cuts {
		l.parts = append(l.parts, c.Parts)
	}
	p.addMoves(&l, s.Cuts, p.Instance)
	p.ops[s.Last].scratch = b.request // so that it is taken
	p.addBuffers(&l)
	p.ops[s.Last].scratch = none
	l.offsets = b.offsets
	for at, id := range l.takes {
		if id == b.request {
			l.block = int32(at)
		}
	}
	behind := func(places, parts []int32) {
		for i, part := range parts {
			if places[i] = none; part != none {
				places[i] = int32(len(l.takes)) + part
			}
		}
	}
	root := l.outs[len(l.outs)-1]
	behind(l.outs, b.outs)
	behind(l.scratches, b.scratches)
	l.outs[len(l.outs)-1] = root
	return l
}

// Unsliced compiles the same network without slices, to be compared with. It fails with a
// [SizeError] if it is too large for any machine.
func (p *Program) Unsliced() (*Program, error) {
	if p.Slices == nil {
		return p, nil
	}
	o := p.options
	o.Slices = nil
	return CompileTree(p.whole, instance.Undeclared(p.Path), o)
}

// Options returns what the program was compiled with.
func (p *Program) Options() Options { return p.options }

// Cycles forecasts roughly what a contraction takes, for comparisons with other programs
// of the same network.
func (p *Program) Cycles() float64 {
	c := *p // programs do not change
	return c.forecast()
}

// SliceBuffer reports whether a request is the one of all that a slice of the network
// makes for itself.
func (p *Program) SliceBuffer(id int) bool { return p.Slices != nil && int32(id) == p.Slices.block }
