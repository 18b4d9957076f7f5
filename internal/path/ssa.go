// Package path turns contraction paths into trees of steps: it converts between
// the linear and the SSA convention, finds what happens to every label, counts
// costs, chooses execution orders and finds paths for networks that have none.
// It refuses to know memory layouts, kernels and numbers.
package path

import (
	"fmt"
	"iter"
	"math/bits"
)

// Pair is one step of an SSA path: the ids of the two tensors it contracts. The
// inputs have the ids 0..n-1; step i makes the id n+i. Ids are never reused.
type Pair struct{ Left, Right int32 }

// Makers yields the steps that make what a pair of a path over n tensors contracts: up to
// two, as inputs are made by none.
func (p Pair) Makers(n int) iter.Seq[int] {
	return func(yield func(int) bool) {
		for _, id := range [...]int32{p.Left, p.Right} {
			if made := int(id) - n; made >= 0 && !yield(made) {
				return
			}
		}
	}
}

// FromLinear converts a linear path over n tensors (see instance.Path) to SSA in
// O(n log n). Left and Right keep the order in which the pair was written.
func FromLinear(n int, pairs [][2]int) ([]Pair, error) {
	if n < 1 || len(pairs) != n-1 {
		return nil, fmt.Errorf("path has %d pairs: %d tensors need %d", len(pairs), n, max(n-1, 0))
	}
	// Results are appended, so the list is always sorted by id: the tensor at a
	// position is the position-th id that is still alive. Those yet to be made
	// come after all of them and may be in the set from the start.
	alive := newRanks(2*n-1, 2*n-1)
	ssa := make([]Pair, len(pairs))
	for i, p := range pairs {
		if last := n - i - 1; p[0] == p[1] || min(p[0], p[1]) < 0 || max(p[0], p[1]) > last {
			return nil, fmt.Errorf("path[%d]: positions %d and %d must differ and lie in 0..%d", i, p[0], p[1], last)
		}
		left := alive.take(p[0])
		if p[1] > p[0] {
			p[1]--
		}
		right := alive.take(p[1])
		ssa[i] = Pair{int32(left), int32(right)}
	}
	return ssa, nil
}

// ToLinear converts an SSA path over n tensors to the linear convention.
func ToLinear(n int, ssa []Pair) [][2]int {
	alive := newRanks(n, 2*n-1)
	pairs := make([][2]int, len(ssa))
	for i, p := range ssa {
		pairs[i] = [2]int{alive.rank(int(p.Left)), alive.rank(int(p.Right))}
		alive.add(int(p.Left), -1)
		alive.add(int(p.Right), -1)
		alive.add(n+i, 1)
	}
	return pairs
}

// ranks is a set of ids that gives away its k-th and answers "how many are below"
// in O(log n): a Fenwick tree over 0/1 counts.
type ranks []int32

// newRanks returns the set {0..present-1} in a universe of size ids.
func newRanks(present, size int) ranks {
	t := make(ranks, size+1)
	for i := 1; i < len(t); i++ {
		// Node i counts the ids i-lowbit(i)..i-1.
		low := i & -i
		t[i] = int32(max(0, min(present, i)-(i-low)))
	}
	return t
}

// add changes the count of id by delta.
func (t ranks) add(id, delta int) {
	for i := id + 1; i < len(t); i += i & -i {
		t[i] += int32(delta)
	}
}

// rank returns how many ids of the set are below id.
func (t ranks) rank(id int) int {
	n := 0
	for i := id; i > 0; i -= i & -i {
		n += int(t[i])
	}
	return n
}

// take removes the id with k smaller ones from the set and returns it.
func (t ranks) take(k int) int {
	id, left := 0, int32(k)
	for step := 1 << (bits.Len(uint(len(t)-1)) - 1); step > 0; step >>= 1 {
		next := id + step
		if next >= len(t) {
			continue
		}
		// The id is among those that this node counts if there are more of them than
		// k, which is as likely as not: a branch would be foretold wrongly.
		among := (left - t[next]) >> 31 // -1 if it is, else 0
		left -= t[next] &^ among
		t[next] += among
		id += step &^ int(among)
	}
	return id
}
