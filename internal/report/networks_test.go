package report

import (
	"testing"

	"pgregory.net/rapid"

	"tnbench/internal/contract"
	"tnbench/internal/dtype"
	"tnbench/internal/instance"
	"tnbench/internal/path"
)

// mixed is a small network with one of everything: a repeated label (a), a label
// in three tensors (x), one in two tensors and the output (f), a one-sided sum
// (s), an open label (g), a disconnected vector (v) and various dimensions.
const mixed = `{
	"name": "mixed", "dtype": "float64", "num_tensors": 7,
	"format_string": "aab,bcxs,cdx,dexf,efg,g,v->fg",
	"shapes": [[3,3,4],[4,16,2,5],[16,32,2],[32,8,2,6],[8,6,64],[64],[7]],
	"paths": {
		"opt_flops": {"path": [[0,1],[0,1],[2,3],[0,3],[1,2],[0,1]], "log2_size": 12.5849625, "log10_flops": 5.43},
		"right": {"path": [[5,6],[4,5],[3,4],[2,3],[1,2],[0,1]]}
	}
}`

// chain is a product of matrices along a balanced tree: in path order no buffer
// comes back in time, depth-first two do.
const chain = `{
	"name": "chain", "dtype": "complex64", "num_tensors": 8,
	"format_string": "ab,bc,cd,de,ef,fg,gh,hi->ai",
	"shapes": [[16,16],[16,64],[64,16],[16,20],[20,16],[16,64],[64,16],[16,16]],
	"paths": {"opt_flops": {"path": [[0,1],[0,1],[0,1],[0,1],[0,1],[0,1],[0,1]]}}
}`

// parse reads an instance from text.
func parse(t testing.TB, text string) *instance.Instance {
	t.Helper()
	in, err := instance.Parse("test.json", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return in
}

// compile compiles a path of in.
func compile(t testing.TB, in *instance.Instance, name string, order path.Order) *contract.Program {
	t.Helper()
	p, err := in.Path(name)
	if err != nil {
		t.Fatal(err)
	}
	program, err := contract.Compile(in, p, contract.Options{Order: order})
	if err != nil {
		t.Fatal(err)
	}
	return program
}

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

// histogramOf returns the histogram of a program.
func histogramOf(p *contract.Program, b Binning) Histogram { return NewHistogram(p.Tree(), p.Path, b) }

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
