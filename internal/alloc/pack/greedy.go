package pack

import (
	"math"
	"slices"
)

// maxPairs limits the pairs of buffers that live at once, and by that memory and
// time: beyond it, a task is divided into layers. maxGreedyWork limits the pairs
// visited by orders after the first.
const (
	maxPairs      = 1 << 21
	maxGreedyWork = 1 << 21
)

// Greedy places the buffers one after the other in several orders, each at the
// lowest offset or in the tightest gap left by those before it, and returns the
// best plan it met; it stops at the first that reaches the lower bound. Offsets
// are multiples of align (0 and 1: any), sizes count as rounded up to it.
//
// It costs O(n·(log n + live)) per order. If so many buffers live at once that
// this would take too long, only the large ones are placed like that and the
// small ones in the order of time on top of them, in O(n log n).
func Greedy(buffers []Buffer, align int) (Plan, error) {
	if err := Validate(buffers, align); err != nil {
		return Plan{}, err
	}
	t := newTask(buffers, align)
	return t.plan(greedy(t)), nil
}

// task is what all planners work on: rounded sizes, the bound and who
// conflicts with whom (nil: too many pairs).
type task struct {
	buffers   []Buffer // sizes rounded up
	bound     int
	conflicts *conflicts
}

func newTask(buffers []Buffer, align int) *task {
	t := &task{buffers: slices.Clone(buffers), bound: LowerBound(buffers, align)}
	for i := range t.buffers {
		t.buffers[i].Size = roundUp(t.buffers[i].Size, align)
	}
	t.conflicts = newConflicts(t.buffers, maxPairs)
	return t
}

// plan wraps offsets found by a planner.
func (t *task) plan(offsets []int) Plan {
	h := t.height(offsets)
	return Plan{Offsets: offsets, Height: h, Bound: t.bound, Optimal: h == t.bound}
}

func (t *task) height(offsets []int) int {
	h := 0
	for i, b := range t.buffers {
		h = max(h, offsets[i]+b.Size)
	}
	return h
}

// greedy returns the offsets of the lowest plan among all orders and fits.
func greedy(t *task) []int {
	if t.conflicts == nil {
		return greedyInLayers(t)
	}
	p, work := newPlacer(t), 0
	best, bestHeight := []int(nil), math.MaxInt
	for _, key := range orderKeys {
		order := orderBy(t.buffers, key)
		for _, fit := range []fit{tightest, lowest} {
			if h := p.place(order, fit); h < bestHeight {
				best, bestHeight = append(best[:0], p.offsets...), h
			}
			work += len(t.conflicts.list) / 2
			if bestHeight == t.bound || work > maxGreedyWork {
				return best
			}
		}
	}
	return best
}

// greedyInLayers plans a task that is too dense for its conflicts to be known.
func greedyInLayers(t *task) []int {
	l := newLayer(t)
	if l == nil {
		return placeInTime(t)
	}
	return l.stack(t, greedy(l.core))
}

// orderKeys are the keys by which greedy orders buffers, largest first. Size
// comes first as it is the best by far on contraction trees.
var orderKeys = []func(Buffer) float64{
	func(b Buffer) float64 { return float64(b.Size) },
	func(b Buffer) float64 { return float64(b.Size) * lifetime(b) },
	func(b Buffer) float64 { return lifetime(b) },
	func(b Buffer) float64 { return -float64(b.Lower) },
}

// lifetime is a float since it may exceed the range of int.
func lifetime(b Buffer) float64 { return float64(b.Upper) - float64(b.Lower) }

// orderBy returns the positions of the buffers by descending key, ties by
// longer lifetime, then by position.
func orderBy(buffers []Buffer, key func(Buffer) float64) []int32 {
	type keyed struct {
		key, life float64
		id        int32
	}
	keys := make([]keyed, len(buffers))
	for i, b := range buffers {
		keys[i] = keyed{key(b), lifetime(b), int32(i)}
	}
	slices.SortFunc(keys, func(a, b keyed) int {
		switch {
		case a.key != b.key:
			return sign(a.key > b.key)
		case a.life != b.life:
			return sign(a.life > b.life)
		default:
			return sign(a.id < b.id)
		}
	})
	order := make([]int32, len(keys))
	for i, k := range keys {
		order[i] = k.id
	}
	return order
}

// sign is the result of a comparison function: -1 if the first comes first.
func sign(first bool) int {
	if first {
		return -1
	}
	return 1
}

// fit selects the gap a buffer goes into.
type fit int

const (
	tightest fit = iota // the smallest gap that holds it, else on top
	lowest              // the first gap that holds it
)

// placer places buffers one by one, each around its conflicts placed already.
type placer struct {
	task    *task
	offsets []int // -1: not placed yet
	taken   []span
}

// span is a range of bytes [from, to).
type span struct{ from, to int }

func newPlacer(t *task) *placer {
	return &placer{task: t, offsets: make([]int, len(t.buffers))}
}

// place places all buffers in the order given and returns the height.
func (p *placer) place(order []int32, fit fit) int {
	for i := range p.offsets {
		p.offsets[i] = -1
	}
	return p.add(order, fit)
}

// add places the buffers in the order given around those placed already, and
// returns the height they reach.
func (p *placer) add(order []int32, fit fit) int {
	height := 0
	for _, i := range order {
		size := p.task.buffers[i].Size
		if size == 0 {
			p.offsets[i] = 0
			continue
		}
		p.offsets[i] = gapFor(size, p.takenAround(i), fit)
		height = max(height, p.offsets[i]+size)
	}
	return height
}

// takenAround returns the bytes that buffer i can't have, ascending by start.
// Two spans may overlap: their buffers conflict with i at different times.
func (p *placer) takenAround(i int32) []span {
	taken := p.taken[:0]
	for _, j := range p.task.conflicts.of(i) {
		if o := p.offsets[j]; o >= 0 {
			taken = append(taken, span{o, o + p.task.buffers[j].Size})
		}
	}
	p.taken = taken
	slices.SortFunc(taken, func(a, b span) int { return a.from - b.from })
	return taken
}

// gapFor returns the offset of a gap of at least size bytes between the spans.
func gapFor(size int, taken []span, fit fit) int {
	top, best, bestRoom := 0, -1, math.MaxInt
	for _, s := range taken {
		if room := s.from - top; room >= size && room < bestRoom {
			if fit == lowest {
				return top
			}
			best, bestRoom = top, room
		}
		top = max(top, s.to)
	}
	if best >= 0 {
		return best
	}
	return top
}
