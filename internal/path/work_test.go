package path

import (
	"fmt"
	"testing"

	"tnbench/internal/instance"
)

func TestWorkSumsOneSidedLabelsFirst(t *testing.T) {
	for _, c := range []struct {
		equation, shapes string
		flops, work      float64
	}{
		{"ax,xb->ab", "[3,5],[5,7]", 2 * 3 * 5 * 7, 2 * 3 * 5 * 7}, // nothing to sum first
		{"a,b->ab", "[3],[7]", 21, 21},
		{"ax,xb->a", "[3,5],[5,7]", 2 * 3 * 5 * 7, 5*7 + 2*3*5},       // b
		{"axb,x->x", "[3,5,7],[5]", 2 * 3 * 5 * 7, 3*5*7 + 5},         // a and b, then a product without a sum
		{"ax,xb->", "[3,5],[5,7]", 2 * 3 * 5 * 7, 3*5 + 5*7 + 2*5},    // both
		{"abx,bxc->b", "[3,2,5],[2,5,7]", 420, 3*2*5 + 2*5*7 + 2*2*5}, // in a batch
	} {
		in, err := instance.Parse("test", fmt.Appendf(nil,
			`{"name":"test","dtype":"float64","num_tensors":2,"format_string":%q,"shapes":[%s],"paths":{"p":{"path":[[0,1]]}}}`, c.equation, c.shapes))
		if err != nil {
			t.Fatal(err)
		}
		ssa, err := FromLinear(2, in.Paths[0].Pairs)
		if err != nil {
			t.Fatal(err)
		}
		s := Analyze(in, ssa).Steps[0]
		if s.Flops != c.flops || s.Work(in) != c.work {
			t.Errorf("%s: %v flops and %v of work, want %v and %v", c.equation, s.Flops, s.Work(in), c.flops, c.work)
		}
	}
}
