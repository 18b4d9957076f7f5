package report

import (
	"testing"

	"tnbench/internal/contract"
	"tnbench/internal/instance"
	"tnbench/internal/path"
	"tnbench/internal/study"
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

// histogramOf returns the histogram of a program.
func histogramOf(p *contract.Program, b study.Binning) study.Histogram {
	return study.NewHistogram(p.Tree(), p.Path, b)
}
