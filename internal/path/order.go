package path

import (
	"fmt"

	"tnbench/internal/suggest"
)

// Order is a way to choose the sequence in which the steps of a tree run. Any
// order in which a step follows those that make its operands gives the same
// result; what differs is how many intermediates are alive at once.
type Order uint8

// The execution orders.
const (
	AsWritten  Order = iota // the path's own
	DepthFirst              // the left operand's subtree, then the right's, then the step
	LowestPeak              // the least peak of live bytes of all orders
)

var orderNames = [...]string{AsWritten: "path", DepthFirst: "depth", LowestPeak: "peak"}

// OrderNames lists the names that [ParseOrder] takes.
func OrderNames() []string { return orderNames[:] }

// ParseOrder returns the order called name; the error lists those there are.
func ParseOrder(name string) (Order, error) {
	for o, n := range orderNames {
		if n == name {
			return Order(o), nil
		}
	}
	return 0, suggest.Unknown("order", name, orderNames[:])
}

// String returns the order's name as flags have it.
func (o Order) String() string {
	if int(o) < len(orderNames) {
		return orderNames[o]
	}
	return fmt.Sprintf("order(%d)", uint8(o))
}

// Reorder returns the steps of an SSA path over n tensors in execution order:
// element k is the position in ssa of the step that runs k-th. sizes[i] are the
// bytes that the result of step i holds from its start until the end of the step
// that consumes it; inputs hold nothing. A result that is not to be counted, as
// the last one is the caller's, has size 0. Sizes and
// their sums must be finite.
func Reorder(n int, ssa []Pair, sizes []float64, o Order) []int {
	switch o {
	case DepthFirst:
		return depthFirst(n, ssa)
	case LowestPeak:
		return lowestPeak(n, ssa, sizes)
	}
	order := make([]int, len(ssa))
	for i := range order {
		order[i] = i
	}
	return order
}

// Peak returns the largest sum of sizes alive at once when the steps of ssa run
// in the given order (see [Reorder]): a step's operands and result are alive
// together.
func Peak(n int, ssa []Pair, sizes []float64, order []int) float64 {
	var live, peak float64
	for _, i := range order {
		live += sizes[i]
		peak = max(peak, live)
		for made := range ssa[i].Makers(n) {
			live -= sizes[made]
		}
	}
	return peak
}

// Permute returns the SSA path that has the steps of ssa in the given order, the
// ids of intermediates renumbered to match.
func Permute(n int, ssa []Pair, order []int) []Pair {
	ids := make([]int32, n+len(ssa))
	for id := range n {
		ids[id] = int32(id)
	}
	for k, i := range order {
		ids[n+i] = int32(n + k)
	}
	out := make([]Pair, len(ssa))
	for k, i := range order {
		out[k] = Pair{ids[ssa[i].Left], ids[ssa[i].Right]}
	}
	return out
}

// roots returns the steps whose results no step consumes, in ssa's order.
func roots(n int, ssa []Pair) []int {
	consumed := make([]bool, n+len(ssa))
	for _, p := range ssa {
		consumed[p.Left], consumed[p.Right] = true, true
	}
	var r []int
	for i := range ssa {
		if !consumed[n+i] {
			r = append(r, i)
		}
	}
	return r
}

// depthFirst visits left subtrees, right subtrees, steps. It goes through the
// tree backwards (step, right, left) so that one stack without marks suffices;
// trees can be a million steps deep, too deep to recurse.
func depthFirst(n int, ssa []Pair) []int {
	order := make([]int, len(ssa))
	next := len(ssa)
	stack := roots(n, ssa)
	for len(stack) > 0 {
		i := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		next--
		order[next] = i
		for made := range ssa[i].Makers(n) {
			stack = append(stack, made)
		}
	}
	return order
}
