package layout

import (
	"math"
	"slices"

	"tnbench/internal/kernel"
	"tnbench/internal/kernel/nest"
)

// Descent improves the layouts of all large intermediates from a start.
type Descent struct {
	start  *start
	cost   float64 // in the end, in cycles, of all steps
	orders []order // in the end, of large intermediates
}

// Search is the state of a descent, in memory that the worker's next one uses
// again. A layout that is tried changes strides in the nests of two steps and
// nothing else, so the nests of all steps are made once.
type Search struct {
	*Layouts
	found []finding      // of each large intermediate
	specs []kernel.Sized // of each visit
	loops []nest.Loop    // of all specs
	from  []int32        // by label: its place in the operand that an axis comes from
	now   int32

	// Orders of the intermediate that is looked at: that of the operands that its
	// axes come from, the one that is tried, the best so far.
	original, trial, best order

	tried         []uint64 // hashes of orders
	consumerFirst bool     // the consumer is likely to take longer than the producer
}

// finding is what a search knows of a large intermediate: its layout, when it last
// got another one and when it was last looked at.
type finding struct {
	order             order
	changed, improved int32
}

const (
	sweeps = 2 // the second one sees what the neighbours chose in the first
	// minGain is the estimated gain below which a layout is left as it is.
	minGain = 0.02
)

// Run improves every large intermediate a few times, in the memory of s and build.
func (d *Descent) Run(s *Search, build *Nests) {
	s.begin(build)
	s.arrange(d.start)
	if d.start.together {
		s.climb()
	}
	for range sweeps {
		for i := range s.large {
			s.improve(&s.large[i])
		}
	}
	d.cost = s.estimate()
	d.orders = make([]order, len(s.found))
	for i := range s.found {
		d.orders[i] = s.found[i].order
	}
}

// NewSearch returns a worker's memory for descents.
func NewSearch(p *Layouts) *Search { return &Search{Layouts: p} }

// begin puts all tensors in the global order and makes the nests of all visits.
func (s *Search) begin(build *Nests) {
	s.described.Do(s.describe)
	if s.found == nil {
		s.reserve()
	}
	for i := range s.large {
		f := &s.found[i]
		*f = finding{order: make(order, len(s.large[i].axes))} // the descent keeps it
		copy(f.order, s.global)
	}
	build.all(s.specs, s.loops, s.visits, s.all)
	s.now, s.consumerFirst = 0, false
}

// reserve takes memory for any number of descents.
func (s *Search) reserve() {
	s.found = make([]finding, len(s.large))
	s.from = make([]int32, len(s.tree.Instance.Dims))
	s.specs = make([]kernel.Sized, len(s.visits))
	s.loops = make([]nest.Loop, s.numLoops)
	most := len(s.global)
	s.original, s.trial, s.best = make(order, most), make(order, most), make(order, most)
}

// arrange gives all large intermediates the layouts to start from.
func (s *Search) arrange(from *start) {
	ranking := from.ranking()
	for i := range s.large {
		x := &s.large[i]
		s.take(x)
		if from.kept {
			s.arrangeAsKept(x)
			continue
		}
		all, g := s.global[:len(x.axes)], x.grouped(ranking)
		if from.follow {
			all = s.original
		}
		x.arrange(s.trial, &g, all)
		s.adopt(x, s.trial)
	}
}

// arrangeAsKept gives an intermediate the layout that the base has, but for the labels that
// regions take outermost.
func (s *Search) arrangeAsKept(x *intermediate) {
	for i, l := range s.base[x.id] {
		s.from[l] = int32(i)
	}
	copy(s.trial, s.found[x.at].order)
	slices.SortFunc(s.trial, func(i, j int32) int { return int(s.from[x.axes[i].label] - s.from[x.axes[j].label]) })
	s.adopt(x, s.trial)
}

// take makes an intermediate the one that is looked at.
func (s *Search) take(x *intermediate) {
	n := len(x.axes)
	s.original, s.trial, s.best = s.original[:n], s.trial[:n], s.best[:n]
	producer := s.visits[x.producer].step
	small, big := producer.Left, producer.Right
	if s.rank(small) > s.rank(big) {
		small, big = big, small
	}
	s.note(small)
	s.note(big) // has the last word

	for at, a := range s.found[x.at].order { // there are few
		place := s.from[x.axes[a].label]
		for ; at > 0 && s.from[x.axes[s.original[at-1]].label] > place; at-- {
			s.original[at] = s.original[at-1]
		}
		s.original[at] = a
	}
}

// rank returns how many axes a tensor has.
func (s *Search) rank(id int32) int { return len(s.all[id]) }

// note notes the places of a tensor's labels.
func (s *Search) note(id int32) {
	if x := s.intermediate(id); x != nil {
		sliced := s.all[id][:s.sliced[id]]
		for at, l := range sliced {
			s.from[l] = int32(at)
		}
		for at, a := range s.found[x.at].order {
			s.from[x.axes[a].label] = int32(len(sliced) + at)
		}
		return
	}
	for at, l := range s.all[id] {
		s.from[l] = int32(at)
	}
}

// improve gives a large intermediate the best layout that can be found while all
// other layouts stay, unless it was looked at since a neighbour changed.
func (s *Search) improve(x *intermediate) {
	f := &s.found[x.at]
	if f.improved > s.lastChange(x) {
		return
	}
	s.take(x)
	if s.better(x, f.order) {
		s.adopt(x, s.best)
	} else {
		s.stride(x, f.order)
	}
	s.now++
	f.improved = s.now
}

// adopt gives an intermediate another layout.
func (s *Search) adopt(x *intermediate, o order) {
	f := &s.found[x.at]
	copy(f.order, o)
	s.stride(x, o)
	s.now++
	f.changed = s.now
}

// lastChange returns when a neighbour of an intermediate last got another layout.
func (s *Search) lastChange(x *intermediate) (last int32) {
	for _, at := range [...]int32{x.producer, x.consumer} {
		if at == none {
			continue
		}
		step := s.visits[at].step
		for _, id := range [...]int32{step.Left, step.Right, step.Out} {
			if y := s.intermediate(id); y != nil && y != x {
				last = max(last, s.found[y.at].changed)
			}
		}
	}
	return last
}

// better looks for an order that is better than the present one and leaves it in
// best. It reports whether there is one.
func (s *Search) better(x *intermediate, present order) (found bool) {
	s.tried = append(s.tried[:0], present.hash())
	cost := s.try(x, present, math.Inf(1))
	consider := func(o order, hash uint64) {
		if slices.Contains(s.tried, hash) {
			return
		}
		s.tried = append(s.tried, hash)
		limit := cost * (1 - minGain)
		if c := s.try(x, o, limit); c < limit {
			cost, found = c, true
			copy(s.best, o)
		}
	}
	for i := range x.groupings {
		g := &x.groupings[i]
		consider(g.globally, g.hash)
		x.arrange(s.trial, g, s.original)
		consider(s.trial, s.trial.hash())
	}
	return found
}

// try estimates both steps that an order matters to, in cycles, or only one of
// them if that and the least that the other may take reach the limit.
func (s *Search) try(x *intermediate, o order, limit float64) float64 {
	s.stride(x, o)
	if x.consumer == none {
		return s.specs[x.producer].Estimate() * s.visits[x.producer].times
	}
	first, second := x.producer, x.consumer
	if s.consumerFirst {
		first, second = second, first
	}
	cost := s.specs[first].Estimate() * s.visits[first].times
	if least := cost + s.specs[second].Least()*s.visits[second].times; least >= limit {
		return least
	}
	rest := s.specs[second].Estimate() * s.visits[second].times
	if rest > cost { // next time it probably is again, and may do by itself
		s.consumerFirst = !s.consumerFirst
	}
	return cost + rest
}

// stride sets an intermediate's strides in the nests of both steps.
func (s *Search) stride(x *intermediate, o order) {
	loops, stride := s.loops, 1
	for i := len(o) - 1; i >= 0; i-- {
		a := &x.axes[o[i]]
		loops[a.made].C = stride
		switch {
		case x.consumer == none: // nobody reads it
		case x.asLeft:
			loops[a.used].A = stride
		default:
			loops[a.used].B = stride
		}
		stride *= a.extent
	}
}

// estimate returns the estimated time of all steps that make or use a large
// intermediate, in cycles.
func (s *Search) estimate() (total float64) {
	for i := range s.specs {
		total += s.specs[i].Estimate() * s.visits[i].times
	}
	return total
}
