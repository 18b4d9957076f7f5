package product

import (
	"math/rand/v2"
	"slices"
	"testing"
)

// randomNest returns loops with random extents and strides.
func randomNest(rng *rand.Rand, loops, most int) []strided {
	out := make([]strided, rng.IntN(loops+1))
	for i := range out {
		out[i].extent = 2 + rng.IntN(most)
		for op := range out[i].stride {
			out[i].stride[op] = rng.IntN(1000) * 8
		}
	}
	return out
}

// listed returns the offsets of all iterations, by nested loops.
func listed(loops []strided, op operand, from int, visit func(int)) {
	if len(loops) == 0 {
		visit(from)
		return
	}
	for i := range loops[0].extent {
		listed(loops[1:], op, from+i*loops[0].stride[op], visit)
	}
}

func TestLoopNestListsOffsetsInOrder(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for range 300 {
		loops := randomNest(rng, 4, 5)
		if rng.IntN(3) == 0 { // one loop longer than a table, anywhere
			long := strided{extent: nestTable*2 + rng.IntN(3*nestTable), stride: [operands]int{8, 16, 24}}
			loops = slices.Insert(loops, rng.IntN(len(loops)+1), long)
		}
		n := newLoopNest(loops, rowSide, colSide, destination)
		for op := range operands {
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
	for _, loops := range [][]strided{
		{{extent: 1 << 20}},
		{{extent: 1000003}, {extent: 3}},
		slices.Repeat([]strided{{extent: 2}}, 30),
	} {
		if n := newLoopNest(loops, rowSide); len(n.table[rowSide]) > 4*nestTable {
			t.Errorf("%v: a table of %d offsets, want at most %d", loops, len(n.table[rowSide]), 4*nestTable)
		}
	}
}

func TestUnitRunIsContiguous(t *testing.T) {
	const size = 8
	for _, x := range []struct {
		loops []strided
		want  int
	}{
		{nil, 1},
		{[]strided{{5, [operands]int{8}}}, 5},
		{[]strided{{5, [operands]int{16}}}, 1},
		{[]strided{{2, [operands]int{24}}, {3, [operands]int{8}}}, 6},
		{[]strided{{2, [operands]int{32}}, {3, [operands]int{8}}}, 3},
		{[]strided{{2, [operands]int{0}}, {3, [operands]int{8}}}, 3},
	} {
		if got := unitRun(x.loops, rowSide, size); got != x.want {
			t.Errorf("unitRun(%v) = %d, want %d", x.loops, got, x.want)
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
