package contract

import (
	"cmp"
	"math"
	"slices"
	"sync"

	"tnbench/internal/instance"
	"tnbench/internal/kernel"
	"tnbench/internal/path"
)

// layouts chooses the axis order of every tensor, by SSA id. Inputs and the
// result are as the network says; intermediates are free.
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
// only, it starts from several places.
func layouts(tree *path.Tree, build *specs) [][]instance.Label {
	in := tree.Instance
	p := &layoutPlan{
		tree:     tree,
		build:    build,
		all:      make([][]instance.Label, len(in.Inputs)+max(1, len(tree.Steps))),
		consumer: make([]int32, len(tree.Steps)),
	}
	copy(p.all, in.Inputs)
	p.all[len(p.all)-1] = in.Output
	var large []int
	for i := range tree.Steps {
		s := &tree.Steps[i]
		for _, operand := range [...]int32{s.Left, s.Right} {
			if made := int(operand) - len(in.Inputs); made >= 0 {
				p.consumer[made] = int32(i)
			}
		}
		if i == len(tree.Steps)-1 {
			break
		}
		kept := slices.Concat(s.Batch, s.LeftFree, s.RightFree)
		slices.SortFunc(kept, func(x, y instance.Label) int { return cmp.Compare(p.global(x), p.global(y)) })
		p.all[s.Out] = kept
		if s.Elements >= largeElements {
			large = append(large, i)
		}
	}
	if len(large) > 0 {
		p.descend(large)
	}
	return p.all
}

// descend improves the layouts of the results of the large steps from every
// start, all at once, and keeps the best outcome.
func (p *layoutPlan) descend(large []int) {
	var from [len(starts)]*layoutPlan
	var costs [len(starts)]float64
	var all sync.WaitGroup
	for i := range starts {
		all.Go(func() {
			from[i] = p.fork()
			costs[i] = from[i].descendFrom(&starts[i], large)
		})
	}
	all.Wait()
	best := 0
	for i := range costs {
		if costs[i] < costs[best] {
			best = i
		}
	}
	p.all = from[best].all
}

// fork returns a plan that starts from the same layouts.
func (p *layoutPlan) fork() *layoutPlan {
	return &layoutPlan{
		tree: p.tree, build: newSpecs(p.tree.Instance), consumer: p.consumer,
		all:     slices.Clone(p.all),
		marks:   make([]mark, len(p.tree.Instance.Dims)),
		changed: make([]int, len(p.all)), improved: make([]int, len(p.tree.Steps)),
	}
}

// descendFrom improves the layouts of the results of the large steps from a start
// and returns their estimated time.
func (p *layoutPlan) descendFrom(from *start, large []int) float64 {
	for _, i := range large {
		producer, consumer := &p.tree.Steps[i], &p.tree.Steps[p.consumer[i]]
		p.mark(producer, consumer)
		layout := slices.Clone(p.all[producer.Out])
		p.arrange(layout, &from.preference, from.follow)
		p.set(producer.Out, layout)
	}
	return p.sweep(large)
}

// start is where a descent begins, for all large intermediates alike.
type start struct {
	preference
	follow bool
}

// starts are the global order; what the consumer sums outermost, then as the
// operand has it; what the consumer does in batches outermost.
var starts = [...]start{
	{},
	{preference: preference{consumer: [actions]uint64{1, 0, 2, 2}, producer: [actions]uint64{0, 0, 1, 2}}, follow: true},
	{preference: preference{consumer: [actions]uint64{0, 1, 2, 2}}},
}

// sweep improves every large intermediate a few times and returns the estimated
// time of all steps that make or use one.
func (p *layoutPlan) sweep(large []int) (total float64) {
	for range sweeps {
		for _, i := range large {
			p.improve(i)
		}
	}
	last := int32(-1)
	for _, i := range large {
		total += kernel.Estimate(p.build.spec(&p.tree.Steps[i], p.all))
		if next := p.consumer[i]; next != last && p.tree.Steps[next].Elements < largeElements {
			total += kernel.Estimate(p.build.spec(&p.tree.Steps[next], p.all))
			last = next
		}
	}
	return total
}

const (
	largeElements = 4096 // intermediates below it cost less than thinking about them
	sweeps        = 2    // the second one sees what the neighbours chose in the first
)

// layoutPlan is the state of choosing layouts.
type layoutPlan struct {
	tree     *path.Tree
	build    *specs
	all      [][]instance.Label
	consumer []int32 // consumer[i]: the step that uses the result of step i
	marks    []mark  // by label; of the intermediate that is being improved
	keys     []uint64
	// changed says for each tensor when it last got another layout, improved for
	// each step when its result was last looked at.
	changed, improved []int
	now               int
	tried             []uint64 // hashes of the orders that improve has looked at
}

// mark is what is known of a label of an intermediate.
type mark struct {
	made, used uint8  // what the producer and the consumer do with it
	from       uint16 // its position in the operand that it comes from
}

// global is a label's rank in the global order.
func (p *layoutPlan) global(l instance.Label) uint64 {
	return uint64(p.tree.Dropped[l])<<28 | uint64(l)
}

// What a step does with a label of one of its tensors.
const (
	inBoth  = iota // a batch label
	summed         // dropped
	inLeft         // in the left operand only
	inRight        // in the right operand only
	actions
)

// preference is an order to try: ranks of what the consumer and the producer do
// with a label; the smaller rank is further out.
type preference struct {
	consumer, producer [actions]uint64
	producerFirst      bool
}

var preferences = [...]preference{
	{consumer: [actions]uint64{1, 0, 2, 2}, producer: [actions]uint64{0, 0, 1, 2}},
	{consumer: [actions]uint64{1, 0, 2, 2}, producer: [actions]uint64{0, 0, 2, 1}},
	{consumer: [actions]uint64{0, 1, 2, 2}, producer: [actions]uint64{0, 0, 1, 2}},
	{consumer: [actions]uint64{0, 2, 1, 1}, producer: [actions]uint64{0, 0, 1, 2}},
	{consumer: [actions]uint64{0, 2, 1, 1}, producer: [actions]uint64{0, 0, 2, 1}},
	{consumer: [actions]uint64{0, 1, 2, 2}, producer: [actions]uint64{0, 0, 1, 2}, producerFirst: true},
	{consumer: [actions]uint64{0, 1, 2, 2}, producer: [actions]uint64{0, 0, 2, 1}, producerFirst: true},
	{consumer: [actions]uint64{0, 2, 1, 1}, producer: [actions]uint64{0, 0, 1, 2}, producerFirst: true},
	{consumer: [actions]uint64{0, 2, 1, 1}, producer: [actions]uint64{0, 0, 2, 1}, producerFirst: true},
	{producer: [actions]uint64{0, 0, 1, 2}},
	{producer: [actions]uint64{0, 0, 2, 1}},
	{},
}

// improve gives the result of step i the best layout that can be found while all
// other layouts stay, unless it was looked at since a neighbour changed.
func (p *layoutPlan) improve(i int) {
	producer, consumer := &p.tree.Steps[i], &p.tree.Steps[p.consumer[i]]
	if p.improved[i] > p.lastChange(producer, consumer) {
		return
	}
	p.mark(producer, consumer)
	best, cost := p.all[producer.Out], p.cost(producer, consumer, math.Inf(1))
	try := slices.Clone(best)
	p.tried = append(p.tried[:0], hash(best))
	improved := false
	for w := range preferences {
		for _, follow := range [...]bool{false, true} {
			p.arrange(try, &preferences[w], follow)
			h := hash(try)
			if slices.Contains(p.tried, h) {
				continue // many preferences come to the same order
			}
			p.tried = append(p.tried, h)
			p.all[producer.Out] = try
			limit := cost * (1 - minGain)
			if c := p.cost(producer, consumer, limit); c < limit {
				best, try, cost = try, slices.Clone(best), c
				improved = true
			}
		}
	}
	p.all[producer.Out] = best
	if improved {
		p.set(producer.Out, best)
	}
	p.now++
	p.improved[i] = p.now
}

// set gives a tensor another layout.
func (p *layoutPlan) set(id int32, layout []instance.Label) {
	p.all[id] = layout
	p.now++
	p.changed[id] = p.now
}

// lastChange returns when a neighbour of the producer's result last got another
// layout.
func (p *layoutPlan) lastChange(producer, consumer *path.Step) int {
	last := max(p.changed[producer.Left], p.changed[producer.Right], p.changed[consumer.Out])
	for _, operand := range [...]int32{consumer.Left, consumer.Right} {
		if operand != producer.Out {
			last = max(last, p.changed[operand])
		}
	}
	return last
}

// hash tells orders of the same labels apart (FNV-1a).
func hash(labels []instance.Label) uint64 {
	h := uint64(14695981039346656037)
	for _, l := range labels {
		h = (h ^ uint64(l)) * 1099511628211
	}
	return h
}

// arrange orders the labels of the marked intermediate by a preference; those
// that it ranks equal globally, or as the operand has them that they come from.
func (p *layoutPlan) arrange(labels []instance.Label, w *preference, follow bool) {
	p.sort(labels, func(l instance.Label) uint64 {
		m := p.marks[l]
		rank := w.consumer[m.used]<<2 | w.producer[m.made]
		if w.producerFirst {
			rank = w.producer[m.made]<<2 | w.consumer[m.used]
		}
		if follow {
			return rank<<56 | uint64(m.from)
		}
		return rank<<56 | p.global(l)
	})
}

// minGain is the estimated gain below which a layout is left as it is.
const minGain = 0.02

// mark notes what both steps do with the labels of the producer's result.
func (p *layoutPlan) mark(producer, consumer *path.Step) {
	small, big := p.all[producer.Left], p.all[producer.Right]
	if len(small) > len(big) {
		small, big = big, small
	}
	for _, operand := range [...][]instance.Label{small, big} { // the big one has the last word
		for i, l := range operand {
			p.marks[l].from = uint16(i)
		}
	}
	for action, labels := range [...][]instance.Label{inBoth: producer.Batch, inLeft: producer.LeftFree, inRight: producer.RightFree} {
		for _, l := range labels {
			p.marks[l].made, p.marks[l].used = uint8(action), summed
		}
	}
	for action, labels := range [...][]instance.Label{inBoth: consumer.Batch, inLeft: consumer.LeftFree, inRight: consumer.RightFree} {
		for _, l := range labels {
			p.marks[l].used = uint8(action)
		}
	}
}

// sort orders a few labels by a key, by insertion.
func (p *layoutPlan) sort(labels []instance.Label, key func(instance.Label) uint64) {
	p.keys = p.keys[:0]
	for _, l := range labels {
		k := key(l)
		at := len(p.keys)
		p.keys = append(p.keys, k)
		for ; at > 0 && p.keys[at-1] > k; at-- {
			p.keys[at], labels[at] = p.keys[at-1], labels[at-1]
		}
		p.keys[at], labels[at] = k, l
	}
}

// cost estimates two neighbouring steps under the present layouts, or the first
// of them if it takes the limit alone.
func (p *layoutPlan) cost(producer, consumer *path.Step, limit float64) float64 {
	cost := kernel.Estimate(p.build.spec(producer, p.all))
	if cost < limit {
		cost += kernel.Estimate(p.build.spec(consumer, p.all))
	}
	return cost
}
