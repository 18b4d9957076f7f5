package contract

import "unsafe"

// runLoop runs the steps of a loop for each slice. What they use of tensors that are
// stored moves along with the slices, and is back at its start in the end.
func (e *Executor) runLoop(l *loop, final unsafe.Pointer) error {
	if !e.enter(l, final) {
		return e.breakOff(int(l.first), l.takes...)
	}
	if at := e.runSlices(l); at != none {
		return e.breakOff(int(at))
	}
	e.leave(l)
	return nil
}

// runSlices runs all slices of a loop, on several workers if that is better. It returns the
// step before which it was interrupted, or none.
func (e *Executor) runSlices(l *loop) int32 {
	if at, ok := e.sharing.run(l); ok {
		return at
	}
	return e.cycle(&e.own, l, 0, 1, false)
}

// enter takes the buffers of a loop. It reports false if there is not enough memory.
func (e *Executor) enter(l *loop, final unsafe.Pointer) bool {
	for i, id := range l.takes {
		if e.taken[i] = e.strategy.Alloc(int(id)); e.taken[i] == nil {
			return false
		}
	}
	for i, offset := range l.offsets {
		e.taken[len(l.takes)+i] = unsafe.Add(e.taken[l.block], offset)
	}
	for i, at := range l.outs {
		out := final
		if at != none {
			out = e.taken[at]
		}
		e.slots[e.ops[int(l.first)+i].out] = out
	}
	return true
}

// cycle runs the steps of a loop for each slice. It is in the n-th slice of so many of
// the loop around it, if there is one; add has the first slice added to what is there. It
// returns the step before which it was interrupted, or none.
func (e *Executor) cycle(w *worker, l *loop, n, of int, add bool) int32 {
	clear(w.at[l.place : l.place+len(l.parts)])
	return e.someSlices(w, l, 0, l.slices, n*l.slices, of*l.slices, add)
}

// someSlices runs the steps of a loop for slices from..to-1, where the worker is at from. If
// there is a loop around it, before is how many slices all its turns so far have had, of
// which there are so many in all.
func (e *Executor) someSlices(w *worker, l *loop, from, to, before, of int, add bool) int32 {
	for slice := from; slice < to; slice++ {
		later := add || slice%l.adds > 0
		w.env.Slice, w.env.Slices = before+slice, of
		for i := l.first; i <= l.last; i++ {
			if e.stop.Load() {
				return i
			}
			op := &e.ops[i]
			if op.region != l.region {
				inner := &e.program.loops[op.region]
				if at := e.cycle(w, inner, before+slice, of, later && inner.last == l.last); at != none {
					return at
				}
				w.env.Slice, w.env.Slices = before+slice, of
				i = inner.last
				continue
			}
			if w.env.Scratch = w.fixed; l.scratches[i-l.first] != none {
				w.env.Scratch = w.part(l, e.taken, l.scratches[i-l.first])
			}
			w.env.Add = later && i == l.last
			op.kernel.Run(w.env, w.slots[op.out], w.slots[op.left], w.slots[op.right])
		}
		w.advance(l)
	}
	return none
}

// advance goes to the next slice, like an odometer, and from the last one back to the first.
func (w *worker) advance(l *loop) {
	for i := len(l.parts) - 1; i >= 0; i-- {
		at := &w.at[l.place+i]
		*at++
		steps, wraps := 1, *at == l.parts[i]
		if wraps {
			*at, steps = 0, 1-l.parts[i]
		}
		for k := range l.moves {
			m := &l.moves[k]
			w.slots[m.slot] = unsafe.Add(w.slots[m.slot], steps*m.by[i])
		}
		if !wraps {
			return
		}
	}
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
