package instance

import (
	"bytes"
	"math"
	"math/cmplx"
	"testing"

	"tnbench/internal/dtype"
)

// line is a product of 2×2 matrices, between a vector and a vector, with weights on
// every label if they are wanted, and a diagonal.
func line(d dtype.Type, matrices int, weights bool) *Instance {
	in := &Instance{Name: "line", DType: d, Inputs: [][]Label{{0}}}
	for i := range matrices {
		in.Inputs = append(in.Inputs, []Label{Label(i), Label(i + 1)})
		if weights {
			in.Inputs = append(in.Inputs, []Label{Label(i + 1), Label(i + 1)})
		}
	}
	in.Inputs = append(in.Inputs, []Label{Label(matrices)})
	for l := range matrices + 1 {
		in.Dims, in.Names = append(in.Dims, 2), append(in.Names, rune(0x4E00+l))
	}
	return in
}

// unscaled returns the balanced fill without any power of two.
func unscaled(in *Instance, seed uint64) [][]byte {
	scales := in.scales(Balanced)
	data := make([][]byte, len(in.Inputs))
	for t, labels := range in.Inputs {
		n, _ := in.Elements(labels)
		data[t] = dtype.Make(in.DType, n)
		switch in.DType {
		case dtype.Float32:
			fillRandom(dtype.View[float32](data[t]), stream(seed, t), 0.5, scales[t])
		case dtype.Float64:
			fillRandom(dtype.View[float64](data[t]), stream(seed, t), 0.5, scales[t])
		case dtype.Complex64:
			fillRandom(dtype.View[complex64](data[t]), stream(seed, t), 0.5, scales[t])
		case dtype.Complex128:
			fillRandom(dtype.View[complex128](data[t]), stream(seed, t), 0.5, scales[t])
		}
	}
	return data
}

// extent contracts a line from the left and returns the least and the largest power
// of two on the way, and that of the result.
func extent(in *Instance, data [][]byte) (least, largest, last float64) {
	v := [2]complex128{at(in.DType, data[0], 0), at(in.DType, data[0], 1)}
	exponent := 0.0
	note := func(x complex128) {
		last = exponent + math.Log2(cmplx.Abs(x))
		least, largest = min(least, last), max(largest, last)
	}
	for t, labels := range in.Inputs[1:] {
		e := func(i int) complex128 { return at(in.DType, data[t+1], i) }
		switch {
		case len(labels) == 1:
			note(v[0]*e(0) + v[1]*e(1))
			continue
		case labels[0] == labels[1]:
			v = [2]complex128{v[0] * e(0), v[1] * e(3)}
		default:
			v = [2]complex128{v[0]*e(0) + v[1]*e(2), v[0]*e(1) + v[1]*e(3)}
		}
		note(v[0])
		_, shift := math.Frexp(cmplx.Abs(v[0]))
		v[0], v[1] = v[0]*complex(math.Ldexp(1, -shift), 0), v[1]*complex(math.Ldexp(1, -shift), 0)
		exponent += float64(shift)
	}
	return least, largest, last
}

func TestNetworksInRangeKeepTheirNumbers(t *testing.T) {
	for _, d := range dtype.All {
		in := line(d, 1500, false)
		data, err := in.Data(Balanced, 3)
		if err != nil {
			t.Fatal(err)
		}
		if _, _, last := extent(in, data); last > -10 || last < -100 {
			t.Fatalf("%v: the result is about 2^%.0f, want one that is small and in range", d, last)
		}
		for i, want := range unscaled(in, 3) {
			if !bytes.Equal(data[i], want) {
				t.Fatalf("%v: tensor %d was changed", d, i)
			}
		}
	}
}

func TestLongNetworksStayInRange(t *testing.T) {
	for _, d := range dtype.All {
		matrices := 20_000
		if d.Size() >= 8 && d != dtype.Complex64 {
			matrices = 120_000
		}
		for _, weights := range []bool{false, true} {
			in := line(d, matrices, weights)
			data, err := in.Data(Balanced, 3)
			if err != nil {
				t.Fatal(err)
			}
			unchanged := unscaled(in, 3)
			if _, _, last := extent(in, unchanged); last > -driftLimit(d) {
				t.Fatalf("%v, weights %v: without any power of two the result is about 2^%.0f: the test tests nothing", d, weights, last)
			}
			least, largest, last := extent(in, data)
			if bound := driftLimit(d) / 2; least < -bound || largest > bound {
				t.Errorf("%v, weights %v: numbers from 2^%.0f to 2^%.0f, want them within 2^±%.0f", d, weights, least, largest, bound)
			}
			sum := 0.0
			for i := range data {
				ratio := real(at(d, data[i], 0)) / real(at(d, unchanged[i], 0))
				if m, e := math.Frexp(ratio); m != 0.5 {
					t.Fatalf("%v: tensor %d was multiplied by %g", d, i, ratio)
				} else {
					sum += float64(e - 1)
				}
			}
			if _, _, before := extent(in, unchanged); math.Abs(before+sum-last) > 0.1 {
				t.Errorf("%v, weights %v: the result went from 2^%.2f to 2^%.2f by a factor of 2^%.0f", d, weights, before, last, sum)
			}
		}
	}
}

func TestTensorsWithOneLabelInCommonStayInRange(t *testing.T) {
	in := &Instance{Name: "star", DType: dtype.Float32, Dims: []int{3}, Names: []rune("a"), Inputs: make([][]Label, 3000)}
	for i := range in.Inputs {
		in.Inputs[i] = []Label{0}
	}
	data, err := in.Data(Balanced, 1)
	if err != nil {
		t.Fatal(err)
	}
	product := [3]float64{1, 1, 1}
	for _, b := range data {
		largest := 0.0
		for i, x := range dtype.View[float32](b) {
			product[i] *= float64(x)
			largest = max(largest, product[i])
		}
		if largest < 0x1p-50 || largest > 0x1p50 {
			t.Fatalf("a partial product is %v, want it near 1", product)
		}
	}
}
