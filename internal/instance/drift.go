package instance

import (
	"math"
	"math/cmplx"

	"tnbench/internal/dtype"
)

// A contraction of tensors whose elements are random around s_t is 1 on average,
// but rare large values make the average: the logarithm is below 0 by some
// hundredths for each small tensor. Networks of thousands of them would leave the
// range of their element type. Where they would, the balanced fill multiplies some
// tensors by powers of two, which changes no bit of any mantissa. Which ones follows
// from the running sum of what each tensor takes away, so that the parts of a network
// that a path contracts stay in range, too.
//
// The result is that of the tensors as they were, times 2^n, where n is minus the sum
// of all drifts, rounded. It does not depend on which tensors are multiplied.

// driftLimit is how far from 1 a whole network may be expected to come, as a power
// of two, before anything is changed. The rest of the exponents is left for
// intermediates with many elements, which are small each, and for chance.
func driftLimit(t dtype.Type) float64 {
	if t == dtype.Float32 || t == dtype.Complex64 {
		return 100
	}
	return 960
}

// counter makes up for the drift of data, which the balanced fill just made.
func counter[T dtype.Element](in *Instance, data [][]byte, scales []float64) {
	// A tensor's drift is hardly ever as much as 1: few tensors can't come far.
	if float64(len(data)) <= driftLimit(in.DType) {
		return
	}
	drift, total := drifts[T](in, data, scales), 0.0
	for _, d := range drift {
		total += d
	}
	if math.Abs(total) <= driftLimit(in.DType) {
		return
	}
	sum, done := 0.0, 0
	for t, b := range data {
		sum += drift[t]
		e := int(math.Round(-sum)) - done
		done += e
		if factor := fromReal[T](math.Ldexp(1, e)); e != 0 {
			for i, x := range dtype.View[T](b) {
				dtype.View[T](b)[i] = x * factor
			}
		}
	}
}

// drifts returns the powers of two by which each tensor is expected to make the
// contraction of it and those before it larger: by the mean of its elements, over
// s_t, and by how its variation along each label agrees with that of the tensors
// before it.
func drifts[T dtype.Element](in *Instance, data [][]byte, scales []float64) []float64 {
	products := make([]along, len(in.Dims))
	drift := make([]float64, len(data))
	for t, labels := range in.Inputs {
		mean, sums := marginals(in, labels, dtype.View[T](data[t]))
		drift[t] = math.Log2(cmplx.Abs(mean) / scales[t])
		for l, sum := range sums {
			drift[t] += products[l].multiply(sum, mean)
		}
	}
	return drift
}

// marginals returns the mean of a tensor's elements, and for each label the means of
// those with each value of it. Of a diagonal, only the elements on it count.
func marginals[T dtype.Element](in *Instance, labels []Label, data []T) (mean complex128, along map[Label][]complex128) {
	along = map[Label][]complex128{}
	n := 1.0
	for _, l := range labels {
		if along[l] == nil {
			along[l] = make([]complex128, in.Dims[l])
			n *= float64(in.Dims[l])
		}
	}
	at := make([]int, len(labels))
	value := map[Label]int{}
	for _, x := range data {
		clear(value)
		diagonal := true
		for axis, l := range labels {
			v, seen := value[l]
			diagonal = diagonal && (!seen || v == at[axis])
			value[l] = at[axis]
		}
		if diagonal {
			c := toComplex(x)
			mean += c
			for l, v := range value {
				along[l][v] += c
			}
		}
		for axis := len(at) - 1; axis >= 0; axis-- {
			if at[axis]++; at[axis] < in.Dims[labels[axis]] {
				break
			}
			at[axis] = 0
		}
	}
	for l, sum := range along {
		for i := range sum {
			sum[i] *= complex(float64(in.Dims[l])/n, 0)
		}
	}
	return mean / complex(n, 0), along
}

// along is the product of how tensors vary along a label: for each of its values, in
// units of 2^exponent.
type along struct {
	product  []complex128
	exponent int
}

// multiply takes in another tensor with the given means along the label and returns
// the power of two by which the mean of the product grew.
func (a *along) multiply(means []complex128, mean complex128) float64 {
	if a.product == nil {
		a.product = make([]complex128, len(means))
		for i := range means {
			a.product[i] = 1
		}
	}
	before := a.log2()
	largest := 0.0
	for i, m := range means {
		a.product[i] *= m / mean
		largest = max(largest, cmplx.Abs(a.product[i]))
	}
	if _, e := math.Frexp(largest); e < -100 || e > 100 {
		for i := range a.product {
			a.product[i] *= complex(math.Ldexp(1, -e), 0)
		}
		a.exponent += e
	}
	return a.log2() - before
}

// log2 returns the logarithm of the modulus of the mean.
func (a *along) log2() float64 {
	sum := complex128(0)
	for _, p := range a.product {
		sum += p
	}
	return math.Log2(cmplx.Abs(sum)/float64(len(a.product))) + float64(a.exponent)
}

func toComplex[T dtype.Element](x T) complex128 {
	switch x := any(x).(type) {
	case float32:
		return complex(float64(x), 0)
	case float64:
		return complex(x, 0)
	case complex64:
		return complex128(x)
	default:
		return x.(complex128)
	}
}

func fromReal[T dtype.Element](x float64) (v T) {
	switch p := any(&v).(type) {
	case *float32:
		*p = float32(x)
	case *float64:
		*p = x
	case *complex64:
		*p = complex(float32(x), 0)
	case *complex128:
		*p = complex(x, 0)
	}
	return v
}
