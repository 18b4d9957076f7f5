package path

import (
	"context"
	"math/rand/v2"

	"tnbench/internal/instance"
)

// rounds bounds the passes over a tree; most trees stop changing earlier.
const rounds = 16

// stepCost is what rearranging minimises the sum of over all steps.
type stepCost func(size, loop float64, sums bool) float64

// flopsCost is the step's flops.
func flopsCost(_, loop float64, sums bool) float64 { return stepFlops(loop, sums) }

// sizeCost stands in for the size of the largest result: in a sum of squares
// the largest weigh most.
func sizeCost(size, _ float64, _ bool) float64 { return float64(size * size) }

// tree is a path under rearrangement. Ids are those of SSA, but steps are in no
// order, and a step may get other operands.
type tree struct {
	net  *hypergraph
	n    int32  // inputs
	kids []Pair // kids[id-n] are the operands of the step that makes id
	sets [][]instance.Label
	cost stepCost
}

// newTree makes the tree of an SSA path.
func newTree(net *hypergraph, ssa []Pair, cost stepCost) *tree {
	t := &tree{
		net:  net,
		n:    int32(len(net.sets)),
		kids: append([]Pair(nil), ssa...),
		sets: append(make([][]instance.Label, 0, len(net.sets)+len(ssa)), net.sets...),
		cost: cost,
	}
	uses := append([]int32(nil), net.uses...)
	for _, p := range ssa {
		a, b := t.sets[p.Left], t.sets[p.Right]
		set, _, _ := net.merge(nil, a, b, uses)
		for _, old := range [...][]instance.Label{a, b} {
			for _, l := range old {
				uses[l]--
			}
		}
		for _, l := range set {
			uses[l]++
		}
		t.sets = append(t.sets, set)
	}
	return t
}

// measure returns the size of the result of the step that makes id, its loop
// over all labels of both operands, and whether it sums.
func (t *tree) measure(id int32) (size, loop float64, sums bool) {
	p := t.kids[id-t.n]
	loop, labels := t.net.cover(t.sets[p.Left], t.sets[p.Right])
	return t.net.elements(t.sets[id]), loop, labels > len(t.sets[id])
}

// path writes the tree as a path. Of the steps that are ready the one with the
// smallest result goes first, as in a greedy path: subtrees interleave, and
// large intermediates come late.
func (t *tree) path() candidatePath {
	waits := make([]int8, len(t.kids))    // operands not made yet
	user := make([]int32, len(t.sets))    // the step that consumes id
	renamed := make([]int32, len(t.sets)) // id in the path written
	var ready minHeap[sized]
	for i, p := range t.kids {
		id := t.n + int32(i)
		for _, kid := range [...]int32{p.Left, p.Right} {
			user[kid] = id
			if kid >= t.n {
				waits[i]++
			} else {
				renamed[kid] = kid
			}
		}
		if waits[i] == 0 {
			ready.push(sized{t.net.elements(t.sets[id]), id})
		}
	}
	c := candidatePath{ssa: make([]Pair, 0, len(t.kids))}
	for len(ready) > 0 {
		id := ready.pop().id
		p := t.kids[id-t.n]
		renamed[id] = t.n + int32(len(c.ssa))
		left, right := renamed[p.Left], renamed[p.Right]
		c.ssa = append(c.ssa, Pair{min(left, right), max(left, right)})
		size, loop, sums := t.measure(id)
		c.flops += stepFlops(loop, sums)
		c.size = max(c.size, size)
		if up := user[id]; up != 0 {
			if waits[up-t.n]--; waits[up-t.n] == 0 {
				ready.push(sized{t.net.elements(t.sets[up]), up})
			}
		}
	}
	return c
}

// improve rearranges c piece by piece until the sum of cost no longer falls, or
// for a fixed number of rounds: a subtree is cut off at a few leaves, and those
// are contracted in the best of all orders (see window).
// It ends early, with whatever it has, if ctx does.
func improve(ctx context.Context, net *hypergraph, c candidatePath, cost stepCost, rng *rand.Rand) candidatePath {
	t := newTree(net, c.ssa, cost)
	w := newWindow(t)
	idle := 0
	for round := 0; round < rounds && idle < 2 && ctx.Err() == nil; round++ {
		// Growing windows towards the largest tensors works best first; random
		// shapes then reach what that leaves out.
		idle++
		for i := range t.kids {
			if w.rearrange(t.n+int32(i), round%2 == 1, rng) {
				idle = 0
			}
		}
	}
	return t.path()
}
