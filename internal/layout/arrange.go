package layout

import (
	"math/bits"
	"slices"

	"tnbench/internal/instance"
	"tnbench/internal/path"
)

// intermediate is a large intermediate whose layout is looked for: its axes, and
// what the two steps that its layout matters to do with them. Descents share it.
type intermediate struct {
	id                 int32  // SSA
	at                 int32  // its place in Layouts.large
	producer, consumer int32  // the places of the steps in Layouts.visits; none: it is the result
	asLeft             bool   // it is the consumer's left operand
	axes               []axis // in the global order
	actions            []acted
	groupings          []grouping
}

// acted is how many axes two steps do the same with.
type acted struct {
	action uint8
	axes   int32
}

// axis is an axis of an intermediate.
type axis struct {
	label      instance.Label
	extent     int
	action     uint8 // what the producer and the consumer do with it
	made, used int32 // its loops in the nests of the producer and of the consumer
}

// order lists axes, outermost first, by their places in the global order.
type order []int32

// hash tells orders apart (FNV-1a).
func (o order) hash() uint64 {
	h := uint64(14695981039346656037)
	for _, i := range o {
		h = (h ^ uint64(i)) * 1099511628211
	}
	return h
}

// What a step does with a label of one of its tensors.
const (
	inBoth  = iota // a batch label
	summed         // dropped
	inLeft         // in the left operand only
	inRight        // in the right operand only
	actions
)

// actionOf is what two steps do with a label, in one number.
func actionOf(made, used int) uint8 { return uint8(made*actions + used) }

// preference is an order to try: ranks of what the consumer and the producer do
// with a label; the smaller rank is further out.
type preference struct {
	consumer, producer [actions]uint8
	producerFirst      bool
}

// ranking ranks what two steps do with a label.
type ranking [actions * actions]uint8

// ranks is above all ranks.
const ranks = 3 << 2

// ranking returns the ranks of all pairs of actions.
func (w preference) ranking() *ranking {
	var r ranking
	for made := range actions {
		for used := range actions {
			first, second := w.consumer[used], w.producer[made]
			if w.producerFirst {
				first, second = second, first
			}
			r[actionOf(made, used)] = first<<2 | second
		}
	}
	return &r
}

// shape tells rankings apart that order the same axes differently: the ranks of
// the actions that there are, counted without gaps.
func (r *ranking) shape(present []acted) uint64 {
	ranked := uint(0)
	for _, x := range present {
		ranked |= 1 << r[x.action]
	}
	shape := uint64(0)
	for _, x := range present {
		shape = shape<<4 | uint64(bits.OnesCount(ranked&(1<<r[x.action]-1)))
	}
	return shape
}

// rankings are the orders to try.
var rankings = [...]*ranking{
	preference{consumer: [actions]uint8{1, 0, 2, 2}, producer: [actions]uint8{0, 0, 1, 2}}.ranking(),
	preference{consumer: [actions]uint8{1, 0, 2, 2}, producer: [actions]uint8{0, 0, 2, 1}}.ranking(),
	preference{consumer: [actions]uint8{0, 1, 2, 2}, producer: [actions]uint8{0, 0, 1, 2}}.ranking(),
	preference{consumer: [actions]uint8{0, 2, 1, 1}, producer: [actions]uint8{0, 0, 1, 2}}.ranking(),
	preference{consumer: [actions]uint8{0, 2, 1, 1}, producer: [actions]uint8{0, 0, 2, 1}}.ranking(),
	preference{consumer: [actions]uint8{0, 1, 2, 2}, producer: [actions]uint8{0, 0, 1, 2}, producerFirst: true}.ranking(),
	preference{consumer: [actions]uint8{0, 1, 2, 2}, producer: [actions]uint8{0, 0, 2, 1}, producerFirst: true}.ranking(),
	preference{consumer: [actions]uint8{0, 2, 1, 1}, producer: [actions]uint8{0, 0, 1, 2}, producerFirst: true}.ranking(),
	preference{consumer: [actions]uint8{0, 2, 1, 1}, producer: [actions]uint8{0, 0, 2, 1}, producerFirst: true}.ranking(),
	preference{producer: [actions]uint8{0, 0, 1, 2}}.ranking(),
	preference{producer: [actions]uint8{0, 0, 2, 1}}.ranking(),
	preference{}.ranking(),
}

// grouping is a ranking of the axes of one intermediate.
type grouping struct {
	*ranking
	first    [ranks]int32 // by rank: the place of its outermost axis
	globally order        // the axes so grouped, those of a rank in the global order
	hash     uint64       // of that
}

// grouped returns the grouping by a ranking.
func (x *intermediate) grouped(r *ranking) grouping {
	g := grouping{ranking: r}
	for _, a := range x.actions {
		if next := r[a.action] + 1; next < ranks {
			g.first[next] += a.axes
		}
	}
	for i := 1; i < ranks; i++ {
		g.first[i] += g.first[i-1]
	}
	return g
}

// arrange orders the axes by a grouping; those that it does not tell apart stay
// in the order that they have among all.
func (x *intermediate) arrange(into order, g *grouping, all order) {
	next := g.first
	for _, i := range all {
		rank := g.ranking[x.axes[i].action]
		into[next[rank]] = i
		next[rank]++
	}
}

// count counts the axes of each action.
func (x *intermediate) count() {
	var axes [actions * actions]int32
	for i := range x.axes {
		axes[x.axes[i].action]++
	}
	x.actions = make([]acted, 0, min(len(x.axes), len(axes)))
	for action, n := range axes {
		if n > 0 {
			x.actions = append(x.actions, acted{uint8(action), n})
		}
	}
}

// group appends to all the groupings that are worth trying.
func (x *intermediate) group(all []grouping) []grouping {
	var memory [len(rankings)]uint64
	shapes := memory[:0]
	for _, r := range rankings {
		if s := r.shape(x.actions); !slices.Contains(shapes, s) {
			shapes = append(shapes, s)
			all = append(all, x.grouped(r))
		}
	}
	return all
}

// find notes what both steps do with each axis, and where its loops are. Index is
// memory for the places of axes by label.
func (x *intermediate) find(visits []visit, index []int32) {
	for i := range x.axes {
		index[x.axes[i].label] = int32(i)
	}
	each := func(v *visit, note func(a *axis, action int, loop int32)) {
		loop := v.first
		for class, action := range actionsOf {
			for _, l := range v.step.Labels(path.Class(class)) {
				if i := int(index[l]); i < len(x.axes) && x.axes[i].label == l {
					note(&x.axes[i], action, loop)
				}
				loop++
			}
		}
	}
	each(&visits[x.producer], func(a *axis, action int, loop int32) { a.action, a.made = actionOf(action, 0), loop })
	if x.consumer != none {
		each(&visits[x.consumer], func(a *axis, action int, loop int32) {
			a.action, a.used = a.action+actionOf(0, action), loop
		})
	}
}

// actionsOf are the actions by class of labels. Nests have their loops in the order
// of the classes.
var actionsOf = [...]int{
	path.Batch: inBoth, path.LeftFree: inLeft, path.RightFree: inRight,
	path.Contracted: summed, path.LeftSum: summed, path.RightSum: summed,
}
