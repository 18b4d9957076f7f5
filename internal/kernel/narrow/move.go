package narrow

import (
	"cmp"
	"slices"
	"unsafe"

	"tnbench/internal/kernel/nest"
	"tnbench/internal/kernel/vec/generic"
	"tnbench/internal/kernel/vec/isa"
)

// mover brings a block into another order.
type mover struct {
	move   isa.MoveFunc // nil: unit by unit
	unit   int          // bytes that are next to each other in both orders
	rows   []int
	places []int // pairs, as moves take them
}

// run moves a block.
func (m *mover) run(to, from unsafe.Pointer) {
	if m.move != nil {
		m.move((*byte)(to), (*byte)(from), &m.rows[0], &m.places[0], &m.places[len(m.places)-2])
		return
	}
	for i := 0; i < len(m.places); i += 2 {
		copy(unsafe.Slice((*byte)(unsafe.Add(to, m.places[i+1])), m.unit), unsafe.Slice((*byte)(unsafe.Add(from, m.places[i])), m.unit))
	}
}

// step is a loop over what is moved: where its next element is, in bytes.
type step struct{ extent, from, to int }

// way is how a block is moved.
type way struct {
	how      how
	unit     int    // bytes
	read     []step // squares: along a row; copies of four: along what is written
	written  []step // squares: along a column
	rest     []step
	elements int
}

// how a block is moved.
type how uint8

const (
	copying how = iota
	turning
	gathering
	oneByOne
)

// wayOf finds out how to move elements of a size.
func wayOf(steps []step, size int) way {
	w := way{unit: size, elements: 1}
	for _, s := range steps {
		w.elements *= s.extent
	}
	w.rest = slices.Clone(steps)
	for again := true; again; {
		again = false
		for i, s := range w.rest {
			if s.from == w.unit && s.to == w.unit {
				w.unit *= s.extent
				w.rest = slices.Delete(w.rest, i, i+1)
				again = true
				break
			}
		}
	}
	if w.unit == 4 || w.unit == 8 || w.unit == 16 {
		side := isa.MoveBytes / w.unit
		read, ok := chain(w.rest, side, w.unit, func(s step) int { return s.from })
		written, also := chain(w.rest, side, w.unit, func(s step) int { return s.to })
		if ok && also && !slices.ContainsFunc(read, func(s step) bool { return slices.Contains(written, s) }) {
			w.how, w.read, w.written = turning, read, written
			w.without(read)
			w.without(written)
			return w
		}
	}
	if w.unit == 4 || w.unit == 8 {
		if written, ok := chain(w.rest, 4, w.unit, func(s step) int { return s.to }); ok {
			w.how, w.written = gathering, written
			w.without(written)
			return w
		}
	}
	if w.unit%16 != 0 {
		w.how = oneByOne
	}
	return w
}

// without drops steps from the rest.
func (w *way) without(taken []step) {
	w.rest = slices.DeleteFunc(w.rest, func(s step) bool { return slices.Contains(taken, s) })
}

// chain returns the steps along which so many units follow each other.
func chain(steps []step, units, unit int, along func(step) int) (found []step, ok bool) {
	n := 1
	for n < units {
		i := slices.IndexFunc(steps, func(s step) bool { return along(s) == n*unit })
		if i < 0 {
			return nil, false
		}
		found = append(found, steps[i])
		n *= steps[i].extent
	}
	return found, n == units
}

// cycles estimates the way.
func (w *way) cycles(size int, tier *isa.Tier) float64 {
	bytes, units := float64(w.elements*size), float64(w.elements*size)/float64(w.unit)
	cost := units * tuned.Single
	switch w.how {
	case copying:
		cost = units*tuned.Place + bytes/isa.MoveBytes*tuned.Copy
	case turning:
		cost = bytes / isa.MoveBytes * tuned.Turn
	case gathering:
		cost = units * tuned.Gather
	}
	if tier.Moves == nil {
		cost *= tuned.Portable
	}
	return cost
}

// mover makes the tables. Places that are near each other in the tensor, not in the
// scratch memory, come one after the other.
func (w *way) mover(tier *isa.Tier, tensor func(step) int) *mover {
	m := &mover{unit: w.unit}
	moves := tier.Moves
	if moves == nil {
		moves = &generic.Moves
	}
	m.rows = make([]int, 2*isa.MoveRows)
	from := func(s step) int { return s.from }
	to := func(s step) int { return s.to }
	switch w.how {
	case copying:
		m.move, m.rows[0] = moves.Copy, w.unit
	case turning:
		m.move = moves.Turns[kind(w.unit)]
		copy(m.rows, offsetsOf(w.written, from))
		copy(m.rows[isa.MoveRows:], offsetsOf(w.read, to))
	case gathering:
		m.move = moves.Gathers[kind(w.unit)]
		copy(m.rows, offsetsOf(w.written, from))
	}
	slices.SortStableFunc(w.rest, func(a, b step) int { return cmp.Compare(tensor(a), tensor(b)) })
	reads, writes := offsetsOf(w.rest, from), offsetsOf(w.rest, to)
	for i := range reads {
		m.places = append(m.places, reads[i], writes[i])
	}
	return m
}

// kind is the index of moves by the unit.
func kind(unit int) int { return map[int]int{4: 0, 8: 1, 16: 2}[unit] }

// offsetsOf lists the offsets of all iterations, the first step fastest.
func offsetsOf(steps []step, of func(step) int) []int {
	out := []int{0}
	for _, s := range steps {
		out = nest.Repeat(out, s.extent, func(o int) int { return o + of(s) })
	}
	return out
}
