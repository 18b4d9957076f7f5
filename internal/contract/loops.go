package contract

import (
	"slices"

	"tnbench/internal/instance"
)

// loop is what the executor needs of steps that run once per slice: a region, or all
// that depends on a slice of the network. The latter may have regions in it, which use
// its buffers.
type loop struct {
	first, last int32
	region      int32   // that it is; none: the loop around slices of the network
	parts       []int   // of the cuts, the outermost first
	place       int     // of its positions behind those of the loop that it is in
	slices      int     // the product of the parts
	adds        int     // slices that are added up, one after the other
	shares      int     // workers that share the slices
	takes       []int32 // requests, by id
	strides     []int   // by takes: how far apart the parts of the workers are, in bytes; 0: they share it
	block       int32   // the place in takes of the one that has the other buffers
	offsets     []int   // of these
	outs        []int32 // by step: its result's place in takes, or behind them in offsets; none: the caller's memory
	scratches   []int32 // by step: the same of its temporary; none: it needs none, or it is fixed
	gives       []give
	moves       []move
}

// give is a buffer that goes back when a loop ends: a slot's, or what was taken.
type give struct{ request, slot, taken int32 }

// move says how far a slot moves with each cut, in bytes.
type move struct {
	slot int32
	by   []int
}

// setLoops compiles the loops around the steps of regions, and around those of slices,
// which share the block b.
func (p *Program) setLoops(b *block) {
	p.loops = make([]loop, len(p.Regions), len(p.Regions)+1)
	if p.Slices != nil {
		p.loops = append(p.loops, p.sliceLoop(b))
	}
	for i := range p.Regions {
		g := &p.Regions[i]
		l := loop{first: int32(g.First), last: int32(g.Last), region: int32(i), slices: g.Slices(), adds: g.Adds, shares: g.Shares}
		for _, c := range g.Cuts {
			l.parts = append(l.parts, c.Parts)
		}
		p.addMoves(&l, g.Cuts, p.tree.Instance)
		if p.Slices.has(g.First) {
			outer := &p.loops[len(p.Regions)]
			l.place = len(outer.parts)
			l.scratches = outer.scratches[l.first-outer.first:][:l.last-l.first+1]
		} else {
			p.addBuffers(&l)
		}
		p.loops[i] = l
	}
}

// addBuffers notes what a loop takes and gives back: the results and temporaries of its
// steps, and operands from outside that no later step needs.
func (p *Program) addBuffers(l *loop) {
	for k := l.first; k <= l.last; k++ {
		op := &p.ops[k]
		l.take(op.result)
		l.take(op.scratch)
		l.giveBack(op.lastLeft, op.left)
		l.giveBack(op.lastRight, op.right)
	}
	slices.Sort(l.takes)
	for k := l.first; k <= l.last; k++ {
		l.outs = append(l.outs, int32(slices.Index(l.takes, p.ops[k].result)))
		l.scratches = append(l.scratches, int32(slices.Index(l.takes, p.ops[k].scratch)))
	}
	for at, id := range l.takes {
		if id == p.ops[l.last].result {
			l.strides = append(l.strides, 0)
			continue
		}
		l.strides = append(l.strides, p.Requests[id].Bytes/l.shares)
		l.gives = append(l.gives, give{request: id, slot: none, taken: int32(at)})
	}
	slices.SortFunc(l.gives, func(x, y give) int { return int(x.request - y.request) })
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

// addMoves notes how tensors from outside are sliced, those that are. in has the
// dimensions that are cut.
func (p *Program) addMoves(l *loop, cuts []instance.Cut, in *instance.Instance) {
	for k := l.first; k <= l.last; k++ {
		p.addMove(l, cuts, in, p.ops[k].left)
		p.addMove(l, cuts, in, p.ops[k].right)
	}
	p.addMove(l, cuts, in, p.ops[l.last].out)
}

// addMove notes how a tensor that is stored is sliced, if it is.
func (p *Program) addMove(l *loop, cuts []instance.Cut, in *instance.Instance, slot int32) {
	if int(slot) >= len(p.layouts) || p.regions.Inside(slot) != nil || l.region == none && p.stored(slot) != p.Instance {
		return // the scalar 1, or what is never there but for a slice
	}
	m, moves := move{slot: slot, by: make([]int, len(cuts))}, false
	for i, c := range cuts {
		m.by[i] = p.stride(slot, c.Label) * (in.Dims[c.Label] / c.Parts) * p.DType().Size()
		moves = moves || m.by[i] != 0
	}
	if moves {
		l.moves = append(l.moves, m)
	}
}

// stored returns the network whose dimensions a tensor has where it is stored: inputs and
// the result are whole, intermediates are of a slice.
func (p *Program) stored(id int32) *instance.Instance {
	if int(id) < len(p.Instance.Inputs) || int(id) == len(p.layouts)-1 {
		return p.Instance
	}
	return p.tree.Instance
}

// bytes returns the size of a tensor where it is stored.
func (p *Program) bytes(id int32) int {
	n, _ := p.stored(id).Elements(p.layouts[id])
	return n * p.DType().Size()
}

// stride returns how many elements the next value of a label is away in a tensor that
// is stored; a label that repeats runs along the diagonal.
func (p *Program) stride(id int32, label instance.Label) int {
	layout, dims, next, stride := p.layouts[id], p.stored(id).Dims, 1, 0
	for i := len(layout) - 1; i >= 0; i-- {
		if layout[i] == label {
			stride += next
		}
		next *= dims[layout[i]]
	}
	return stride
}
