package pack

import "math"

// item is a buffer as the search sees it: time is cut into sections, sizes are
// counted in units.
type item struct {
	lo, hi int32 // sections it lives in, half-open, never empty
	size   int
	id     int32 // of the buffer
}

// width is the number of sections the item lives in.
func (it *item) width() int { return int(it.hi - it.lo) }

// problem is what the search works on. Only the maximal sets of buffers that
// live at once matter, so each of them is one section; a section's items are
// those whose range holds it. Sizes are in units of their common divisor:
// in a plan where every buffer rests on another one or on the ground, all
// offsets are multiples of it.
type problem struct {
	items    []item
	sections int
	unit     int       // bytes
	rivals   [][]int32 // of each item: the items that share a section with it
	total    []int     // of each section: sizes of its items
	crossing []int32   // of each section: items it shares with the one before
}

// newProblem prepares the buffers whose positions are listed; those without
// bytes are left out. Sizes are rounded up to the alignment of their buffer, and
// gaps are taken up, so that offsets are right or nearly so. It returns nil if
// too many live at once or are too large to reckon with.
func newProblem(t *task, ids []int32) *problem {
	p := &problem{}
	var core []Buffer
	for _, id := range ids {
		if b := t.buffers[id]; b.Size > 0 {
			if b.Size > math.MaxInt/4-t.alignOf(id) {
				return nil
			}
			b.Size = roundUp(b.Size, t.alignOf(id))
			p.items = append(p.items, item{id: id, size: b.Size})
			p.unit = gcd(p.unit, b.Size)
			core = append(core, b)
		}
	}
	p.cutTime(core)
	p.total = make([]int, p.sections)
	p.crossing = make([]int32, p.sections)
	for i := range p.items {
		it := &p.items[i]
		it.size /= p.unit
		for x := it.lo; x < it.hi; x++ {
			p.total[x] += it.size
			if x > it.lo {
				p.crossing[x]++
			}
		}
	}
	all := newConflicts(core, maxPairs)
	if all == nil {
		return nil
	}
	p.rivals = make([][]int32, len(core))
	for i := range core {
		p.rivals[i] = all.of(int32(i))
	}
	return p
}

// cutTime sets the section ranges of the items. A section ends with the first
// death after a birth: the set of the living is maximal just before it.
func (p *problem) cutTime(core []Buffer) {
	ends, e := endsByUpper(core), 0
	section, born := int32(0), false
	for _, i := range byLower(core) {
		for ; e < len(ends) && core[ends[e]].Upper <= core[i].Lower; e++ {
			if born {
				section++
				born = false
			}
			p.items[ends[e]].hi = section
		}
		p.items[i].lo = section
		born = true
	}
	for ; e < len(ends); e++ {
		p.items[ends[e]].hi = section + 1
	}
	if len(core) > 0 {
		p.sections = int(section) + 1
	}
}

// incidences is the number of pairs of an item and a section it lives in: the
// order of the time that one node of the search takes at most.
func incidences(p *problem) int {
	n := 0
	for i := range p.items {
		n += p.items[i].width()
	}
	return n
}

func gcd(a, b int) int {
	for b != 0 {
		a, b = b, a%b
	}
	return a
}
