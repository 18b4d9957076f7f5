package stream

import (
	"sync"

	"tnbench/internal/dtype"
	"tnbench/internal/kernel/nest"
	"tnbench/internal/kernel/vec/isa"
)

// planner makes plans, in memory that it uses again for the next contraction:
// of hundreds of plans one is carried out.
type planner struct {
	typ    dtype.Type
	limits *limits

	plans      shelf[plan]
	lists      shelf[*plan]
	axes       shelf[nest.Loop]
	chunkLists shelf[chunk]
	packLists  shelf[packPlan]
	copies     []copyPlan // that are made already, of one contraction
}

// planners are at rest.
var planners = sync.Pool{New: func() any { return new(planner) }}

// forget makes the memory of all plans free.
func (m *planner) forget() {
	m.plans.clear()
	m.lists.clear()
	m.axes.clear()
	m.chunkLists.clear()
	m.packLists.clear()
	m.copies = m.copies[:0]
}

// plan returns a plan that is yet to begin.
func (m *planner) plan(r isa.Routine, chain, outs, sums []nest.Loop) *plan {
	p := &m.plans.room(1)[:1][0]
	*p = plan{planner: m, routine: r, chain: chain, outs: outs, sums: sums}
	return p
}

// shelf is memory for short lists that are all forgotten at once.
type shelf[T any] struct{ memory []T }

// room returns an empty list with room for n values.
func (s *shelf[T]) room(n int) []T {
	from := len(s.memory)
	if from+n > cap(s.memory) {
		s.memory, from = make([]T, 0, max(shelfRoom, 2*cap(s.memory), n)), 0
	}
	s.memory = s.memory[:from+n]
	return s.memory[from : from : from+n]
}

// shelfRoom is for how many values a shelf is made.
const shelfRoom = 64

func (s *shelf[T]) clear() { s.memory = s.memory[:0] }
