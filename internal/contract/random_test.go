package contract

import (
	"fmt"
	"math"
	"math/rand/v2"

	"pgregory.net/rapid"

	"tnbench/internal/dtype"
	"tnbench/internal/instance"
)

// networks draws small networks of every kind that einsum knows: labels in any
// number of tensors, diagonals, traces, one-sided sums, scalars, disconnected
// parts, dimension 1, any output order; with a random path.
func networks(t dtype.Type) *rapid.Generator[*instance.Instance] {
	return rapid.Custom(func(r *rapid.T) *instance.Instance {
		in := &instance.Instance{Name: "random", DType: t}
		work := 1
		for l := range rapid.IntRange(0, 7).Draw(r, "labels") {
			d := rapid.IntRange(1, 4).Draw(r, "dim")
			if work*d > 4000 {
				break
			}
			work *= d
			in.Dims = append(in.Dims, d)
			in.Names = append(in.Names, rune('a'+l))
		}
		for range rapid.IntRange(1, 7).Draw(r, "tensors") {
			in.Inputs = append(in.Inputs, drawLabels(r, len(in.Dims), 4))
		}
		dropUnused(in)
		for l := range in.Dims {
			if rapid.IntRange(0, 2).Draw(r, "kept") == 0 {
				in.Output = append(in.Output, instance.Label(l))
			}
		}
		if len(in.Output) > 1 {
			in.Output = rapid.Permutation(in.Output).Draw(r, "output")
		}
		in.Paths = []instance.Path{{Name: "random", Pairs: drawPath(r, len(in.Inputs)), Log2Size: math.NaN(), Log10Flops: math.NaN()}}
		return in
	})
}

// dropUnused renumbers the labels so that every one is in some input: an
// equation has no others.
func dropUnused(in *instance.Instance) {
	dims, renamed := in.Dims, map[instance.Label]instance.Label{}
	in.Dims = nil
	for _, labels := range in.Inputs {
		for i, l := range labels {
			if _, ok := renamed[l]; !ok {
				renamed[l] = instance.Label(len(in.Dims))
				in.Dims = append(in.Dims, dims[l])
			}
			labels[i] = renamed[l]
		}
	}
	in.Names = in.Names[:len(in.Dims)]
}

func drawLabels(r *rapid.T, labels, rank int) []instance.Label {
	if labels == 0 {
		return nil
	}
	return rapid.SliceOfN(rapid.Custom(func(r *rapid.T) instance.Label {
		return instance.Label(rapid.IntRange(0, labels-1).Draw(r, "label"))
	}), 0, rank).Draw(r, "axes")
}

func drawPath(r *rapid.T, tensors int) [][2]int {
	var pairs [][2]int
	for n := tensors; n > 1; n-- {
		i := rapid.IntRange(0, n-1).Draw(r, "i")
		j := rapid.IntRange(0, n-2).Draw(r, "j")
		if j >= i {
			j++
		}
		pairs = append(pairs, [2]int{i, j})
	}
	return pairs
}

// randomData fills inputs with numbers of both signs around 1.
func randomData(in *instance.Instance, seed uint64) [][]byte {
	rng := rand.New(rand.NewPCG(seed, 1))
	value := func() float64 { return rng.Float64()*2 - 0.7 }
	data := make([][]byte, len(in.Inputs))
	for t, labels := range in.Inputs {
		n, _ := in.Elements(labels)
		data[t] = dtype.Make(in.DType, n)
		for i := range n {
			switch in.DType {
			case dtype.Float32:
				dtype.View[float32](data[t])[i] = float32(value())
			case dtype.Float64:
				dtype.View[float64](data[t])[i] = value()
			case dtype.Complex64:
				dtype.View[complex64](data[t])[i] = complex(float32(value()), float32(value()))
			case dtype.Complex128:
				dtype.View[complex128](data[t])[i] = complex(value(), value())
			}
		}
	}
	return data
}

// widen returns elements as complex128.
func widen(t dtype.Type, data []byte) []complex128 {
	out := make([]complex128, len(data)/t.Size())
	for i := range out {
		switch t {
		case dtype.Float32:
			out[i] = complex(float64(dtype.View[float32](data)[i]), 0)
		case dtype.Float64:
			out[i] = complex(dtype.View[float64](data)[i], 0)
		case dtype.Complex64:
			out[i] = complex128(dtype.View[complex64](data)[i])
		case dtype.Complex128:
			out[i] = dtype.View[complex128](data)[i]
		}
	}
	return out
}

// magnitudes returns the data's absolute values in the same element type, so
// that contracting them bounds the rounding of contracting data.
func magnitudes(t dtype.Type, data [][]byte) [][]byte {
	out := make([][]byte, len(data))
	for i, d := range data {
		out[i] = dtype.MakeBytes(len(d))
		for j, x := range widen(t, d) {
			abs := math.Hypot(real(x), imag(x))
			switch t {
			case dtype.Float32:
				dtype.View[float32](out[i])[j] = float32(abs)
			case dtype.Float64:
				dtype.View[float64](out[i])[j] = abs
			case dtype.Complex64:
				dtype.View[complex64](out[i])[j] = complex(float32(abs), 0)
			case dtype.Complex128:
				dtype.View[complex128](out[i])[j] = complex(abs, 0)
			}
		}
	}
	return out
}

// compare holds got against want, element by element: each may be off by the
// rounding of all its terms, eps·terms·Σ|terms|.
func compare(in *instance.Instance, got, want, scale []byte) error {
	terms := 1.0
	for _, d := range in.Dims {
		terms *= float64(d)
	}
	return within(in.DType, terms+4*float64(len(in.Inputs)), got, want, scale) // the products round too, complex ones more than once
}

// within holds got against want, element by element: each may be off by eps·terms·scale.
func within(t dtype.Type, terms float64, got, want, scale []byte) error {
	eps := math.Pow(2, -52)
	if t == dtype.Float32 || t == dtype.Complex64 {
		eps = math.Pow(2, -23)
	}
	g, w, s := widen(t, got), widen(t, want), widen(t, scale)
	for i := range w {
		if d := g[i] - w[i]; !(math.Hypot(real(d), imag(d)) <= eps*terms*real(s[i])) {
			return fmt.Errorf("element %d is %v, want %v ± %g", i, g[i], w[i], eps*terms*real(s[i]))
		}
	}
	return nil
}

// describe writes a network as it would be reported: equation, dimensions, path.
func describe(in *instance.Instance) string {
	word := func(labels []instance.Label) string {
		s := ""
		for _, l := range labels {
			s += string(in.Names[l])
		}
		return s
	}
	s := ""
	for i, labels := range in.Inputs {
		if i > 0 {
			s += ","
		}
		s += word(labels)
	}
	return fmt.Sprintf("%s %s->%s dims %v path %v", in.DType, s, word(in.Output), in.Dims, in.Paths[0].Pairs)
}
