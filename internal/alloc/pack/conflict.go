package pack

// conflicts lists for each buffer those that live at some time with it, in
// compressed rows. Buffers without bytes conflict with nothing.
type conflicts struct {
	start []int   // row i is list[start[i]:start[i+1]]
	list  []int32 // each pair twice
}

// of returns the buffers that conflict with buffer i.
func (c *conflicts) of(i int32) []int32 { return c.list[c.start[i]:c.start[i+1]] }

// newConflicts finds all pairs of buffers that live at once. It gives up and
// returns nil if there are more than limit: their number is quadratic if most
// buffers live at once.
func newConflicts(buffers []Buffer, limit int) *conflicts {
	n := len(buffers)
	c := &conflicts{start: make([]int, n+1)}
	order := byLower(buffers)
	pairs := 0
	ok := sweep(buffers, order, func(i int32, live []int32) bool {
		pairs += len(live)
		c.start[i+1] += len(live)
		for _, j := range live {
			c.start[j+1]++
		}
		return pairs <= limit
	})
	if !ok {
		return nil
	}
	for i := range n {
		c.start[i+1] += c.start[i]
	}
	c.list = make([]int32, 2*pairs)
	next := make([]int, n)
	copy(next, c.start)
	sweep(buffers, order, func(i int32, live []int32) bool {
		for _, j := range live {
			c.list[next[i]] = j
			c.list[next[j]] = i
			next[i]++
			next[j]++
		}
		return true
	})
	return c
}

// sweep calls visit for each buffer in order of birth with those still alive
// then, until it returns false. It reports whether it came to the end. The
// dead are dropped when the sweep next meets them, so that a step costs no more
// than the pairs it finds and the deaths since.
func sweep(buffers []Buffer, order []int32, visit func(i int32, live []int32) bool) bool {
	var live []int32
	for _, i := range order {
		if buffers[i].Size == 0 {
			continue
		}
		kept := live[:0]
		for _, j := range live {
			if buffers[j].Upper > buffers[i].Lower {
				kept = append(kept, j)
			}
		}
		live = kept
		if !visit(i, live) {
			return false
		}
		live = append(live, i)
	}
	return true
}
