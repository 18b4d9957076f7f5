// Package layout chooses the axis order of every intermediate of a network, and
// turns steps with layouts into the loop nests that kernels take. It knows
// kernels by their estimates only.
package layout

import (
	"cmp"
	"slices"
	"sync"

	"tnbench/internal/instance"
	"tnbench/internal/kernel/model"
	"tnbench/internal/path"
	"tnbench/internal/region"
)

// Layouts are the axis orders of all tensors, by SSA id. Inputs and the result are
// as the network says; intermediates are free.
//
// All intermediates start out in one global order of labels: by the step that
// drops them, soonest outermost. So the labels that a step sums are the outermost
// of both its operands, in the same order; what is left keeps its order from the
// operands to the result; and the innermost, contiguous runs are made of the
// labels that live longest, which most steps merely carry along. That suits
// networks of many hyperedges, whose steps stream.
//
// Large products would rather have whole rows of one operand's labels. So each
// large intermediate then tries the orders that group its labels by what its
// consumer and its producer do with them, and keeps the one in which the two
// steps together are estimated to be fastest. As this finds the nearest optimum
// only, it starts from several places: each start is a [Descent]. Descents
// may run at the same time, each worker with a [Search] of its own; then Settle
// takes the best.
//
// The network's result has the order that the network says. If it is small beside what it is
// made of, the search takes it for free: kernels put it in its place in the end.
//
// A tensor on the edge of a region has the labels outermost that the region takes
// value by value, so that a slice of it is of one piece.
type Layouts struct {
	tree     *path.Tree
	regions  *region.Regions
	start    Start
	base     [][]instance.Label // where the search starts, if that is Kept
	all      [][]instance.Label // globally ordered
	large    []intermediate
	place    []int32       // place[i]: where the result of step i is in large; -1 if it is small
	visits   []visit       // the steps that make or use large intermediates
	numLoops int           // of all visits
	global   order         // of as many axes as any intermediate has
	sliced   map[int32]int // by tensor: how many labels are outermost for a region

	described sync.Once
}

// visit is a step to whose nests descents come back.
type visit struct {
	step  *path.Step
	first int32   // of its loops among those of all visits
	times float64 // as many as slices, if it is in a region
	far   bool    // and of a tensor that no cache holds
}

// none is the consumer of a network's result.
const none = -1

// small marks the results of steps whose layouts are not looked for.
const small = -1

// largeElements: intermediates below it cost less than thinking about them.
const largeElements = 4096

// New puts all intermediates of a tree that has these regions in the global order. With
// a base, the layouts of the same tree without regions, only those that steps of regions
// make or use are looked at, and all others are as they are there.
func New(tree *path.Tree, regions *region.Regions, base [][]instance.Label, start Start) *Layouts {
	in := tree.Instance
	p := &Layouts{
		tree:    tree,
		regions: regions,
		start:   start,
		base:    base,
		all:     make([][]instance.Label, len(in.Inputs)+max(1, len(tree.Steps))),
		place:   make([]int32, len(tree.Steps)),
	}
	copy(p.all, in.Inputs)
	p.all[len(p.all)-1] = in.Output
	open := func(int32) bool { return true }
	if base != nil {
		copy(p.all, base)
		open = regions.Touch(tree)
	}
	p.order(open)
	p.sliceOutermost()
	for i := range tree.Steps {
		p.place[i] = small
		s := &tree.Steps[i]
		if s.Elements >= largeElements && open(s.Out) && (i < len(tree.Steps)-1 || p.free(s)) {
			p.place[i] = int32(len(p.large))
			p.large = append(p.large, intermediate{id: s.Out, at: p.place[i], consumer: none})
		}
	}
	for i := range tree.Steps {
		p.visit(&tree.Steps[i])
	}
	return p
}

// free reports whether a network's result, which s makes, is so small beside an operand that
// it may be computed in any order: kernels put it in its own in the end.
func (p *Layouts) free(s *path.Step) bool {
	least := float64(model.Here.Stages.SmallPart) * s.Elements
	for _, id := range [...]int32{s.Left, s.Right} {
		if made := int(id) - len(p.tree.Instance.Inputs); made >= 0 && p.tree.Steps[made].Elements >= least {
			return true
		}
	}
	return false
}

// order puts those intermediates in the global order whose layouts are open.
func (p *Layouts) order(open func(id int32) bool) {
	steps := p.tree.Steps[:max(1, len(p.tree.Steps))-1]
	total := 0
	for i := range steps {
		if open(steps[i].Out) {
			total += len(steps[i].Kept())
		}
	}
	labels := make([]instance.Label, 0, total)
	dropped, rank := p.tree.Dropped, p.tree.Rank
	sooner := func(x, y instance.Label) int {
		if c := dropped[x] - dropped[y]; c != 0 {
			return int(c)
		}
		return int(rank[x] - rank[y])
	}
	for i := range steps {
		s := &steps[i]
		if !open(s.Out) {
			continue
		}
		from := len(labels)
		labels = append(labels, s.Kept()...)
		p.all[s.Out] = labels[from:len(labels):len(labels)]
		slices.SortFunc(p.all[s.Out], sooner)
	}
}

// sliceOutermost puts the labels outermost that regions take value by value, in the
// order of their loops.
func (p *Layouts) sliceOutermost() {
	if p.regions == nil {
		return
	}
	p.sliced = make(map[int32]int)
	for g := range p.regions.All {
		r := &p.regions.All[g]
		for _, i := range r.Steps {
			s := &p.tree.Steps[i]
			p.pull(s.Left, r)
			p.pull(s.Right, r)
		}
		p.pull(p.tree.Steps[r.Root()].Out, r)
	}
}

// pull puts those labels of an intermediate outermost, behind those of another region.
func (p *Layouts) pull(id int32, r *region.Region) {
	inputs := len(p.tree.Instance.Inputs)
	if int(id) < inputs || int(id) == len(p.all)-1 {
		return // they are as the network says
	}
	layout := p.all[id]
	for _, c := range r.Cuts {
		from, at := p.sliced[id], slices.Index(layout, c.Label)
		if at < from || c.Parts < p.tree.Instance.Dims[c.Label] {
			continue // it is there already, or not there at all, or slices have more than one value
		}
		copy(layout[from+1:at+1], layout[from:at])
		layout[from] = c.Label
		p.sliced[id]++
	}
}

// visit notes a step if it makes or uses large intermediates.
func (p *Layouts) visit(s *path.Step) {
	left, right, out := p.intermediate(s.Left), p.intermediate(s.Right), p.intermediate(s.Out)
	if left == nil && right == nil && out == nil {
		return
	}
	v := int32(len(p.visits))
	times, far := 1.0, false
	if r := p.regions.Of(int(s.Out) - len(p.tree.Instance.Inputs)); r != nil {
		times = float64(r.Slices())
		for _, id := range [...]int32{s.Left, s.Right, s.Out} {
			far = far || p.regions.Inside(id) == nil && p.tree.Instance.Size(p.all[id]) > float64(model.Here.Layout.FarElements)
		}
	}
	p.visits = append(p.visits, visit{s, int32(p.numLoops), times, far})
	p.numLoops += len(s.All())
	if left != nil {
		left.consumer, left.asLeft = v, true
	}
	if right != nil {
		right.consumer = v
	}
	if out != nil {
		out.producer = v
	}
}

// describe lists the axes of large intermediates, and the ways to group them. The
// first descent does, while other goroutines wake up.
func (p *Layouts) describe() {
	total, most := 0, 0
	for i := range p.large {
		n := len(p.all[p.large[i].id])
		total, most = total+n, max(most, n)
	}
	axes := make([]axis, 0, total)
	groupings := make([]grouping, 0, len(p.large)*len(rankings))
	index := make([]int32, len(p.tree.Instance.Dims))
	p.global = make(order, most)
	for i := range p.global {
		p.global[i] = int32(i)
	}
	for i := range p.large {
		x := &p.large[i]
		from := len(axes)
		dims, inside := p.tree.Instance.Dims, p.regions.Inside(x.id)
		for _, l := range p.all[x.id][p.sliced[x.id]:] {
			extent := dims[l]
			if inside != nil {
				extent /= inside.Parts(l)
			}
			axes = append(axes, axis{label: l, extent: extent})
		}
		x.axes = axes[from:]
		x.find(p.visits, index)
		x.count()
		from = len(groupings)
		groupings = x.group(groupings)
		x.groupings = groupings[from:]
		p.arrange(x)
	}
}

// arrange groups the axes of an intermediate in the global order.
func (p *Layouts) arrange(x *intermediate) {
	n := len(x.axes)
	memory := make(order, n*len(x.groupings))
	for i := range x.groupings {
		g := &x.groupings[i]
		g.globally, memory = memory[:n:n], memory[n:]
		x.arrange(g.globally, g, p.global[:n])
		g.hash = g.globally.hash()
	}
}

// intermediate returns what is known of a tensor if it is a large intermediate,
// and nil otherwise.
func (p *Layouts) intermediate(id int32) *intermediate {
	made := int(id) - len(p.tree.Instance.Inputs)
	if made < 0 || made >= len(p.place) || p.place[made] == small {
		return nil
	}
	return &p.large[p.place[made]]
}

// All returns the axis labels of every tensor in memory, outermost first, by SSA
// id. They belong to p, whose descents decide those that are open.
func (p *Layouts) All() [][]instance.Label { return p.all }

// Open reports whether the global order of a tensor may still be improved.
func (p *Layouts) Open(id int32) bool { return p.intermediate(id) != nil }

// Start is where the search begins.
type Start uint8

// The starts.
const (
	Usual    Start = iota // several; with regions, as Together
	Together              // one order of labels for all tensors, the best that is found
	Kept                  // the base, which there must be
)

// start is where a descent begins, for all large intermediates alike.
type start struct {
	preference
	follow   bool
	together bool // with one order for all, the best that is found
	kept     bool // as the base
}

// starts are the global order; what the consumer sums outermost, then as the operand has
// it; what the consumer does in batches outermost.
var starts = [...]start{
	{},
	{preference: preference{consumer: [actions]uint8{1, 0, 2, 2}, producer: [actions]uint8{0, 0, 1, 2}}, follow: true},
	{preference: preference{consumer: [actions]uint8{0, 1, 2, 2}}},
}

// Where there are regions one start has to do: no public network is forecast to be faster by
// more (2026-11).
var (
	together = [...]start{{together: true}}
	asKept   = [...]start{{kept: true}}
)

// Descents returns a descent from every start, none of them begun, if there is
// anything to improve. They may run at the same time.
func (p *Layouts) Descents() []Descent {
	if len(p.large) == 0 {
		return nil
	}
	from := starts[:]
	switch {
	case p.start == Kept:
		from = asKept[:]
	case p.start == Together || p.regions != nil:
		from = together[:]
	}
	all := make([]Descent, len(from))
	for i := range all {
		all[i].start = &from[i]
	}
	return all
}

// Settle takes the layouts of the best of some descents that have run.
func (p *Layouts) Settle(descents []Descent) {
	if len(descents) == 0 {
		return
	}
	best := slices.MinFunc(descents, func(x, y Descent) int { return cmp.Compare(x.cost, y.cost) })
	for i := range p.large {
		x := &p.large[i]
		if x.consumer == none {
			continue // it has the order that the network says
		}
		for at, a := range best.orders[i] {
			p.all[x.id][p.sliced[x.id]+at] = x.axes[a].label
		}
	}
}
