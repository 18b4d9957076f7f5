package study

import (
	"maps"
	"slices"

	"tnbench/internal/instance"
)

// Labels sums up the labels of a network: how large they are, and how many
// tensors each of them joins.
type Labels struct {
	Count int `json:"count"`
	Open  int `json:"open"` // in the output
	// Hyperedges are the labels that join more than two ends, where the tensors
	// that have a label are its ends and so is the output.
	Hyperedges int `json:"hyperedges"`
	// Repeated are the labels that some tensor has more than once: diagonals and
	// traces.
	Repeated       int            `json:"repeated"`
	Dimensions     []Dimension    `json:"dimensions"`     // by rising dimension
	Multiplicities []Multiplicity `json:"multiplicities"` // by rising number of tensors
}

// Dimension is how many labels have a dimension.
type Dimension struct {
	Dimension int `json:"dimension"`
	Labels    int `json:"labels"`
}

// Multiplicity is how many labels are in as many tensors. A tensor that has a
// label twice counts once.
type Multiplicity struct {
	Tensors int `json:"tensors"`
	Labels  int `json:"labels"`
	Open    int `json:"open"` // of them in the output
}

// labelsOf counts in's labels.
func labelsOf(in *instance.Instance) Labels {
	tensors, repeated := labelUse(in)
	open := make([]bool, len(in.Dims))
	for _, l := range in.Output {
		open[l] = true
	}
	sum := Labels{Count: len(in.Dims), Open: len(in.Output), Dimensions: []Dimension{}, Multiplicities: []Multiplicity{}}
	dimensions := make(map[int]int)
	multiplicities := make(map[int]Multiplicity)
	for l, n := range tensors {
		m := multiplicities[n]
		m.Tensors = n
		m.Labels++
		ends := n
		if open[l] {
			m.Open++
			ends++
		}
		multiplicities[n] = m
		dimensions[in.Dims[l]]++
		if ends > 2 {
			sum.Hyperedges++
		}
		if repeated[l] {
			sum.Repeated++
		}
	}
	for _, d := range slices.Sorted(maps.Keys(dimensions)) {
		sum.Dimensions = append(sum.Dimensions, Dimension{d, dimensions[d]})
	}
	for _, n := range slices.Sorted(maps.Keys(multiplicities)) {
		sum.Multiplicities = append(sum.Multiplicities, multiplicities[n])
	}
	return sum
}

// labelUse returns for each label how many tensors have it, and whether one of
// them has it more than once.
func labelUse(in *instance.Instance) (tensors []int, repeated []bool) {
	tensors, repeated = make([]int, len(in.Dims)), make([]bool, len(in.Dims))
	latest := make([]int, len(in.Dims)) // the last tensor seen with the label, from 1
	for t, labels := range in.Inputs {
		for _, l := range labels {
			if latest[l] == t+1 {
				repeated[l] = true
				continue
			}
			latest[l] = t + 1
			tensors[l]++
		}
	}
	return tensors, repeated
}
