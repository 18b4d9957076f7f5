package path

import "tnbench/internal/instance"

// NoTensor stands for the missing right operand in a network of one tensor.
const NoTensor = -1

// Lone is the one step of a network of one tensor: it is contracted with a scalar
// 1, which is where traces, sums and transpositions come from.
func Lone(in *instance.Instance) *Step {
	s := &Step{Pair: Pair{Left: 0, Right: NoTensor}, Out: 1}
	kept := make([]bool, len(in.Dims))
	for _, l := range in.Output {
		kept[l] = true
	}
	seen := make([]bool, len(in.Dims))
	var byClass [classes][]instance.Label
	work := 1.0
	for _, l := range in.Inputs[0] {
		if seen[l] {
			continue
		}
		seen[l] = true
		work *= float64(in.Dims[l])
		class := LeftSum
		if kept[l] {
			class = LeftFree
		}
		byClass[class] = append(byClass[class], l)
	}
	s.sort(&byClass, nil)
	s.Elements = in.Size(in.Output)
	if s.Sums() {
		s.Flops = work
	}
	return s
}
