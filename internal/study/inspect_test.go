package study

import (
	"math"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestTensorsAreSummedUp(t *testing.T) {
	got := tensors([]float64{9, 1, 4, 2}, []int{2, 0, 3, 1}, 16)
	want := Tensors{Count: 4, MinElements: 1, MaxElements: 9, MeanElements: 4, MedianElements: 3,
		TotalElements: 16, TotalBytes: 256, MinRank: 0, MaxRank: 3}
	if got != want {
		t.Errorf("tensors of 9, 1, 4, 2 elements: got %+v, want %+v", got, want)
	}
	if got := tensors([]float64{7, 5, 100}, []int{1, 1, 1}, 8).MedianElements; got != 7 {
		t.Errorf("median of 7, 5, 100: got %g, want 7", got)
	}
}

// TestLabelsAreCountedAsTheFormatStringShows counts letters in the format string.
func TestLabelsAreCountedAsTheFormatStringShows(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in := network(t)
		tensors := make([]string, len(in.Inputs))
		for i, labels := range in.Inputs {
			tensors[i] = in.Spell(labels)
		}
		output := in.Spell(in.Output)
		format := strings.Join(tensors, ",") + "->" + output
		want := map[int]Multiplicity{}
		hyperedges, repeated := 0, 0
		for _, r := range in.Names {
			name := string(r)
			with := len(slices.DeleteFunc(slices.Clone(tensors), func(s string) bool { return !strings.Contains(s, name) }))
			open := strings.Count(output, name)
			m := want[with]
			want[with] = Multiplicity{with, m.Labels + 1, m.Open + open}
			if with+open > 2 {
				hyperedges++
			}
			if slices.ContainsFunc(tensors, func(s string) bool { return strings.Count(s, name) > 1 }) {
				repeated++
			}
		}
		got := labelsOf(in)
		if got.Count != len(in.Names) || got.Open != len(output) || got.Hyperedges != hyperedges || got.Repeated != repeated {
			t.Fatalf("%s: got %+v, want %d hyperedges, %d repeated", format, got, hyperedges, repeated)
		}
		if len(got.Multiplicities) != len(want) {
			t.Fatalf("%s: got %+v, want %v", format, got.Multiplicities, want)
		}
		for _, m := range got.Multiplicities {
			if m != want[m.Tensors] {
				t.Fatalf("%s: got %+v, want %+v", format, m, want[m.Tensors])
			}
		}
	})
}

// TestCostliestStepsAddUp lists all steps: their shapes give their flops, the
// shares add up to one, none is listed before a costlier one.
func TestCostliestStepsAddUp(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in := network(t)
		p := program(t, in, rapid.SampledFrom(orders).Draw(t, "order"))
		i := Inspect(in)
		i.AddPath(p, len(p.Steps)+5)
		got := i.Paths[0]
		if len(got.Costliest) != len(p.Steps) || got.Steps != len(p.Steps) || got.Results.Count != len(p.Steps) {
			t.Fatalf("%d steps listed of %d", len(got.Costliest), len(p.Steps))
		}
		shares, seen := 0.0, map[int]bool{}
		for k, c := range got.Costliest {
			shares += c.FlopsShare
			seen[c.Step] = true
			if k > 0 && c.Flops > got.Costliest[k-1].Flops {
				t.Fatalf("step %d of %g flops comes after one of %g", c.Step, c.Flops, got.Costliest[k-1].Flops)
			}
			if c.Flops == 0 {
				continue // a tensor alone that is only transposed
			}
			products := float64(c.Batch) * float64(c.M) * float64(c.N) * float64(c.K) * float64(c.LeftSum) * float64(c.RightSum)
			if flops := float64(c.Flops); flops != products && flops != 2*products {
				t.Fatalf("step %+v: %g flops, its shape has %g products", c, c.Flops, products)
			}
			if out := c.Batch * c.M * c.N; len(in.Inputs) > 1 && treeOf(p).steps[c.Step].Elements != float64(out) {
				t.Fatalf("step %+v: its shape gives %v elements, the result has %v", c, out, treeOf(p).steps[c.Step].Elements)
			}
		}
		if len(seen) != len(p.Steps) {
			t.Fatalf("steps listed: %v, want all %d", seen, len(p.Steps))
		}
		if p.Flops > 0 && math.Abs(shares-1) > 1e-9 {
			t.Fatalf("shares of flops add up to %g", shares)
		}
		if got.Log10Flops.OK != (p.Flops > 0) {
			t.Fatalf("log10 of %g flops: %+v", p.Flops, got.Log10Flops)
		}
	})
}
