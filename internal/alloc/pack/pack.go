// Package pack plans memory ahead of time: given buffers whose lifetimes and
// sizes are known, it assigns each one a byte offset in a common block, so that
// buffers that live at once never overlap and the block is as small as
// possible (dynamic storage allocation, NP-hard in general). It knows neither
// strategies nor tensor networks, and touches no memory: its result is numbers.
//
// [Greedy] is fast and good on the nearly nested lifetimes of contraction
// trees. [Solve] starts there and, where the result is above the lower bound,
// searches for better ones within a budget. [Check] verifies any plan.
package pack

import (
	"errors"
	"fmt"
	"math"
	"slices"
)

// Buffer is one request for memory. It lives in the half-open interval
// [Lower, Upper) of some discrete time and takes Size bytes throughout.
type Buffer struct {
	Lower, Upper int
	Size         int
}

// Plan places buffers in one block.
type Plan struct {
	Offsets []int // of each buffer, in the order given; zero-sized ones are at 0
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

// Validate reports the first buffer that can't be planned: an empty lifetime, a
// negative size, or sizes whose sum (rounded up to align) overflows an int.
func Validate(buffers []Buffer, align int) error {
	if align < 0 {
		return fmt.Errorf("%w: alignment %d is negative", ErrBuffer, align)
	}
	if len(buffers) > math.MaxInt32 {
		return fmt.Errorf("%w: %d buffers, at most %d can be planned", ErrBuffer, len(buffers), math.MaxInt32)
	}
	sum := 0
	for i, b := range buffers {
		if b.Upper <= b.Lower {
			return fmt.Errorf("%w: buffer %d: lifetime [%d, %d) is empty", ErrBuffer, i, b.Lower, b.Upper)
		}
		if b.Size < 0 {
			return fmt.Errorf("%w: buffer %d: size %d is negative", ErrBuffer, i, b.Size)
		}
		if b.Size > math.MaxInt-max(align, 1)-sum {
			return fmt.Errorf("%w: buffer %d: the sum of the sizes overflows", ErrBuffer, i)
		}
		sum += roundUp(b.Size, align)
	}
	return nil
}

// roundUp returns the least multiple of align that is at least size; an align
// of 0 or 1 leaves it as it is.
func roundUp(size, align int) int {
	if align <= 1 {
		return size
	}
	return (size + align - 1) / align * align
}

// LowerBound returns the peak of live bytes with sizes rounded up to align: no
// plan can be lower. The buffers must be valid.
func LowerBound(buffers []Buffer, align int) int {
	order := byLower(buffers)
	ends := endsByUpper(buffers)
	peak, live, e := 0, 0, 0
	for _, i := range order {
		for ; e < len(ends) && buffers[ends[e]].Upper <= buffers[i].Lower; e++ {
			live -= roundUp(buffers[ends[e]].Size, align)
		}
		live += roundUp(buffers[i].Size, align)
		peak = max(peak, live)
	}
	return peak
}

// byLower returns the positions of the buffers ordered by the start of their
// lives. Programs mostly hand them in already sorted, which costs O(n).
func byLower(buffers []Buffer) []int32 {
	return sortedBy(buffers, func(b Buffer) int { return b.Lower })
}

// endsByUpper returns the positions of the buffers ordered by their ends.
func endsByUpper(buffers []Buffer) []int32 {
	return sortedBy(buffers, func(b Buffer) int { return b.Upper })
}

// sortedBy returns the positions of the buffers in ascending order of a key,
// ties by position.
func sortedBy(buffers []Buffer, key func(Buffer) int) []int32 {
	type keyed struct {
		key int
		id  int32
	}
	keys := make([]keyed, len(buffers))
	for i, b := range buffers {
		keys[i] = keyed{key(b), int32(i)}
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
