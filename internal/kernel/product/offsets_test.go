package product

import (
	"math/rand/v2"
	"slices"
	"testing"

	"tnbench/internal/kernel/nest"
)

// randomNest returns loops with random extents and strides.
func randomNest(rng *rand.Rand, loops, most int) []nest.Loop {
	out := make([]nest.Loop, rng.IntN(loops+1))
	for i := range out {
		out[i].Extent = 2 + rng.IntN(most)
		out[i].A, out[i].B, out[i].C = rng.IntN(1000)*8, rng.IntN(1000)*8, rng.IntN(1000)*8
	}
	return out
}

// listed returns the offsets of all iterations, by nested loops.
func listed(loops []nest.Loop, op nest.Operand, from int, visit func(int)) {
	if len(loops) == 0 {
		visit(from)
		return
	}
	for i := range loops[0].Extent {
		listed(loops[1:], op, from+i*loops[0].Stride(op), visit)
	}
}

func TestLoopNestListsOffsetsInOrder(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for range 300 {
		loops := randomNest(rng, 4, 5)
		if rng.IntN(3) == 0 { // one loop longer than a table, anywhere
			long := nest.Loop{Extent: nestTable*2 + rng.IntN(3*nestTable), A: 8, B: 16, C: 24}
			loops = slices.Insert(loops, rng.IntN(len(loops)+1), long)
		}
		n := newLoopNest(loops, nest.A, nest.B, nest.C)
		for op := range nest.Operands {
			var want []int
			listed(loops, op, 0, func(o int) { want = append(want, o) })
			if n.extent != len(want) {
				t.Fatalf("%+v: extent %d, want %d", loops, n.extent, len(want))
			}
			for range 10 {
				from := rng.IntN(n.extent)
				count := 1 + rng.IntN(n.extent-from)
				if got := n.offsets(op, from, count, make([]int, count)); !slices.Equal(got, want[from:from+count]) {
					t.Fatalf("%+v: offsets(%d, %d, %d) differ from nested loops", loops, op, from, count)
				}
				if got := n.at(op, from); got != want[from] {
					t.Fatalf("%+v: at(%d, %d) = %d, want %d", loops, op, from, got, want[from])
				}
			}
		}
	}
}

func TestLoopNestTablesStayShort(t *testing.T) {
	for _, loops := range [][]nest.Loop{
		{{Extent: 1 << 20}},
		{{Extent: 1000003}, {Extent: 3}},
		slices.Repeat([]nest.Loop{{Extent: 2}}, 30),
	} {
		if n := newLoopNest(loops, nest.A); len(n.table[nest.A]) > 4*nestTable {
			t.Errorf("%v: a table of %d offsets, want at most %d", loops, len(n.table[nest.A]), 4*nestTable)
		}
	}
}

func TestUnitRunIsContiguous(t *testing.T) {
	const size = 8
	for _, x := range []struct {
		loops []nest.Loop
		want  int
	}{
		{nil, 1},
		{[]nest.Loop{{Extent: 5, A: 8}}, 5},
		{[]nest.Loop{{Extent: 5, A: 16}}, 1},
		{[]nest.Loop{{Extent: 2, A: 24}, {Extent: 3, A: 8}}, 6},
		{[]nest.Loop{{Extent: 2, A: 32}, {Extent: 3, A: 8}}, 3},
		{[]nest.Loop{{Extent: 2, A: 0}, {Extent: 3, A: 8}}, 3},
	} {
		if got := nest.Unit(x.loops, nest.A, size); got != x.want {
			t.Errorf("nest.Unit(%v) = %d, want %d", x.loops, got, x.want)
		}
	}
}

func TestEvenlyCutsIntoFewEvenBlocks(t *testing.T) {
	for n := 1; n < 300; n++ {
		for _, limit := range []int{1, 7, 24, 100, 1000} {
			for _, step := range []int{1, 4, 24} {
				got := evenly(n, limit, step)
				blocks, fewest := (n+got-1)/got, (n+limit-1)/limit
				if got < 1 || got > n || blocks > fewest || got < n && got%step != 0 {
					t.Fatalf("evenly(%d, %d, %d) = %d: %d blocks, want at most %d of a multiple of the step", n, limit, step, got, blocks, fewest)
				}
			}
		}
	}
}
