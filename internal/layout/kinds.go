package layout

import "tnbench/internal/path"

// kind is the labels that all steps do the same with: they may as well stay next to each
// other in every tensor.
type kind struct {
	at int32 // its place in the order that is tried
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
	cost := s.estimate()
	if cost < worthClimbing*least {
		return
	}
	c := newClimber(s)
	cost = c.try()
	tries := int(cost / cyclesPerTry)
	for again := true; again && tries > 0; {
		again = false
		for k := range c.kinds {
			from, best := c.kinds[k].at, c.kinds[k].at
			for to := range int32(len(c.kinds)) {
				if to == from || tries == 0 {
					continue
				}
				tries--
				c.move(k, to)
				if now := c.try(); now < cost*(1-minGain/8) {
					cost, best, again = now, to, true
				}
			}
			c.move(k, best)
		}
	}
	c.try()
	for i := range s.large {
		x := &s.large[i]
		c.arrange(x)
		s.adopt(x, s.trial)
	}
}

// climber tries orders of kinds.
type climber struct {
	*Search
	kinds []kind
	of    []int32 // by label: its kind
}

// newClimber finds the kinds of labels that large intermediates have.
func newClimber(s *Search) *climber {
	c := &climber{Search: s, of: make([]int32, len(s.tree.Instance.Dims))}
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
		}
	}
	return c
}

// move moves a kind to another place.
func (c *climber) move(k int, to int32) {
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
}

// arrange leaves in trial the axes of an intermediate by their kinds.
func (c *climber) arrange(x *intermediate) {
	c.trial = c.trial[:len(x.axes)]
	for i := range x.axes {
		at := i
		for ; at > 0 && c.placeOf(x, c.trial[at-1]) > c.placeOf(x, int32(i)); at-- {
			c.trial[at] = c.trial[at-1]
		}
		c.trial[at] = int32(i)
	}
}

func (c *climber) placeOf(x *intermediate, axis int32) int32 {
	return c.kinds[c.of[x.axes[axis].label]].at
}

// try estimates all steps with the kinds in their present order, in cycles.
func (c *climber) try() float64 {
	for i := range c.large {
		x := &c.large[i]
		c.arrange(x)
		c.stride(x, c.trial)
	}
	return c.estimate()
}
