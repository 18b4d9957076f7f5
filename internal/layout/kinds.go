package layout

import (
	"slices"

	"tnbench/internal/path"
)

// kind is the labels that all steps do the same with: they may as well stay next to each
// other in every tensor.
type kind struct {
	at    float64 // its place in the order that is tried
	large []int32 // the intermediates that have it, by their places in Layouts.large
}

// The least that all steps may gain by one order for all of their tensors; the cycles of
// all steps for which the axes of an intermediate may be arranged; and how often they may
// at most, which is for some tenths of a second.
const (
	worthClimbing  = 1.15
	cyclesPerVisit = 1 << 17
	mostVisits     = 1 << 17
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
	c.left = int(min(cost/cyclesPerVisit, mostVisits))
	for again := true; again; {
		again = false
		for k := range c.kinds {
			best := c.kinds[k].at
			for _, to := range c.gaps(k) {
				if c.left -= len(c.kinds[k].large); c.left < 0 {
					break
				}
				if !c.move(k, to) {
					continue
				}
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
	sum    float64   // of these
	stale  []int32   // visits whose costs have to be estimated again
	marked []bool    // by visit: whether it is one of these
	left   int       // intermediates that may be arranged
	places []float64
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
				c.kinds = append(c.kinds, kind{at: float64(k)})
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

// gaps returns the places between the kinds that a kind is in a tensor with.
func (c *climber) gaps(k int) []float64 {
	c.places = c.places[:0]
	if c.left < len(c.kinds[k].large) {
		return nil
	}
	c.left -= len(c.kinds[k].large)
	for _, i := range c.kinds[k].large {
		for _, a := range c.large[i].axes {
			if other := c.of[a.label]; int(other) != k {
				c.places = append(c.places, c.kinds[other].at)
			}
		}
	}
	slices.Sort(c.places)
	c.places = slices.Compact(c.places)
	n := len(c.places)
	if n == 0 {
		return nil
	}
	last := c.places[n-1]
	for i := n - 1; i > 0; i-- {
		c.places[i] = (c.places[i-1] + c.places[i]) / 2
	}
	c.places[0]--
	c.places = append(c.places, last+1)
	return c.places
}

// move moves a kind to another place. It reports whether that changes any intermediate.
func (c *climber) move(k int, to float64) (changed bool) {
	if c.kinds[k].at == to {
		return false
	}
	c.kinds[k].at = to
	for _, i := range c.kinds[k].large {
		x := &c.large[i]
		if c.arrange(x) {
			c.stride(x, c.orders[i])
			c.mark(x.producer)
			if x.consumer != none {
				c.mark(x.consumer)
			}
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

func (c *climber) placeOf(x *intermediate, axis int32) float64 {
	return c.kinds[c.of[x.axes[axis].label]].at
}

// total estimates all steps with the kinds in their present order, in cycles.
func (c *climber) total() float64 {
	for _, v := range c.stale {
		cost := c.specs[v].Estimate() * c.visits[v].times
		c.sum += cost - c.costs[v]
		c.costs[v], c.marked[v] = cost, false
	}
	c.stale = c.stale[:0]
	return c.sum
}
