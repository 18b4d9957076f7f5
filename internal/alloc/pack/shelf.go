package pack

import (
	"math"
	"slices"
	"sort"
)

// shelf holds placed buffers in the order of their offsets. Lifetimes lie apart
// from offsets, as most steps of a scan look at them alone.
type shelf struct {
	lives   []life
	spans   []span
	ids     []int32
	largest int // size on the shelf
	columns []column
	every   int32 // ranks of time from one column to the next
}

// column is a moment of which the shelf knows all holes, ascending: below the
// first that is large enough, nothing that lives then can be placed. Scans start
// there instead of at the ground, and so skip most of a dense plan.
type column struct{ holes []span }

// maxColumns divides time so finely that most buffers of a dense problem live
// through several columns, and coarsely enough for a placement to cost little.
const maxColumns = 128

func (s *shelf) init(t *task) {
	n := len(t.buffers)
	s.lives, s.spans, s.ids = make([]life, 0, n), make([]span, 0, n), make([]int32, 0, n)
	s.every = int32(t.moments/maxColumns + 1)
	s.columns = make([]column, t.moments/int(s.every)+1)
}

func (s *shelf) clear() {
	s.lives, s.spans, s.ids = s.lives[:0], s.spans[:0], s.ids[:0]
	s.largest = 0
	for c := range s.columns {
		s.columns[c].holes = append(s.columns[c].holes[:0], span{0, math.MaxInt})
	}
}

// through returns the columns that a life passes through.
func (s *shelf) through(l life) []column {
	from, to := (l.lower+s.every-1)/s.every, (l.upper+s.every-1)/s.every
	return s.columns[from:max(from, to)]
}

// insert puts a buffer onto the shelf.
func (s *shelf) insert(i int32, at span, l life) {
	k := sort.Search(len(s.spans), func(k int) bool { return s.spans[k].from >= at.from })
	s.lives = slices.Insert(s.lives, k, l)
	s.spans = slices.Insert(s.spans, k, at)
	s.ids = slices.Insert(s.ids, k, i)
	s.largest = max(s.largest, at.to-at.from)
	columns := s.through(l)
	for c := range columns {
		columns[c].fill(at)
	}
}

// fill takes bytes out of the holes. Buffers that are fixed, or share bytes by
// way of gaps, may fill some of them twice.
func (c *column) fill(at span) {
	k := sort.Search(len(c.holes), func(k int) bool { return c.holes[k].to > at.from })
	end := k
	var left [2]span
	rest := left[:0]
	for ; end < len(c.holes) && c.holes[end].from < at.to; end++ {
		h := c.holes[end]
		if h.from < at.from {
			rest = append(rest, span{h.from, at.from})
		}
		if h.to > at.to {
			rest = append(rest, span{at.to, h.to})
		}
	}
	c.holes = slices.Replace(c.holes, k, end, rest...)
}

// floor returns an offset below which a buffer can't be placed, and the steps
// that took.
func (s *shelf) floor(l life, size int) (floor, steps int) {
	columns := s.through(l)
	stride := len(columns)/8 + 1 // eight columns tell as much as all
	for c := 0; c < len(columns); c += stride {
		for _, h := range columns[c].holes {
			steps++
			if h.to-max(h.from, floor) >= size {
				floor = max(floor, h.from)
				break
			}
		}
	}
	return floor, steps
}

// find returns the offset for a buffer, negative or out of range if there is
// none, and the steps that took.
func (s *shelf) find(l life, size, align int, fit fit) (offset, steps int) {
	floor, steps := s.floor(l, size)
	top := alignUp(floor, align)
	best, bestRoom := -1, math.MaxInt
	first := sort.Search(len(s.spans), func(k int) bool { return s.spans[k].from > floor-s.largest })
	for k, other := range s.lives[first:] {
		if other.lower >= l.upper || other.upper <= l.lower {
			continue
		}
		at := s.spans[first+k]
		if room := at.from - top; room >= size && room < bestRoom {
			if fit == lowest {
				return top, steps + k
			}
			best, bestRoom = top, room
		}
		if at.to > top {
			if top = alignUp(at.to, align); top < 0 {
				break
			}
		}
	}
	steps += len(s.lives) - first
	if best >= 0 {
		return best, steps
	}
	return top, steps
}

// around calls visit for each buffer on the shelf that lives at some time with l.
func (s *shelf) around(l life, visit func(i int32)) {
	for k, other := range s.lives {
		if other.lower < l.upper && l.lower < other.upper {
			visit(s.ids[k])
		}
	}
}
