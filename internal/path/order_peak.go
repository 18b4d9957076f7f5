package path

import "math"

// segment is a run of steps that an optimal order need not interrupt. Its bytes
// are relative to what is alive when it starts: they rise to hill and end at
// valley. The steps are a list threaded through peakOrder.next.
type segment struct {
	hill, valley float64
	first, last  int32
}

// gain is what orders segments of different subtrees: the one that gives back
// most of its hill goes first.
func (s segment) gain() float64 { return s.hill - s.valley }

// lowestPeak finds an order with the least peak among all orders, not only the
// depth-first ones, by Liu's method (J. W. H. Liu, "An application of generalized
// tree pebbling to sparse matrix factorization", 1987): the best order of each
// subtree is a list of segments with falling hills and rising valleys; those of
// two subtrees merge by falling gain; the step that joins them comes last.
// It takes O(steps + segments merged). Lists rarely hold more than a few
// segments, because a step that shrinks its operands joins everything before it
// into one.
func lowestPeak(n int, ssa []Pair, sizes []float64) []int {
	p := peakOrder{
		next:   make([]int32, len(ssa)),
		ending: make([][]segment, len(ssa)),
	}
	held := func(id int32) float64 {
		if made := int(id) - n; made >= 0 {
			return sizes[made]
		}
		return 0
	}
	for i, s := range ssa {
		list := p.merge(p.take(n, s.Left), p.take(n, s.Right))
		p.next[i] = -1
		p.ending[i] = p.push(list, segment{
			hill:   sizes[i],
			valley: sizes[i] - held(s.Left) - held(s.Right),
			first:  int32(i), last: int32(i),
		})
	}
	order := make([]int, 0, len(ssa))
	for _, r := range roots(n, ssa) {
		for _, s := range p.ending[r] {
			for i := s.first; i >= 0; i = p.next[i] {
				order = append(order, int(i))
			}
		}
	}
	return order
}

// peakOrder holds the segments of the subtrees seen so far.
type peakOrder struct {
	next   []int32     // next[i] is the step after i in its segment, -1 at the end
	ending [][]segment // ending[i] is the best order of the subtree of step i
}

// take removes and returns the segments of the subtree that makes id.
func (p *peakOrder) take(n int, id int32) []segment {
	made := int(id) - n
	if made < 0 {
		return nil
	}
	list := p.ending[made]
	p.ending[made] = nil
	return list
}

// merge joins the lists of two subtrees, which it may overwrite.
func (p *peakOrder) merge(a, b []segment) []segment {
	if len(b) == 0 {
		return a
	}
	if len(a) == 0 {
		return b
	}
	out := make([]segment, 0, len(a)+len(b)+1)
	for len(a)+len(b) > 0 {
		if gainOf(a) >= gainOf(b) {
			out, a = p.push(out, a[0]), a[1:]
		} else {
			out, b = p.push(out, b[0]), b[1:]
		}
	}
	return out
}

// gainOf returns the gain of a list's first segment, or less than any if there
// is none.
func gainOf(list []segment) float64 {
	if len(list) == 0 {
		return math.Inf(-1)
	}
	return list[0].gain()
}

// push appends s to list and joins segments at its end until hills fall and
// valleys rise again.
func (p *peakOrder) push(list []segment, s segment) []segment {
	for len(list) > 0 {
		before := list[len(list)-1]
		if before.valley+s.hill < before.hill && s.valley > 0 {
			break
		}
		list = list[:len(list)-1]
		p.next[before.last] = s.first
		s = segment{
			hill:   max(before.hill, before.valley+s.hill),
			valley: before.valley + s.valley,
			first:  before.first, last: s.last,
		}
	}
	return append(list, s)
}
