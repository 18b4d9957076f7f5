package pack

import (
	"fmt"
	"math"
	"slices"
)

// Check verifies a plan: one offset per buffer, none negative, all multiples of
// align, no two buffers that live at once share a byte, and Height is enough. It sweeps over time with the live buffers ordered by offset, in
// O(n log n + n·live), and shares no code with the planners.
func Check(buffers []Buffer, plan Plan, align int) error {
	if len(plan.Offsets) != len(buffers) {
		return fmt.Errorf("plan has %d offsets for %d buffers", len(plan.Offsets), len(buffers))
	}
	height := 0
	for i, b := range buffers {
		o := plan.Offsets[i]
		if o < 0 {
			return fmt.Errorf("buffer %d: offset %d is negative", i, o)
		}
		if align > 1 && o%align != 0 {
			return fmt.Errorf("buffer %d: offset %d is not a multiple of %d", i, o, align)
		}
		if o > math.MaxInt-b.Size {
			return fmt.Errorf("buffer %d: offset %d + size %d overflows", i, o, b.Size)
		}
		height = max(height, o+b.Size)
	}
	if plan.Height < height {
		return fmt.Errorf("plan states a height of %d, its offsets need %d", plan.Height, height)
	}
	return checkOverlaps(buffers, plan.Offsets)
}

// checkOverlaps visits births and deaths in order of time, deaths first as the
// intervals are half-open. Among disjoint live buffers only the neighbours of
// a newcomer can overlap it.
func checkOverlaps(buffers []Buffer, offsets []int) error {
	type event struct {
		time, id int
		birth    bool
	}
	var events []event
	for i, b := range buffers {
		if b.Size > 0 {
			events = append(events, event{b.Lower, i, true}, event{b.Upper, i, false})
		}
	}
	slices.SortFunc(events, func(x, y event) int {
		if x.time != y.time {
			return compareInts(x.time, y.time)
		}
		if x.birth != y.birth {
			if x.birth {
				return 1
			}
			return -1
		}
		return compareInts(x.id, y.id)
	})
	var live []int // ids, ascending by offset
	for _, e := range events {
		at, found := slices.BinarySearchFunc(live, offsets[e.id], func(id, offset int) int {
			return compareInts(offsets[id], offset)
		})
		if !e.birth {
			live = slices.Delete(live, at, at+1)
			continue
		}
		if found {
			return overlapError(buffers, offsets, live[at], e.id)
		}
		if at > 0 && offsets[live[at-1]]+buffers[live[at-1]].Size > offsets[e.id] {
			return overlapError(buffers, offsets, live[at-1], e.id)
		}
		if at < len(live) && offsets[e.id]+buffers[e.id].Size > offsets[live[at]] {
			return overlapError(buffers, offsets, e.id, live[at])
		}
		live = slices.Insert(live, at, e.id)
	}
	return nil
}

func compareInts(a, b int) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

func overlapError(buffers []Buffer, offsets []int, i, j int) error {
	a, b := buffers[i], buffers[j]
	return fmt.Errorf("buffers %d and %d overlap: bytes [%d, %d) and [%d, %d), both live in [%d, %d)",
		i, j, offsets[i], offsets[i]+a.Size, offsets[j], offsets[j]+b.Size,
		max(a.Lower, b.Lower), min(a.Upper, b.Upper))
}
