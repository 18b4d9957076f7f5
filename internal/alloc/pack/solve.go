package pack

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"math/rand/v2"
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
	// Nodes limits the work, 0 means [DefaultNodes], negative none: greedy and
	// repair only. Results depend on it and on Seed alone, unless Budget or the
	// context cuts the work off. A node of the search costs some five
	// microseconds for a few hundred buffers, and grows with the number that live
	// at once; other work is counted as so many nodes as take its time.
	Nodes int
	// Budget limits the time of the search, 0 means no limit. Use it as a cap
	// only: what is found within it depends on the machine.
	Budget time.Duration
	// Patient works in turns of ever more nodes with other random choices each,
	// as searches succeed soon or hardly ever, for as long as that gains or the
	// capacity isn't met. It needs a Budget or a context that ends.
	Patient bool
	// Seed of the random choices.
	Seed uint64
}

// DefaultNodes is the default limit of a search, less than a minute for
// a few hundred buffers.
const DefaultNodes = 1 << 22

// firstTurn is the part of the nodes that the first turn of a patient search gets.
const firstTurn = 16

// Solve returns the lowest plan it finds: the greedy one if that reaches the
// lower bound or the capacity; else what repairs of its order, other orders and
// a search make of it within the budget. It is never higher than the plan of any
// simple order (by size, lifetime, their product, birth or death; first fit or
// best fit), unless ctx or the budget ends before all were tried. If ctx ends
// first, it returns the best plan so far and no error, so compare Height with
// what you need. Errors are about ill-formed buffers only.
func Solve(ctx context.Context, buffers []Buffer, options Options) (Plan, error) {
	if options.Budget > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, options.Budget)
		defer cancel()
	}
	if options.Nodes == 0 {
		options.Nodes = DefaultNodes
	}
	s, err := newSolver(buffers, options)
	if err != nil {
		return Plan{}, err
	}
	s.stop = func() bool { return ctx.Err() != nil }
	s.greedy()
	nodes := options.Nodes
	if options.Patient {
		nodes = nodes/firstTurn + 1
	}
	for again := true; again && !s.done(); s.seed++ {
		before := s.best.Height
		s.nodes = nodes
		s.improve()
		again = options.Patient && (nodes < options.Nodes || s.best.Height < before || options.Capacity > 0)
		nodes *= 2
	}
	return s.result()
}

// solver improves a plan until it reaches the goal or the budget is spent.
type solver struct {
	*task
	best      Plan // without offsets: none yet
	placer    *placer
	layer     *layer // of a plain task without conflicts, nil: not divided
	asked     int    // the capacity, 0 for the lowest plan
	goal      int    // a height that is low enough
	nodes     int    // left
	patient   bool   // the clock ends it
	maxGreedy int    // see maxGreedyWork
	seed      uint64
	rng       *rand.Rand
	stop      func() bool

	bestClasses classOrder // the best so far, and its height
	classHeight int
	classTries  int
	bestOrder   []int32 // of those by classes and their variations
	orderHeight int
}

func newSolver(buffers []Buffer, options Options) (*solver, error) {
	if err := Validate(buffers, options.Align); err != nil {
		return nil, err
	}
	if err := checkFixed(buffers); err != nil {
		return nil, err
	}
	return newSolverOf(newTask(buffers, options.Align), options, func() bool { return false }), nil
}

func newSolverOf(t *task, options Options, stop func() bool) *solver {
	s := &solver{
		task:      t,
		best:      Plan{Height: unplaceable, Bound: t.bound},
		placer:    newPlacer(t),
		asked:     options.Capacity,
		goal:      max(t.bound, options.Capacity),
		nodes:     options.Nodes,
		patient:   options.Patient,
		maxGreedy: max(maxGreedyWork, options.Nodes*workPerNode),
		seed:      options.Seed,
		rng:       rand.New(rand.NewPCG(options.Seed, 0x9E3779B97F4A7C15)),
		stop:      stop,

		classHeight: unplaceable,
		orderHeight: unplaceable,
	}
	s.placer.stop = func() bool { return s.stop() }
	return s
}

// checkFixed reports buffers that can't both be where they must be.
func checkFixed(buffers []Buffer) error {
	var fixed []Buffer
	var offsets, at []int
	for i := range buffers {
		if o, ok := buffers[i].fixed(); ok {
			fixed, offsets, at = append(fixed, buffers[i]), append(offsets, o), append(at, i)
		}
	}
	o := findOverlap(fixed, offsets)
	if o == nil {
		return nil
	}
	a, b := at[o.a.id], at[o.b.id]
	return &BufferError{max(a, b), &FixedError{min(a, b), o.where()}}
}

// FixedError tells that a buffer and another one have offsets that can't both be.
type FixedError struct {
	With  int // position of the other buffer
	where string
}

func (e *FixedError) Error() string {
	return fmt.Sprintf("its offset and that of buffer %d overlap: %s", e.With, e.where)
}

// Where names the bytes and the time of the overlap.
func (e *FixedError) Where() string { return e.where }

// result returns the best plan.
func (s *solver) result() (Plan, error) {
	if s.best.Height == unplaceable {
		return Plan{}, fmt.Errorf("%w: no plan below %d was found", ErrBuffer, math.MaxInt)
	}
	return s.best, nil
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

// improve spends the budget. Orders by classes gain much in little time where
// buffers are many, and a search where they are few; each has its turn before
// the other gets the rest.
func (s *solver) improve() {
	s.repair()
	if s.few() {
		s.orders(s.nodes / 64)
		s.search(s.nodes - s.nodes/4)
	} else {
		s.improveCore(min(s.nodes, coreNodes))
		s.orders(s.nodes / 2)
		s.search(s.nodes / 8)
	}
	s.orders(s.nodes)
}

// coreNodes is the budget of the search of a divided task, in nodes. Contraction
// trees need less, random problems gain more by orders.
const coreNodes = 1 << 14

// improveCore improves the large buffers of a task that is divided.
func (s *solver) improveCore(nodes int) {
	if s.layer == nil || s.done() {
		return
	}
	core := newSolverOf(s.layer.core, Options{Nodes: nodes, Seed: s.seed}, s.stop)
	core.simple()
	core.repair()
	core.search(nodes)
	s.nodes -= nodes - core.nodes
	s.best.Nodes += core.best.Nodes
	s.offer(s.layer.stack(s.task, core.best.Offsets))
}

// workPerNode is how many buffers a placer looks at in the time of a node, and
// workPerBuffer as how many a buffer counts that is put into an order.
const (
	workPerNode   = 2048
	workPerBuffer = 64
)

// few reports whether a search may place all buffers.
func (s *solver) few() bool { return len(s.buffers) <= coreSizes[1] }

// firstOrders is the budget of orders by classes that come before all others, in
// nodes. Once they have set the mark, simple orders are given up early.
const firstOrders = 1 << 14

// orders places the buffers in one order by classes after the other. It ends if
// a quarter of the nodes, and a number of orders, brought no gain.
func (s *solver) orders(nodes int) {
	const least = 100
	if !s.patient && s.placer.cost()/8 > nodes*workPerNode { // not even one
		return
	}
	idle, unspent := 0, nodes
	for try := 0; !s.done() && unspent > 0 && (try < least || idle < nodes/4); try++ {
		before, height := s.placer.work, s.best.Height
		if s.classTries > len(goodClasses) && try%2 == 1 && (s.few() || s.orderHeight == s.best.Height) {
			s.tryUrgent()
		} else {
			s.tryClasses()
		}
		cost := 1 + (s.placer.work-before+workPerBuffer*len(s.buffers))/workPerNode
		unspent -= cost
		idle += cost
		if s.best.Height < height {
			idle = 0
		}
	}
	s.nodes -= nodes - unspent
}

// tryClasses tries an order by classes: the first are known to be good, others
// are drawn at random or near the best.
func (s *solver) tryClasses() {
	s.classTries++
	c := classOrder{
		grain:    math.Exp2(-1.5 + 3.5*s.rng.Float64()),
		lifetime: s.rng.Float64() * 0.8,
		phase:    s.rng.Float64(),
		backward: s.rng.IntN(2) == 0,
	}
	if s.classTries <= len(goodClasses) {
		c = goodClasses[s.classTries-1]
	} else if s.rng.IntN(3) > 0 {
		near := s.bestClasses
		near.grain *= math.Exp(0.2 * s.rng.NormFloat64())
		near.lifetime += 0.1 * s.rng.NormFloat64()
		near.phase += 0.2 * s.rng.NormFloat64()
		c = near
	}
	order := c.order(s.task)
	if h := s.try(order, lowest); h < s.classHeight {
		s.bestClasses, s.classHeight = c, h
		s.bestOrder, s.orderHeight = order, h
	}
}

// tryUrgent tries the best order, or that of the best plan's offsets, with some
// buffers moved forward by chance: those that stick out, or any.
func (s *solver) tryUrgent() {
	order := s.bestOrder
	if s.few() && s.orderHeight > s.best.Height {
		order = orderBy(s.buffers, position)
		slices.SortStableFunc(order, func(a, b int32) int { return cmp.Compare(s.best.Offsets[a], s.best.Offsets[b]) })
	}
	mark := 0
	if !s.few() || s.rng.IntN(4) > 0 {
		mark = s.best.Height - 1 - int(float64(s.best.Height-s.best.Bound)*s.rng.Float64())
	}
	far := s.rng.Float64()
	urgency := make([]int, len(order))
	for k, i := range order {
		if s.best.Offsets[i]+s.buffers[i].Size > mark {
			urgency[i] = int(far * float64(k+2) * s.rng.Float64())
		}
	}
	order = urgent(order, urgency)
	if h := s.try(order, lowest); h < s.orderHeight {
		s.bestOrder, s.orderHeight = order, h
	}
}

// coreSizes are how many of the largest buffers a search places, while the
// others go where they fit afterwards: few first, as most bytes are theirs.
// maxIncidences limits what a node of the search may cost.
var coreSizes = []int{256, 1024, 4096}

// Above incidencesPerNode, a node counts as several.
const (
	maxIncidences     = 1 << 20
	incidencesPerNode = 1 << 16
)

// search searches for ever larger cores, within equal shares of the nodes.
func (s *solver) search(nodes int) {
	if s.best.Height > math.MaxInt/4 || len(s.fixed) > 0 {
		return
	}
	order := orderBy(s.buffers, orderKeys[0])
	var sizes []int
	for _, n := range coreSizes {
		if 4*n <= len(order) {
			sizes = append(sizes, n)
		}
	}
	sizes = append(sizes, min(len(order), coreSizes[len(coreSizes)-1]))
	for k, n := range sizes {
		if s.done() || nodes <= 0 {
			return
		}
		p := newProblem(s.task, order[:n])
		if p == nil || k > 0 && incidences(p) > maxIncidences {
			return
		}
		nodes -= s.descend(p, nodes/(len(sizes)-k))
	}
}

// descend looks for plans of ever lower height between the bound and the best
// one, and returns the nodes that its time is worth. The bound is tried first, since most
// programs have a plan that reaches it, then the middle of what is left.
func (s *solver) descend(p *problem, nodes int) (spent int) {
	r := newRestarts(p, s.seed, s.stop)
	price := 1 + incidences(p)/incidencesPerNode
	nodes /= price
	visited, work := 0, s.placer.work
	defer func() {
		spent = visited*price + (s.placer.work-work)/workPerNode
		s.nodes -= spent
	}()
	low, target := s.goal, s.goal // no plan below low is hoped for
	for !s.done() && nodes > visited {
		share := (nodes - visited + 1) / 2
		if target == s.asked { // nothing lower is asked for
			share = nodes - visited
		}
		before := r.nodes
		v := r.solve((target+s.slack)/p.unit, share)
		visited += r.nodes - before
		s.best.Nodes += r.nodes - before
		switch {
		case v == found:
			s.complete(p, r.offset)
		case v == infeasible && s.exact: // the whole can't be lower than its core
			s.raiseBound(((target+s.slack)/p.unit+1)*p.unit - s.slack)
		}
		if v != found || s.best.Height > target {
			low = target + p.unit
		}
		if low >= s.best.Height {
			break
		}
		target = low + (s.best.Height-low)/2
	}
	return
}

// raiseBound notes that no plan is lower than bound.
func (s *solver) raiseBound(bound int) {
	s.best.Bound = max(s.best.Bound, bound)
	s.goal = max(s.goal, bound)
	s.best.Optimal = s.best.Height == s.best.Bound
}

// complete makes a plan of offsets found for a problem: its items are settled in
// the order of their offsets, and all other buffers placed around them, the
// largest first.
func (s *solver) complete(p *problem, offsets []int) {
	s.placer.reset()
	items := make([]int32, len(p.items))
	for k := range items {
		items[k] = int32(k)
	}
	slices.SortFunc(items, func(a, b int32) int { return cmp.Compare(offsets[a], offsets[b]) })
	for k, i := range items {
		items[k] = p.items[i].id
	}
	limit := s.best.Height
	if s.placer.add(items, lowest, limit) < limit && s.placer.add(orderBy(s.buffers, orderKeys[0]), tightest, limit) < limit {
		s.offer(s.placer.offsets)
	}
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
	for _, key := range orderKeys[:2] {
		order := orderBy(s.buffers, key)
		urgency := make([]int, len(order))
		work := s.placer.work
		for range repairs {
			if s.done() || s.placer.cost() > maxRepairWork || s.placer.work-work > maxRepairWork {
				break
			}
			if s.placer.place(order, tightest, unplaceable) == unplaceable {
				break
			}
			s.offer(s.placer.offsets)
			for k, i := range order {
				if s.placer.offsets[i]+s.buffers[i].Size > s.goal {
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
