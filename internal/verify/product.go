package verify

import (
	"slices"

	"tnbench/internal/dtype"
	"tnbench/internal/instance"
)

// product is what a step does, as matrices: for each element of the batch, rows of
// the left operand meet rows of the right one, and what they share is summed.
type product struct {
	batch, rows, columns, shared []instance.Label // kept by both; left; right; dropped by both
	b, m, n, k                   int              // how many of each
	terms                        float64          // products that an element of the result sums
}

// uses counts for each label the tensors that have it, and the output.
func uses(in *instance.Instance) []int {
	count := make([]int, len(in.Dims))
	for _, labels := range in.Inputs {
		for _, l := range distinct(labels) {
			count[l]++
		}
	}
	for _, l := range in.Output {
		count[l]++
	}
	return count
}

// distinct returns labels without repetitions.
func distinct(labels []instance.Label) []instance.Label {
	var out []instance.Label
	for _, l := range labels {
		if !slices.Contains(out, l) {
			out = append(out, l)
		}
	}
	return out
}

// newProduct arranges the product of tensors with the given labels and takes both from
// the counts in uses. What only one operand has and nothing else uses is summed
// when that operand is copied.
func newProduct(in *instance.Instance, uses []int, left, right []instance.Label) product {
	left, right = distinct(left), distinct(right)
	p := product{terms: 1}
	for _, l := range left {
		uses[l]--
	}
	for _, l := range right {
		uses[l]--
	}
	for _, l := range left {
		both := slices.Contains(right, l)
		switch {
		case uses[l] > 0 && both:
			p.batch = append(p.batch, l)
		case uses[l] > 0:
			p.rows = append(p.rows, l)
		case both:
			p.shared = append(p.shared, l)
		}
		if uses[l] == 0 {
			p.terms *= float64(in.Dims[l])
		}
	}
	for _, l := range right {
		if slices.Contains(left, l) {
			continue
		}
		if uses[l] > 0 {
			p.columns = append(p.columns, l)
		} else {
			p.terms *= float64(in.Dims[l])
		}
	}
	for _, l := range p.labels() {
		uses[l]++
	}
	p.b, p.m, p.n, p.k = volume(in, p.batch), volume(in, p.rows), volume(in, p.columns), volume(in, p.shared)
	return p
}

// labels returns those of the result.
func (p product) labels() []instance.Label { return slices.Concat(p.batch, p.rows, p.columns) }

// volume returns how many elements a tensor with these labels has.
func volume(in *instance.Instance, labels []instance.Label) int {
	n := 1
	for _, l := range labels {
		n *= in.Dims[l]
	}
	return n
}

// Cost is what a verification takes.
type Cost struct {
	Bytes int     // the most memory at once, beside the inputs and what is checked
	Time  float64 // seconds, roughly
}

// What the parts of a verification take, roughly, on one core of an AMD EPYC 7003
// in November 2026: see BenchmarkContract.
const (
	perProduct = 1e-9 // seconds for a multiplication and an addition
	perElement = 6e-9 // seconds for an element of an operand or a result
	perStep    = 2e-6 // seconds for a step beside these
)

// operandBytes returns what the step takes of memory for an operand of n elements
// beside what was live: an input is converted, and numbers in another order than
// the step wants are copied.
func operandBytes(in *instance.Instance, id int32, has, wanted []instance.Label, n, width int) (bytes int) {
	if id >= 0 && int(id) < len(in.Inputs) {
		switch in.DType {
		case dtype.Float32:
			bytes = 8 * n
		case dtype.Complex64:
			bytes = 24 * n
		case dtype.Complex128:
			bytes = 8 * n // the scale
		}
	}
	if !slices.Equal(has, wanted) {
		bytes += width * n
	}
	return bytes
}

// CostOf forecasts what [Contract] takes for inputs that are not negative, or
// complex: the scales of real numbers of both signs take as much again.
func CostOf(in *instance.Instance, steps []Step, cuts ...instance.Cut) Cost {
	part, count, _ := sliceOf(in, cuts)
	c := costOf(part, steps)
	if len(cuts) > 0 {
		width := 16 // of an element of the result, with its scale
		if in.DType.IsComplex() {
			width = 24
		}
		bytes := volume(in, in.Output) * width
		elements := float64(volume(part, in.Output))
		for _, labels := range in.Inputs {
			if n := volume(part, labels); n < volume(in, labels) {
				bytes += n * in.DType.Size()
				elements += float64(n)
			}
		}
		c.Bytes += bytes
		c.Time = float64(count) * (c.Time + elements*perElement)
	}
	return c
}

// costOf forecasts what a contraction at once takes.
func costOf(in *instance.Instance, steps []Step) Cost {
	width, speed := 8, 2.0 // of a number of our own, with its scale
	if in.DType.IsComplex() {
		width, speed = 24, 4
	}
	size := map[int32]int{} // of the intermediates that are live
	labels := map[int32][]instance.Label{}
	var c Cost
	live, count := 0, uses(in)
	for _, s := range steps {
		left, right := labelsOf(in, labels, s.Left), labelsOf(in, labels, s.Right)
		p := newProduct(in, count, left, right)
		out := p.b * p.m * p.n
		a, b := volume(in, left), volume(in, right)
		extra := operandBytes(in, s.Left, left, slices.Concat(p.batch, p.rows, p.shared), a, width) +
			operandBytes(in, s.Right, right, slices.Concat(p.batch, p.columns, p.shared), b, width)
		c.Bytes = max(c.Bytes, (live+out)*width+extra)
		c.Time += perStep + speed*(float64(out)*float64(p.k)*perProduct+float64(a+b+out)*perElement)
		live += out - size[s.Left] - size[s.Right]
		delete(size, s.Left)
		delete(size, s.Right)
		delete(labels, s.Left)
		delete(labels, s.Right)
		size[s.Out], labels[s.Out] = out, p.labels()
	}
	c.Bytes = max(c.Bytes, 2*live*width) // the result, and in the order of the output
	c.Bytes += min(c.Bytes, slack)
	return c
}

// Bound returns the factor γ of a contraction without computing it.
func Bound(in *instance.Instance, steps []Step, cuts ...instance.Cut) float64 {
	sums, count := 0.0, uses(in)
	if len(cuts) > 0 {
		part, _, adds := sliceOf(in, cuts)
		in, sums = part, float64(adds)
	}
	labels := map[int32][]instance.Label{}
	for _, s := range steps {
		p := newProduct(in, count, labelsOf(in, labels, s.Left), labelsOf(in, labels, s.Right))
		delete(labels, s.Left)
		delete(labels, s.Right)
		labels[s.Out] = p.labels()
		sums += p.terms
	}
	return gamma(in.DType, sums)
}

// labelsOf returns the labels of an input or of one of the intermediates in made.
func labelsOf(in *instance.Instance, made map[int32][]instance.Label, id int32) []instance.Label {
	switch {
	case id < 0:
		return nil
	case int(id) < len(in.Inputs):
		return in.Inputs[id]
	}
	return made[id]
}
