package study

import (
	"tnbench/internal/contract"
	"tnbench/internal/dtype"
	"tnbench/internal/instance"
	"tnbench/internal/path"

	"pgregory.net/rapid"
)

// network draws a network of 1 to 12 tensors with a path called "any": labels in
// any number of tensors, repeated ones and open ones included.
func network(t *rapid.T) *instance.Instance {
	const labels = 7
	in := &instance.Instance{
		Name:   "random",
		DType:  rapid.SampledFrom(dtype.All[:]).Draw(t, "dtype"),
		Output: []instance.Label{},
	}
	number := map[int]instance.Label{} // labels are numbered in order of appearance
	tensors := rapid.IntRange(1, 12).Draw(t, "tensors")
	for range tensors {
		var axes []instance.Label
		for _, drawn := range rapid.SliceOfN(rapid.IntRange(0, labels-1), 0, 4).Draw(t, "axes") {
			l, known := number[drawn]
			if !known {
				l = instance.Label(len(in.Names))
				number[drawn] = l
				in.Names = append(in.Names, rune('a'+drawn))
				in.Dims = append(in.Dims, rapid.IntRange(1, 4).Draw(t, "dimension"))
			}
			axes = append(axes, l)
		}
		in.Inputs = append(in.Inputs, axes)
	}
	for l := range in.Dims {
		if rapid.IntRange(0, 3).Draw(t, "open") == 0 {
			in.Output = append(in.Output, instance.Label(l))
		}
	}
	p := instance.Path{Name: "any"}
	for n := tensors; n > 1; n-- {
		first := rapid.IntRange(0, n-1).Draw(t, "first")
		second := rapid.IntRange(0, n-2).Draw(t, "second")
		if second >= first {
			second++
		}
		p.Pairs = append(p.Pairs, [2]int{first, second})
	}
	in.Paths = []instance.Path{p}
	if err := in.Check(); err != nil {
		t.Fatal(err)
	}
	return in
}

// program draws a network and compiles it for the given order.
func program(t *rapid.T, in *instance.Instance, order path.Order) *contract.Program {
	p, err := contract.Compile(in, in.Paths[0], contract.Options{Order: order})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// orders are all execution orders.
var orders = []path.Order{path.AsWritten, path.DepthFirst, path.LowestPeak}
