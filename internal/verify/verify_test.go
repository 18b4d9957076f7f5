package verify

import (
	"context"
	"errors"
	"math"
	"math/cmplx"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"tnbench/internal/dtype"
	"tnbench/internal/instance"
)

// network draws a small network with labels in any number of tensors, twice in
// one, in the output or not, and a random tree of steps.
func network(r *rapid.T) (*instance.Instance, []Step) {
	in := &instance.Instance{Name: "random", DType: rapid.SampledFrom(dtype.All[:]).Draw(r, "dtype")}
	for l := range rapid.IntRange(1, 6).Draw(r, "labels") {
		in.Dims = append(in.Dims, rapid.IntRange(1, 4).Draw(r, "dim"))
		in.Names = append(in.Names, rune('a'+l))
	}
	label := rapid.Custom(func(r *rapid.T) instance.Label {
		return instance.Label(rapid.IntRange(0, len(in.Dims)-1).Draw(r, "label"))
	})
	tensors := rapid.IntRange(1, 6).Draw(r, "tensors")
	used := map[instance.Label]bool{}
	for range tensors {
		labels := rapid.SliceOfN(label, 0, 4).Draw(r, "axes")
		in.Inputs = append(in.Inputs, labels)
		for _, l := range labels {
			used[l] = true
		}
	}
	for l := range in.Dims {
		if used[instance.Label(l)] && rapid.IntRange(0, 2).Draw(r, "kept") == 0 {
			in.Output = append(in.Output, instance.Label(l))
		}
		if !used[instance.Label(l)] {
			in.Dims[l] = 1 // an equation has no such label
		}
	}
	return in, tree(r, tensors)
}

// drawCuts draws cuts of some labels, mostly none.
func drawCuts(r *rapid.T, in *instance.Instance) (cuts []instance.Cut) {
	if rapid.Bool().Draw(r, "whole") {
		return nil
	}
	for l, d := range in.Dims {
		if d > 1 && rapid.Bool().Draw(r, "cut") {
			parts := d
			if d == 4 && rapid.Bool().Draw(r, "half") {
				parts = 2
			}
			cuts = append(cuts, instance.Cut{Label: instance.Label(l), Parts: parts})
		}
	}
	return cuts
}

func tree(r *rapid.T, tensors int) (steps []Step) {
	if tensors == 1 {
		return []Step{{0, -1, 1}}
	}
	alive := make([]int32, tensors)
	for t := range alive {
		alive[t] = int32(t)
	}
	for out := int32(tensors); len(alive) > 1; out++ {
		alive = rapid.Permutation(alive).Draw(r, "pair")
		steps = append(steps, Step{alive[0], alive[1], out})
		alive = append(alive[2:], out)
	}
	return steps
}

// random fills the inputs; signed with numbers of both signs.
func random(in *instance.Instance, rng *rand.Rand, signed bool) [][]byte {
	draw := func() float64 {
		if signed {
			return rng.NormFloat64()
		}
		return rng.Float64()
	}
	data := make([][]byte, len(in.Inputs))
	for t, labels := range in.Inputs {
		data[t] = dtype.Make(in.DType, volume(in, labels))
		for i := range volume(in, labels) {
			put(in.DType, data[t], i, complex(draw(), draw()))
		}
	}
	return data
}

func put(t dtype.Type, data []byte, i int, v complex128) {
	switch t {
	case dtype.Float32:
		dtype.View[float32](data)[i] = float32(real(v))
	case dtype.Float64:
		dtype.View[float64](data)[i] = real(v)
	case dtype.Complex64:
		dtype.View[complex64](data)[i] = complex64(v)
	case dtype.Complex128:
		dtype.View[complex128](data)[i] = v
	}
}

// sum adds up the products of one element of every tensor over all labels: values
// and moduli.
func sum(in *instance.Instance, inputs [][]byte) (values []complex128, moduli []float64) {
	values, moduli = make([]complex128, volume(in, in.Output)), make([]float64, volume(in, in.Output))
	o := &Outcome{in: in}
	at := make([]int, len(in.Dims))
	offset := func(labels []instance.Label) (n int) {
		for _, l := range labels {
			n = n*in.Dims[l] + at[l]
		}
		return n
	}
	for {
		product := complex128(1)
		for t, labels := range in.Inputs {
			product *= o.load(inputs[t])(offset(labels))
		}
		values[offset(in.Output)] += product
		moduli[offset(in.Output)] += cmplx.Abs(product)
		l := 0
		for ; l < len(at); l++ {
			if at[l]++; at[l] < in.Dims[l] {
				break
			}
			at[l] = 0
		}
		if l == len(at) {
			return values, moduli
		}
	}
}

func TestAContractionIsTheSumOverAllLabels(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		in, steps := network(r)
		inputs := random(in, rand.New(rand.NewPCG(rapid.Uint64().Draw(r, "seed"), 1)), rapid.Bool().Draw(r, "signed"))
		cuts := drawCuts(r, in)
		o, err := Contract(context.Background(), in, steps, inputs, cuts...)
		if err != nil {
			t.Fatal(err)
		}
		values, moduli := sum(in, inputs)
		if o.value.len() != len(values) {
			r.Fatalf("%d elements, want %d", o.value.len(), len(values))
		}
		if got := Bound(in, steps, cuts...); got != o.Gamma || !(got > 0 && got < 0.1) {
			r.Fatalf("Bound is %g, Contract says %g", got, o.Gamma)
		}
		result := dtype.Make(in.DType, len(values))
		for i, want := range values {
			value, scale := o.value.at(i)
			if distance(value, want) > 1e-12*moduli[i] {
				r.Fatalf("element %d of %v -> %v along %v is %v, want %v", i, in.Inputs, in.Output, steps, value, want)
			}
			if scale < moduli[i]*(1-1e-12) || scale > moduli[i]*(1+1e-12)+1e-30 {
				r.Fatalf("the scale of element %d is %g, want %g", i, scale, moduli[i])
			}
			put(in.DType, result, i, want)
		}
		if err := o.Check(result); err != nil {
			r.Fatalf("the right result rounded: %v", err)
		}
		i := rapid.IntRange(0, len(values)-1).Draw(r, "wrong")
		put(in.DType, result, i, values[i]+complex(2*o.Gamma*moduli[i]+1e-30, 0))
		if err := o.Check(result); err == nil || !strings.Contains(err.Error(), "element [") {
			r.Fatalf("element %d wrong by twice the bound: error %v, want one that names it", i, err)
		}
	})
}

// matrices is a product of three matrices with many terms.
func matrices(d dtype.Type) (*instance.Instance, []Step) {
	return &instance.Instance{Name: "matrices", DType: d, Dims: []int{37, 700, 41, 3}, Names: []rune("abcd"),
		Inputs: [][]instance.Label{{0, 1}, {1, 2}, {2, 3}}, Output: []instance.Label{3, 0}}, []Step{{0, 1, 3}, {3, 2, 4}}
}

func TestBlocksCoverEveryProduct(t *testing.T) {
	for _, d := range dtype.All {
		in, steps := matrices(d)
		inputs := random(in, rand.New(rand.NewPCG(1, 2)), true)
		o, err := Contract(context.Background(), in, steps, inputs)
		if err != nil {
			t.Fatal(err)
		}
		values, moduli := sum(in, inputs)
		for i, want := range values {
			if got, _ := o.value.at(i); distance(got, want) > 1e-13*moduli[i] {
				t.Fatalf("%v: element %d is %v, want %v", d, i, got, want)
			}
		}
	}
}

// TestOneBitFlippedIsFound flips bits of a result: every bit that is worth more
// than the bound.
func TestOneBitFlippedIsFound(t *testing.T) {
	in, steps := matrices(dtype.Float64)
	inputs := random(in, rand.New(rand.NewPCG(1, 2)), false)
	o, err := Contract(context.Background(), in, steps, inputs)
	if err != nil {
		t.Fatal(err)
	}
	result := dtype.Bytes(append([]float64{}, o.value.real...))
	found := 0
	for bit := range 64 {
		v := &dtype.View[float64](result)[5]
		*v = math.Float64frombits(math.Float64bits(o.value.real[5]) ^ 1<<bit)
		wrong := math.Abs(*v - o.value.real[5])
		if err := o.Check(result); (err != nil) != !(wrong <= o.Gamma*o.value.real[5]) {
			t.Errorf("bit %d: the element is wrong by %g, error %v", bit, wrong, err)
		} else if err != nil {
			found++
		}
	}
	if found < 28 {
		t.Errorf("%d of 64 bits found, want all but those that 1,500 roundings may change", found)
	}
}

func TestNaNIsNeverRight(t *testing.T) {
	in, steps := matrices(dtype.Float32)
	o, err := Contract(context.Background(), in, steps, random(in, rand.New(rand.NewPCG(1, 2)), false))
	if err != nil {
		t.Fatal(err)
	}
	result := dtype.Make(in.DType, o.value.len())
	for i, v := range o.value.real {
		dtype.View[float32](result)[i] = float32(v)
	}
	if err := o.Check(result); err != nil {
		t.Errorf("the right result: %v", err)
	}
	for _, wrong := range []float64{math.NaN(), math.Inf(1), math.Inf(-1), 0} {
		put(in.DType, result, 7, complex(wrong, 0))
		if o.Check(result) == nil {
			t.Errorf("%v passes for %v", wrong, o.value.real[7])
		}
	}
}

// TestOutOfRange multiplies single-precision numbers whose products are too large
// or too small for single precision.
func TestOutOfRange(t *testing.T) {
	in := &instance.Instance{Name: "scalars", DType: dtype.Float32, Inputs: [][]instance.Label{{}, {}, {}}}
	steps := []Step{{0, 1, 3}, {3, 2, 4}}
	for _, c := range []struct {
		x, y, z float32
		unknown bool
	}{
		{1e30, 1e30, 1e-30, true},
		{1e-30, 1e-9, 1e20, false}, // x·y is subnormal by a little
		{1e-30, 1e-15, 1e20, true}, // by much
		{1e-30, 1e-30, 1e38, true}, // x·y is zero
	} {
		o, err := Contract(context.Background(), in, steps, [][]byte{
			dtype.Bytes([]float32{c.x}), dtype.Bytes([]float32{c.y}), dtype.Bytes([]float32{c.z})})
		if err != nil {
			t.Fatal(err)
		}
		got := c.x * c.y
		got *= c.z
		if err := o.Check(dtype.Bytes([]float32{got})); errors.Is(err, ErrUnknown) != c.unknown || !c.unknown && err != nil {
			t.Errorf("%g · %g · %g = %g: error %v", c.x, c.y, c.z, got, err)
		}
	}
}

func TestContractEndsSoonAfterItsContext(t *testing.T) {
	in := &instance.Instance{Name: "large", DType: dtype.Float64, Dims: []int{4000, 4000, 4000}, Names: []rune("abc"),
		Inputs: [][]instance.Label{{0, 1}, {1, 2}}, Output: []instance.Label{0, 2}}
	inputs := [][]byte{dtype.Make(in.DType, 16e6), dtype.Make(in.DType, 16e6)}
	ctx, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
	defer cancel()
	if _, err := Contract(ctx, in, []Step{{0, 1, 2}}, inputs); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("error %v, want the context's", err)
	}
}

func BenchmarkContract(b *testing.B) {
	for _, d := range dtype.All {
		b.Run("dtype="+d.String(), func(b *testing.B) {
			in := &instance.Instance{DType: d, Dims: []int{400, 400, 400}, Inputs: [][]instance.Label{{0, 1}, {1, 2}}, Output: []instance.Label{0, 2}}
			inputs := random(in, rand.New(rand.NewPCG(1, 2)), true)
			for b.Loop() {
				if _, err := Contract(context.Background(), in, []Step{{0, 1, 2}}, inputs); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/64e6, "ns/product")
		})
	}
}

// TestSlicesTakeLessMemory claims that a check slice by slice is forecast to take less,
// and that it takes what is forecast at most: the bound grows by what is added up.
func TestSlicesTakeLessMemory(t *testing.T) {
	in := &instance.Instance{Name: "stem", DType: dtype.Float64, Dims: []int{64, 64, 64, 8}, Names: []rune("abcd"),
		Inputs: [][]instance.Label{{0, 3}, {3, 1, 2}, {0, 2}, {1, 2}}, Output: []instance.Label{}}
	steps := []Step{{0, 1, 4}, {4, 2, 5}, {5, 3, 6}}
	whole, sliced := CostOf(in, steps), CostOf(in, steps, instance.Cut{Label: 0, Parts: 16}, instance.Cut{Label: 1, Parts: 2})
	if sliced.Bytes > whole.Bytes/4 || sliced.Time < whole.Time {
		t.Errorf("%+v in slices, %+v at once", sliced, whole)
	}
	if b, n := Bound(in, steps, instance.Cut{Label: 0, Parts: 16}), Bound(in, steps); b <= 0 || b > n {
		t.Errorf("the bound is %g in slices, %g at once: 64 products of the last steps became 4, and 16 slices", b, n)
	}
	few := []Step{{0, 1, 2}}
	dot := &instance.Instance{Name: "dot", DType: dtype.Float64, Dims: []int{2, 2}, Names: []rune("ab"), Inputs: [][]instance.Label{{0}, {0, 1}}, Output: []instance.Label{1}}
	if b, n := Bound(dot, few, instance.Cut{Label: 0, Parts: 2}), Bound(dot, few); b <= n {
		t.Errorf("the bound is %g where two slices are added up, %g at once", b, n)
	}
}
