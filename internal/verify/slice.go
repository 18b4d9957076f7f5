package verify

import (
	"context"
	"slices"

	"tnbench/internal/dtype"
	"tnbench/internal/instance"
)

// sliceOf returns the network of one slice, how many there are, and how many add up to
// each element of the result.
func sliceOf(in *instance.Instance, cuts []instance.Cut) (slice *instance.Instance, count, adds int) {
	count, adds = 1, 1
	if len(cuts) == 0 {
		return in, count, adds
	}
	part := *in
	part.Dims = slices.Clone(in.Dims)
	for _, c := range cuts {
		part.Dims[c.Label] /= c.Parts
		if count *= c.Parts; !slices.Contains(in.Output, c.Label) {
			adds *= c.Parts
		}
	}
	return &part, count, adds
}

// contractSlices contracts slice by slice: the steps are done for each, one after the
// other, and what they give is put together. That takes less memory.
func contractSlices(ctx context.Context, in *instance.Instance, steps []Step, inputs [][]byte, cuts []instance.Cut) (*Outcome, error) {
	part, count, adds := sliceOf(in, cuts)
	total, first := Outcome{in: in}, make([]int, len(in.Dims))
	sums := 0.0
	for n := range count {
		for i, rest := len(cuts)-1, n; i >= 0; i-- {
			first[cuts[i].Label] = rest % cuts[i].Parts * part.Dims[cuts[i].Label]
			rest /= cuts[i].Parts
		}
		own := make([][]byte, len(inputs))
		for t, data := range inputs {
			own[t] = cutOut(in, part, in.Inputs[t], first, data)
		}
		one, of, err := contractOne(ctx, part, steps, own)
		if err != nil {
			return nil, err
		}
		total.Overflow = total.Overflow || one.Overflow
		total.add(part, one.value, first)
		sums = of
	}
	total.limit()
	total.Gamma = gamma(in.DType, sums+float64(adds))
	return &total, nil
}

// cutOut returns the part of a tensor that is in a slice which begins at these values of
// labels: the tensor itself, if none of its labels is cut.
func cutOut(in, part *instance.Instance, labels []instance.Label, first []int, data []byte) []byte {
	if volume(in, labels) == volume(part, labels) {
		return data
	}
	size := in.DType.Size()
	out := dtype.MakeBytes(volume(part, labels) * size)[:0]
	eachRun(in, part, labels, first, func(offset, run int) {
		out = append(out, data[offset*size:(offset+run)*size]...)
	})
	return out
}

// eachRun visits the elements of a tensor that are in a slice, in their order, as offsets
// in the whole tensor of runs along the last axis.
func eachRun(in, part *instance.Instance, labels []instance.Label, first []int, visit func(offset, run int)) {
	offset, stride, run := 0, 1, 1
	var rows []loop
	for i := len(labels) - 1; i >= 0; i-- {
		l := labels[i]
		offset += first[l] * stride
		if i == len(labels)-1 {
			run = part.Dims[l]
		} else {
			rows = append(rows, loop{part.Dims[l], stride})
		}
		stride *= in.Dims[l]
	}
	slices.Reverse(rows)
	walk(rows, offset, func(offset int) bool {
		visit(offset, run)
		return true
	})
}

// add adds the result of a slice, where it belongs.
func (o *Outcome) add(part *instance.Instance, value tensor, first []int) {
	if o.value.len() == 0 {
		n := volume(o.in, o.in.Output)
		o.value = tensor{labels: o.in.Output, scale: make([]float64, n)}
		if value.complex != nil {
			o.value.complex = make([]complex128, n)
		} else {
			o.value.real = make([]float64, n)
		}
	}
	from := 0
	scales := value.scales()
	eachRun(o.in, part, o.in.Output, first, func(offset, run int) {
		for i := range run {
			if o.value.complex != nil {
				o.value.complex[offset+i] += value.complex[from+i]
			} else {
				o.value.real[offset+i] += value.real[from+i]
			}
			o.value.scale[offset+i] += scales[from+i]
		}
		from += run
	})
}

// limit notes sums of slices that are too large.
func (o *Outcome) limit() {
	_, _, largest := limits(o.in.DType)
	o.Overflow = o.Overflow || slices.ContainsFunc(o.value.scale, func(s float64) bool { return !(s <= largest) })
}
