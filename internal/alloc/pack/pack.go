// Package pack plans memory ahead of time: given buffers whose lifetimes and
// sizes are known, it assigns each one a byte offset in a common block, so that
// buffers that live at once never overlap and the block is as small as
// possible (dynamic storage allocation, NP-hard in general). It knows neither
// strategies nor tensor networks, and touches no memory: its result is numbers.
//
// [Greedy] is fast and good on the nearly nested lifetimes of contraction
// trees. [Solve] starts there and, where the result is above the lower bound,
// looks for better ones within a budget. [Check] verifies any plan.
package pack

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"slices"
)

// Buffer is one request for memory. It lives in the half-open interval
// [Lower, Upper) of some discrete time and takes Size bytes throughout, unless
// its rules say otherwise.
type Buffer struct {
	Lower, Upper int
	Size         int
	*Rules       // nil for most
}

// Rules are what a buffer may ask for beyond its size and lifetime.
type Rules struct {
	Align int   // the offset is a multiple of it; 0 and 1: any offset
	Gaps  []Gap // ascending and disjoint; what is outside of the lifetime doesn't count
	Fixed *int  // the offset it must have, nil: any
	Hint  *int  // an offset that may be good, nil: none
}

// Gap is a time in which a buffer needs only the bytes [From, To) of its own;
// the others may serve other buffers. With From == To it needs none.
type Gap struct {
	Lower, Upper int
	From, To     int
}

// Plan places buffers in one block.
type Plan struct {
	Offsets []int // of each buffer, in the order given
	Height  int   // bytes the block needs: the largest offset + size
	Bound   int   // no plan is lower: peak live bytes, or what a search has proved
	Optimal bool  // Height is known to be the least possible
	Nodes   int   // nodes that searches visited, a measure of work done
}

// Ratio is Height over Bound, 1 for a plan of nothing.
func (p Plan) Ratio() float64 {
	if p.Bound == 0 {
		return 1
	}
	return float64(p.Height) / float64(p.Bound)
}

// ErrBuffer is wrapped by every error about an ill-formed list of buffers.
var ErrBuffer = errors.New("ill-formed buffer")

// BufferError tells which buffer of a list can't be planned.
type BufferError struct {
	Index int // position of the buffer
	err   error
}

func (e *BufferError) Error() string {
	return fmt.Sprintf("%v: buffer %d: %v", ErrBuffer, e.Index, e.err)
}

// Reason is the error without the buffer.
func (e *BufferError) Reason() error { return e.err }

// Unwrap makes every BufferError an ErrBuffer.
func (e *BufferError) Unwrap() error { return ErrBuffer }

// Validate reports the first buffer that can't be planned: an empty lifetime, a
// negative size, rules that contradict themselves, or so much live at once (with
// sizes rounded up to align) that an int can't count it.
func Validate(buffers []Buffer, align int) error {
	if align < 0 {
		return fmt.Errorf("%w: alignment %d is negative", ErrBuffer, align)
	}
	if len(buffers) > math.MaxInt32/2 {
		return fmt.Errorf("%w: %d buffers, at most %d can be planned", ErrBuffer, len(buffers), math.MaxInt32/2)
	}
	for i, b := range buffers {
		if err := b.validate(align); err != nil {
			return &BufferError{i, err}
		}
	}
	_, i := peakLive(segmentsOf(buffers, align))
	if i >= 0 {
		return &BufferError{i, fmt.Errorf("the sum of the sizes that live at %d overflows", buffers[i].Lower)}
	}
	return nil
}

func (b *Buffer) validate(align int) error {
	switch {
	case b.Upper <= b.Lower:
		return fmt.Errorf("lifetime [%d, %d) is empty", b.Lower, b.Upper)
	case b.Size < 0:
		return fmt.Errorf("size %d is negative", b.Size)
	case b.Size > math.MaxInt-max(align, 1):
		return fmt.Errorf("size %d is out of range", b.Size)
	case b.Rules == nil:
		return nil
	}
	return b.validateRules(align)
}

func (b *Buffer) validateRules(global int) error {
	if b.Align < 0 {
		return fmt.Errorf("alignment %d is negative", b.Align)
	}
	align, ok := commonMultiple(global, b.Align)
	if !ok {
		return fmt.Errorf("alignment %d is out of range", b.Align)
	}
	if f := b.Fixed; f != nil {
		switch {
		case *f < 0:
			return fmt.Errorf("offset %d is negative", *f)
		case *f%align != 0:
			return fmt.Errorf("offset %d is not a multiple of the alignment %d", *f, align)
		case *f > math.MaxInt-roundUp(b.Size, global):
			return fmt.Errorf("offset %d + size %d overflows", *f, b.Size)
		}
	}
	for k, g := range b.Gaps {
		switch {
		case g.Upper <= g.Lower:
			return fmt.Errorf("gap [%d, %d) is empty", g.Lower, g.Upper)
		case k > 0 && g.Lower < b.Gaps[k-1].Upper:
			return fmt.Errorf("gaps [%d, %d) and [%d, %d) overlap or are not in order", b.Gaps[k-1].Lower, b.Gaps[k-1].Upper, g.Lower, g.Upper)
		case g.From < 0 || g.To < g.From || g.To > b.Size:
			return fmt.Errorf("the bytes [%d, %d) that gap [%d, %d) keeps are not within the size %d", g.From, g.To, g.Lower, g.Upper, b.Size)
		}
	}
	return nil
}

// gaps returns the gaps of a buffer that may have no rules.
func (b *Buffer) gaps() []Gap {
	if b.Rules == nil {
		return nil
	}
	return b.Rules.Gaps
}

// fixed returns the offset that a buffer must have, if any.
func (b *Buffer) fixed() (offset int, ok bool) {
	if b.Rules == nil || b.Rules.Fixed == nil {
		return 0, false
	}
	return *b.Rules.Fixed, true
}

// segment is a time in which a buffer needs the bytes [from, to) of its own.
type segment struct {
	lower, upper int
	from, to     int
	id           int32 // of the buffer
}

// segmentsOf returns the segments of all buffers in which they need any bytes:
// one each, more for those with gaps. Sizes are rounded up to align.
func segmentsOf(buffers []Buffer, align int) []segment {
	all := make([]segment, 0, len(buffers))
	for i := range buffers {
		all = appendSegments(all, &buffers[i], int32(i), roundUp(buffers[i].Size, align))
	}
	return all
}

func appendSegments(all []segment, b *Buffer, id int32, size int) []segment {
	if size == 0 {
		return all
	}
	at := b.Lower
	for _, g := range b.gaps() {
		lower, upper := max(g.Lower, b.Lower), min(g.Upper, b.Upper)
		if lower >= upper {
			continue
		}
		if at < lower {
			all = append(all, segment{at, lower, 0, size, id})
		}
		if g.From < g.To {
			all = append(all, segment{lower, upper, g.From, g.To, id})
		}
		at = upper
	}
	if at < b.Upper {
		all = append(all, segment{at, b.Upper, 0, size, id})
	}
	return all
}

// roundUp returns the least multiple of align that is at least size; an align
// of 0 or 1 leaves it as it is. The result overflows unless size is at most
// MaxInt - align.
func roundUp(size, align int) int {
	if align <= 1 {
		return size
	}
	return (size + align - 1) / align * align
}

// commonMultiple returns the least common multiple of two alignments, where 0
// counts as 1, and whether an int holds it.
func commonMultiple(a, b int) (int, bool) {
	a, b = max(a, 1), max(b, 1)
	b /= gcd(a, b)
	if a > math.MaxInt/b {
		return 0, false
	}
	return a * b, true
}

// LowerBound returns a height that no plan is below: the peak of live bytes with
// sizes rounded up to align, the largest buffer, or the top of one that is
// fixed. The buffers must be valid.
func LowerBound(buffers []Buffer, align int) int {
	bound, _ := peakLive(segmentsOf(buffers, align))
	for i := range buffers {
		offset, _ := buffers[i].fixed()
		bound = max(bound, offset+roundUp(buffers[i].Size, align))
	}
	return bound
}

// peakLive returns the peak of live bytes and -1, or the buffer at whose birth
// an int can't hold it.
func peakLive(segments []segment) (peak, overflow int) {
	ends := slices.Clone(segments)
	byTime(segments, func(s segment) int { return s.lower })
	byTime(ends, func(s segment) int { return s.upper })
	live, e := 0, 0
	for _, s := range segments {
		for ; e < len(ends) && ends[e].upper <= s.lower; e++ {
			live -= ends[e].to - ends[e].from
		}
		if s.to-s.from > math.MaxInt-live {
			return 0, int(s.id)
		}
		live += s.to - s.from
		peak = max(peak, live)
	}
	return peak, -1
}

// byTime sorts segments by a moment. Programs mostly hand them in already
// sorted by birth, which costs O(n).
func byTime(segments []segment, at func(segment) int) {
	slices.SortFunc(segments, func(a, b segment) int {
		if c := cmp.Compare(at(a), at(b)); c != 0 {
			return c
		}
		return cmp.Compare(a.id, b.id)
	})
}

// byLower returns the positions of the buffers ordered by the start of their
// lives. Programs mostly hand them in already sorted, which costs O(n).
func byLower(buffers []Buffer) []int32 {
	return sortedBy(buffers, func(b *Buffer) int { return b.Lower })
}

// endsByUpper returns the positions of the buffers ordered by their ends.
func endsByUpper(buffers []Buffer) []int32 {
	return sortedBy(buffers, func(b *Buffer) int { return b.Upper })
}

// sortedBy returns the positions of the buffers in ascending order of a key,
// ties by position.
func sortedBy(buffers []Buffer, key func(*Buffer) int) []int32 {
	type keyed struct {
		key int
		id  int32
	}
	keys := make([]keyed, len(buffers))
	for i := range buffers {
		keys[i] = keyed{key(&buffers[i]), int32(i)}
	}
	slices.SortFunc(keys, func(a, b keyed) int {
		switch {
		case a.key != b.key && a.key < b.key, a.key == b.key && a.id < b.id:
			return -1
		default:
			return 1
		}
	})
	order := make([]int32, len(keys))
	for i, k := range keys {
		order[i] = k.id
	}
	return order
}
