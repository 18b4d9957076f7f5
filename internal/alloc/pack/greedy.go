package pack

// maxPairs limits the pairs of buffers that live at once and are held as such.
// maxGreedyWork limits the buffers that greedy looks at in orders after the
// first, and in the first if there is another way.
const (
	maxPairs      = 1 << 21
	maxGreedyWork = 1 << 21
)

// Greedy places the buffers one after the other in several orders, each at the
// lowest offset or in the tightest gap left by those before it, and returns the
// best plan it met; it stops at the first that reaches the lower bound. Offsets
// are multiples of align (0 and 1: any), sizes count as rounded up to it.
//
// It costs O(n·(log n + live)) per order. If so many buffers live at once that
// this would take too long, only the large ones are placed like that and the
// small ones in the order of time on top of them, in O(n log n).
func Greedy(buffers []Buffer, align int) (Plan, error) {
	s, err := newSolver(buffers, Options{Align: align, Nodes: -1})
	if err != nil {
		return Plan{}, err
	}
	s.greedy()
	return s.result()
}

// greedy makes the plan to start from. Where buffers are many, some orders by
// classes set the mark, so that most simple orders are given up early.
func (s *solver) greedy() {
	s.layered()
	if !s.few() {
		s.orders(min(firstOrders, s.nodes/16))
	}
	s.simple()
}

// simple finds the lowest plan among the simple orders, with either fit.
func (s *solver) simple() {
	s.layered()
	if s.best.Height < unplaceable && s.placer.cost() > s.maxGreedy {
		return
	}
	work := s.placer.work
	if hinted := s.hinted(); hinted != nil {
		s.try(hinted, lowest)
	}
	fits := []fit{tightest, lowest}
	if s.placer.scan {
		fits = []fit{lowest, tightest} // a scan for the lowest ends early
	}
	s.simpleOrders(func(order []int32) bool {
		for _, fit := range fits {
			if s.best.Height < unplaceable && (s.done() || s.placer.work-work > s.maxGreedy) {
				return false
			}
			s.try(order, fit)
		}
		return true
	})
}

// layered finds a plan in little time where there are too many conflicts for any of
// the others to do so.
func (s *solver) layered() {
	if s.conflicts == nil && s.layer == nil && s.plain() {
		s.offer(s.inLayers())
	}
}

// inLayers plans a task that is too dense for its conflicts to be known.
func (s *solver) inLayers() []int {
	s.layer = newLayer(s.task)
	if s.layer == nil {
		return placeInTime(s.task)
	}
	core := newSolverOf(s.layer.core, Options{Nodes: -1}, s.stop)
	core.simple()
	return s.layer.stack(s.task, core.best.Offsets)
}

// try places all buffers in an order and keeps the plan if it is lower than the
// best so far. It returns the height, or one that isn't lower.
func (s *solver) try(order []int32, fit fit) int {
	h := s.placer.place(order, fit, s.best.Height)
	if h < s.best.Height {
		s.offer(s.placer.offsets)
	}
	return h
}
