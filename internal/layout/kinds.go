package layout

import (
	"slices"

	"tnbench/internal/path"
)

// kind is the labels that all steps do the same with: they may as well stay next to each
// other in every tensor.
type kind struct {
	at    int32   // its place in the order that is tried
	large []int32 // the intermediates that have it, by their places in Layouts.large
}

// The least that all steps may gain by one order for all of their tensors, and the
// cycles of all steps for which an order may be tried.
const (
	worthClimbing = 1.15
	cyclesPerTry  = 1 << 20
)

// climb gives all large intermediates one order of labels: from the global order on, it
// moves one kind of labels after the other to where all steps together are estimated to
// be fastest. Where tensors are arranged one by one each follows its neighbours, and all
// stay where they are.
func (s *Search) climb() {
	least := 0.0
	for i := range s.specs {
		least += s.specs[i].Least() * s.visits[i].times
	}
	if s.estimate() < worthClimbing*least {
		return
	}
	c := newClimber(s)
	cost := c.total()
	tries := int(cost / cyclesPerTry)
	for again := true; again && tries > 0; {
		again = false
		for k := range c.kinds {
			best := c.kinds[k].at
			for to := range int32(len(c.kinds)) {
				if to == best || tries == 0 || !c.move(k, to) {
					continue
				}
				tries--
				if now := c.total(); now < cost*(1-minGain/8) {
					cost, best, again = now, to, true
				}
			}
			c.move(k, best)
		}
	}
	for i := range s.large {
		s.adopt(&s.large[i], c.orders[i])
	}
}

// climber tries orders of kinds.
type climber struct {
	*Search
	kinds  []kind
	of     []int32   // by label: its kind
	orders []order   // of large intermediates, by their kinds
	costs  []float64 // of visits, in cycles
	stale  []int32   // visits whose costs have to be estimated again
	marked []bool    // by visit: whether it is one of these
}

// newClimber finds the kinds of labels that large intermediates have, and puts them in
// the global order.
func newClimber(s *Search) *climber {
	c := &climber{
		Search: s, of: make([]int32, len(s.tree.Instance.Dims)),
		orders: make([]order, len(s.large)), costs: make([]float64, len(s.visits)), marked: make([]bool, len(s.visits)),
	}
	uses := make([]uint64, len(c.of)) // by label: a hash of what steps do with it
	for i := range s.visits {
		for class := path.Batch; class <= path.RightSum; class++ {
			for _, l := range s.visits[i].step.Labels(class) {
				uses[l] = (uses[l] ^ uint64(i)<<3 ^ uint64(class+1)) * 1099511628211
			}
		}
	}
	known := make(map[uint64]int32)
	for i := range s.large {
		for _, a := range s.large[i].axes {
			k, ok := known[uses[a.label]]
			if !ok {
				k = int32(len(c.kinds))
				known[uses[a.label]] = k
				c.kinds = append(c.kinds, kind{at: k})
			}
			c.of[a.label] = k
			if has := &c.kinds[k].large; len(*has) == 0 || (*has)[len(*has)-1] != int32(i) {
				*has = append(*has, int32(i))
			}
		}
	}
	for i := range s.large {
		c.orders[i] = slices.Clone(s.global[:len(s.large[i].axes)])
		c.arrange(&s.large[i])
		c.stride(&s.large[i], c.orders[i])
	}
	for v := range s.visits {
		c.mark(int32(v))
	}
	return c
}

// move moves a kind to another place. It reports whether that changes any intermediate.
func (c *climber) move(k int, to int32) (changed bool) {
	from := c.kinds[k].at
	for i := range c.kinds {
		switch at := &c.kinds[i].at; {
		case from < *at && *at <= to:
			*at--
		case to <= *at && *at < from:
			*at++
		}
	}
	c.kinds[k].at = to
	for _, i := range c.kinds[k].large {
		x := &c.large[i]
		if c.arrange(x) {
			c.stride(x, c.orders[i])
			c.mark(x.producer)
			c.mark(x.consumer)
			changed = true
		}
	}
	return changed
}

// mark notes that the cost of a visit is not known.
func (c *climber) mark(visit int32) {
	if !c.marked[visit] {
		c.marked[visit] = true
		c.stale = append(c.stale, visit)
	}
}

// arrange orders the axes of an intermediate by their kinds. It reports whether that
// changes their order.
func (c *climber) arrange(x *intermediate) (changed bool) {
	o := c.orders[x.at]
	for i, axis := range o { // they are few and almost in order
		at, place := i, c.placeOf(x, axis)
		for ; at > 0 && c.placeOf(x, o[at-1]) > place; at-- {
			o[at] = o[at-1]
			changed = true
		}
		o[at] = axis
	}
	return changed
}

func (c *climber) placeOf(x *intermediate, axis int32) int32 {
	return c.kinds[c.of[x.axes[axis].label]].at
}

// total estimates all steps with the kinds in their present order, in cycles.
func (c *climber) total() (cycles float64) {
	for _, v := range c.stale {
		c.costs[v], c.marked[v] = c.specs[v].Estimate()*c.visits[v].times, false
	}
	c.stale = c.stale[:0]
	for _, cost := range c.costs {
		cycles += cost
	}
	return cycles
}
