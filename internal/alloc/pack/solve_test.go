package pack

import (
	"context"
	"math"
	"math/rand/v2"
	"reflect"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// leastHeight is the optimum by brute force: some order of the buffers, each
// put on top of the highest rival before it, gives a least plan.
func leastHeight(buffers []Buffer) int {
	best := math.MaxInt
	tops := make([]int, len(buffers)) // 0: not placed
	var place func(left, height int)
	place = func(left, height int) {
		if height >= best {
			return
		}
		if left == 0 {
			best = height
			return
		}
		for i, b := range buffers {
			if tops[i] > 0 || b.Size == 0 {
				continue
			}
			top := 0
			for j, c := range buffers {
				if b.Lower < c.Upper && c.Lower < b.Upper {
					top = max(top, tops[j])
				}
			}
			tops[i] = top + b.Size
			place(left-1, max(height, tops[i]))
			tops[i] = 0
		}
	}
	left := 0
	for _, b := range buffers {
		if b.Size > 0 {
			left++
		}
	}
	place(left, 0)
	return best
}

func TestSolveFindsAndProvesTheOptimumOfSmallProblems(t *testing.T) {
	count := uint64(3000)
	if testing.Short() {
		count = 300
	}
	for seed := range count {
		r := rand.New(rand.NewPCG(seed, 3))
		b := randomBuffers(r, 8, 4+r.IntN(8), 1+r.IntN(12))
		want := leastHeight(b)
		got, err := Solve(t.Context(), b, Options{Seed: seed})
		if err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		if err := Check(b, got, 1); err != nil {
			t.Fatalf("seed %d, %v: %v", seed, b, err)
		}
		if got.Height != want || !got.Optimal {
			t.Fatalf("seed %d, %v: got height %d (optimal %v, bound %d), want %d", seed, b, got.Height, got.Optimal, got.Bound, want)
		}
	}
}

// TestSearchDecidesSmallProblems asks the search alone, without greedy plans
// before it, for the optimum and for one unit less. Its rules of inference must
// neither lose the one nor find the other.
func TestSearchDecidesSmallProblems(t *testing.T) {
	count := uint64(4000)
	if testing.Short() {
		count = 600
	}
	for seed := range count {
		r := rand.New(rand.NewPCG(seed, 4))
		b := randomBuffers(r, 8, 4+r.IntN(12), 1+r.IntN(8))
		ids := make([]int32, len(b))
		for i := range ids {
			ids[i] = int32(i)
		}
		p := newProblem(newTask(b, 1), ids)
		if len(p.items) == 0 {
			continue
		}
		least := leastHeight(b) / p.unit
		for capacity, want := range map[int]verdict{least: found, least - 1: infeasible} {
			s := newRestarts(p, seed, func() bool { return false })
			if got := s.solve(capacity, 1<<20); got != want {
				t.Fatalf("seed %d, %v, capacity %d units of %d: got verdict %d, want %d", seed, b, capacity, p.unit, got, want)
			}
		}
	}
}

// gaps are problems whose least height is above the peak of live bytes.
var gaps = [][]Buffer{
	{{Lower: 2, Upper: 3, Size: 3}, {Lower: 1, Upper: 2, Size: 2}, {Lower: 2, Upper: 5, Size: 3}, {Lower: 5, Upper: 7, Size: 2}, {Lower: 4, Upper: 7, Size: 1}, {Lower: 7, Upper: 9, Size: 3}, {Lower: 4, Upper: 6, Size: 1}, {Lower: 6, Upper: 9, Size: 3}},
}

func TestSolveProvesHeightsAboveThePeak(t *testing.T) {
	for _, b := range gaps {
		want, peak := leastHeight(b), LowerBound(b, 1)
		if want <= peak {
			t.Fatalf("%v: least height %d is no gap to the peak %d", b, want, peak)
		}
		got, err := Solve(t.Context(), b, Options{})
		if err != nil {
			t.Fatal(err)
		}
		if err := Check(b, got, 1); err != nil {
			t.Fatalf("%v: %v", b, err)
		}
		if got.Height != want || got.Bound != want || !got.Optimal {
			t.Errorf("%v: got height %d, bound %d, optimal %v, want %d", b, got.Height, got.Bound, got.Optimal, want)
		}
	}
}

func buffersGen(n, horizon, size int) *rapid.Generator[[]Buffer] {
	one := rapid.Custom(func(t *rapid.T) Buffer {
		lower := rapid.IntRange(-horizon, horizon).Draw(t, "lower")
		return Buffer{Lower: lower, Upper: lower + rapid.IntRange(1, horizon).Draw(t, "life"), Size: rapid.IntRange(0, size).Draw(t, "size")}
	})
	return rapid.SliceOfN(one, 0, n)
}

func TestEveryPlanIsValidAndNotBelowTheBound(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b := buffersGen(60, 40, 1000).Draw(t, "buffers")
		align := rapid.SampledFrom([]int{0, 1, 8, 64, 100}).Draw(t, "align")
		greedy, err := Greedy(b, align)
		if err != nil {
			t.Fatal(err)
		}
		solved, err := Solve(context.Background(), b, Options{Align: align, Nodes: 2000})
		if err != nil {
			t.Fatal(err)
		}
		task := newTask(b, align)
		inTime := task.plan(placeInTime(task))
		for by, p := range map[string]Plan{"greedy": greedy, "solve": solved, "in time": inTime} {
			if err := Check(b, p, align); err != nil {
				t.Fatalf("%s: %v", by, err)
			}
			if p.Height < p.Bound || p.Bound < peakByMoments(b, align) {
				t.Fatalf("%s: height %d, bound %d, peak %d", by, p.Height, p.Bound, peakByMoments(b, align))
			}
			if p.Optimal != (p.Height == p.Bound) {
				t.Fatalf("%s: height %d, bound %d, optimal %v", by, p.Height, p.Bound, p.Optimal)
			}
		}
		if solved.Height > greedy.Height {
			t.Fatalf("solved to %d, greedy gave %d", solved.Height, greedy.Height)
		}
	})
}

// hard returns a problem that greedy leaves above the bound: a block cut at
// random into buffers that fill it without waste.
func hard(seed uint64, cuts int) []Buffer {
	r := rand.New(rand.NewPCG(seed, 5))
	type box struct{ l, u, from, to int }
	boxes := []box{{0, 256, 0, 256}}
	for range cuts {
		k := r.IntN(len(boxes))
		b := boxes[k]
		if r.IntN(2) == 0 && b.u-b.l > 1 {
			x := b.l + 1 + r.IntN(b.u-b.l-1)
			boxes[k].u = x
			boxes = append(boxes, box{x, b.u, b.from, b.to})
		} else if b.to-b.from > 1 {
			x := b.from + 1 + r.IntN(b.to-b.from-1)
			boxes[k].to = x
			boxes = append(boxes, box{b.l, b.u, x, b.to})
		}
	}
	buffers := make([]Buffer, len(boxes))
	for i, k := range r.Perm(len(boxes)) {
		b := boxes[k]
		buffers[i] = Buffer{Lower: b.l, Upper: b.u, Size: b.to - b.from}
	}
	return buffers
}

// TestSearchNeverRefutesABlockThatCanBeFilled runs the search to its end on
// problems without any room to spare, where its inferences cut deepest.
func TestSearchNeverRefutesABlockThatCanBeFilled(t *testing.T) {
	for seed := range uint64(2000) {
		b := hard(seed, 5+int(seed%40))
		p := newProblem(newTask(b, 1), orderBy(b, orderKeys[0]))
		s := newRestarts(p, seed, func() bool { return false })
		if got := s.solve(256/p.unit, 1<<18); got != found {
			t.Fatalf("seed %d, %v: got verdict %d after %d nodes, want %d", seed, b, got, s.nodes, found)
		}
	}
}

func TestSolveFillsBlocksWithoutWaste(t *testing.T) {
	better := 0
	for seed := range uint64(20) {
		b := hard(seed, 120)
		greedy, err := Greedy(b, 1)
		if err != nil {
			t.Fatal(err)
		}
		got, err := Solve(t.Context(), b, Options{Seed: 1})
		if err != nil {
			t.Fatal(err)
		}
		if err := Check(b, got, 1); err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		if got.Height != 256 || !got.Optimal {
			t.Errorf("seed %d: got height %d, optimal %v, want 256 (greedy %d)", seed, got.Height, got.Optimal, greedy.Height)
		}
		if greedy.Height > 256 {
			better++
		}
	}
	if better < 10 {
		t.Errorf("greedy solves %d of 20 problems: they are too easy to test the search", 20-better)
	}
}

func TestSolveIsDeterministic(t *testing.T) {
	b := hard(7, 120)
	options := Options{Nodes: 20000, Seed: 3}
	first, err := Solve(t.Context(), b, options)
	if err != nil {
		t.Fatal(err)
	}
	second, err := Solve(t.Context(), b, options)
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(first, second) {
		t.Errorf("two runs with %+v differ: heights %d and %d, nodes %d and %d", options, first.Height, second.Height, first.Nodes, second.Nodes)
	}
}

func TestSolveStopsAtTheNodeLimit(t *testing.T) {
	b := hard(11, 200)
	for _, nodes := range []int{-1, 1, 1000, 10000} {
		p, err := Solve(t.Context(), b, Options{Nodes: nodes})
		if err != nil {
			t.Fatal(err)
		}
		if p.Nodes > max(nodes, 0) {
			t.Errorf("limit %d: visited %d nodes", nodes, p.Nodes)
		}
		if err := Check(b, p, 1); err != nil {
			t.Errorf("limit %d: %v", nodes, err)
		}
	}
}

func TestSolveIsContentWithTheCapacity(t *testing.T) {
	b := hard(3, 60)
	p, err := Solve(t.Context(), b, Options{Capacity: 1000})
	if err != nil {
		t.Fatal(err)
	}
	if p.Nodes != 0 || p.Height > 1000 {
		t.Errorf("got height %d after %d nodes, want at most 1000 after none", p.Height, p.Nodes)
	}
}

func TestSolveReturnsThePlanSoFarWhenCancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for name, c := range map[string]struct {
		ctx     context.Context
		options Options
	}{
		"context": {ctx, Options{}},
		"budget":  {t.Context(), Options{Budget: time.Nanosecond}},
	} {
		b := hard(5, 200)
		p, err := Solve(c.ctx, b, c.options)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if err := Check(b, p, 1); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if p.Nodes > 1 {
			t.Errorf("%s: went on for %d nodes", name, p.Nodes)
		}
	}
}

// TestASearchThatIsToStopPlacesNoMore: where one order takes a second, the plan so
// far must not wait for its end, and there must be one before it begins.
func TestASearchThatIsToStopPlacesNoMore(t *testing.T) {
	b := dense(1, 12_000, 12_000)
	s, err := newSolver(b, Options{})
	if err != nil {
		t.Fatal(err)
	}
	looks := 0
	s.stop = func() bool { looks++; return looks > 8 }
	s.nodes = DefaultNodes
	s.greedy()
	p, err := s.result()
	if err != nil {
		t.Fatal(err)
	}
	if err := Check(b, p, 1); err != nil {
		t.Error(err)
	}
	if most := s.placer.cost() / 10; s.placer.work > most {
		t.Errorf("looked at %d buffers after it was to stop, want at most %d", s.placer.work, most)
	}
}

// TestAPatientSearchPlacesAllOnce: where the clock ends the search, no estimate of
// what an order costs is a reason not to try one.
func TestAPatientSearchPlacesAllOnce(t *testing.T) {
	b := dense(1, 12_000, 12_000)
	p, err := Solve(t.Context(), b, Options{Nodes: 1, Patient: true})
	if err != nil {
		t.Fatal(err)
	}
	bySize := newPlacer(newTask(b, 1)).place(orderBy(b, orderKeys[0]), lowest, unplaceable)
	if p.Height > bySize {
		t.Errorf("height %d, first fit by size gives %d", p.Height, bySize)
	}
}
