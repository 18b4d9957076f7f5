package instance

import (
	"bytes"
	"fmt"
	"math"
	"math/big"
	"math/cmplx"
	"strings"
	"testing"
	"unsafe"

	"pgregory.net/rapid"

	"tnbench/internal/dtype"
)

// specified returns element i of tensor t as the specification of the balanced
// fill has it, with integers that can't overflow and reduced by hand.
func specified(in *Instance, t, i int, seed uint64) complex128 {
	mod := new(big.Int).Lsh(big.NewInt(1), 64)
	times := func(k int, hex string) *big.Int {
		c, _ := new(big.Int).SetString(hex, 16)
		return c.Mul(c, big.NewInt(int64(k)))
	}
	z := new(big.Int).SetUint64(seed)
	z.Add(z, times(t+1, "9E3779B97F4A7C15"))
	z.Add(z, times(i+1, "D1B54A32D192ED03"))
	z.Mod(z, mod)
	mix := func(z *big.Int) *big.Int {
		z = new(big.Int).Set(z)
		for _, step := range []struct {
			shift uint
			hex   string
		}{{30, "BF58476D1CE4E5B9"}, {27, "94D049BB133111EB"}, {31, "1"}} {
			z.Xor(z, new(big.Int).Rsh(z, step.shift))
			z.Mul(z, times(1, step.hex)).Mod(z, mod)
		}
		return z
	}
	unit := func(z *big.Int) float64 {
		u, _ := new(big.Rat).SetFrac(new(big.Int).Rsh(z, 11), new(big.Int).Lsh(big.NewInt(1), 53)).Float64()
		return u
	}
	scale := 1.0
	for l, dim := range in.Dims {
		tensors := 0
		for _, labels := range in.Inputs {
			if strings.ContainsRune(in.Spell(labels), in.Names[l]) {
				tensors++
			}
		}
		if strings.ContainsRune(in.Spell(in.Inputs[t]), in.Names[l]) {
			scale *= math.Pow(float64(dim), -1/float64(tensors))
		}
	}
	z = mix(z)
	return complex((0.5+unit(z))*scale, (unit(mix(z))-0.5)*0.5*scale)
}

// at returns element i of a buffer as a double.
func at(t dtype.Type, data []byte, i int) complex128 {
	switch t {
	case dtype.Float32:
		return complex(float64(dtype.View[float32](data)[i]), 0)
	case dtype.Float64:
		return complex(dtype.View[float64](data)[i], 0)
	case dtype.Complex64:
		return complex128(dtype.View[complex64](data)[i])
	default:
		return dtype.View[complex128](data)[i]
	}
}

func TestBalancedFillIsAsSpecified(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in := randomInstance(t)
		seed := rapid.Uint64().Draw(t, "seed")
		data, err := in.Data(Balanced, seed)
		if err != nil {
			t.Fatal(err)
		}
		epsilon := 0x1p-50 // the order of the factors of s_t is free
		if in.DType == dtype.Float32 || in.DType == dtype.Complex64 {
			epsilon = 0x1p-23
		}
		for tensor, labels := range in.Inputs {
			n, _ := in.Elements(labels)
			for i := range n {
				got, want := at(in.DType, data[tensor], i), specified(in, tensor, i, seed)
				if !in.DType.IsComplex() {
					want = complex(real(want), 0)
				}
				if cmplx.Abs(got-want) > epsilon*real(want) {
					t.Fatalf("seed %d, tensor %d of %s, element %d: %v, want %v", seed, tensor, in.format(false), i, got, want)
				}
			}
		}
	})
}

func TestDataIsAlignedApartAndOfTheRightLength(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in := randomInstance(t)
		data, err := in.Data(Ones, 1)
		if err != nil {
			t.Fatal(err)
		}
		total, ok := in.InputBytes()
		end, used := uintptr(0), 0
		for i, b := range data {
			n, _ := in.Elements(in.Inputs[i])
			if len(b) != n*in.DType.Size() || cap(b) != len(b) {
				t.Fatalf("tensor %d: length %d, capacity %d, want %d of both", i, len(b), cap(b), n*in.DType.Size())
			}
			start := uintptr(unsafe.Pointer(unsafe.SliceData(b)))
			align := uintptr(16)
			if len(b) >= 64 {
				align = 64
			}
			if start%align != 0 || start < end {
				t.Fatalf("tensor %d of %d bytes at %#x, want a multiple of %d past %#x", i, len(b), start, align, end)
			}
			end, used = start+uintptr(len(b)), used+len(b)
		}
		if !ok || used > total {
			t.Fatalf("%d bytes used, InputBytes is %d, %v", used, total, ok)
		}
	})
}

func TestPlainFills(t *testing.T) {
	in := &Instance{Name: "n", Dims: []int{5, 7}, Names: []rune("ab"), Inputs: [][]Label{{0, 1}, {1}, {}}, Output: []Label{0}}
	for _, in.DType = range dtype.All {
		for _, fill := range []Fill{Uniform, Ones, Zeros} {
			data, err := in.Data(fill, 7)
			if err != nil {
				t.Fatal(err)
			}
			sum, n := 0.0, 0
			for tensor := range data {
				for i := range len(data[tensor]) / in.DType.Size() {
					v := at(in.DType, data[tensor], i)
					sum, n = sum+real(v), n+1
					ok := false
					switch fill {
					case Uniform:
						ok = real(v) >= 0 && real(v) < 1 && math.Abs(imag(v)) <= 0.25 && (imag(v) != 0) == in.DType.IsComplex()
					case Ones:
						ok = v == 1
					case Zeros:
						ok = v == 0
					}
					if !ok {
						t.Errorf("%v, %v: tensor %d, element %d is %v", fill, in.DType, tensor, i, v)
					}
				}
			}
			if mean := sum / float64(n); fill == Uniform && (mean < 0.35 || mean > 0.65) {
				t.Errorf("%v, %v: the mean of %d elements is %g, want about 0.5", fill, in.DType, n, mean)
			}
		}
	}
}

func TestDataDependsOnSeedAndNothingElse(t *testing.T) {
	in, err := Parse("chain.json", []byte(good))
	if err != nil {
		t.Fatal(err)
	}
	data := func(fill Fill, seed uint64) string {
		buffers, err := in.Data(fill, seed)
		if err != nil {
			t.Fatal(err)
		}
		return string(bytes.Join(buffers, nil))
	}
	if first, second := data(Balanced, 1), data(Balanced, 1); first != second {
		t.Error("the same seed gives different elements")
	}
	if data(Balanced, 1) == data(Balanced, 2) || data(Uniform, 1) == data(Uniform, 2) {
		t.Error("different seeds give the same elements")
	}
}

func TestDataRefusesWhatCannotBeAddressed(t *testing.T) {
	in := &Instance{Name: "wide", DType: dtype.Float64, Dims: []int{1 << 59}, Names: []rune("a"), Inputs: [][]Label{{0}, {0}}}
	if n, ok := in.InputBytes(); ok {
		t.Errorf("InputBytes of two times 2^62 bytes: %d, want an overflow", n)
	}
	for dim, want := range map[int]string{
		1 << 59: `wide: shapes[0]: tensor 0 "a" of shape [576460752303423488] has 2^62 bytes, more than any machine can address; it can be inspected, but not contracted`,
		1 << 44: "wide: shapes: the inputs together have 2.815e+14 bytes, more than any machine can address; it can be inspected, but not contracted",
	} {
		in.Dims[0] = dim
		if _, err := in.Data(Balanced, 1); err == nil || err.Error() != want {
			t.Errorf("Data of two times %d elements: error %v, want %s", dim, err, want)
		}
	}
	for _, dim := range []int{1<<59 - 8, 1<<60 - 17, 1<<60 - 16, 1<<60 - 9, 1<<60 - 8, 1<<60 - 1} {
		in.Dims[0], in.Inputs = dim, [][]Label{{0}}
		n, ok := in.InputBytes()
		if fits := dim <= 1<<60-9; ok != fits || ok && n < dim*8 {
			t.Errorf("InputBytes of %d elements: %d, %v; want it to fit: %v", dim, n, ok, fits)
		}
	}
}

func TestFillNamesRoundTrip(t *testing.T) {
	for _, f := range Fills {
		if got, err := ParseFill(f.String()); err != nil || got != f {
			t.Errorf("ParseFill(%q) = %v, %v", f.String(), got, err)
		}
	}
	const want = `unknown fill "random": there are balanced, uniform, ones, zeros`
	if _, err := ParseFill("random"); err == nil || err.Error() != want {
		t.Errorf("ParseFill(random): %v, want %s", err, want)
	}
	if got := Fill(9).String(); got != "fill(9)" {
		t.Errorf("an unknown fill is called %q", got)
	}
}

func BenchmarkData(b *testing.B) {
	in := &Instance{Name: "n", Dims: []int{1 << 20}, Names: []rune("a"), Inputs: [][]Label{{0}}}
	for _, in.DType = range dtype.All {
		b.Run(fmt.Sprintf("dtype=%v", in.DType), func(b *testing.B) {
			b.SetBytes(int64(in.Dims[0] * in.DType.Size()))
			for b.Loop() {
				if _, err := in.Data(Balanced, 1); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
