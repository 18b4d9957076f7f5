package pack

import (
	"cmp"
	"math"
	"slices"
)

// fit selects the gap a buffer goes into.
type fit int

const (
	tightest fit = iota // the smallest gap that holds it, else on top
	lowest              // the first gap that holds it
)

// unplaceable is the height of plans that an int can't count.
const unplaceable = math.MaxInt

// placer places buffers one by one, each around those placed already that live
// at the same time. Where few do, it knows them from the task's conflicts; where
// many do, it scans all that are placed, in the order of their offsets, which is
// faster then and takes no memory to speak of.
type placer struct {
	task    *task
	offsets []int // -1: not placed yet
	taken   []span
	work    int // buffers looked at, a measure of time
	scan    bool
	shelf   shelf // if scan
	stop    func() bool
}

// span is a range of bytes [from, to).
type span struct{ from, to int }

func newPlacer(t *task) *placer {
	n := len(t.buffers)
	p := &placer{task: t, offsets: make([]int, n), stop: func() bool { return false }}
	// Measured: a conflict costs as much as eight steps of a scan (Zen 3, 2026).
	p.scan = t.conflicts == nil || n*n/4 < 8*len(t.conflicts.list)
	if p.scan {
		p.shelf.init(t)
	}
	return p
}

// work is about what placing all buffers costs, in buffers looked at.
func (p *placer) cost() int {
	n := len(p.offsets)
	if p.scan {
		return n * n / 4
	}
	return len(p.task.conflicts.list)
}

// reset takes all buffers away but those that are fixed.
func (p *placer) reset() {
	for i := range p.offsets {
		p.offsets[i] = -1
	}
	p.shelf.clear()
	for _, i := range p.task.fixed {
		p.put(i, *p.task.buffers[i].Fixed)
	}
}

// stopStride is how many buffers are placed between two looks at the clock.
const stopStride = 64

// place places all buffers in the order given. It returns the height, and gives
// up where that reaches limit.
func (p *placer) place(order []int32, fit fit, limit int) int {
	p.reset()
	return p.add(order, fit, limit)
}

// add places the buffers in the order given around those placed already, and
// returns the height they all reach. It gives up at one that reaches limit, and where
// there is a limit, thus a plan already, when it is to stop.
func (p *placer) add(order []int32, fit fit, limit int) int {
	height := p.height()
	for n, i := range order {
		if p.offsets[i] >= 0 {
			continue
		}
		if n%stopStride == 0 && limit < unplaceable && p.stop() {
			return unplaceable
		}
		size := p.task.buffers[i].Size
		o := 0
		if size > 0 {
			o = p.find(i, fit)
		}
		if o > math.MaxInt-size || o < 0 {
			return unplaceable
		}
		if height = max(height, o+size); height >= limit {
			return height
		}
		p.put(i, o)
	}
	return height
}

// height is that of the buffers placed.
func (p *placer) height() int {
	h := 0
	for i, o := range p.offsets {
		if o >= 0 {
			h = max(h, o+p.task.buffers[i].Size)
		}
	}
	return h
}

// put places buffer i at an offset.
func (p *placer) put(i int32, offset int) {
	p.offsets[i] = offset
	if size := p.task.buffers[i].Size; p.scan && size > 0 {
		p.shelf.insert(i, span{offset, offset + size}, p.task.lives[i])
		p.work += len(p.shelf.lives) / 16
	}
}

// find returns the offset for buffer i; it is out of range if there is none.
func (p *placer) find(i int32, fit fit) int {
	size, align := p.task.buffers[i].Size, p.task.alignOf(i)
	if p.scan && p.task.segments == nil {
		o, steps := p.shelf.find(p.task.lives[i], size, align, fit)
		p.work += steps
		return o
	}
	return gapFor(size, align, p.takenAround(i), fit)
}

// takenAround returns the bytes that buffer i can't have, ascending by start.
// Two spans may overlap: their buffers conflict with i at different times.
func (p *placer) takenAround(i int32) []span {
	p.taken = p.taken[:0]
	if p.scan {
		p.shelf.around(p.task.lives[i], func(j int32) { p.take(i, j) })
		p.work += 2 * len(p.shelf.lives)
	} else {
		for _, j := range p.task.conflicts.of(i) {
			if p.offsets[j] >= 0 {
				p.take(i, j)
			}
		}
		p.work += 2 * len(p.task.conflicts.of(i))
	}
	slices.SortFunc(p.taken, func(a, b span) int { return cmp.Compare(a.from, b.from) })
	return p.taken
}

// take notes the bytes that buffer j takes from buffer i: i must end where they
// start, or start where they end. Between buffers without gaps these are j's.
func (p *placer) take(i, j int32) {
	o := p.offsets[j]
	if p.task.segments == nil {
		p.taken = append(p.taken, span{o, o + p.task.buffers[j].Size})
		return
	}
	below, ok := p.task.above(i, j) // by this much i is below j
	if !ok {
		return
	}
	over, _ := p.task.above(j, i)
	p.taken = append(p.taken, span{saturated(o-below, p.task.buffers[i].Size), saturated(o, over)})
}

// saturated is the sum of two numbers of which the second is no less than
// -MaxInt, at most MaxInt.
func saturated(a, b int) int {
	if b > 0 && a > math.MaxInt-b {
		return math.MaxInt
	}
	return a + b
}

// gapFor returns the lowest aligned offset of a gap of at least size bytes
// between the spans; it is negative if there is none.
func gapFor(size, align int, taken []span, fit fit) int {
	top, best, bestRoom := 0, -1, math.MaxInt
	for _, s := range taken {
		if room := s.from - top; room >= size && room < bestRoom {
			if fit == lowest {
				return top
			}
			best, bestRoom = top, room
		}
		if s.to > top {
			if top = alignUp(s.to, align); top < 0 {
				break
			}
		}
	}
	if best >= 0 {
		return best
	}
	return top
}

// alignUp is roundUp of an offset, negative if an int can't hold it.
func alignUp(offset, align int) int {
	if align <= 1 {
		return offset
	}
	if offset > math.MaxInt-align {
		return -1
	}
	return roundUp(offset, align)
}
