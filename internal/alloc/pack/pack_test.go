package pack

import (
	"errors"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// randomBuffers returns up to n buffers, some of size zero, that live within
// [0, horizon).
func randomBuffers(r *rand.Rand, n, horizon, size int) []Buffer {
	b := make([]Buffer, 1+r.IntN(n))
	for i := range b {
		lower := r.IntN(horizon)
		b[i] = Buffer{Lower: lower, Upper: lower + 1 + r.IntN(horizon-lower), Size: r.IntN(size + 1)}
	}
	return b
}

// peakByMoments is the lower bound by definition: bytes live at each birth.
func peakByMoments(buffers []Buffer, align int) int {
	peak := 0
	for _, at := range buffers {
		live := 0
		for _, b := range buffers {
			if b.Lower <= at.Lower && at.Lower < b.Upper {
				live += roundUp(b.Size, align)
			}
		}
		peak = max(peak, live)
	}
	return peak
}

func TestLowerBoundIsThePeakOfLiveBytes(t *testing.T) {
	for seed := range uint64(500) {
		r := rand.New(rand.NewPCG(seed, 1))
		b := randomBuffers(r, 40, 30, 100)
		align := []int{0, 1, 8, 64}[r.IntN(4)]
		if got, want := LowerBound(b, align), peakByMoments(b, align); got != want {
			t.Fatalf("seed %d, %v aligned to %d: got %d, want %d", seed, b, align, got, want)
		}
	}
}

func TestValidateRefusesIllFormedBuffers(t *testing.T) {
	for name, c := range map[string]struct {
		buffers []Buffer
		align   int
	}{
		"empty lifetime":     {[]Buffer{{Lower: 3, Upper: 3, Size: 1}}, 1},
		"reversed lifetime":  {[]Buffer{{Lower: 0, Upper: 1, Size: 1}, {Lower: 3, Upper: 2, Size: 1}}, 1},
		"negative size":      {[]Buffer{{Lower: 0, Upper: 1, Size: -1}}, 1},
		"negative alignment": {[]Buffer{{Lower: 0, Upper: 1, Size: 1}}, -8},
		"overflow":           {[]Buffer{{Lower: 0, Upper: 1, Size: math.MaxInt/2 + 1}, {Lower: 0, Upper: 1, Size: math.MaxInt/2 + 1}}, 1},
		"overflow by align":  {[]Buffer{{Lower: 0, Upper: 1, Size: math.MaxInt - 10}}, 64},
	} {
		if err := Validate(c.buffers, c.align); !errors.Is(err, ErrBuffer) {
			t.Errorf("%s: Validate(%v, %d) = %v, want an ErrBuffer", name, c.buffers, c.align, err)
		}
		if _, err := Greedy(c.buffers, c.align); !errors.Is(err, ErrBuffer) {
			t.Errorf("%s: Greedy(%v, %d): %v, want an ErrBuffer", name, c.buffers, c.align, err)
		}
		if _, err := Solve(t.Context(), c.buffers, Options{Align: c.align}); !errors.Is(err, ErrBuffer) {
			t.Errorf("%s: Solve(%v, %d): %v, want an ErrBuffer", name, c.buffers, c.align, err)
		}
	}
}

// degenerate problems and their least heights.
var degenerate = map[string]struct {
	buffers []Buffer
	height  int
}{
	"none":             {nil, 0},
	"one":              {[]Buffer{{Lower: 5, Upper: 6, Size: 7}}, 7},
	"zero size":        {[]Buffer{{Lower: 0, Upper: 9, Size: 0}, {Lower: 0, Upper: 9, Size: 4}, {Lower: 1, Upper: 2, Size: 0}}, 4},
	"only zero sizes":  {[]Buffer{{Lower: 0, Upper: 9, Size: 0}, {Lower: 3, Upper: 9, Size: 0}}, 0},
	"all at once":      {[]Buffer{{Lower: 0, Upper: 9, Size: 1}, {Lower: 0, Upper: 9, Size: 2}, {Lower: 0, Upper: 9, Size: 3}}, 6},
	"one after other":  {[]Buffer{{Lower: 0, Upper: 1, Size: 5}, {Lower: 1, Upper: 2, Size: 6}, {Lower: 2, Upper: 3, Size: 4}}, 6},
	"a chain":          {[]Buffer{{Lower: 0, Upper: 2, Size: 5}, {Lower: 1, Upper: 3, Size: 5}, {Lower: 2, Upper: 4, Size: 5}, {Lower: 3, Upper: 5, Size: 5}}, 10},
	"extreme times":    {[]Buffer{{Lower: math.MinInt, Upper: math.MaxInt, Size: 3}, {Lower: math.MinInt, Upper: 0, Size: 4}, {Lower: 0, Upper: math.MaxInt, Size: 4}}, 7},
	"identical twins":  {[]Buffer{{Lower: 0, Upper: 2, Size: 3}, {Lower: 0, Upper: 2, Size: 3}, {Lower: 1, Upper: 4, Size: 2}, {Lower: 1, Upper: 4, Size: 2}}, 10},
	"pyramid, up down": {[]Buffer{{Lower: 0, Upper: 9, Size: 1}, {Lower: 1, Upper: 8, Size: 1}, {Lower: 2, Upper: 7, Size: 1}, {Lower: 3, Upper: 6, Size: 1}}, 4},
}

func TestDegenerateProblemsArePlannedAtTheirLeastHeight(t *testing.T) {
	for name, c := range degenerate {
		greedy, err := Greedy(c.buffers, 1)
		if err != nil {
			t.Fatalf("%s: Greedy: %v", name, err)
		}
		solved, err := Solve(t.Context(), c.buffers, Options{})
		if err != nil {
			t.Fatalf("%s: Solve: %v", name, err)
		}
		for by, p := range map[string]Plan{"Greedy": greedy, "Solve": solved} {
			if err := Check(c.buffers, p, 1); err != nil {
				t.Errorf("%s: %s: %v", name, by, err)
			}
			if p.Height != c.height || !p.Optimal || p.Ratio() != 1 {
				t.Errorf("%s: %s: got height %d, optimal %v, ratio %v, want %d, true, 1", name, by, p.Height, p.Optimal, p.Ratio(), c.height)
			}
		}
	}
}

// TestCheckRefusesBrokenPlans breaks good plans in one place each.
func TestCheckRefusesBrokenPlans(t *testing.T) {
	buffers := []Buffer{{Lower: 0, Upper: 4, Size: 8}, {Lower: 2, Upper: 6, Size: 8}, {Lower: 4, Upper: 8, Size: 8}, {Lower: 1, Upper: 3, Size: 0}}
	good := Plan{Offsets: []int{0, 8, 0, 4}, Height: 16}
	if err := Check(buffers, good, 1); err != nil {
		t.Fatalf("the good plan: %v", err)
	}
	for name, p := range map[string]Plan{
		"too few offsets": {Offsets: []int{0, 8, 0}, Height: 16},
		"negative offset": {Offsets: []int{-8, 8, 0, 4}, Height: 16},
		"height too low":  {Offsets: []int{0, 8, 0, 4}, Height: 15},
		"same offset":     {Offsets: []int{0, 0, 8, 4}, Height: 16},
		"overlap above":   {Offsets: []int{0, 7, 0, 4}, Height: 16},
		"overlap below":   {Offsets: []int{0, 8, 7, 4}, Height: 16},
		"overflow":        {Offsets: []int{math.MaxInt - 3, 8, 0, 4}, Height: math.MaxInt},
	} {
		if Check(buffers, p, 1) == nil {
			t.Errorf("%s: Check(%v, %v) found nothing", name, buffers, p.Offsets)
		}
	}
	if Check(buffers, good, 16) == nil {
		t.Error("offset 8 passed as a multiple of 16")
	}
}

// TestCheckAgreesWithAllPairs compares the sweep with the definition.
func TestCheckAgreesWithAllPairs(t *testing.T) {
	bad := 0
	for seed := range uint64(3000) {
		r := rand.New(rand.NewPCG(seed, 2))
		b := randomBuffers(r, 6, 8, 5)
		p := Plan{Offsets: make([]int, len(b)), Height: 100}
		for i := range p.Offsets {
			p.Offsets[i] = r.IntN(20)
		}
		want := !slices.ContainsFunc(pairs(len(b)), func(ij [2]int) bool {
			x, y, ox, oy := b[ij[0]], b[ij[1]], p.Offsets[ij[0]], p.Offsets[ij[1]]
			return x.Size > 0 && y.Size > 0 && x.Lower < y.Upper && y.Lower < x.Upper && ox < oy+y.Size && oy < ox+x.Size
		})
		if !want {
			bad++
		}
		if err := Check(b, p, 1); (err == nil) != want {
			t.Fatalf("seed %d, %v at %v: got %v, want disjoint = %v", seed, b, p.Offsets, err, want)
		}
	}
	if bad < 300 || bad > 2700 {
		t.Errorf("%d of 3000 plans overlap: the test is lopsided", bad)
	}
}

func pairs(n int) [][2]int {
	var all [][2]int
	for j := range n {
		for i := range j {
			all = append(all, [2]int{i, j})
		}
	}
	return all
}
