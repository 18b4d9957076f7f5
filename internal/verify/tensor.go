package verify

import (
	"context"
	"math"
	"slices"

	"tnbench/internal/dtype"
	"tnbench/internal/instance"
)

// tensor is row-major in the order of labels. Of real and complex one is set. The
// scale is the S of each element; nil where it is the element itself.
type tensor struct {
	labels  []instance.Label
	real    []float64
	complex []complex128
	scale   []float64
}

func (t tensor) len() int { return max(len(t.real), len(t.complex)) }

func (t tensor) bytes() int { return 8*len(t.real) + 16*len(t.complex) + 8*len(t.scale) }

// at returns element i and its scale.
func (t tensor) at(i int) (value complex128, scale float64) {
	switch {
	case t.complex != nil:
		return t.complex[i], t.scale[i]
	case t.scale != nil:
		return complex(t.real[i], 0), t.scale[i]
	}
	return complex(t.real[i], 0), t.real[i]
}

// scales returns the scale of all elements.
func (t tensor) scales() []float64 {
	if t.scale != nil {
		return t.scale
	}
	return t.real
}

// newTensor converts a buffer of elements.
func newTensor(t dtype.Type, labels []instance.Label, data []byte) tensor {
	switch t {
	case dtype.Float32:
		return newReal(labels, convert(dtype.View[float32](data)))
	case dtype.Float64:
		return newReal(labels, dtype.View[float64](data)) // is only read
	case dtype.Complex64:
		v := dtype.View[complex64](data)
		c := make([]complex128, len(v))
		for i, x := range v {
			c[i] = complex128(x)
		}
		return newComplex(labels, c)
	default:
		return newComplex(labels, dtype.View[complex128](data))
	}
}

func convert(v []float32) []float64 {
	d := make([]float64, len(v))
	for i, x := range v {
		d[i] = float64(x)
	}
	return d
}

func newReal(labels []instance.Label, v []float64) tensor {
	t := tensor{labels: labels, real: v}
	if slices.ContainsFunc(v, func(x float64) bool { return !(x >= 0) }) {
		t.scale = make([]float64, len(v))
		for i, x := range v {
			t.scale[i] = math.Abs(x)
		}
	}
	return t
}

func newComplex(labels []instance.Label, v []complex128) tensor {
	t := tensor{labels: labels, complex: v, scale: make([]float64, len(v))}
	for i, x := range v {
		t.scale[i] = math.Hypot(real(x), imag(x))
	}
	return t
}

// one is the scalar 1, which a network of one tensor is multiplied with.
func one(t dtype.Type) tensor {
	if t.IsComplex() {
		return newComplex(nil, []complex128{1})
	}
	return newReal(nil, []float64{1})
}

// arranged returns the tensor with its axes in the order of labels: repeated ones
// become their diagonal, missing ones are summed.
func (t tensor) arranged(ctx context.Context, in *instance.Instance, labels []instance.Label) tensor {
	out := tensor{labels: labels}
	if t.real != nil {
		out.real = gather(ctx, in, t.real, t.labels, labels)
	}
	if t.complex != nil {
		out.complex = gather(ctx, in, t.complex, t.labels, labels)
	}
	if t.scale != nil {
		out.scale = gather(ctx, in, t.scale, t.labels, labels)
	}
	return out
}

// interval is after how many elements gather looks whether it is to end.
const interval = 1 << 20

// loop is one of the loops that walk through a tensor.
type loop struct{ extent, stride int }

// gather copies elements with the axes from into a new tensor with the axes to. It
// ends early if ctx does.
func gather[T float64 | complex128](ctx context.Context, in *instance.Instance, src []T, from, to []instance.Label) []T {
	if slices.Equal(from, to) {
		return src
	}
	stride := map[instance.Label]int{} // a label that repeats runs along the diagonal
	for i, step := len(from)-1, 1; i >= 0; i-- {
		stride[from[i]] += step
		step *= in.Dims[from[i]]
	}
	var kept, summed []loop
	for _, l := range to {
		kept = append(kept, loop{in.Dims[l], stride[l]})
		delete(stride, l)
	}
	for _, l := range distinct(from) {
		if s, ok := stride[l]; ok {
			summed = append(summed, loop{in.Dims[l], s})
		}
	}
	dst := make([]T, volume(in, to))
	kept = fuse(kept)
	walk(fuse(summed), 0, func(start int) bool {
		at := 0
		rows, last := kept, loop{1, 0}
		if n := len(kept); n > 0 {
			rows, last = kept[:n-1], kept[n-1]
		}
		walk(rows, start, func(offset int) bool {
			row := dst[at : at+last.extent]
			for i := range row {
				row[i] += src[offset]
				offset += last.stride
			}
			at += last.extent
			return at&(interval-1) >= last.extent || ctx.Err() == nil
		})
		return ctx.Err() == nil
	})
	return dst
}

// fuse makes one loop of two where the inner one ends where the outer goes on.
func fuse(loops []loop) (out []loop) {
	for _, l := range loops {
		if n := len(out); n > 0 && out[n-1].stride == l.stride*l.extent {
			out[n-1] = loop{out[n-1].extent * l.extent, l.stride}
		} else if l.extent > 1 {
			out = append(out, l)
		}
	}
	return out
}

// walk calls visit with the offset of each iteration of loops, the last fastest,
// as long as it returns true.
func walk(loops []loop, offset int, visit func(offset int) bool) {
	at := make([]int, len(loops))
	for visit(offset) {
		i := len(loops) - 1
		for ; i >= 0; i-- {
			offset += loops[i].stride
			if at[i]++; at[i] < loops[i].extent {
				break
			}
			offset -= loops[i].stride * loops[i].extent
			at[i] = 0
		}
		if i < 0 {
			return
		}
	}
}
