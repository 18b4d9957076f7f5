package result

import (
	"encoding/json"
	"fmt"
	"math"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"tnbench/internal/dtype"
)

// real64 draws doubles with all the special ones.
var real64 = rapid.OneOf(
	rapid.Float64Range(-1e3, 1e3),
	rapid.SampledFrom([]float64{0, math.Copysign(0, -1), math.NaN(), math.Inf(1), math.Inf(-1), 5e-324, math.MaxFloat64}),
)

func randomDigest(t *rapid.T) Digest {
	d := Digest{
		Shape:   rapid.SliceOfN(rapid.IntRange(1, 9), 0, 4).Draw(t, "shape"),
		Complex: rapid.Bool().Draw(t, "complex"),
		L2:      real64.Draw(t, "l2"),
		Sum:     complex(real64.Draw(t, "sum"), 0),
		WSum:    complex(real64.Draw(t, "wsum"), 0),
	}
	if d.Complex {
		d.Sum = complex(real(d.Sum), real64.Draw(t, "sum's imaginary part"))
		d.WSum = complex(real(d.WSum), real64.Draw(t, "wsum's imaginary part"))
	}
	return d
}

func TestDigestOfHandWorkedTensors(t *testing.T) {
	row := make([]float32, 99)
	for i := range row {
		row[i] = 1
	}
	for _, c := range []struct {
		dtype dtype.Type
		shape []int
		data  []byte
		want  string
	}{
		{dtype.Float64, []int{2, 2}, dtype.Bytes([]float64{1, -2, 2, 4}), `{"shape":[2,2],"sum":5,"l2":5,"wsum":19}`},
		{dtype.Float64, nil, dtype.Bytes([]float64{-3}), `{"shape":[],"sum":-3,"l2":3,"wsum":-3}`},
		{dtype.Float32, []int{99}, dtype.Bytes(row), `{"shape":[99],"sum":99,"l2":9.9498743710662,"wsum":4756}`}, // 97·98/2 + 1 + 2
		{dtype.Complex64, []int{2}, dtype.Bytes([]complex64{3 + 4i, -1i}), `{"shape":[2],"sum":[3,3],"l2":5.0990195135927845,"wsum":[3,2]}`},
		{dtype.Complex128, []int{1}, dtype.Bytes([]complex128{complex(0, math.Inf(-1))}), `{"shape":[1],"not_finite":{"l2":"Infinity","sum":["0","-Infinity"],"wsum":["0","-Infinity"]}}`},
	} {
		if got := NewDigest(c.dtype, c.shape, c.data).String(); got != c.want {
			t.Errorf("%v %v:\n got %s\nwant %s", c.dtype, c.shape, got, c.want)
		}
	}
}

func TestDigestIsWithinRoundingOfTheExactSums(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		data := rapid.SliceOfN(rapid.Float64Range(-1e3, 1e3), 1, 300).Draw(t, "data")
		sums := [3]*big.Float{}
		scale := [3]float64{} // of the terms, for the bound on rounding
		for i := range sums {
			sums[i] = new(big.Float).SetPrec(400)
		}
		for i, x := range data {
			for k, w := range []float64{1, x, float64(i%97 + 1)} {
				term := new(big.Float).SetPrec(400).SetFloat64(x)
				sums[k].Add(sums[k], term.Mul(term, big.NewFloat(w)))
				scale[k] += math.Abs(x * w)
			}
		}
		d := NewDigest(dtype.Float64, []int{len(data)}, dtype.Bytes(data))
		for k, got := range []float64{real(d.Sum), d.L2 * d.L2, real(d.WSum)} {
			want, _ := sums[k].Float64()
			if bound := float64(len(data)+4) * 0x1p-53 * scale[k]; math.Abs(got-want) > bound {
				t.Fatalf("sum number %d of %v: %g, want %g within %g", k, data, got, want, bound)
			}
		}
	})
}

func TestDigestSurvivesJSON(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := randomDigest(t)
		text, err := json.Marshal(want)
		if err != nil {
			t.Fatal(err)
		}
		var got Digest
		if err := json.Unmarshal(text, &got); err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		if !got.Equal(want) {
			t.Fatalf("%v became %s and then %v", want, text, got)
		}
	})
}

// TestFieldsThatHoldNumbersHoldNumbersOnly reads the JSON as a reader would that
// expects numbers.
func TestFieldsThatHoldNumbersHoldNumbersOnly(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text, err := json.Marshal(randomDigest(t))
		if err != nil {
			t.Fatal(err)
		}
		var got struct {
			Shape []int
			Sum   any
			L2    *float64
			WSum  any
		}
		if err := json.Unmarshal(text, &got); err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		for _, sum := range []any{got.Sum, got.WSum} {
			if strings.Contains(fmt.Sprintf("%T %v", sum, sum), "string") || strings.Contains(fmt.Sprint(sum), "Inf") || strings.Contains(fmt.Sprint(sum), "NaN") {
				t.Fatalf("%s has %v in place of a number", text, sum)
			}
		}
	})
}

func TestOlderDigestsAreRead(t *testing.T) {
	const text = `{"shape":[1],"sum":[0,"-Infinity"],"l2":"Infinity","wsum":["NaN",2]}`
	want := Digest{Shape: []int{1}, Complex: true, Sum: complex(0, math.Inf(-1)), L2: math.Inf(1), WSum: complex(math.NaN(), 2)}
	var got Digest
	if err := json.Unmarshal([]byte(text), &got); err != nil || !got.Equal(want) {
		t.Errorf("%s is read as %v, %v", text, got, err)
	}
}

func TestFiguresThatAreNoNumbersAreAbsent(t *testing.T) {
	text, err := json.Marshal(Result{GFlops: Measured(math.Inf(1)), PeakFraction: Measured(math.NaN()), Median: Measured(0.0)})
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(text), "gflops") || strings.Contains(string(text), "peak_fraction") || !strings.Contains(string(text), `"median_ns":0`) {
		t.Errorf("got %s", text)
	}
}

func TestDigestRefusesOtherJSON(t *testing.T) {
	for _, text := range []string{
		`7`, `{}`, `{"sum":1,"l2":1}`, `{"sum":[1,2],"l2":1,"wsum":1}`, `{"sum":[1,2],"l2":[1,2],"wsum":[1,2]}`,
		`{"sum":[1],"l2":1,"wsum":[1]}`, `{"sum":"1","l2":1,"wsum":1}`, `{"sum":null,"l2":1,"wsum":1}`, `{"sum":[1,[2]],"l2":1,"wsum":[1,2]}`,
		`{"shape":"2","sum":1,"l2":1,"wsum":1}`, `{"sum":[],"l2":1,"wsum":[]}`,
	} {
		var d Digest
		if err := json.Unmarshal([]byte(text), &d); err == nil {
			t.Errorf("%s was read as %v, want an error", text, d)
		}
	}
}

func TestDigestsAreEqualBitForBit(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := randomDigest(t)
		if !d.Equal(d) || !d.Near(d, 0) {
			t.Fatalf("%v does not equal itself", d)
		}
		other := d
		field := rapid.IntRange(0, 6).Draw(t, "field")
		next := func(v float64) float64 {
			if v == 0 {
				return math.Copysign(0, -math.Copysign(1, v)) // the zero of the other sign
			}
			return math.Nextafter(v, 0)
		}
		switch field {
		case 0:
			other.Shape = append([]int{1}, d.Shape...)
		case 1:
			other.Complex = !d.Complex
		case 2:
			other.L2 = next(d.L2)
		case 3:
			other.Sum = complex(next(real(d.Sum)), imag(d.Sum))
		case 4:
			other.Sum = complex(real(d.Sum), next(imag(d.Sum)))
		case 5:
			other.WSum = complex(next(real(d.WSum)), imag(d.WSum))
		case 6:
			other.WSum = complex(real(d.WSum), next(imag(d.WSum)))
		}
		isNaN := fmt.Sprint([]any{0, 0, d.L2, real(d.Sum), imag(d.Sum), real(d.WSum), imag(d.WSum)}[field]) == "NaN"
		if d.Equal(other) != isNaN {
			t.Fatalf("field %d: %v equals %v: %v", field, d, other, !isNaN)
		}
	})
}

func TestNearBoundsTheDistanceOfTensors(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		kind := rapid.SampledFrom([]dtype.Type{dtype.Float64, dtype.Complex128}).Draw(t, "dtype")
		n := rapid.IntRange(1, 300).Draw(t, "elements")
		tol := rapid.SampledFrom([]float64{1e-10, 1e-6, 1e-2}).Draw(t, "tolerance")
		x := rapid.SliceOfN(rapid.Float64Range(-1, 1), 2*n, 2*n).Draw(t, "x")
		delta := rapid.SliceOfN(rapid.Float64Range(-1, 1), 2*n, 2*n).Draw(t, "direction")
		norm, length := 0.0, 0.0
		parts := n * kind.Size() / 8
		for i := range parts {
			norm, length = norm+x[i]*x[i], length+delta[i]*delta[i]
		}
		if norm < 1e-6 || length < 1e-6 {
			return // rounding would count
		}
		y := make([]float64, parts)
		for i := range y {
			y[i] = x[i] + delta[i]*0.9*tol*math.Sqrt(norm/length)
		}
		a := NewDigest(kind, []int{n}, dtype.Bytes(x)[:n*kind.Size()])
		b := NewDigest(kind, []int{n}, dtype.Bytes(y))
		if !a.Near(b, tol) || !b.Near(a, tol) {
			t.Fatalf("tensors %g apart are not near within %g:\n%v\n%v", 0.9*tol, tol, a, b)
		}
	})
}

func TestNearIsAsStrictAsItsToleranceForElementsOfOneSign(t *testing.T) {
	data := make([]float64, 1000)
	for i := range data {
		data[i] = 0.5 + float64(i*7919%1000)/1000
	}
	want := NewDigest(dtype.Float64, []int{10, 100}, dtype.Bytes(data))
	const tol = 1e-10
	for claim, spoil := range map[string]func(*Digest){
		"sum":       func(d *Digest) { d.Sum *= 1 + 1.3*tol },
		"l2":        func(d *Digest) { d.L2 *= 1 - 1.1*tol },
		"wsum":      func(d *Digest) { d.WSum *= 1 + 1.3*tol },
		"shape":     func(d *Digest) { d.Shape = []int{100, 10} },
		"real sums": func(d *Digest) { d.Complex = true },
		"NaN":       func(d *Digest) { d.Sum = complex(math.NaN(), 0) },
		"infinity":  func(d *Digest) { d.L2 = math.Inf(1) },
	} {
		got := want
		spoil(&got)
		if got.Near(want, tol) || want.Near(got, tol) {
			t.Errorf("another %s counts as near: %v and %v", claim, got, want)
		}
	}
	got := want
	got.Sum, got.WSum, got.L2 = got.Sum*(1+0.9*tol), got.WSum*(1-0.9*tol), got.L2*(1+0.9*tol)
	if !got.Near(want, tol) {
		t.Errorf("%v is not near %v", got, want)
	}
}

func TestReadReferenceNamesTheFile(t *testing.T) {
	file := filepath.Join(t.TempDir(), "digests.json")
	if _, err := ReadReference(file); err == nil || !strings.Contains(err.Error(), file) {
		t.Errorf("missing file: error %v, want one with %s", err, file)
	}
	if err := os.WriteFile(file, []byte(`{"digests": {"a": {"p": {"sum": 1}}}}`), 0o666); err != nil {
		t.Fatal(err)
	}
	if _, err := ReadReference(file); err == nil || !strings.Contains(err.Error(), file) {
		t.Errorf("a digest without l2: error %v, want one with %s", err, file)
	}
	if err := os.WriteFile(file, []byte(`{"fill": "balanced", "seed": 3, "digests": {"a": {"p": {"shape": [2], "sum": 1, "l2": 2, "wsum": 3}}}}`), 0o666); err != nil {
		t.Fatal(err)
	}
	r, err := ReadReference(file)
	if err != nil || r.Fill != "balanced" || r.Seed != 3 || !r.Digests["a"]["p"].Equal(Digest{Shape: []int{2}, Sum: 1, L2: 2, WSum: 3}) {
		t.Errorf("got %+v, %v", r, err)
	}
}

func BenchmarkNewDigest(b *testing.B) {
	for _, t := range dtype.All {
		b.Run(fmt.Sprintf("dtype=%v", t), func(b *testing.B) {
			data := dtype.Make(t, 1<<20)
			b.SetBytes(int64(len(data)))
			for b.Loop() {
				NewDigest(t, []int{1 << 20}, data)
			}
		})
	}
}
