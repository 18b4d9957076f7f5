package stream

import (
	"sync"

	"tnbench/internal/dtype"
	"tnbench/internal/kernel/model"
	"tnbench/internal/kernel/nest"
	"tnbench/internal/kernel/vec/isa"
)

// scheduler makes schedules, in memory that it uses again for the next contraction:
// of hundreds of schedules one is carried out.
type scheduler struct {
	typ    dtype.Type
	limits *model.Limits
	vector int // bytes of a vector

	schedules  shelf[schedule]
	lists      shelf[*schedule]
	axes       shelf[nest.Loop]
	chunkLists shelf[chunk]
	packLists  shelf[repack]
	copies     []madeCopy // that are made already, of one contraction
}

// schedulers are at rest.
var schedulers = sync.Pool{New: func() any { return new(scheduler) }}

// forget makes the memory of all schedules free.
func (m *scheduler) forget() {
	m.schedules.clear()
	m.lists.clear()
	m.axes.clear()
	m.chunkLists.clear()
	m.packLists.clear()
	m.copies = m.copies[:0]
}

// newSchedule returns a schedule that is yet to begin.
func (m *scheduler) newSchedule(r isa.Routine, chain, outs, sums []nest.Loop) *schedule {
	p := &m.schedules.room(1)[:1][0]
	*p = schedule{scheduler: m, routine: r, chain: chain, outs: outs, sums: sums}
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
