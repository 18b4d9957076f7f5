package contract

import (
	"math"
	"slices"

	"tnbench/internal/kernel"
)

// descent improves the layouts of large intermediates from a start. A layout that
// is tried changes strides in the nests of two steps and nothing else, so the
// nests of all steps are made once.
type descent struct {
	*layoutPlan
	start *start
	cost  float64 // in the end, in nanoseconds, of all steps

	found []finding      // of each large intermediate
	specs []kernel.Sized // of each visit
	loops []kernel.Loop  // of all specs
	from  []int32        // by label: its place in the operand that an axis comes from
	now   int32

	// Orders of the intermediate that is looked at: the global one, that of the
	// operands that its axes come from, the one that is tried, the best so far.
	global, original, trial, best order

	tried         []uint64 // hashes of orders
	consumerFirst bool     // the consumer is likely to take longer than the producer
}

// finding is what a descent knows of a large intermediate: its layout, when it
// last got another one and when it was last looked at.
type finding struct {
	order             order
	changed, improved int32
}

const (
	sweeps = 2 // the second one sees what the neighbours chose in the first
	// minGain is the estimated gain below which a layout is left as it is.
	minGain = 0.02
)

// run improves every large intermediate a few times.
func (d *descent) run(build *specs) {
	d.begin(build)
	d.arrange()
	for range sweeps {
		for i := range d.large {
			d.improve(&d.large[i])
		}
	}
	d.cost = d.estimate()
}

// arrange gives all large intermediates the layouts to start from.
func (d *descent) arrange() {
	ranking := d.start.ranking()
	for i := range d.large {
		x := &d.large[i]
		d.take(x)
		all, g := d.global, x.grouped(ranking)
		if d.start.follow {
			all = d.original
		}
		x.arrange(d.trial, &g, all)
		d.adopt(x, d.trial)
	}
}

// begin makes the nests of all visits, all tensors being in the global order.
func (d *descent) begin(build *specs) {
	most, total := 0, 0
	for i := range d.large {
		most = max(most, len(d.large[i].axes))
		total += len(d.large[i].axes)
	}
	memory := make(order, total+4*most)
	take := func(n int) order {
		o := memory[:n:n]
		memory = memory[n:]
		return o
	}
	d.global, d.original, d.trial, d.best = take(most), take(most), take(most), take(most)
	for i := range d.global {
		d.global[i] = int32(i)
	}
	d.found = make([]finding, len(d.large))
	for i := range d.large {
		d.found[i].order = take(len(d.large[i].axes))
		copy(d.found[i].order, d.global)
	}
	d.from = make([]int32, len(d.tree.Instance.Dims))
	d.specs, d.loops = build.all(d.visits, d.all, d.numLoops)
}

// take makes an intermediate the one that is looked at.
func (d *descent) take(x *intermediate) {
	n := len(x.axes)
	d.global, d.original, d.trial, d.best = d.global[:n], d.original[:n], d.trial[:n], d.best[:n]
	producer := d.visits[x.producer].step
	small, big := producer.Left, producer.Right
	if d.rank(small) > d.rank(big) {
		small, big = big, small
	}
	d.note(small)
	d.note(big)                              // has the last word
	for at, a := range d.found[x.at].order { // there are few
		place := d.from[x.axes[a].label]
		for ; at > 0 && d.from[x.axes[d.original[at-1]].label] > place; at-- {
			d.original[at] = d.original[at-1]
		}
		d.original[at] = a
	}
}

// rank returns how many axes a tensor has.
func (d *descent) rank(id int32) int { return len(d.all[id]) }

// note notes the places of a tensor's labels.
func (d *descent) note(id int32) {
	if x := d.intermediate(id); x != nil {
		for at, a := range d.found[x.at].order {
			d.from[x.axes[a].label] = int32(at)
		}
		return
	}
	for at, l := range d.all[id] {
		d.from[l] = int32(at)
	}
}

// improve gives a large intermediate the best layout that can be found while all
// other layouts stay, unless it was looked at since a neighbour changed.
func (d *descent) improve(x *intermediate) {
	f := &d.found[x.at]
	if f.improved > d.lastChange(x) {
		return
	}
	d.take(x)
	if d.search(x, f.order) {
		d.adopt(x, d.best)
	} else {
		d.stride(x, f.order)
	}
	d.now++
	f.improved = d.now
}

// adopt gives an intermediate another layout.
func (d *descent) adopt(x *intermediate, o order) {
	f := &d.found[x.at]
	copy(f.order, o)
	d.stride(x, o)
	d.now++
	f.changed = d.now
}

// lastChange returns when a neighbour of an intermediate last got another layout.
func (d *descent) lastChange(x *intermediate) (last int32) {
	producer, consumer := d.visits[x.producer].step, d.visits[x.consumer].step
	for _, id := range [...]int32{producer.Left, producer.Right, consumer.Left, consumer.Right, consumer.Out} {
		if y := d.intermediate(id); y != nil && y != x {
			last = max(last, d.found[y.at].changed)
		}
	}
	return last
}

// search looks for an order that is better than the present one and leaves it in
// best. It reports whether there is one.
func (d *descent) search(x *intermediate, present order) (found bool) {
	d.tried = append(d.tried[:0], present.hash())
	cost := d.try(x, present, math.Inf(1))
	for i := range x.groupings {
		for _, all := range [...]order{d.global, d.original} {
			x.arrange(d.trial, &x.groupings[i], all)
			h := d.trial.hash()
			if slices.Contains(d.tried, h) {
				continue
			}
			d.tried = append(d.tried, h)
			limit := cost * (1 - minGain)
			if c := d.try(x, d.trial, limit); c < limit {
				cost, found = c, true
				copy(d.best, d.trial)
			}
		}
	}
	return found
}

// try estimates both steps that an order matters to, in nanoseconds, or one of
// them if it takes the limit alone.
func (d *descent) try(x *intermediate, o order, limit float64) float64 {
	d.stride(x, o)
	first, second := &d.specs[x.producer], &d.specs[x.consumer]
	if d.consumerFirst {
		first, second = second, first
	}
	cost := first.Estimate()
	if cost >= limit {
		return cost
	}
	rest := second.Estimate()
	if rest > cost { // next time it probably is again, and may do by itself
		d.consumerFirst = !d.consumerFirst
	}
	return cost + rest
}

// stride sets an intermediate's strides in the nests of both steps.
func (d *descent) stride(x *intermediate, o order) {
	stride := 1
	for i := len(o) - 1; i >= 0; i-- {
		a := &x.axes[o[i]]
		d.loops[a.made].C = stride
		if used := &d.loops[a.used]; x.asLeft {
			used.A = stride
		} else {
			used.B = stride
		}
		stride *= a.extent
	}
}

// estimate returns the estimated time of all steps that make or use a large
// intermediate.
func (d *descent) estimate() (total float64) {
	last := int32(none)
	for i := range d.large {
		x := &d.large[i]
		total += d.specs[x.producer].Estimate()
		if x.consumer != last && d.visits[x.consumer].step.Elements < largeElements {
			total += d.specs[x.consumer].Estimate()
			last = x.consumer
		}
	}
	return total
}
