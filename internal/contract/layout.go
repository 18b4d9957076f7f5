package contract

import (
	"slices"

	"tnbench/internal/instance"
	"tnbench/internal/path"
)

// layouts chooses the axis order of every tensor, by SSA id. Inputs and the
// result are as the network says; intermediates are free.
//
// All intermediates follow one global order of labels: by the step that drops
// them, soonest outermost. So the labels that a step sums are the outermost of
// both its operands, in the same order; what is left keeps its order from the
// operands to the result; and the innermost, contiguous runs are made of the
// labels that live longest, which most steps merely carry along.
func layouts(tree *path.Tree, _ *specs) [][]instance.Label {
	in := tree.Instance
	all := make([][]instance.Label, len(in.Inputs)+max(1, len(tree.Steps)))
	copy(all, in.Inputs)
	all[len(all)-1] = in.Output
	for i := range tree.Steps[:max(0, len(tree.Steps)-1)] {
		s := &tree.Steps[i]
		kept := slices.Concat(s.Batch, s.LeftFree, s.RightFree)
		slices.SortFunc(kept, func(x, y instance.Label) int {
			if d := tree.Dropped[x] - tree.Dropped[y]; d != 0 {
				return int(d)
			}
			return int(x - y)
		})
		all[s.Out] = kept
	}
	return all
}
