package path

import (
	"math/rand/v2"
	"slices"
	"testing"

	"tnbench/internal/instance"
)

// drawNetwork returns a random network and path.
func drawNetwork(rng *rand.Rand) (*instance.Instance, []Pair) {
	in := &instance.Instance{}
	for range 1 + rng.IntN(6) {
		in.Dims = append(in.Dims, 1+rng.IntN(3))
	}
	n := 2 + rng.IntN(5)
	for range n {
		var axes []instance.Label
		for range rng.IntN(4) {
			axes = append(axes, instance.Label(rng.IntN(len(in.Dims))))
		}
		in.Inputs = append(in.Inputs, axes)
	}
	for l := range in.Dims {
		used := slices.ContainsFunc(in.Inputs, func(axes []instance.Label) bool { return slices.Contains(axes, instance.Label(l)) })
		if used && rng.IntN(3) == 0 {
			in.Output = append(in.Output, instance.Label(l))
		}
	}
	alive, ssa := make([]int32, n), make([]Pair, 0, n-1)
	for i := range alive {
		alive[i] = int32(i)
	}
	for i := range n - 1 {
		rng.Shuffle(len(alive), func(i, j int) { alive[i], alive[j] = alive[j], alive[i] })
		ssa = append(ssa, Pair{alive[0], alive[1]})
		alive = append(alive[2:], int32(n+i))
	}
	return in, ssa
}

// TestOperandsAndLabelsAreInOrder: each label of a step is in the class that it belongs to,
// classes are in the order of ranks, and once more nothing changes.
func TestOperandsAndLabelsAreInOrder(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 5))
	for range 2000 {
		in, ssa := drawNetwork(rng)
		tree := Analyze(in, ssa)
		labelsOf := func(id int32) []instance.Label {
			if int(id) < len(in.Inputs) {
				return in.Inputs[id]
			}
			return tree.Steps[int(id)-len(in.Inputs)].Kept()
		}
		for i := range tree.Steps {
			s := &tree.Steps[i]
			if p := ssa[i]; s.Pair != p && s.Pair != (Pair{p.Right, p.Left}) {
				t.Fatalf("step %d contracts %v, want %v", i, s.Pair, p)
			}
			left, right := labelsOf(s.Left), labelsOf(s.Right)
			for c := Batch; c < classes; c++ {
				labels := s.Labels(c)
				if !slices.IsSortedFunc(labels, func(x, y instance.Label) int { return int(tree.Rank[x] - tree.Rank[y]) }) {
					t.Fatalf("step %d, class %d: %v are not in order", i, c, labels)
				}
				for _, l := range labels {
					inLeft, inRight := slices.Contains(left, l), slices.Contains(right, l)
					wantLeft := c != RightFree && c != RightSum
					wantRight := c != LeftFree && c != LeftSum
					if inLeft != wantLeft || inRight != wantRight {
						t.Fatalf("step %d: label %d is in class %d, left %v, right %v", i, l, c, inLeft, inRight)
					}
				}
			}
		}
		again := Analyze(in, tree.Pairs())
		if !slices.Equal(again.Rank, tree.Rank) || !slices.Equal(again.Pairs(), tree.Pairs()) {
			t.Fatalf("once more it is another order: %v, %v", tree.Pairs(), again.Pairs())
		}
	}
}
