package pack

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// ruledBuffers returns buffers of which some have alignments, gaps, hints and
// offsets. The fixed ones don't overlap.
func ruledBuffers(r *rand.Rand, n, horizon, size int) []Buffer {
	b := randomBuffers(r, n, horizon, size)
	var fixed []int
	for i := range b {
		rules := Rules{}
		if r.IntN(3) == 0 {
			rules.Align = []int{1, 2, 3, 4, 8}[r.IntN(5)]
		}
		if r.IntN(3) == 0 {
			rules.Gaps = randomGaps(r, b[i])
		}
		if r.IntN(4) == 0 {
			rules.Hint = at(r.IntN(20))
		}
		if r.IntN(5) > 0 {
			b[i].Rules = &rules
		}
		if b[i].Rules != nil && r.IntN(6) == 0 {
			o := r.IntN(12) * max(rules.Align, 1)
			if !slices.ContainsFunc(fixed, func(j int) bool { return clash(b[i], o, b[j], *b[j].Fixed) }) {
				rules.Fixed = at(o)
				fixed = append(fixed, i)
			}
		}
	}
	return b
}

func randomGaps(r *rand.Rand, b Buffer) (gaps []Gap) {
	for t := b.Lower - 2; t < b.Upper+2; {
		t += r.IntN(4)
		g := Gap{Lower: t, Upper: t + 1 + r.IntN(4)}
		if r.IntN(2) == 0 {
			g.From = r.IntN(b.Size + 1)
			g.To = g.From + r.IntN(b.Size-g.From+1)
		}
		gaps = append(gaps, g)
		t = g.Upper
	}
	return gaps
}

// bytesAt returns the bytes of its own that a buffer needs at a moment.
func bytesAt(b Buffer, moment int) (from, to int) {
	if moment < b.Lower || b.Upper <= moment {
		return 0, 0
	}
	for _, g := range b.gaps() {
		if g.Lower <= moment && moment < g.Upper {
			return g.From, g.To
		}
	}
	return 0, b.Size
}

// clash reports whether a is neither above b at every moment nor below it.
func clash(a Buffer, ao int, b Buffer, bo int) bool {
	above, below := true, true
	for t := min(a.Lower, b.Lower); t < max(a.Upper, b.Upper); t++ {
		af, at := bytesAt(a, t)
		bf, bt := bytesAt(b, t)
		if af < at && bf < bt {
			above = above && ao+af >= bo+bt
			below = below && bo+bf >= ao+at
		}
	}
	return !above && !below
}

// placeByTrial places buffers in an order, each at the first offset, or in the
// least room, that is free. Fixed ones are there before.
func placeByTrial(b []Buffer, order []int32, fit fit) (offsets []int, height int) {
	offsets = slices.Repeat([]int{-1}, len(b))
	for i := range b {
		if o, ok := b[i].fixed(); ok {
			offsets[i] = o
			height = max(height, o+b[i].Size)
		}
	}
	for _, i := range order {
		if offsets[i] >= 0 {
			continue
		}
		align := 1
		if b[i].Rules != nil {
			align = max(align, b[i].Align)
		}
		free := func(o int) bool {
			for j := range b {
				if offsets[j] >= 0 && clash(b[i], o, b[j], offsets[j]) {
					return false
				}
			}
			return true
		}
		end := 8 // above all
		for j := range b {
			end = max(end, offsets[j]+b[j].Size+align)
		}
		end += b[i].Size + align
		best, bestRoom := -1, math.MaxInt
		for o := 0; b[i].Size > 0 && o < end; o += align {
			if !free(o) {
				continue
			}
			room := 1
			for o+room < end && free(o+room) {
				room++
			}
			if o+room >= end {
				room = math.MaxInt - 1 // no gap
			}
			if room < bestRoom {
				best, bestRoom = o, room
			}
			if fit == lowest || room == math.MaxInt-1 {
				break
			}
			o += (room - 1) / align * align
		}
		offsets[i] = max(best, 0)
		height = max(height, offsets[i]+b[i].Size)
	}
	return offsets, height
}

// TestPlacersAgreeWithTrial compares both ways to place, by conflicts and by a
// scan, with the definition.
func TestPlacersAgreeWithTrial(t *testing.T) {
	for seed := range uint64(300) {
		r := rand.New(rand.NewPCG(seed, 9))
		b := randomBuffers(r, 25, 12, 9)
		if seed%3 > 0 {
			b = ruledBuffers(r, 25, 12, 9)
		}
		order := make([]int32, len(b))
		for k, i := range r.Perm(len(b)) {
			order[k] = int32(i)
		}
		fit := []fit{lowest, tightest}[r.IntN(2)]
		want, height := placeByTrial(b, order, fit)
		for _, scan := range []bool{false, true} {
			p := newPlacer(newTask(b, 1))
			p.scan = scan
			p.shelf.init(p.task)
			if got := p.place(order, fit, unplaceable); got != height || !slices.Equal(p.offsets, want) {
				t.Fatalf("seed %d, fit %d, scan %v, order %v of %s: got height %d, %v; want %d, %v", seed, fit, scan, order, show(b), got, p.offsets, height, want)
			}
		}
	}
}

func show(buffers []Buffer) (text string) {
	for i, b := range buffers {
		text += fmt.Sprintf("\n%d: %d-%d %d", i, b.Lower, b.Upper, b.Size)
		if b.Rules != nil {
			text += fmt.Sprintf(" align %d gaps %v", b.Align, b.Gaps)
			if b.Fixed != nil {
				text += fmt.Sprintf(" at %d", *b.Fixed)
			}
		}
	}
	return text
}

// simple are the orders that Solve must never do worse than, written down anew.
var simple = map[string]func(b Buffer) float64{
	"size":     func(b Buffer) float64 { return float64(b.Size) },
	"area":     func(b Buffer) float64 { return float64(b.Size * (b.Upper - b.Lower)) },
	"lifetime": func(b Buffer) float64 { return float64(b.Upper - b.Lower) },
	"birth":    func(b Buffer) float64 { return -float64(b.Lower) },
	"death":    func(b Buffer) float64 { return float64(b.Upper) },
}

func TestSolveIsNeverWorseThanSimpleOrders(t *testing.T) {
	for seed := range uint64(40) {
		r := rand.New(rand.NewPCG(seed, 10))
		b := ruledBuffers(r, 40, 20, 30)
		switch seed % 4 {
		case 0:
			b = randomBuffers(r, 60, 30, 40)
		case 1: // sizes all alike
			for i := range b {
				b[i] = Buffer{Lower: b[i].Lower, Upper: b[i].Upper, Size: 7}
			}
		}
		for _, nodes := range []int{-1, 200} {
			p, err := Solve(t.Context(), b, Options{Nodes: nodes})
			if err != nil {
				t.Fatalf("seed %d: %v", seed, err)
			}
			if err := Check(b, p, 1); err != nil {
				t.Fatalf("seed %d: %v, buffers %s", seed, err, show(b))
			}
			if p.Height < LowerBound(b, 1) || p.Optimal != (p.Height == p.Bound) {
				t.Fatalf("seed %d: height %d, bound %d, optimal %v", seed, p.Height, p.Bound, p.Optimal)
			}
			for name, key := range simple {
				order := orderByTwo(b, func(b *Buffer) float64 { return key(*b) }, position)
				for _, fit := range []fit{lowest, tightest} {
					if _, h := placeByTrial(b, order, fit); h < p.Height {
						t.Errorf("seed %d, nodes %d: height %d, by %s with fit %d %d", seed, nodes, p.Height, name, fit, h)
					}
				}
			}
		}
	}
}

// dense returns buffers of which a large part lives at once, with sizes and
// lifetimes that spread widely.
func dense(seed uint64, n, life int) []Buffer {
	r := rand.New(rand.NewPCG(seed, 11))
	b := make([]Buffer, n)
	for i := range b {
		u := r.Float64()
		lower := r.IntN(20_000)
		b[i] = Buffer{Lower: lower, Upper: lower + 1 + int(float64(life)*u*u), Size: int(math.Exp2(4 + 14*r.Float64()))}
	}
	return b
}

// TestDenseProblemsAreBetterThanSimpleOrders holds what orders by classes gain.
func TestDenseProblemsAreBetterThanSimpleOrders(t *testing.T) {
	for _, c := range []struct {
		n, life int
		most    float64
	}{{2000, 12_000, 1.03}, {8000, 2000, 1.035}, {12_000, 12_000, 1.025}} {
		if testing.Short() && c.n > 2000 {
			continue
		}
		b := dense(1, c.n, c.life)
		p, err := Solve(t.Context(), b, Options{Nodes: 1 << 15})
		if err != nil {
			t.Fatal(err)
		}
		if err := Check(b, p, 1); err != nil {
			t.Fatal(err)
		}
		least := unplaceable
		placer := newPlacer(newTask(b, 1))
		for _, key := range orderKeys {
			least = min(least, placer.place(orderBy(b, key), lowest, unplaceable))
		}
		t.Logf("%d buffers: %.4f of the bound, first fit %.4f", c.n, p.Ratio(), Plan{Height: least, Bound: p.Bound}.Ratio())
		if p.Height >= least || p.Ratio() > c.most {
			t.Errorf("%d buffers: height %d is %.4f of the bound, the best simple order has %d", c.n, p.Height, p.Ratio(), least)
		}
	}
}

// TestUniformAlignmentsAreSolvedToTheOptimum compares with all orders. What is
// called optimal must be.
func TestUniformAlignmentsAreSolvedToTheOptimum(t *testing.T) {
	for seed := range uint64(40) {
		r := rand.New(rand.NewPCG(seed, 12))
		b := randomBuffers(r, 5, 8, 12)
		for i := range b {
			b[i].Rules = &Rules{Align: 4}
		}
		want := math.MaxInt
		permute(len(b), func(order []int32) {
			_, h := placeByTrial(b, order, lowest)
			want = min(want, h)
		})
		p, err := Solve(t.Context(), b, Options{Nodes: 1 << 16})
		if err != nil || p.Height != want || p.Bound > want {
			t.Fatalf("seed %d, %s: got height %d, bound %d, %v, want %d", seed, show(b), p.Height, p.Bound, err, want)
		}
	}
}

// permute visits all orders of n.
func permute(n int, visit func([]int32)) {
	order := make([]int32, n)
	for i := range order {
		order[i] = int32(i)
	}
	var rest func(k int)
	rest = func(k int) {
		if k == n {
			visit(order)
			return
		}
		for i := k; i < n; i++ {
			order[k], order[i] = order[i], order[k]
			rest(k + 1)
			order[k], order[i] = order[i], order[k]
		}
	}
	rest(0)
}

// rules are small problems whose least height is known.
var rules = map[string]struct {
	buffers []Buffer
	height  int
}{
	"a gap is shared": {[]Buffer{
		{0, 10, 4, &Rules{Gaps: []Gap{{Lower: 3, Upper: 5}}}}, {3, 5, 4, nil}}, 4},
	"a gap keeps bytes": {[]Buffer{
		{0, 10, 4, &Rules{Gaps: []Gap{{3, 5, 0, 1}}}}, {3, 5, 3, nil}}, 4},
	"aligned": {[]Buffer{
		{0, 3, 4, &Rules{Align: 64}}, {1, 6, 6, &Rules{Align: 64}}}, 68},
	"around a fixed one": {[]Buffer{
		{0, 9, 4, &Rules{Fixed: at(3)}}, {0, 9, 3, nil}, {0, 9, 4, nil}}, 11},
	"all fixed": {[]Buffer{
		{0, 9, 4, &Rules{Fixed: at(10)}}, {0, 9, 3, &Rules{Fixed: at(4)}}}, 14},
	"halves that fit": {[]Buffer{
		{0, 10, 2, &Rules{Gaps: []Gap{{0, 5, 0, 1}}}}, {0, 10, 2, &Rules{Gaps: []Gap{{5, 10, 1, 2}}}}}, 3},
	"huge, one after the other": {[]Buffer{
		{0, 1, 1 << 62, nil}, {1, 2, 1 << 62, nil}, {2, 3, 1<<62 + 5, nil}, {0, 3, 7, nil}}, 1<<62 + 12},
	"huge and aligned": {[]Buffer{
		{0, 1, 1 << 62, &Rules{Align: 64}}, {0, 2, 1, &Rules{Align: 64}}}, 1<<62 + 1},
}

func TestRulesAreObeyed(t *testing.T) {
	for name, c := range rules {
		p, err := Solve(t.Context(), c.buffers, Options{Nodes: 1000})
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if err := Check(c.buffers, p, 1); err != nil || p.Height != c.height {
			t.Errorf("%s: got height %d at %v, want %d; %v", name, p.Height, p.Offsets, c.height, err)
		}
	}
}
