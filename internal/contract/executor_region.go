package contract

import "unsafe"

// runRegion runs the steps of a region for each slice. What they use of tensors that
// are stored moves along with the slices, and is back at its start in the end.
func (e *Executor) runRegion(l *loop, final unsafe.Pointer) error {
	if !e.enter(l, final) {
		return e.breakOff(int(l.first), l.takes...)
	}
	for more := true; more; more = e.advance(l) {
		if e.stop.Load() {
			return e.breakOff(int(l.first))
		}
		for i := l.first; i <= l.last; i++ {
			op := &e.ops[i]
			if e.env.Scratch = e.fixed; op.scratch != none {
				e.env.Scratch = e.taken[l.scratch]
			}
			e.env.Add = i == l.last && e.env.Slice%l.adds > 0
			op.kernel.Run(&e.env, e.slots[op.out], e.slots[op.left], e.slots[op.right])
		}
		e.env.Slice++
	}
	e.leave(l)
	return nil
}

// enter takes the buffers of a region and goes to its first slice. It reports false if
// there is not enough memory.
func (e *Executor) enter(l *loop, final unsafe.Pointer) bool {
	for i, id := range l.takes {
		if e.taken[i] = e.strategy.Alloc(int(id)); e.taken[i] == nil {
			return false
		}
	}
	for i, at := range l.outs {
		out := final
		if at != none {
			out = e.taken[at]
		}
		e.slots[e.ops[int(l.first)+i].out] = out
	}
	for i := range l.moves {
		if slot := l.moves[i].slot; int(slot) < len(e.inputs) { // a run that was broken off left it anywhere
			e.slots[slot] = unsafe.Pointer(unsafe.SliceData(e.inputs[slot]))
		}
	}
	clear(e.at)
	e.env.Slice, e.env.Slices = 0, l.slices
	return true
}

// advance goes to the next slice, like an odometer. After the last one it goes back to
// the first and reports false.
func (e *Executor) advance(l *loop) bool {
	for i := len(l.parts) - 1; i >= 0; i-- {
		e.at[i]++
		steps, wraps := 1, e.at[i] == l.parts[i]
		if wraps {
			e.at[i], steps = 0, 1-l.parts[i]
		}
		for k := range l.moves {
			m := &l.moves[k]
			e.slots[m.slot] = unsafe.Add(e.slots[m.slot], steps*m.by[i])
		}
		if !wraps {
			return true
		}
	}
	return false
}

// leave gives back what no later step needs.
func (e *Executor) leave(l *loop) {
	for i := range l.gives {
		g := &l.gives[i]
		if g.slot == none {
			e.strategy.Free(int(g.request), e.taken[g.taken])
			continue
		}
		e.strategy.Free(int(g.request), e.slots[g.slot])
		e.slots[g.slot] = nil
	}
	for i := l.first; i < l.last; i++ {
		e.slots[e.ops[i].out] = nil
	}
	clear(e.taken)
	e.env.Slice, e.env.Slices, e.env.Add = 0, 0, false
}
