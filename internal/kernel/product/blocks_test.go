package product

import (
	"maps"
	"math/rand/v2"
	"slices"
	"testing"

	"tnbench/internal/kernel/nest"
)

// What is in no cache and lies in short runs is packed, whatever else speaks for
// reading it in place; the same runs in a cache, or longer ones, are not.
func TestFarRowsInShortRunsArePacked(t *testing.T) {
	near := Shape{Batch: 1, Rows: 1024, Cols: 32, Depth: 64, Size: 8, Parts: 1}
	far := near
	far.Rows = 32768
	for _, test := range []struct {
		name   string
		shape  Shape
		rowRun int
		want   bool
	}{{"near, short", near, 8, true}, {"far, short", far, 8, false}, {"far, long", far, 64, true}} {
		rows, _ := SidesInPlace(test.shape, 8, 24, Placement{RowRun: test.rowRun})
		if rows != test.want {
			t.Errorf("%s: rows in place = %v, want %v", test.name, rows, test.want)
		}
	}
}

// TestAPackerKnowsWhatABlockUsesOfALine counts the elements next to each other from the
// first one on, of all that a block packs.
func TestAPackerKnowsWhatABlockUsesOfALine(t *testing.T) {
	rng := rand.New(rand.NewPCG(9, 4))
	partial := 0
	for range 2000 {
		loops := make([]nest.Loop, 1+rng.IntN(7))
		size, next := 4<<rng.IntN(3), 1
		for _, i := range rng.Perm(len(loops)) {
			loops[i] = nest.Loop{Extent: 1 + rng.IntN(4), A: next * size}
			next *= loops[i].Extent
		}
		cut := rng.IntN(len(loops) + 1)
		side, depth := loops[:cut], loops[cut:]
		places := 1
		for _, l := range side[rng.IntN(cut+1):] { // a block has whole loops, the innermost ones
			places *= l.Extent
		}
		packed := map[int]bool{0: true}
		inner, left := slices.Clone(depth), places
		for i := len(side) - 1; i >= 0 && left > 1; i-- {
			inner = append(inner, side[i])
			left /= side[i].Extent
		}
		for _, l := range inner {
			for at := range maps.Clone(packed) {
				for n := range l.Extent {
					packed[at+n*l.A] = true
				}
			}
		}
		want := size
		for packed[want] && want < nest.CacheLine {
			want += size
		}
		got := usedOfLine(side, depth, nest.A, size, places)
		if got != want {
			t.Fatalf("%d bytes, %d places of %v, all of %v: %d bytes next to each other, want %d", size, places, side, depth, got, want)
		}
		if got < nest.CacheLine && got > size {
			partial++
		}
	}
	if partial < 100 {
		t.Errorf("%d blocks with a part of a line: the test shows little", partial)
	}
}
