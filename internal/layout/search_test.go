package layout

import (
	"math"
	"testing"

	"tnbench/internal/instance"
	"tnbench/internal/kernel"
	"tnbench/internal/path"
)

// TestADescentCountsEveryStepOnce claims that the estimate which descents are
// compared by is that of each step that makes or uses a large intermediate, once:
// also of one that uses two that are not made one after the other, and of the last
// step with a large result.
func TestADescentCountsEveryStepOnce(t *testing.T) {
	for name, text := range map[string]string{
		// 0·1 and 4·5 meet in a small result, 2·3 was made between them.
		"two large operands": `"format_string": "ab,bc,xy,yz,ad,dc,xz->", "shapes": [[64,64],[64,64],[64,64],[64,64],[64,64],[64,64],[64,64]],
			"num_tensors": 7, "paths": {"p": {"path": [[0,1],[0,1],[0,1],[1,3],[0,1],[0,1]]}}`,
		"a large result": `"format_string": "ab,bc,cd->ad", "shapes": [[64,64],[64,64],[64,64]],
			"num_tensors": 3, "paths": {"p": {"path": [[0,1],[0,1]]}}`,
	} {
		in, err := instance.Parse("test", []byte(`{"name": "n", "dtype": "float64", `+text+`}`))
		if err != nil {
			t.Fatal(err)
		}
		ssa, err := path.FromLinear(len(in.Inputs), in.Paths[0].Pairs)
		if err != nil {
			t.Fatal(err)
		}
		tree := path.Analyze(in, ssa)
		s, build := NewSearch(New(tree, nil, nil, Usual)), NewNests(tree, nil)
		s.begin(build)
		want, steps := 0.0, 0
		for i := range tree.Steps {
			step := &tree.Steps[i]
			if s.Open(step.Left) || s.Open(step.Right) || s.Open(step.Out) {
				spec := build.Spec(step, s.all)
				sized := kernel.Size(spec)
				want += sized.Estimate()
				steps++
			}
		}
		if got := s.estimate(); math.Abs(got-want) > 1e-9*want || steps < 2 {
			t.Errorf("%s: estimated %v cycles, want %v, the sum over %d steps", name, got, want, steps)
		}
	}
}
