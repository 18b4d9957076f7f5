package pack

import (
	"cmp"
	"math"
	"slices"
)

// task is what all planners work on.
type task struct {
	buffers   []Buffer    // sizes rounded up
	align     []int       // of each buffer, nil if sizes that are rounded up are enough
	segments  [][]segment // of each buffer with gaps, nil if none has any
	fixed     []int32     // buffers that must be where they are
	bound     int
	slack     int        // most bytes that rounding up to the common alignment adds to a buffer
	exact     bool       // alignments are all alike and there are no other rules: a search may prove
	conflicts *conflicts // who lives with whom, nil: too many pairs
	lives     []life     // when buffers live, in ranks of all moments
	moments   int        // number of ranks
}

// life is a lifetime in ranks: it is half-open, and overlaps are as in time.
type life struct{ lower, upper int32 }

func newTask(buffers []Buffer, align int) *task {
	t := &task{buffers: slices.Clone(buffers), bound: LowerBound(buffers, align)}
	for i := range t.buffers {
		b := &t.buffers[i]
		b.Size = roundUp(b.Size, align)
		if b.Rules != nil {
			t.rule(int32(i), b, align)
		}
	}
	t.alignBound()
	t.conflicts = newConflicts(t.buffers, maxPairs)
	t.rankTime()
	return t
}

// alignBound raises the bound where alignments have a common divisor: all but
// the topmost of the buffers that live at once then take a multiple of it.
func (t *task) alignBound() {
	t.exact = t.segments == nil && len(t.fixed) == 0
	if t.align == nil {
		return
	}
	common := 0
	for _, a := range t.align {
		common = gcd(common, a)
	}
	rounded := slices.Clone(t.buffers)
	for i := range rounded {
		b := &rounded[i]
		t.exact = t.exact && t.align[i] == common
		if b.Size > math.MaxInt-common {
			return
		}
		t.slack = max(t.slack, roundUp(b.Size, common)-b.Size)
	}
	if peak, overflow := peakLive(segmentsOf(rounded, common)); overflow < 0 {
		t.bound = max(t.bound, peak-t.slack)
	}
}

// rule notes what buffer i asks for.
func (t *task) rule(i int32, b *Buffer, align int) {
	if own, ok := commonMultiple(align, b.Align); ok && own > max(align, 1) {
		if t.align == nil {
			t.align = slices.Repeat([]int{max(align, 1)}, len(t.buffers))
		}
		t.align[i] = own
	}
	if len(b.Gaps) > 0 {
		if t.segments == nil {
			t.segments = make([][]segment, len(t.buffers))
		}
		t.segments[i] = appendSegments([]segment{}, b, i, b.Size)
	}
	if b.Fixed != nil {
		t.fixed = append(t.fixed, i)
	}
}

// plain reports whether sizes and lifetimes are all that counts.
func (t *task) plain() bool { return t.align == nil && t.segments == nil && len(t.fixed) == 0 }

// rankTime sets lives and moments.
func (t *task) rankTime() {
	n := len(t.buffers)
	t.lives = make([]life, n)
	births, deaths := byLower(t.buffers), endsByUpper(t.buffers)
	last, rank, d := 0, int32(-1), 0
	at := func(time int) int32 {
		if rank < 0 || time != last {
			rank, last = rank+1, time
		}
		return rank
	}
	for _, i := range births {
		for ; t.buffers[deaths[d]].Upper <= t.buffers[i].Lower; d++ {
			t.lives[deaths[d]].upper = at(t.buffers[deaths[d]].Upper)
		}
		t.lives[i].lower = at(t.buffers[i].Lower)
	}
	for ; d < n; d++ {
		t.lives[deaths[d]].upper = at(t.buffers[deaths[d]].Upper)
	}
	t.moments = int(rank) + 1
}

// alignOf returns what the offset of buffer i is a multiple of, if that isn't
// so by itself.
func (t *task) alignOf(i int32) int {
	if t.align == nil {
		return 1
	}
	return t.align[i]
}

// above returns by how much the offset of buffer j must at least exceed that of
// buffer i for j to lie above i, and whether they live at one moment at all. With
// gaps, the distance may be less than the size of i, even negative.
func (t *task) above(i, j int32) (distance int, ok bool) {
	if t.segments == nil || t.segments[i] == nil && t.segments[j] == nil {
		return t.buffers[i].Size, true
	}
	var whole [2]segment
	a, b := t.segmentsOf(i, whole[:0:1]), t.segmentsOf(j, whole[1:1:2])
	distance = math.MinInt
	for len(a) > 0 && len(b) > 0 {
		if a[0].lower < b[0].upper && b[0].lower < a[0].upper {
			distance, ok = max(distance, a[0].to-b[0].from), true
		}
		if a[0].upper <= b[0].upper {
			a = a[1:]
		} else {
			b = b[1:]
		}
	}
	return distance, ok
}

func (t *task) segmentsOf(i int32, space []segment) []segment {
	if s := t.segments[i]; s != nil {
		return s
	}
	b := &t.buffers[i]
	return append(space, segment{b.Lower, b.Upper, 0, b.Size, i})
}

// plan wraps offsets found by a planner.
func (t *task) plan(offsets []int) Plan {
	h := t.height(offsets)
	return Plan{Offsets: offsets, Height: h, Bound: t.bound, Optimal: h == t.bound}
}

func (t *task) height(offsets []int) int {
	h := 0
	for i := range t.buffers {
		h = max(h, offsets[i]+t.buffers[i].Size)
	}
	return h
}

// Orders in which buffers are placed. An order is a permutation of positions.

// orderKeys are the keys by which greedy orders buffers, largest first. Size
// comes first as it is the best by far on contraction trees.
var orderKeys = []func(*Buffer) float64{
	func(b *Buffer) float64 { return float64(b.Size) },
	func(b *Buffer) float64 { return float64(b.Size) * lifetime(b) },
	lifetime,
	func(b *Buffer) float64 { return -float64(b.Lower) },
	func(b *Buffer) float64 { return float64(b.Upper) },
}

// lifetime is a float since it may exceed the range of int.
func lifetime(b *Buffer) float64 { return float64(b.Upper) - float64(b.Lower) }

// orderBy returns the positions of the buffers by descending key, ties by
// longer lifetime, then by position.
func orderBy(buffers []Buffer, key func(*Buffer) float64) []int32 {
	return orderByTwo(buffers, key, lifetime)
}

// orderByTwo returns the positions of the buffers by descending key, ties by a
// second one, then by position.
func orderByTwo(buffers []Buffer, first, second func(*Buffer) float64) []int32 {
	type keyed struct {
		first, second float64
		id            int32
	}
	keys := make([]keyed, len(buffers))
	for i := range buffers {
		b := &buffers[i]
		keys[i] = keyed{first(b), second(b), int32(i)}
	}
	slices.SortFunc(keys, func(a, b keyed) int {
		return cmp.Or(cmp.Compare(b.first, a.first), cmp.Compare(b.second, a.second), cmp.Compare(a.id, b.id))
	})
	order := make([]int32, len(keys))
	for i, k := range keys {
		order[i] = k.id
	}
	return order
}

// position is a second key that leaves ties as they are.
func position(*Buffer) float64 { return 0 }

// simpleOrders calls visit with each order that is simple to state, until it
// returns false: by one key, ties by lifetime or left as they are.
func (t *task) simpleOrders(visit func(order []int32) bool) {
	for _, key := range orderKeys {
		for _, second := range []func(*Buffer) float64{lifetime, position} {
			if !visit(orderByTwo(t.buffers, key, second)) {
				return
			}
		}
	}
}

// hinted returns the buffers in the order of their hints, those without one
// last; nil if there are no hints.
func (t *task) hinted() []int32 {
	any := false
	order := orderByTwo(t.buffers, func(b *Buffer) float64 {
		if b.Rules == nil || b.Hint == nil {
			return math.Inf(-1)
		}
		any = true
		return -float64(*b.Hint)
	}, func(b *Buffer) float64 { return float64(b.Size) })
	if !any {
		return nil
	}
	return order
}

// classOrder orders buffers by classes of similar size and lifetime, large ones
// first, and those of a class by time. In time, buffers of one size are packed
// without waste, and those of similar size nearly so; a class then fills the
// holes of the one before. On dense problems it beats every order by size alone.
type classOrder struct {
	grain    float64 // classes per power of two
	lifetime float64 // exponent of the lifetime in what is large; that of the size is 1
	phase    float64 // where classes begin, in [0, 1)
	backward bool    // by falling ends instead of rising births
}

// goodClasses are the best of a sweep over dense random problems of 3,000 to
// 30,000 buffers.
var goodClasses = []classOrder{
	{1, 0.25, 0, true}, {1, 0.5, 0, true}, {2, 0.25, 0, true}, {1, 0.25, 0, false},
	{2, 0, 0, true}, {0.5, 0.5, 0, true}, {2, 0.25, 0, false}, {8, 0.25, 0, false},
}

// order returns the positions of the buffers of t.
func (c classOrder) order(t *task) []int32 {
	type keyed struct {
		class float64
		time  int32
		id    int32
	}
	keys := make([]keyed, len(t.buffers))
	for i := range t.buffers {
		b := &t.buffers[i]
		large := log2(float64(b.Size)) + c.lifetime*log2(lifetime(b))
		time := t.lives[i].lower
		if c.backward {
			time = -t.lives[i].upper
		}
		keys[i] = keyed{math.Floor(c.phase + c.grain*large), time, int32(i)}
	}
	slices.SortFunc(keys, func(a, b keyed) int {
		return cmp.Or(cmp.Compare(b.class, a.class), cmp.Compare(a.time, b.time), cmp.Compare(a.id, b.id))
	})
	order := make([]int32, len(keys))
	for i, k := range keys {
		order[i] = k.id
	}
	return order
}

// log2 is the logarithm, good to a few per cent and fast; 0 is as 1.
func log2(v float64) float64 {
	u := math.Float64bits(max(v, 1))
	return float64(int(u>>52)-1023) + float64(u&(1<<52-1))/(1<<52)
}
