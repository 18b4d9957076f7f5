package product

import (
	"slices"
	"sync"

	"tnbench/internal/kernel/nest"
)

// nestTable is about how many iterations of a nest are tabulated: enough for
// the division per table to cost nothing, few enough to be made in microseconds
// and to stay in the first-level cache.
const nestTable = 256

// loopNest maps the iterations of a group of loops, numbered from 0 with the last
// loop fastest, to byte offsets into the operands: a table for the inner loops,
// arithmetic for the outer ones.
type loopNest struct {
	extent int
	outer  []nest.Loop
	inner  int // iterations tabulated
	table  [nest.Operands][]int
}

// newLoopNest makes the nest of loops, outermost first, for the operands used.
func newLoopNest(loops []nest.Loop, used ...nest.Operand) loopNest {
	n := loopNest{extent: nest.Extent(loops), inner: 1}
	tabulated := len(loops)
	for tabulated > 0 && n.inner < nestTable {
		tabulated--
		n.inner *= loops[tabulated].Extent
	}
	n.outer = loops[:tabulated]
	loops = loops[tabulated:]
	if tabulated == 0 && n.inner > 2*nestTable {
		n.outer, loops = splitFirst(loops)
		n.inner = nest.Extent(loops)
	}
	for _, op := range used {
		n.table[op] = tabulate(loops, op, n.inner)
	}
	return n
}

// splitFirst cuts the outermost of all loops in two, so that the nest without
// the first is short. It may be cut anywhere: numbers beyond the nest's extent
// are never asked for.
func splitFirst(loops []nest.Loop) (outer, rest []nest.Loop) {
	inner := nest.Extent(loops[1:])
	first := loops[0]
	part := (nestTable + inner - 1) / inner
	low, high := first, first.Scaled(part)
	low.Extent = part
	high.Extent = (first.Extent + part - 1) / part
	return []nest.Loop{high}, append([]nest.Loop{low}, loops[1:]...)
}

// tabulate lists the offsets of all iterations.
func tabulate(loops []nest.Loop, op nest.Operand, extent int) []int {
	out := make([]int, 1, extent)
	for _, l := range slices.Backward(loops) {
		out = nest.Repeat(out, l.Extent, func(o int) int { return o + l.Stride(op) })
	}
	return out
}

// short reports whether all iterations are tabulated.
func (n *loopNest) short() bool { return n.extent <= n.inner }

// base returns the offset of the first iteration of table number i.
func (n *loopNest) base(op nest.Operand, i int) int {
	sum := 0
	for j := len(n.outer) - 1; j >= 0; j-- {
		l := &n.outer[j]
		q := i / l.Extent
		sum += (i - q*l.Extent) * l.Stride(op)
		i = q
	}
	return sum
}

// at returns the offset of iteration i.
func (n *loopNest) at(op nest.Operand, i int) int {
	if n.short() {
		return n.table[op][i]
	}
	q := i / n.inner
	return n.base(op, q) + n.table[op][i-q*n.inner]
}

// offsets returns those of count iterations from one on. They are written to
// buffer, which holds at least count, unless the table has them already.
func (n *loopNest) offsets(op nest.Operand, from, count int, buffer []int) []int {
	if n.short() {
		return n.table[op][from : from+count]
	}
	q := from / n.inner
	r := from - q*n.inner
	for done := 0; done < count; q, r = q+1, 0 {
		base := n.base(op, q)
		run := n.table[op][r:min(n.inner, r+count-done)]
		to := buffer[done:][:len(run)]
		for i, o := range run {
			to[i] = base + o
		}
		done += len(run)
	}
	return buffer[:count]
}

// evenPairs returns n pairs of offsets that go in two steps from 0: where the terms of
// packed panels lie. All products share them; they are not to be changed.
func evenPairs(first, second, n int) []int {
	key := [2]int{first, second}
	if known, ok := knownPairs.Load(key); ok && len(known.([]int)) >= 2*n {
		return known.([]int)[:2*n]
	}
	pairs := make([]int, 0, 2*n)
	for i := range n {
		pairs = append(pairs, i*first, i*second)
	}
	knownPairs.Store(key, pairs)
	return pairs
}

// knownPairs holds the longest of evenPairs by their steps: there are few, as there
// are few sizes of tiles.
var knownPairs sync.Map
