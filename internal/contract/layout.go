package contract

import (
	"cmp"
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
func layouts(tree *path.Tree) [][]instance.Label {
	in := tree.Instance
	p := &layoutPlan{
		tree:     tree,
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
		slices.SortFunc(kept, func(x, y instance.Label) int { return cmp.Compare(globalRank(tree, x), globalRank(tree, y)) })
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
		tree: p.tree, consumer: p.consumer,
		all:         slices.Clone(p.all),
		arrangement: newArrangement(p.tree),
		changed:     make([]int, len(p.all)), improved: make([]int, len(p.tree.Steps)),
	}
}

// descendFrom improves the layouts of the results of the large steps from a start
// and returns their estimated time.
func (p *layoutPlan) descendFrom(from *start, large []int) float64 {
	for _, i := range large {
		a := p.take(i)
		a.arrange(from.ranking(), from.follow)
		p.adopt(i)
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
	{preference: preference{consumer: [actions]uint8{1, 0, 2, 2}, producer: [actions]uint8{0, 0, 1, 2}}, follow: true},
	{preference: preference{consumer: [actions]uint8{0, 1, 2, 2}}},
}

// sweep improves every large intermediate a few times and returns the estimated
// time of all steps that make or use one.
func (p *layoutPlan) sweep(large []int) (total float64) {
	for range sweeps {
		for _, i := range large {
			p.improve(i)
		}
	}
	last, build := int32(-1), newSpecs(p.tree.Instance)
	for _, i := range large {
		total += kernel.Estimate(build.spec(&p.tree.Steps[i], p.all))
		if next := p.consumer[i]; next != last && p.tree.Steps[next].Elements < largeElements {
			total += kernel.Estimate(build.spec(&p.tree.Steps[next], p.all))
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
	tree        *path.Tree
	all         [][]instance.Label
	consumer    []int32 // consumer[i]: the step that uses the result of step i
	arrangement *arrangement
	// changed says for each tensor when it last got another layout, improved for
	// each step when its result was last looked at.
	changed, improved []int
	now               int
}

// take starts the arrangement of the result of step i.
func (p *layoutPlan) take(i int) *arrangement {
	p.arrangement.take(&p.tree.Steps[i], &p.tree.Steps[p.consumer[i]], p.all)
	return p.arrangement
}

// adopt gives the result of step i the layout that was arranged.
func (p *layoutPlan) adopt(i int) {
	id := p.tree.Steps[i].Out
	p.all[id] = p.arrangement.layout()
	p.now++
	p.changed[id] = p.now
}

// improve gives the result of step i the best layout that can be found while all
// other layouts stay, unless it was looked at since a neighbour changed.
func (p *layoutPlan) improve(i int) {
	producer, consumer := &p.tree.Steps[i], &p.tree.Steps[p.consumer[i]]
	if p.improved[i] > p.lastChange(producer, consumer) {
		return
	}
	if p.take(i).improve() {
		p.adopt(i)
	}
	p.now++
	p.improved[i] = p.now
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
