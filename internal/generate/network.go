package generate

import (
	"tnbench/internal/instance"
)

// network is a tensor network under construction. Its labels are numbered as
// the kind makes them; some may end up in no tensor.
type network struct {
	dims    []int
	tensors [][]int
	output  []int
}

// label adds a label and returns its number.
func (n *network) label(dim int) int {
	n.dims = append(n.dims, dim)
	return len(n.dims) - 1
}

// labels adds count labels of the same dimension and returns the first number.
func (n *network) labels(count, dim int) int {
	first := len(n.dims)
	for range count {
		n.label(dim)
	}
	return first
}

// tensor adds a tensor with one axis per label.
func (n *network) tensor(labels ...int) { n.tensors = append(n.tensors, labels) }

// instance numbers the labels in order of first appearance, as instances do,
// and names them. Labels that no tensor has are left out.
func (n *network) instance() (*instance.Instance, error) {
	in := &instance.Instance{
		Inputs: make([][]instance.Label, len(n.tensors)),
		Output: []instance.Label{},
	}
	numbers := make([]instance.Label, len(n.dims)) // one more than the number; 0: none yet
	for t, labels := range n.tensors {
		in.Inputs[t] = make([]instance.Label, len(labels))
		for axis, l := range labels {
			if numbers[l] == 0 {
				in.Dims = append(in.Dims, n.dims[l])
				numbers[l] = instance.Label(len(in.Dims))
			}
			in.Inputs[t][axis] = numbers[l] - 1
		}
	}
	for _, l := range n.output {
		in.Output = append(in.Output, numbers[l]-1)
	}
	var err error
	in.Names, err = instance.Symbols(len(in.Dims))
	return in, err
}
