package pack

import "math/bits"

// The search follows the ideas of MiniMalloc (Moffitt, ASPLOS 2023): it places
// items in ascending order of their offsets, each on top of those placed (a
// canonical plan), prunes with lower bounds per section and with dominance, and
// splits where no unplaced item crosses from one section to the next. Its own
// are the bound by release times, items that are the only ones that fit without
// waste (forced), items that may float to the top of their part, and the table
// of failed states.
//
// Why it is complete: of all plans within the capacity, take one with the least
// sum of offsets. Each rule below keeps the branch that this plan follows.

// verdict is what a search came to.
type verdict int

const (
	infeasible verdict = iota // proved: no plan within the capacity
	found
	cutOff // the budget ran out
)

// search places the items of a problem within a capacity.
type search struct {
	*problem
	rank   []int32   // ties between offsets are broken by rank, lowest first
	blame  []float64 // per section: how often its bound refuted a state
	offset []int     // of placed items
	placed []bool
	rem    []int   // per section: sizes of its unplaced items
	cross  []int32 // per section: unplaced items it shares with the one before
	least  []int   // per unplaced item: the top of what is placed below it
	early  []int   // per unplaced item: lower bound of its offset, see raise
	sum    []int   // per section, scratch
	low    []int   // per section: least early of its unplaced items
	fits   []int32 // per section: items that can come next, see forced
	trail  []change
	stack  []int32 // lists of items, one per level
	failed []failure
	salt   uint64 // makes failures of earlier runs unrecognisable
	nodes  int
	limit  int         // nodes
	stop   func() bool // asked now and then
}

// change remembers the least offset of an item.
type change struct {
	item int32
	old  int
}

// failure is a state that was refuted under a floor. It then fails under
// every higher one as well.
type failure struct {
	key   uint64
	floor floor
}

// floor is the canonical order's demand on all items still to be placed by
// branching: they come after (offset, rank), in this order.
type floor struct {
	offset int
	rank   int32
}

// noFloor demands nothing.
var noFloor = floor{0, -1}

func (f floor) above(o int, rank int32) bool {
	return o < f.offset || o == f.offset && rank < f.rank
}

// failures is the size of the table of failed states for a number of items: a
// power of two, smaller for small problems as it is cleared when made.
func failures(items int) uint64 { return 1 << min(bits.Len(uint(items))+8, 16) }

func newSearch(p *problem, stop func() bool) *search {
	n := len(p.items)
	return &search{
		problem: p,
		rank:    make([]int32, n),
		blame:   make([]float64, p.sections),
		offset:  make([]int, n),
		placed:  make([]bool, n),
		rem:     make([]int, p.sections),
		cross:   make([]int32, p.sections),
		least:   make([]int, n),
		early:   make([]int, n),
		sum:     make([]int, p.sections),
		low:     make([]int, p.sections),
		fits:    make([]int32, p.sections),
		failed:  make([]failure, failures(n)),
		stop:    stop,
	}
}

// run looks for offsets within the capacity (in units), visiting at most limit
// nodes. The ranks must be set. If it finds some, they are in s.offset.
func (s *search) run(capacity, limit int) verdict {
	s.limit = s.nodes + limit
	s.salt = mix(s.salt + 1)
	copy(s.rem, s.total)
	copy(s.cross, s.crossing)
	clear(s.placed)
	clear(s.least)
	s.trail, s.stack = s.trail[:0], s.stack[:0]
	all := make([]int32, len(s.items))
	for i := range all {
		all[i] = int32(i)
	}
	return s.split(all, capacity, noFloor)
}

// split cuts the list where no item crosses from a section to the next, and
// solves each part on its own. Unless it finds offsets for all, it leaves none
// of the list placed; what it did to s.least is undone by the caller.
func (s *search) split(list []int32, capacity int, f floor) verdict {
	if len(list) == 0 {
		return found
	}
	lo, hi := s.items[list[0]].lo, s.items[list[0]].hi
	for _, i := range list {
		lo, hi = min(lo, s.items[i].lo), max(hi, s.items[i].hi)
	}
	end := s.cut(lo, hi)
	if end == hi {
		return s.float(list, lo, hi, capacity, f)
	}
	base := len(s.stack)
	v := found
	for v == found && lo < hi {
		s.stack = s.stack[:base]
		for _, i := range list {
			if lo <= s.items[i].lo && s.items[i].lo < end {
				s.stack = append(s.stack, i)
			}
		}
		if part := s.stack[base:len(s.stack):len(s.stack)]; len(part) > 0 {
			v = s.float(part, lo, end, capacity, f)
		}
		lo = end
		end = s.cut(lo, hi)
	}
	s.stack = s.stack[:base]
	if v != found {
		s.lift(list)
	}
	return v
}

// cut returns the first section after lo that shares no unplaced item with the
// one before it, at most hi.
func (s *search) cut(lo, hi int32) int32 {
	for lo++; lo < hi && s.cross[lo] > 0; lo++ {
	}
	return min(lo, hi)
}

// float puts the items that live as long as the whole part to its top: in any
// plan of the part they can be moved there, and what was above them down. The
// rest is a problem of its own, with less capacity and no floor.
func (s *search) float(list []int32, lo, hi int32, capacity int, f floor) verdict {
	base := len(s.stack)
	for _, i := range list {
		if s.items[i].lo != lo || s.items[i].hi != hi {
			s.stack = append(s.stack, i)
		}
	}
	rest := s.stack[base:len(s.stack):len(s.stack)]
	if len(rest) == len(list) {
		s.stack = s.stack[:base]
		return s.node(list, lo, hi, capacity, f)
	}
	v := found
	for _, i := range list {
		if s.items[i].lo == lo && s.items[i].hi == hi && v == found {
			if capacity -= s.items[i].size; capacity < s.least[i] {
				v = infeasible
			} else {
				s.put(i, capacity)
			}
		}
	}
	if v == found {
		v = s.split(rest, capacity, noFloor)
	}
	s.stack = s.stack[:base]
	if v != found {
		s.lift(list)
	}
	return v
}

// node decides which item of the list is placed next. The list is connected in
// time and spans the sections [lo, hi). It is sorted in place.
func (s *search) node(list []int32, lo, hi int32, capacity int, f floor) verdict {
	if s.nodes >= s.limit || s.nodes&255 == 0 && s.stop() {
		return cutOff
	}
	s.nodes++
	s.sort(list)
	key := s.key(list, capacity)
	slot := &s.failed[key&uint64(len(s.failed)-1)]
	if slot.key == key && !slot.floor.above(f.offset, f.rank) {
		return infeasible
	}
	v := infeasible
	if s.bound(list, lo, hi, capacity, f) {
		switch only, ok := s.forced(list, lo, hi, capacity, f); {
		case !ok:
		case only >= 0:
			v = s.try(list, only, capacity, f)
		default:
			v = s.branch(list, lo, hi, capacity, f)
		}
	}
	if v == infeasible {
		*slot = failure{key, f}
	}
	return v
}

// sort orders the list by least offset, then by rank. It comes from the parent
// almost in order.
func (s *search) sort(list []int32) {
	for k, i := range list {
		o, r := s.least[i], s.rank[i]
		for ; k > 0; k-- {
			p := list[k-1]
			if s.least[p] < o || s.least[p] == o && s.rank[p] < r {
				break
			}
			list[k] = p
		}
		list[k] = i
	}
}

// key identifies a state apart from its floor: which items are left, the least
// offset of each, and the capacity. Two states share a key with a probability
// of 2^-64.
func (s *search) key(list []int32, capacity int) uint64 {
	key := s.salt + mix(uint64(capacity))
	for _, i := range list {
		key += mix(uint64(i)<<40 + uint64(s.least[i]) ^ s.salt)
	}
	return mix(key)
}

// mix is the finaliser of SplitMix64.
func mix(x uint64) uint64 {
	x ^= x >> 30
	x *= 0xBF58476D1CE4E5B9
	x ^= x >> 27
	x *= 0x94D049BB133111EB
	return x ^ x>>31
}

// branch tries, in canonical order, each item that can be the next.
func (s *search) branch(list []int32, lo, hi int32, capacity int, f floor) verdict {
	// All items left come at least as high as the next one. So it can't be
	// higher than any section bears, nor so high that another fits below it.
	top := capacity
	for _, r := range s.rem[lo:hi] {
		top = min(top, capacity-r)
	}
	for _, i := range list {
		top = min(top, s.least[i]+s.items[i].size-1)
	}
	for _, i := range list {
		o := s.least[i]
		if o > top {
			break
		}
		if f.above(o, s.rank[i]) {
			continue
		}
		if v := s.try(list, i, capacity, floor{o, s.rank[i]}); v != infeasible {
			return v
		}
	}
	return infeasible
}

// try places item i at its least offset and goes on with the others.
func (s *search) try(list []int32, i int32, capacity int, f floor) verdict {
	mark, base := len(s.trail), len(s.stack)
	s.put(i, s.least[i])
	top := s.least[i] + s.items[i].size
	for _, j := range s.rivals[i] {
		if !s.placed[j] && s.least[j] < top {
			s.trail = append(s.trail, change{j, s.least[j]})
			s.least[j] = top
		}
	}
	for _, j := range list {
		if j != i {
			s.stack = append(s.stack, j)
		}
	}
	v := s.split(s.stack[base:len(s.stack):len(s.stack)], capacity, f)
	s.stack = s.stack[:base]
	if v == found {
		return v
	}
	s.take(i)
	for k := len(s.trail) - 1; k >= mark; k-- {
		s.least[s.trail[k].item] = s.trail[k].old
	}
	s.trail = s.trail[:mark]
	return v
}

// put marks an item as placed.
func (s *search) put(i int32, offset int) {
	s.placed[i], s.offset[i] = true, offset
	it := &s.items[i]
	rem := s.rem[it.lo:it.hi]
	for x := range rem {
		rem[x] -= it.size
	}
	cross := s.cross[it.lo+1 : it.hi]
	for x := range cross {
		cross[x]--
	}
}

// take undoes put.
func (s *search) take(i int32) {
	s.placed[i] = false
	it := &s.items[i]
	rem := s.rem[it.lo:it.hi]
	for x := range rem {
		rem[x] += it.size
	}
	cross := s.cross[it.lo+1 : it.hi]
	for x := range cross {
		cross[x]++
	}
}

// lift undoes put for all of the list that are placed.
func (s *search) lift(list []int32) {
	for _, i := range list {
		if s.placed[i] {
			s.take(i)
		}
	}
}
