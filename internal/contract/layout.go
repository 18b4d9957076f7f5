package contract

import (
	"cmp"
	"slices"

	"tnbench/internal/instance"
	"tnbench/internal/kernel"
	"tnbench/internal/path"
)

// layoutPlan chooses the axis order of every tensor, by SSA id. Inputs and the
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
// only, it starts from several places: each start is a [descent].
type layoutPlan struct {
	tree     *path.Tree
	all      [][]instance.Label // globally ordered
	consumer []int32            // consumer[i]: the step that uses the result of step i
	large    []int              // the steps whose results are large intermediates
	place    []int32            // place[i]: where step i is in large, if it is
}

// newLayoutPlan puts all intermediates in the global order.
func newLayoutPlan(tree *path.Tree) *layoutPlan {
	in := tree.Instance
	p := &layoutPlan{
		tree:     tree,
		all:      make([][]instance.Label, len(in.Inputs)+max(1, len(tree.Steps))),
		consumer: make([]int32, len(tree.Steps)),
		place:    make([]int32, len(tree.Steps)),
	}
	copy(p.all, in.Inputs)
	p.all[len(p.all)-1] = in.Output
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
		if p.open(s.Out) {
			p.place[i] = int32(len(p.large))
			p.large = append(p.large, i)
		}
	}
	return p
}

// open reports whether the global order of a tensor may still be improved.
func (p *layoutPlan) open(id int32) bool {
	made := int(id) - len(p.tree.Instance.Inputs)
	return made >= 0 && made < len(p.tree.Steps)-1 && p.tree.Steps[made].Elements >= largeElements
}

// descents returns a descent from every start, none of them begun, if there is
// anything to improve. They may run at the same time.
func (p *layoutPlan) descents() []*descent {
	if len(p.large) == 0 {
		return nil
	}
	all := make([]*descent, len(starts))
	for i := range starts {
		all[i] = &descent{layoutPlan: p, start: &starts[i]}
	}
	return all
}

// settle takes the layouts of the best of some descents that have run.
func (p *layoutPlan) settle(descents []*descent) {
	if len(descents) == 0 {
		return
	}
	best := slices.MinFunc(descents, func(x, y *descent) int { return cmp.Compare(x.cost, y.cost) })
	for at, i := range p.large {
		p.all[p.tree.Steps[i].Out] = best.found[at].layout
	}
}

// descent improves the layouts of large intermediates from a start.
type descent struct {
	*layoutPlan
	start       *start
	cost        float64   // in the end, in nanoseconds, of all steps that make or use them
	found       []finding // for each large intermediate
	arrangement *arrangement
	now         int32
}

// finding is what a descent knows of a large intermediate: its layout, when it
// last got another one and when it was last looked at.
type finding struct {
	layout            []instance.Label
	changed, improved int32
}

// run improves every large intermediate a few times.
func (d *descent) run(build *specs) {
	d.found = make([]finding, len(d.large))
	for at, i := range d.large {
		d.found[at].layout = d.all[d.tree.Steps[i].Out]
	}
	d.arrangement = newArrangement(d.tree, build)
	for _, i := range d.large {
		d.take(i).arrange(d.start.ranking(), d.start.follow)
		d.adopt(i)
	}
	for range sweeps {
		for _, i := range d.large {
			d.improve(i)
		}
	}
	d.cost = d.estimate(build)
}

// estimate returns the estimated time of all steps that make or use a large
// intermediate.
func (d *descent) estimate(build *specs) (total float64) {
	last := int32(-1)
	for _, i := range d.large {
		s := d.spec(build, &d.tree.Steps[i])
		total += kernel.Estimate(&s)
		if next := d.consumer[i]; next != last && d.tree.Steps[next].Elements < largeElements {
			s = d.spec(build, &d.tree.Steps[next])
			total += kernel.Estimate(&s)
			last = next
		}
	}
	return total
}

// finding returns what is known of a tensor, nil if its layout stays.
func (d *descent) finding(id int32) *finding {
	if !d.open(id) {
		return nil
	}
	return &d.found[d.place[int(id)-len(d.tree.Instance.Inputs)]]
}

// layout returns the present layout of a tensor.
func (d *descent) layout(id int32) []instance.Label {
	if f := d.finding(id); f != nil {
		return f.layout
	}
	return d.all[id]
}

// spec returns the nests of a step.
func (d *descent) spec(build *specs, s *path.Step) kernel.Spec {
	return build.of(s, d.layout(s.Left), d.layout(s.Right), d.layout(s.Out))
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

const (
	largeElements = 4096 // intermediates below it cost less than thinking about them
	sweeps        = 2    // the second one sees what the neighbours chose in the first
)

// take starts the arrangement of the result of step i.
func (d *descent) take(i int) *arrangement {
	producer, consumer := &d.tree.Steps[i], &d.tree.Steps[d.consumer[i]]
	d.arrangement.take(d, producer, consumer)
	return d.arrangement
}

// adopt gives the result of step i the layout that was arranged.
func (d *descent) adopt(i int) {
	f := &d.found[d.place[i]]
	f.layout = d.arrangement.layout()
	d.now++
	f.changed = d.now
}

// improve gives the result of step i the best layout that can be found while all
// other layouts stay, unless it was looked at since a neighbour changed.
func (d *descent) improve(i int) {
	f := &d.found[d.place[i]]
	if f.improved > d.lastChange(&d.tree.Steps[i], &d.tree.Steps[d.consumer[i]]) {
		return
	}
	if d.take(i).improve() {
		d.adopt(i)
	}
	d.now++
	f.improved = d.now
}

// lastChange returns when a neighbour of the producer's result last got another
// layout.
func (d *descent) lastChange(producer, consumer *path.Step) (last int32) {
	for _, id := range [...]int32{producer.Left, producer.Right, consumer.Left, consumer.Right, consumer.Out} {
		if f := d.finding(id); f != nil && id != producer.Out {
			last = max(last, f.changed)
		}
	}
	return last
}
