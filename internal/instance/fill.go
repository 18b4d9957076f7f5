package instance

import (
	"fmt"
	"math"
	"unsafe"

	"tnbench/internal/dtype"
	"tnbench/internal/suggest"
)

// Fill is a way to make the elements of the inputs from a seed.
type Fill uint8

// The fills. Balanced is the default: well conditioned, with every
// intermediate in range. Zeros lets some kernels skip work.
const (
	Balanced Fill = iota
	Uniform
	Ones
	Zeros
)

// Fills lists all fills in declaration order.
var Fills = [...]Fill{Balanced, Uniform, Ones, Zeros}

var fillNames = [...]string{Balanced: "balanced", Uniform: "uniform", Ones: "ones", Zeros: "zeros"}

// ParseFill returns the fill called name. Its error lists what there is.
func ParseFill(name string) (Fill, error) {
	for _, f := range Fills {
		if fillNames[f] == name {
			return f, nil
		}
	}
	return 0, suggest.Unknown("fill", name, fillNames[:])
}

// String returns the fill's name.
func (f Fill) String() string {
	if int(f) < len(fillNames) {
		return fillNames[f]
	}
	return fmt.Sprintf("fill(%d)", uint8(f))
}

// Tensors of at least a cache line start at one; smaller ones where the widest
// element may.
const (
	lineAlign  = 64
	smallAlign = 16
)

// InputBytes returns the bytes that Data takes, padding included, and false if
// they overflow an int.
func (in *Instance) InputBytes() (int, bool) {
	total := 0
	for _, labels := range in.Inputs {
		size, ok := in.tensorBytes(labels)
		start := alignUp(total, size)
		if !ok || start < 0 || size > math.MaxInt-lineAlign-start {
			return 0, false
		}
		total = start + size
	}
	return total + lineAlign, true
}

// alignUp returns the first offset from total on that suits a tensor of size
// bytes; negative if it overflows.
func alignUp(total, size int) int {
	align := lineAlign
	if size < lineAlign {
		align = smallAlign
	}
	return (total + align - 1) &^ (align - 1)
}

// Data makes the elements of all inputs: one buffer of row-major elements of
// type in.DType per tensor, in the order of in.Inputs. The same fill and seed
// give the same bytes. The caller owns the buffers. They share one block, so that a million tensors
// take one allocation; each is aligned to 64 bytes, or 16 if it is smaller.
func (in *Instance) Data(fill Fill, seed uint64) ([][]byte, error) {
	if err := in.CheckSizes(); err != nil {
		return nil, err // asking the run-time for more panics
	}
	total, _ := in.InputBytes()
	block := dtype.MakeBytes(total)
	offset := -int(uintptr(unsafe.Pointer(unsafe.SliceData(block)))&(lineAlign-1)) & (lineAlign - 1)
	block = block[offset:]
	data := make([][]byte, len(in.Inputs))
	end := 0
	for t, labels := range in.Inputs {
		size, _ := in.tensorBytes(labels)
		start := alignUp(end, size)
		end = start + size
		data[t] = block[start:end:end]
	}
	switch in.DType {
	case dtype.Float32:
		fillAll[float32](in, data, fill, seed)
	case dtype.Float64:
		fillAll[float64](in, data, fill, seed)
	case dtype.Complex64:
		fillAll[complex64](in, data, fill, seed)
	case dtype.Complex128:
		fillAll[complex128](in, data, fill, seed)
	}
	return data, nil
}

func fillAll[T dtype.Element](in *Instance, data [][]byte, fill Fill, seed uint64) {
	scales := in.scales(fill)
	for t, bytes := range data {
		dst := dtype.View[T](bytes)
		switch fill {
		case Balanced:
			fillRandom(dst, stream(seed, t), 0.5, scales[t])
		case Uniform:
			fillRandom(dst, stream(seed, t), 0, 1)
		case Ones:
			for i := range dst {
				dst[i] = 1
			}
		}
	}
	if fill == Balanced {
		counter[T](in, data, scales)
	}
}

// stream returns the state before the first element of tensor t.
func stream(seed uint64, t int) uint64 { return seed + (uint64(t)+1)*0x9E3779B97F4A7C15 }

// fillRandom sets dst to (shift+u)·scale, with u uniform in [0, 1). Imaginary
// parts are (v-0.5)·0.5·scale, with v as u.
func fillRandom[T dtype.Element](dst []T, state uint64, shift, scale float64) {
	for i := range dst {
		state += 0xD1B54A32D192ED03
		z := mix64(state)
		re := (shift + unit(z)) * scale
		switch p := any(&dst[i]).(type) {
		case *float32:
			*p = float32(re)
		case *float64:
			*p = re
		case *complex64:
			*p = complex(float32(re), float32((unit(mix64(z))-0.5)*0.5*scale))
		case *complex128:
			*p = complex(re, (unit(mix64(z))-0.5)*0.5*scale)
		}
	}
}

// unit returns the upper 53 bits of z as a fraction in [0, 1).
func unit(z uint64) float64 { return float64(z>>11) * 0x1p-53 }

// mix64 is the finaliser of SplitMix64 (Steele, Lea and Flood 2014).
func mix64(z uint64) uint64 {
	z = (z ^ z>>30) * 0xBF58476D1CE4E5B9
	z = (z ^ z>>27) * 0x94D049BB133111EB
	return z ^ z>>31
}

// scales returns s_t of each tensor t for the balanced fill: the product over
// its distinct labels c of dim(c)^(-1/m(c)), where m(c) tensors contain c. A sum
// over c of products of m(c) such tensors then stays near 1.
func (in *Instance) scales(fill Fill) []float64 {
	if fill != Balanced {
		return nil
	}
	count := make([]int, len(in.Dims))
	in.eachDistinct(func(_ int, l Label) { count[l]++ })
	factor := make([]float64, len(in.Dims))
	for l, dim := range in.Dims {
		factor[l] = math.Pow(float64(dim), -1/float64(count[l]))
	}
	scales := make([]float64, len(in.Inputs))
	for t := range scales {
		scales[t] = 1
	}
	in.eachDistinct(func(t int, l Label) { scales[t] *= factor[l] })
	return scales
}

// eachDistinct visits each tensor's labels, each once per tensor.
func (in *Instance) eachDistinct(visit func(t int, l Label)) {
	last := make([]int, len(in.Dims)) // the tensor after the last that had the label
	for t, labels := range in.Inputs {
		for _, l := range labels {
			if last[l] != t+1 {
				last[l] = t + 1
				visit(t, l)
			}
		}
	}
}
