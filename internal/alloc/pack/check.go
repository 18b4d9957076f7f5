package pack

import (
	"cmp"
	"fmt"
	"math"
	"slices"
)

// Check verifies a plan: one offset per buffer, none negative, all multiples of
// align and of their own alignments, fixed ones where they must be, no byte is
// two buffers' at one moment, and Height is enough. It sweeps over time with the
// live buffers ordered by offset, in O(n log n + n·live), and shares no code
// with the planners.
func Check(buffers []Buffer, plan Plan, align int) error {
	if len(plan.Offsets) != len(buffers) {
		return fmt.Errorf("plan has %d offsets for %d buffers", len(plan.Offsets), len(buffers))
	}
	height := 0
	for i, b := range buffers {
		o := plan.Offsets[i]
		if err := b.checkOffset(o, align); err != nil {
			return fmt.Errorf("buffer %d: %w", i, err)
		}
		height = max(height, o+b.Size)
	}
	if plan.Height < height {
		return fmt.Errorf("plan states a height of %d, its offsets need %d", plan.Height, height)
	}
	if o := findOverlap(buffers, plan.Offsets); o != nil {
		return o
	}
	return nil
}

// checkOffset checks an offset on its own.
func (b *Buffer) checkOffset(o, align int) error {
	switch {
	case o < 0:
		return fmt.Errorf("offset %d is negative", o)
	case align > 1 && o%align != 0:
		return fmt.Errorf("offset %d is not a multiple of %d", o, align)
	case o > math.MaxInt-b.Size:
		return fmt.Errorf("offset %d + size %d overflows", o, b.Size)
	case b.Rules == nil:
		return nil
	case b.Align > 1 && o%b.Align != 0:
		return fmt.Errorf("offset %d is not a multiple of its alignment %d", o, b.Align)
	case b.Fixed != nil && o != *b.Fixed:
		return fmt.Errorf("offset %d is not the %d it is fixed to", o, *b.Fixed)
	}
	return nil
}

// part is a time in which a buffer holds the bytes [from, to) of the block.
type part struct{ id, lower, upper, from, to int }

// overlap is a moment at which two buffers hold the same byte.
type overlap struct{ a, b part }

func (o *overlap) Error() string {
	return fmt.Sprintf("buffers %d and %d overlap: %s", o.a.id, o.b.id, o.where())
}

// where names bytes and time.
func (o *overlap) where() string {
	return fmt.Sprintf("bytes [%d, %d) and [%d, %d), both live in [%d, %d)",
		o.a.from, o.a.to, o.b.from, o.b.to, max(o.a.lower, o.b.lower), min(o.a.upper, o.b.upper))
}

// partsOf cuts the life of a buffer at its gaps.
func partsOf(parts []part, b *Buffer, id, offset int) []part {
	cut := []int{b.Lower, b.Upper}
	if b.Rules != nil {
		for _, g := range b.Gaps {
			cut = append(cut, min(max(g.Lower, b.Lower), b.Upper), min(max(g.Upper, b.Lower), b.Upper))
		}
		slices.Sort(cut)
	}
	for k := range len(cut) - 1 {
		p := part{id, cut[k], cut[k+1], offset, offset + b.Size}
		if b.Rules != nil {
			for _, g := range b.Gaps {
				if g.Lower <= p.lower && p.upper <= g.Upper {
					p.from, p.to = offset+g.From, offset+g.To
				}
			}
		}
		if p.lower < p.upper && p.from < p.to {
			parts = append(parts, p)
		}
	}
	return parts
}

// findOverlap visits births and deaths in order of time, deaths first as the
// intervals are half-open. Among disjoint live parts only the neighbours of a
// newcomer can overlap it. It returns nil if there is no overlap.
func findOverlap(buffers []Buffer, offsets []int) *overlap {
	var births []part
	for i := range buffers {
		births = partsOf(births, &buffers[i], i, offsets[i])
	}
	deaths := slices.Clone(births)
	slices.SortStableFunc(births, func(x, y part) int { return cmp.Compare(x.lower, y.lower) })
	slices.SortStableFunc(deaths, func(x, y part) int { return cmp.Compare(x.upper, y.upper) })
	var live []part // ascending by offset
	position := func(p part) (int, bool) {
		return slices.BinarySearchFunc(live, p.from, func(p part, from int) int { return cmp.Compare(p.from, from) })
	}
	for _, p := range births {
		for ; deaths[0].upper <= p.lower; deaths = deaths[1:] {
			at, _ := position(deaths[0])
			live = slices.Delete(live, at, at+1)
		}
		at, found := position(p)
		switch {
		case found:
			return &overlap{live[at], p}
		case at > 0 && live[at-1].to > p.from:
			return &overlap{live[at-1], p}
		case at < len(live) && p.to > live[at].from:
			return &overlap{p, live[at]}
		}
		live = slices.Insert(live, at, p)
	}
	return nil
}
