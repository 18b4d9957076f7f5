package contract

import (
	"tnbench/internal/dtype"
	"tnbench/internal/instance"
)

// Reference contracts in at once, without any path: it adds up, for every
// assignment of values to all labels, the product of one element of every
// tensor. The oracle of every other way; its time is the product of all
// dimensions. It returns the result row-major in the order of the output labels.
func Reference(in *instance.Instance, inputs [][]byte) []byte {
	switch in.DType {
	case dtype.Float32:
		return reference[float32](in, inputs)
	case dtype.Float64:
		return reference[float64](in, inputs)
	case dtype.Complex64:
		return reference[complex64](in, inputs)
	default:
		return reference[complex128](in, inputs)
	}
}

func reference[T dtype.Element](in *instance.Instance, inputs [][]byte) []byte {
	n, _ := in.Elements(in.Output)
	result := dtype.Make(in.DType, n)
	at := make([]int, len(in.Dims)) // the value of every label
	for more := true; more; more = next(at, in.Dims) {
		product := T(1)
		for t, labels := range in.Inputs {
			product *= dtype.View[T](inputs[t])[offset(in, labels, at)]
		}
		dtype.View[T](result)[offset(in, in.Output, at)] += product
	}
	return result
}

// next advances an assignment like an odometer and reports whether there is one.
func next(at, dims []int) bool {
	for l := range at {
		if at[l]++; at[l] < dims[l] {
			return true
		}
		at[l] = 0
	}
	return false
}

// offset returns the row-major position of an assignment in a tensor.
func offset(in *instance.Instance, labels []instance.Label, at []int) int {
	o := 0
	for _, l := range labels {
		o = o*in.Dims[l] + at[l]
	}
	return o
}
