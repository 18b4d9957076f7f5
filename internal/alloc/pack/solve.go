package pack

import (
	"context"
	"slices"
	"time"
)

// Options of [Solve]. The zero value asks for the lowest plan that the default
// budget finds.
type Options struct {
	// Capacity is enough: the search stops at the first plan that is no higher.
	// 0 asks for the lowest plan.
	Capacity int
	// Align is what all offsets are multiples of; sizes count as rounded up to
	// it. 0 and 1: any offset.
	Align int
	// Nodes limits the search, 0 means [DefaultNodes], negative none: greedy and
	// repair only. Results depend on it and on Seed alone, unless Budget or the
	// context cuts the search off. A node costs some five microseconds for a few
	// hundred buffers, and grows with the number that live at once.
	Nodes int
	// Budget limits the time of the search, 0 means no limit. Use it as a cap
	// only: what is found within it depends on the machine.
	Budget time.Duration
	// Seed of the random choices.
	Seed uint64
}

// DefaultNodes is the default limit of a search, less than a minute for
// a few hundred buffers.
const DefaultNodes = 1 << 22

// Solve returns the lowest plan it finds: the greedy one if that reaches the
// lower bound or the capacity; else what repairs of the greedy order and then a
// search within the budget make of it. If ctx ends first, it returns the best
// plan so far and no error, so compare Height with what you need. Errors are
// about ill-formed buffers only.
func Solve(ctx context.Context, buffers []Buffer, options Options) (Plan, error) {
	if err := Validate(buffers, options.Align); err != nil {
		return Plan{}, err
	}
	if options.Budget > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, options.Budget)
		defer cancel()
	}
	if options.Nodes == 0 {
		options.Nodes = DefaultNodes
	}
	stop := func() bool { return ctx.Err() != nil }
	t := newTask(buffers, options.Align)
	if t.conflicts != nil {
		return improve(t, options, stop), nil
	}
	l := newLayer(t)
	if l == nil {
		return t.plan(placeInTime(t)), nil
	}
	core := improve(l.core, options, stop)
	p := t.plan(l.stack(t, core.Offsets))
	p.Nodes = core.Nodes
	return p, nil
}

// improve starts from the greedy plan of a task.
func improve(t *task, options Options, stop func() bool) Plan {
	s := solver{
		task:  t,
		best:  t.plan(greedy(t)),
		goal:  max(t.bound, options.Capacity),
		asked: options.Capacity,
		nodes: options.Nodes,
		seed:  options.Seed,
		stop:  stop,
	}
	if !s.done() {
		s.repair()
		s.search()
	}
	return s.best
}

// solver improves a plan until it reaches the goal or the budget is spent.
type solver struct {
	*task
	best  Plan
	asked int // the capacity, 0 for the lowest plan
	goal  int // a height that is low enough
	nodes int // left
	seed  uint64
	stop  func() bool
}

func (s *solver) done() bool {
	return s.best.Height <= s.goal || s.best.Optimal || s.stop()
}

// offer takes the offsets if they make a lower plan.
func (s *solver) offer(offsets []int) {
	if h := s.height(offsets); h < s.best.Height {
		s.best.Offsets = append(s.best.Offsets[:0], offsets...)
		s.best.Height = h
		s.best.Optimal = h == s.best.Bound
	}
}

// coreSizes are how many of the largest buffers a search places, while the
// others go where they fit afterwards: few first, as most bytes are theirs.
// maxIncidences limits what a node of the search may cost.
var coreSizes = []int{256, 1024, 4096}

const maxIncidences = 1 << 20

// search searches for ever larger cores, within equal shares of the budget.
func (s *solver) search() {
	order := orderBy(s.buffers, orderKeys[0])
	var sizes []int
	for _, n := range coreSizes {
		if 4*n <= len(order) {
			sizes = append(sizes, n)
		}
	}
	sizes = append(sizes, min(len(order), coreSizes[len(coreSizes)-1]))
	for k, n := range sizes {
		if s.done() || s.nodes <= 0 {
			return
		}
		p := newProblem(s.buffers, order[:n])
		if k > 0 && incidences(p) > maxIncidences {
			return
		}
		s.descend(p, s.nodes/(len(sizes)-k))
	}
}

// descend looks for plans of ever lower height between the bound and the best
// one. The bound is tried first, since most programs have a plan that reaches
// it, then the middle of what is left.
func (s *solver) descend(p *problem, nodes int) {
	r := newRestarts(p, s.seed, s.stop)
	low, target := s.goal, s.goal // no plan below low is hoped for
	for !s.done() && nodes > 0 {
		share := (nodes + 1) / 2
		if target == s.asked { // nothing lower is asked for
			share = nodes
		}
		before := r.nodes
		v := r.solve(target/p.unit, share)
		nodes -= r.nodes - before
		s.nodes -= r.nodes - before
		s.best.Nodes += r.nodes - before
		switch v {
		case found:
			s.complete(p, r.offset)
		case infeasible: // the whole can't be lower than its core
			s.raiseBound(target/p.unit*p.unit + p.unit)
		}
		if v != found || s.best.Height > target {
			low = target + p.unit
		}
		if low >= s.best.Height {
			return
		}
		target = low + (s.best.Height-low)/2
	}
}

// raiseBound notes that no plan is lower than bound.
func (s *solver) raiseBound(bound int) {
	s.best.Bound = max(s.best.Bound, bound)
	s.goal = max(s.goal, bound)
	s.best.Optimal = s.best.Height == s.best.Bound
}

// complete makes a plan of offsets found for a problem: all other buffers are
// placed around its items, the largest first.
func (s *solver) complete(p *problem, offsets []int) {
	placer := newPlacer(s.task)
	for i := range placer.offsets {
		placer.offsets[i] = -1
	}
	for i := range p.items {
		placer.offsets[p.items[i].id] = offsets[i] * p.unit
	}
	rest := slices.DeleteFunc(orderBy(s.buffers, orderKeys[0]), func(i int32) bool { return placer.offsets[i] >= 0 })
	placer.add(rest, tightest)
	s.offer(placer.offsets)
}

// repairs limits the rounds of repair; maxRepairWork the conflicts it visits.
const (
	repairs       = 64
	maxRepairWork = 1 << 24
)

// repair places greedily again and again, buffers that stuck out of the goal
// earlier and earlier. It costs little and is often enough where greedy fails
// by a little.
func (s *solver) repair() {
	placer := newPlacer(s.task)
	for _, key := range orderKeys[:2] {
		order := orderBy(s.buffers, key)
		urgency := make([]int, len(order))
		work := 0
		for range repairs {
			work += len(s.conflicts.list) + len(order)
			if s.done() || work > maxRepairWork {
				break
			}
			placer.place(order, tightest)
			s.offer(placer.offsets)
			for k, i := range order {
				if placer.offsets[i]+s.buffers[i].Size > s.goal {
					urgency[i] += 1 + k/2
				}
			}
			order = urgent(order, urgency)
		}
	}
}

// urgent moves each buffer forward in the order by its urgency.
func urgent(order []int32, urgency []int) []int32 {
	rank := make([]int, len(order))
	for k, i := range order {
		rank[i] = k - urgency[i]
		urgency[i] = 0
	}
	moved := slices.Clone(order)
	slices.SortStableFunc(moved, func(a, b int32) int { return rank[a] - rank[b] })
	return moved
}
