package path

import (
	"math/bits"
	"math/rand/v2"
	"slices"
	"testing"
)

// randomPath contracts n tensors in a random order.
func randomPath(rng *rand.Rand, n int) []Pair {
	alive := make([]int32, n)
	for i := range alive {
		alive[i] = int32(i)
	}
	draw := func() int32 {
		i := rng.IntN(len(alive))
		id := alive[i]
		alive = slices.Delete(alive, i, i+1)
		return id
	}
	ssa := make([]Pair, n-1)
	for i := range ssa {
		ssa[i] = Pair{draw(), draw()}
		alive = append(alive, int32(n+i))
	}
	return ssa
}

// randomSizes favours small and equal sizes, where ties and zeros are.
func randomSizes(rng *rand.Rand, n int) []float64 {
	sizes := make([]float64, n)
	limit := int64(1) << rng.IntN(10)
	for i := range sizes {
		sizes[i] = float64(rng.Int64N(limit + 1))
	}
	return sizes
}

// checkOrder fails unless order is a permutation in which operands come first.
func checkOrder(t *testing.T, n int, ssa []Pair, order []int) {
	t.Helper()
	if len(order) != len(ssa) {
		t.Fatalf("%d steps: order has %d", len(ssa), len(order))
	}
	done := make([]bool, n+len(ssa))
	for id := range n {
		done[id] = true
	}
	for k, i := range order {
		if done[n+i] || !done[ssa[i].Left] || !done[ssa[i].Right] {
			t.Fatalf("%v in order %v: step %d (place %d) is done twice or before its operands", ssa, order, i, k)
		}
		done[n+i] = true
	}
}

// leastPeak tries every order: best[set] is the least peak of any order of the
// steps of a set that is closed under operands.
func leastPeak(n int, ssa []Pair, sizes []float64) float64 {
	const never = 1 << 60
	best := make([]float64, 1<<len(ssa))
	for set := 1; set < len(best); set++ {
		best[set] = never
		for rest := set; rest != 0; rest &= rest - 1 {
			i := bits.TrailingZeros(uint(rest))
			before := set &^ (1 << i)
			if best[before] == never || !has(before, int(ssa[i].Left)-n) || !has(before, int(ssa[i].Right)-n) {
				continue
			}
			best[set] = min(best[set], max(best[before], live(n, ssa, sizes, before)+sizes[i]))
		}
	}
	return best[len(best)-1]
}

// has reports whether a set has step i; inputs, with negative i, are always there.
func has(set, i int) bool { return i < 0 || set>>i&1 == 1 }

// live sums the results of a set's steps that no step of the set has consumed.
func live(n int, ssa []Pair, sizes []float64, set int) float64 {
	var sum float64
	for i := range ssa {
		if set>>i&1 == 0 {
			continue
		}
		sum += sizes[i]
		for _, id := range [...]int32{ssa[i].Left, ssa[i].Right} {
			if int(id) >= n {
				sum -= sizes[int(id)-n]
			}
		}
	}
	return sum
}

func TestReorderGivesValidOrders(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 1))
	for range 500 {
		n := 1 + rng.IntN(60)
		ssa := randomPath(rng, n)
		sizes := randomSizes(rng, len(ssa))
		for _, o := range []Order{AsWritten, DepthFirst, LowestPeak} {
			checkOrder(t, n, ssa, Reorder(n, ssa, sizes, o))
		}
	}
}

func TestLowestPeakIsNeverWorseThanAnotherOrder(t *testing.T) {
	rng := rand.New(rand.NewPCG(2, 1))
	for range 2000 {
		n := 2 + rng.IntN(200)
		ssa := randomPath(rng, n)
		sizes := randomSizes(rng, len(ssa))
		got := Peak(n, ssa, sizes, Reorder(n, ssa, sizes, LowestPeak))
		for _, o := range []Order{AsWritten, DepthFirst} {
			if other := Peak(n, ssa, sizes, Reorder(n, ssa, sizes, o)); got > other {
				t.Fatalf("%v sizes %v: peak %v, order %q has %v", ssa, sizes, got, o, other)
			}
		}
	}
}

func TestLowestPeakIsThatOfExhaustiveSearch(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 1))
	for range 1500 {
		n := 2 + rng.IntN(11)
		ssa := randomPath(rng, n)
		sizes := randomSizes(rng, len(ssa))
		got := Peak(n, ssa, sizes, Reorder(n, ssa, sizes, LowestPeak))
		if want := leastPeak(n, ssa, sizes); got != want {
			t.Fatalf("%v sizes %v: peak %v, want %v", ssa, sizes, got, want)
		}
	}
}

func TestDepthFirstGoesLeftFirst(t *testing.T) {
	// (2·3) is written first, but the last step has it on its right.
	ssa := []Pair{{2, 3}, {1, 0}, {5, 4}}
	if got, want := Reorder(4, ssa, nil, DepthFirst), []int{1, 0, 2}; !slices.Equal(got, want) {
		t.Errorf("depth-first order of %v: %v, want %v", ssa, got, want)
	}
}

func TestPermuteKeepsTheTree(t *testing.T) {
	rng := rand.New(rand.NewPCG(4, 1))
	for range 200 {
		n := 2 + rng.IntN(30)
		ssa := randomPath(rng, n)
		order := Reorder(n, ssa, nil, DepthFirst)
		moved := Permute(n, ssa, order)
		checkOrder(t, n, moved, Reorder(n, moved, nil, AsWritten))
		got, want := leafSets(n, moved), leafSets(n, ssa)
		for k, i := range order {
			if !slices.Equal(got[n+k], want[n+i]) {
				t.Fatalf("%v in order %v: step %d contracts %v, want %v", ssa, order, k, got[n+k], want[n+i])
			}
		}
	}
}

// leafSets returns per id the inputs it is made of, from left to right.
func leafSets(n int, ssa []Pair) [][]int32 {
	sets := make([][]int32, n, n+len(ssa))
	for id := range n {
		sets[id] = []int32{int32(id)}
	}
	for _, p := range ssa {
		sets = append(sets, slices.Concat(sets[p.Left], sets[p.Right]))
	}
	return sets
}

func TestReorderTakesAMillionTensorsInAChain(t *testing.T) {
	const n = 1_000_000
	for _, rightDeep := range []bool{false, true} {
		ssa := make([]Pair, n-1)
		sizes := make([]float64, n-1)
		for i := range ssa {
			ssa[i] = Pair{int32(n + i - 1), int32(i + 1)}
			if i == 0 {
				ssa[i].Left = 0
			}
			if rightDeep {
				ssa[i].Left, ssa[i].Right = ssa[i].Right, ssa[i].Left
			}
			sizes[i] = float64(i)
		}
		for _, o := range []Order{DepthFirst, LowestPeak} {
			checkOrder(t, n, ssa, Reorder(n, ssa, sizes, o))
		}
	}
}

func TestParseOrderKnowsEveryName(t *testing.T) {
	for i, name := range OrderNames() {
		if o, err := ParseOrder(name); err != nil || o != Order(i) || o.String() != name {
			t.Errorf("ParseOrder(%q) = %v, %v", name, o, err)
		}
	}
	if _, err := ParseOrder("random"); err == nil {
		t.Error(`ParseOrder("random") gives no error`)
	}
}
