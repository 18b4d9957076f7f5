package result

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"slices"
	"strconv"
	"strings"

	"tnbench/internal/dtype"
)

// Digest sums up a result so that results can be compared without keeping
// them. Its sums run over the elements in row-major order, one after the other
// and in double precision, so that equal bits give equal digests.
type Digest struct {
	Shape   []int
	Complex bool       // whether the sums are complex; their imaginary parts are 0 otherwise
	Sum     complex128 // Σ x_i
	L2      float64    // √Σ|x_i|²
	WSum    complex128 // Σ x_i·w_i with the weights w_i = (i mod 97) + 1
}

// period is that of the weights in WSum. It is prime, so that swapping two rows
// of a tensor changes the sum unless they are a multiple of 97 elements apart.
const period = 97

// NewDigest returns the digest of a tensor of the given shape. data holds its
// row-major elements and no more; it is aligned for t. shape is copied.
func NewDigest(t dtype.Type, shape []int, data []byte) Digest {
	d := Digest{Shape: append([]int{}, shape...), Complex: t.IsComplex()}
	switch t {
	case dtype.Float32:
		sumReal(&d, dtype.View[float32](data))
	case dtype.Float64:
		sumReal(&d, dtype.View[float64](data))
	case dtype.Complex64:
		sumComplex(&d, dtype.View[complex64](data))
	case dtype.Complex128:
		sumComplex(&d, dtype.View[complex128](data))
	}
	return d
}

func sumReal[T float32 | float64](d *Digest, data []T) {
	var sum, squares, weighted float64
	weight := 1.0
	for _, v := range data {
		x := float64(v)
		sum += x
		squares += float64(x * x) // the conversions keep compilers from fusing: other machines must get these bits
		weighted += float64(x * weight)
		if weight++; weight > period {
			weight = 1
		}
	}
	d.Sum, d.L2, d.WSum = complex(sum, 0), math.Sqrt(squares), complex(weighted, 0)
}

func sumComplex[T complex64 | complex128](d *Digest, data []T) {
	var re, im, squares, weightedRe, weightedIm float64
	weight := 1.0
	for _, v := range data {
		x, y := real(complex128(v)), imag(complex128(v))
		re += x
		im += y
		squares += float64(float64(x*x) + float64(y*y))
		weightedRe += float64(x * weight)
		weightedIm += float64(y * weight)
		if weight++; weight > period {
			weight = 1
		}
	}
	d.Sum, d.L2, d.WSum = complex(re, im), math.Sqrt(squares), complex(weightedRe, weightedIm)
}

// Equal reports whether the digests are the same bit for bit. NaN equals NaN
// whatever its payload, since that depends on the machine's instructions.
func (d Digest) Equal(other Digest) bool {
	return slices.Equal(d.Shape, other.Shape) && d.Complex == other.Complex &&
		sameBits(d.L2, other.L2) && sameComplex(d.Sum, other.Sum) && sameComplex(d.WSum, other.WSum)
}

func sameComplex(a, b complex128) bool {
	return sameBits(real(a), real(b)) && sameBits(imag(a), imag(b))
}

func sameBits(a, b float64) bool {
	return math.Float64bits(a) == math.Float64bits(b) || a != a && b != b
}

// Near reports whether the digests may be those of tensors x and y with
// ‖x-y‖ ≤ tol·‖x‖: their l2 differ by at most tol·‖x‖, and their sums Σ w_i x_i
// by at most tol·‖w‖·‖x‖ (Cauchy and Schwarz), with w = 1 for Sum. For elements
// of one sign and alike in size, as the balanced fill gives them, that bound is
// at most about 1.2 times tol of the sum itself; where elements cancel it
// does not ask of the sum what its terms cannot give. Values that are not
// finite are near only their equals.
func (d Digest) Near(other Digest, tol float64) bool {
	if d.Equal(other) {
		return true
	}
	if !slices.Equal(d.Shape, other.Shape) || d.Complex != other.Complex {
		return false
	}
	norm := tol * max(d.L2, other.L2)
	if math.IsInf(norm, 0) {
		return false // everything would be near
	}
	ones, weights := weightNorms(d.Shape)
	return math.Abs(d.L2-other.L2) <= norm &&
		distanceOf(d.Sum, other.Sum) <= ones*norm && distanceOf(d.WSum, other.WSum) <= weights*norm
}

func distanceOf(a, b complex128) float64 {
	return math.Hypot(real(a)-real(b), imag(a)-imag(b))
}

// weightNorms returns the l2 norms of the weights of Sum (√n) and of WSum.
func weightNorms(shape []int) (ones, weights float64) {
	n := 1.0
	for _, dim := range shape {
		n *= float64(dim)
	}
	squares := func(k float64) float64 { return k * (k + 1) * (2*k + 1) / 6 } // 1²+…+k²
	return math.Sqrt(n), math.Sqrt(math.Floor(n/period)*squares(period) + squares(math.Mod(n, period)))
}

// String returns the digest on one line, with all digits.
func (d Digest) String() string {
	text, err := d.MarshalJSON()
	if err != nil {
		return err.Error()
	}
	return string(text)
}

// digestJSON is a digest in JSON. A sum is a number, or [re, im]. What JSON has no
// number for is absent and named in NotFinite, by the name of its field: "NaN",
// "Infinity" or "-Infinity", or an array of two texts.
type digestJSON struct {
	Shape     []int              `json:"shape"`
	Sum       *sumJSON           `json:"sum,omitempty"`
	L2        *sumJSON           `json:"l2,omitempty"`
	WSum      *sumJSON           `json:"wsum,omitempty"`
	NotFinite map[string]sumJSON `json:"not_finite,omitempty"`
}

// sumJSON is a real number or the two parts of a complex one.
type sumJSON []float64

func (s sumJSON) finite() bool {
	return !slices.ContainsFunc(s, func(v float64) bool { return math.IsNaN(v) || math.IsInf(v, 0) })
}

// MarshalJSON writes the digest.
func (d Digest) MarshalJSON() ([]byte, error) {
	out := digestJSON{Shape: append([]int{}, d.Shape...)}
	place := func(to **sumJSON, name string, s sumJSON) {
		if s.finite() {
			*to = &s
			return
		}
		if out.NotFinite == nil {
			out.NotFinite = map[string]sumJSON{}
		}
		out.NotFinite[name] = s
	}
	place(&out.Sum, "sum", d.parts(d.Sum))
	place(&out.L2, "l2", sumJSON{d.L2})
	place(&out.WSum, "wsum", d.parts(d.WSum))
	return json.Marshal(out)
}

func (d Digest) parts(v complex128) sumJSON {
	if d.Complex {
		return sumJSON{real(v), imag(v)}
	}
	return sumJSON{real(v)}
}

// MarshalJSON writes numbers, or texts if one of them is not finite.
func (s sumJSON) MarshalJSON() ([]byte, error) {
	var b []byte
	for i, v := range s {
		if i > 0 {
			b = append(b, ',')
		}
		b = appendReal(b, v, !s.finite())
	}
	if len(s) == 2 {
		return append(append([]byte{'['}, b...), ']'), nil
	}
	return b, nil
}

func appendReal(b []byte, v float64, text bool) []byte {
	number := strconv.FormatFloat(v, 'g', -1, 64)
	switch {
	case math.IsInf(v, 1):
		number = "Infinity"
	case math.IsInf(v, -1):
		number = "-Infinity"
	}
	if text {
		return strconv.AppendQuote(b, number)
	}
	return append(b, number...)
}

// UnmarshalJSON reads what MarshalJSON writes, and the texts "NaN", "Infinity" and
// "-Infinity" in place of numbers, as older results have them.
func (d *Digest) UnmarshalJSON(text []byte) error {
	var raw digestJSON
	if err := json.Unmarshal(text, &raw); err != nil {
		return fmt.Errorf("digest: %w", err)
	}
	of := func(s *sumJSON, name string) sumJSON {
		if s == nil {
			return raw.NotFinite[name]
		}
		return *s
	}
	sum, l2, wsum := of(raw.Sum, "sum"), of(raw.L2, "l2"), of(raw.WSum, "wsum")
	if len(l2) != 1 || len(sum) == 0 || len(sum) != len(wsum) {
		return fmt.Errorf("digest: want a number l2, and sum and wsum both numbers or both [re, im]")
	}
	*d = Digest{
		Shape:   append([]int{}, raw.Shape...),
		Complex: len(sum) == 2,
		Sum:     sum.value(), L2: l2[0], WSum: wsum.value(),
	}
	return nil
}

func (s sumJSON) value() complex128 {
	if len(s) == 2 {
		return complex(s[0], s[1])
	}
	return complex(s[0], 0)
}

// UnmarshalJSON reads numbers and texts.
func (s *sumJSON) UnmarshalJSON(text []byte) error {
	parts := []json.RawMessage{text}
	if text[0] == '[' {
		if err := json.Unmarshal(text, &parts); err != nil {
			return err
		}
		if len(parts) != 2 {
			return fmt.Errorf("%d parts of a complex number", len(parts))
		}
	}
	*s = nil
	for _, part := range parts {
		v, err := readReal(string(part), len(parts) == 2)
		if err != nil {
			return err
		}
		*s = append(*s, v)
	}
	return nil
}

// readReal reads a number or a text for what is none; quoted allows texts for
// numbers, too, as the finite part of a complex number has one that is not finite.
func readReal(text string, quoted bool) (float64, error) {
	switch text {
	case `"NaN"`:
		return math.NaN(), nil
	case `"Infinity"`:
		return math.Inf(1), nil
	case `"-Infinity"`:
		return math.Inf(-1), nil
	}
	number := text
	if quoted {
		number = strings.Trim(text, `"`)
	}
	v, err := strconv.ParseFloat(number, 64)
	if err != nil {
		return 0, fmt.Errorf("want a number, have %s", text)
	}
	return v, nil
}

// Reference holds digests made by an independent program, by instance and path.
type Reference struct {
	Fill    string                       `json:"fill"`
	Seed    uint64                       `json:"seed"`
	Digests map[string]map[string]Digest `json:"digests"`
}

// ReadReference reads reference digests as the public suite's copy has them
// (reference/digests.json).
func ReadReference(file string) (*Reference, error) {
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	r := new(Reference)
	if err := json.Unmarshal(data, r); err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	return r, nil
}
