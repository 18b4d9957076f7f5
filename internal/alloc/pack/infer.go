package pack

// bound reports whether the list may still fit. In each section, the items left
// can't end lower than if each were placed as early as it can be and one on the
// other: max over t of t + the sizes of those that come at t or later. It also
// sets s.early and s.low.
func (s *search) bound(list []int32, lo, hi int32, capacity int, f floor) bool {
	base := len(s.stack)
	defer func() { s.stack = s.stack[:base] }()
	if !s.raise(list, capacity, f) {
		return false
	}
	sum := s.sum[lo:hi]
	clear(sum)
	list = s.stack[base:]
	for k := len(list) - 1; k >= 0; k-- {
		i := list[k]
		it := &s.items[i]
		early := s.early[i]
		room := capacity - early
		sum, low := s.sum[it.lo:it.hi], s.low[it.lo:it.hi]
		for x := range sum {
			low[x] = early // the list is descending
			if sum[x] += it.size; sum[x] > room {
				s.blame[int(it.lo)+x]++
				return false
			}
		}
	}
	return true
}

// raise sets s.early and pushes the list on the stack, ascending by it. An item
// whose least offset is below the floor must rest on one that is still to come:
// the canonical plan would have placed it earlier otherwise.
func (s *search) raise(list []int32, capacity int, f floor) bool {
	base := len(s.stack)
	for _, i := range list {
		e := s.least[i]
		if f.above(e, s.rank[i]) {
			e = s.lowestRest(i, capacity, f.offset)
			if e+s.items[i].size > capacity {
				return false
			}
		}
		s.early[i] = e
		s.stack = append(s.stack, i)
		sorted := s.stack[base:]
		k := len(sorted) - 1
		for ; k > 0 && s.early[sorted[k-1]] > e; k-- {
			sorted[k] = sorted[k-1]
		}
		sorted[k] = i
	}
	return true
}

// lowestRest returns the lowest top of an unplaced rival that item i can come to
// rest on, given that none comes below floor. Of the rivals, one must get in
// the way of i at its least offset: else i could drop there.
func (s *search) lowestRest(i int32, capacity, floor int) int {
	rest, way := capacity+1, s.least[i]+s.items[i].size
	for _, j := range s.rivals[i] {
		if o := max(s.least[j], floor); o < way && !s.placed[j] {
			rest = min(rest, o+s.items[j].size)
		}
	}
	return rest
}

// blocked marks a section in s.fits as none that can force an item.
const blocked = 1 << 20

// forced looks for sections that bear no more waste: their items must fill
// them from low on without a gap. If only one item can come next in such a
// section, forced returns it; it may be placed out of turn. If there is no such
// section, it returns -1; if none can come next in one, false.
//
// An item below which a rival still fits can't be placed out of turn, as that
// would shut the rival out.
func (s *search) forced(list []int32, lo, hi int32, capacity int, f floor) (only int32, ok bool) {
	any := false
	for x := lo; x < hi; x++ {
		s.fits[x] = blocked
		if s.rem[x] > 0 && s.low[x]+s.rem[x] == capacity {
			s.fits[x] = 0
			any = true
		}
	}
	if !any {
		return -1, true
	}
	only = -1
	for _, i := range list {
		it := &s.items[i]
		fits, low := s.fits[it.lo:it.hi], s.low[it.lo:it.hi]
		weight := int32(0)
		for x := range fits {
			if fits[x] < blocked && low[x] == s.early[i] {
				if weight == 0 {
					weight = s.weigh(i, f)
				}
				fits[x] += weight
			}
		}
	}
	for x := lo; x < hi; x++ {
		if s.fits[x] == 0 {
			s.blame[x]++
			return -1, false
		}
	}
	return s.onlyFit(list), true
}

// weigh is what item i adds to s.fits: blocked if it can't be placed now.
func (s *search) weigh(i int32, f floor) int32 {
	o := s.least[i]
	if f.above(o, s.rank[i]) {
		return blocked
	}
	for _, j := range s.rivals[i] {
		if !s.placed[j] && s.early[j]+s.items[j].size <= o {
			return blocked
		}
	}
	return 1
}

// onlyFit returns the last item of the list that alone comes next in some
// section without waste, -1 if there is none.
func (s *search) onlyFit(list []int32) int32 {
	for k := len(list) - 1; k >= 0; k-- {
		i := list[k]
		it := &s.items[i]
		for x := it.lo; x < it.hi; x++ {
			if s.fits[x] == 1 && s.low[x] == s.early[i] {
				return i
			}
		}
	}
	return -1
}
