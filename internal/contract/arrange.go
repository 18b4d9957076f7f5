package contract

import (
	"math"
	"math/bits"
	"slices"

	"tnbench/internal/instance"
	"tnbench/internal/kernel"
	"tnbench/internal/path"
)

// arrangement is an intermediate whose layout is looked for while all other
// layouts stay, with the nests of the two steps that it matters to. Trying an
// order of its axes changes their strides in these nests and nothing else.
type arrangement struct {
	tree               *path.Tree
	build              *specs
	producer, consumer kernel.Spec
	consumerFirst      bool // its estimate is likely to be the larger one

	axes  []arranged // in the present layout
	index []int32    // by label: where it is in axes, if it is

	// Orders of axes, outermost first: the one that is tried, the best so far,
	// the global one, and that of the operands that the axes come from.
	order, best, global, original []int32

	actions []uint8                  // that there are
	count   [actions * actions]int32 // of the axes of each action

	tried, shapes []uint64 // orders and rankings, while one looks for the best
	keys          []uint64 // while axes are sorted
}

// arranged is an axis of an intermediate.
type arranged struct {
	label  instance.Label
	extent int
	action uint8  // what the producer and the consumer do with it
	from   uint16 // its position in the operand that it comes from
	rank   uint64 // in the global order
	// Its strides in the nests of the producer and of the consumer.
	made, used *int
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
func (w *preference) ranking() *ranking {
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

// rankings are the orders to try.
var rankings = func(preferences ...preference) (all []*ranking) {
	for _, w := range preferences {
		all = append(all, w.ranking())
	}
	return all
}(
	preference{consumer: [actions]uint8{1, 0, 2, 2}, producer: [actions]uint8{0, 0, 1, 2}},
	preference{consumer: [actions]uint8{1, 0, 2, 2}, producer: [actions]uint8{0, 0, 2, 1}},
	preference{consumer: [actions]uint8{0, 1, 2, 2}, producer: [actions]uint8{0, 0, 1, 2}},
	preference{consumer: [actions]uint8{0, 2, 1, 1}, producer: [actions]uint8{0, 0, 1, 2}},
	preference{consumer: [actions]uint8{0, 2, 1, 1}, producer: [actions]uint8{0, 0, 2, 1}},
	preference{consumer: [actions]uint8{0, 1, 2, 2}, producer: [actions]uint8{0, 0, 1, 2}, producerFirst: true},
	preference{consumer: [actions]uint8{0, 1, 2, 2}, producer: [actions]uint8{0, 0, 2, 1}, producerFirst: true},
	preference{consumer: [actions]uint8{0, 2, 1, 1}, producer: [actions]uint8{0, 0, 1, 2}, producerFirst: true},
	preference{consumer: [actions]uint8{0, 2, 1, 1}, producer: [actions]uint8{0, 0, 2, 1}, producerFirst: true},
	preference{producer: [actions]uint8{0, 0, 1, 2}},
	preference{producer: [actions]uint8{0, 0, 2, 1}},
	preference{},
)

// minGain is the estimated gain below which a layout is left as it is.
const minGain = 0.02

// newArrangement returns memory for the arrangements of a tree's intermediates.
func newArrangement(tree *path.Tree, build *specs) *arrangement {
	return &arrangement{tree: tree, build: build, index: make([]int32, len(tree.Instance.Dims))}
}

// globalRank is a label's rank in the global order.
func globalRank(tree *path.Tree, l instance.Label) uint64 {
	return uint64(tree.Dropped[l])<<28 | uint64(l)
}

// take starts the arrangement of the producer's result.
func (a *arrangement) take(from *descent, producer, consumer *path.Step) {
	a.producer = from.spec(a.build, producer)
	a.build.hold()
	a.consumer = from.spec(a.build, consumer)
	a.axes = a.axes[:0]
	for i, l := range from.layout(producer.Out) {
		a.index[l] = int32(i)
		a.axes = append(a.axes, arranged{label: l, extent: a.tree.Instance.Dims[l], rank: globalRank(a.tree, l)})
	}
	a.find(producer, consumer)
	small, big := from.layout(producer.Left), from.layout(producer.Right)
	if len(small) > len(big) {
		small, big = big, small
	}
	for _, operand := range [...][]instance.Label{small, big} { // the big one has the last word
		for i, l := range operand {
			if x := a.axis(l); x != nil {
				x.from = uint16(i)
			}
		}
	}
	a.order = a.order[:0]
	for i := range a.axes {
		a.order = append(a.order, int32(i))
	}
	a.global = a.sorted(a.global, func(x *arranged) uint64 { return x.rank })
	a.original = a.sorted(a.original, func(x *arranged) uint64 { return uint64(x.from) })
	a.actions, a.count = a.actions[:0], [actions * actions]int32{}
	for i := range a.axes {
		x := &a.axes[i]
		if a.count[x.action]++; a.count[x.action] == 1 {
			a.actions = append(a.actions, x.action)
		}
	}
}

// axis returns the axis of a label, nil if there is none.
func (a *arrangement) axis(l instance.Label) *arranged {
	if i := int(a.index[l]); i < len(a.axes) && a.axes[i].label == l {
		return &a.axes[i]
	}
	return nil
}

// find notes what both steps do with each label and where its strides are.
func (a *arrangement) find(producer, consumer *path.Step) {
	for action, group := range [...]struct {
		labels []instance.Label
		loops  []kernel.Loop
	}{inBoth: {producer.Batch, a.producer.Batch}, inLeft: {producer.LeftFree, a.producer.M}, inRight: {producer.RightFree, a.producer.N}} {
		for i, l := range group.labels {
			x := a.axis(l)
			x.action, x.made = actionOf(action, 0), &group.loops[i].C
		}
	}
	left := consumer.Left == producer.Out
	use := func(action int, labels []instance.Label, loops []kernel.Loop) {
		for i, l := range labels {
			x := a.axis(l)
			if x == nil {
				continue // of the other operand
			}
			x.action += actionOf(0, action)
			x.used = &loops[i].B
			if left {
				x.used = &loops[i].A
			}
		}
	}
	use(inBoth, consumer.Batch, a.consumer.Batch)
	use(inLeft, consumer.LeftFree, a.consumer.M)
	use(inRight, consumer.RightFree, a.consumer.N)
	from := 0
	for _, labels := range [...][]instance.Label{consumer.Contracted, consumer.LeftSum, consumer.RightSum} {
		use(summed, labels, a.consumer.K[from:])
		from += len(labels)
	}
}

// sorted returns the axes in the order of their keys, in the memory of into.
func (a *arrangement) sorted(into []int32, key func(*arranged) uint64) []int32 {
	into, a.keys = into[:0], a.keys[:0]
	for i := range a.axes { // there are few
		k, at := key(&a.axes[i]), i
		into, a.keys = append(into, 0), append(a.keys, 0)
		for ; at > 0 && a.keys[at-1] > k; at-- {
			into[at], a.keys[at] = into[at-1], a.keys[at-1]
		}
		into[at], a.keys[at] = int32(i), k
	}
	return into
}

// improve looks for the best order and reports whether there is one that is
// better than the present.
func (a *arrangement) improve() bool {
	a.tried = append(a.tried[:0], a.hash())
	cost, improved := a.cost(math.Inf(1)), false
	shapes := a.shapes[:0]
	for _, r := range rankings {
		s := a.shape(r)
		if slices.Contains(shapes, s) {
			continue
		}
		shapes = append(shapes, s)
		for _, follow := range [...]bool{false, true} {
			a.arrange(r, follow)
			h := a.hash()
			if slices.Contains(a.tried, h) {
				continue
			}
			a.tried = append(a.tried, h)
			limit := cost * (1 - minGain)
			if c := a.cost(limit); c < limit {
				cost, improved = c, true
				a.best = append(a.best[:0], a.order...)
			}
		}
	}
	a.shapes = shapes
	if improved {
		a.order = append(a.order[:0], a.best...)
	}
	return improved
}

// shape tells rankings apart that order the axes differently: the ranks of the
// actions that there are, counted without gaps.
func (a *arrangement) shape(r *ranking) uint64 {
	present := uint(0)
	for _, action := range a.actions {
		present |= 1 << r[action]
	}
	shape := uint64(0)
	for _, action := range a.actions {
		shape = shape<<4 | uint64(bits.OnesCount(present&(1<<r[action]-1)))
	}
	return shape
}

// arrange orders the axes by a ranking; those that it ranks equal globally, or as
// the operand has them that they come from.
func (a *arrangement) arrange(r *ranking, follow bool) {
	among := a.global
	if follow {
		among = a.original
	}
	var next [ranks + 1]int32 // place of the next axis of each rank
	for _, action := range a.actions {
		next[r[action]+1] += a.count[action]
	}
	for i := 2; i < ranks; i++ {
		next[i] += next[i-1]
	}
	for _, i := range among {
		rank := r[a.axes[i].action]
		a.order[next[rank]] = i
		next[rank]++
	}
}

// hash tells orders apart (FNV-1a).
func (a *arrangement) hash() uint64 {
	h := uint64(14695981039346656037)
	for _, i := range a.order {
		h = (h ^ uint64(i)) * 1099511628211
	}
	return h
}

// cost estimates both steps under the order that is tried, in nanoseconds, or one
// of them if it takes the limit alone.
func (a *arrangement) cost(limit float64) float64 {
	stride := 1
	for i := len(a.order) - 1; i >= 0; i-- {
		x := &a.axes[a.order[i]]
		*x.made, *x.used = stride, stride
		stride *= x.extent
	}
	first, second := &a.producer, &a.consumer
	if a.consumerFirst {
		first, second = second, first
	}
	cost := kernel.Estimate(first)
	if cost >= limit {
		return cost
	}
	rest := kernel.Estimate(second)
	if rest > cost { // next time it probably is again, and may do by itself
		a.consumerFirst = !a.consumerFirst
	}
	return cost + rest
}

// layout returns the labels in the order that is tried.
func (a *arrangement) layout() []instance.Label {
	labels := make([]instance.Label, len(a.order))
	for i, axis := range a.order {
		labels[i] = a.axes[axis].label
	}
	return labels
}
