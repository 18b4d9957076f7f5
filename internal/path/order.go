package path

import (
	"fmt"
	"strings"
)

// Order is an execution order of a tree's steps.
type Order uint8

// The execution orders.
const (
	AsWritten  Order = iota // as the path has them
	DepthFirst              // each step right after its operands, left subtree first
	LeastPeak               // depth-first, each step's subtrees in the order that keeps peak live bytes low
)

// Orders names the execution orders, in the order of their constants.
var Orders = []string{"path", "depth", "peak"}

// ParseOrder returns the order called name.
func ParseOrder(name string) (Order, error) {
	for i, n := range Orders {
		if n == name {
			return Order(i), nil
		}
	}
	return 0, fmt.Errorf("unknown order %q: it is one of %s", name, strings.Join(Orders, ", "))
}

// String names the order.
func (o Order) String() string { return Orders[o] }

// Order returns the positions of the tree's steps in execution order.
func (t *Tree) Order(o Order) []int {
	order := make([]int, len(t.Steps))
	switch o {
	case AsWritten:
		for i := range order {
			order[i] = i
		}
	default:
		t.depthFirst(order, func(s *Step) bool { return true })
	}
	return order
}

// depthFirst fills order from the last step backwards: a step comes right after
// the later of its subtrees. leftFirst says which subtree of a step is earlier.
func (t *Tree) depthFirst(order []int, leftFirst func(*Step) bool) {
	n := int32(len(t.Instance.Inputs))
	stack := []int32{int32(len(t.Steps)) - 1}
	at := len(order)
	for len(stack) > 0 && at > 0 {
		i := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		at--
		order[at] = int(i)
		earlier, later := t.Steps[i].Left-n, t.Steps[i].Right-n
		if !leftFirst(&t.Steps[i]) {
			earlier, later = later, earlier
		}
		if earlier >= 0 {
			stack = append(stack, earlier)
		}
		if later >= 0 {
			stack = append(stack, later)
		}
	}
}
