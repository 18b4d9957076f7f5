// Package dtype names the element types of tensors and views raw memory as
// slices of them. It refuses to know shapes: memory here is a run of elements.
package dtype

import (
	"fmt"
	"strings"
	"unsafe"
)

// Type is the element type of all tensors of a network.
type Type uint8

// The supported element types.
const (
	Float32 Type = iota + 1
	Float64
	Complex64
	Complex128
)

// All lists every supported type in declaration order.
var All = [...]Type{Float32, Float64, Complex64, Complex128}

var names = [...]string{Float32: "float32", Float64: "float64", Complex64: "complex64", Complex128: "complex128"}

// Element is the set of Go types behind [Type].
type Element interface {
	float32 | float64 | complex64 | complex128
}

// Parse returns the type called name. Its error lists what is supported.
func Parse(name string) (Type, error) {
	for _, t := range All {
		if names[t] == name {
			return t, nil
		}
	}
	return 0, fmt.Errorf("unsupported dtype %q: supported are %s", name, strings.Join(names[1:], ", "))
}

// String returns the type's name as it is written in instance files.
func (t Type) String() string {
	if int(t) < len(names) && t > 0 {
		return names[t]
	}
	return fmt.Sprintf("dtype(%d)", uint8(t))
}

// Size returns the bytes of one element.
func (t Type) Size() int {
	switch t {
	case Float32:
		return 4
	case Float64, Complex64:
		return 8
	case Complex128:
		return 16
	}
	panic("dtype: size of " + t.String())
}

// IsComplex reports whether elements have an imaginary part.
func (t Type) IsComplex() bool { return t == Complex64 || t == Complex128 }

// Of returns the type whose Go type is T.
func Of[T Element]() Type {
	var zero T
	switch any(zero).(type) {
	case float32:
		return Float32
	case float64:
		return Float64
	case complex64:
		return Complex64
	default:
		return Complex128
	}
}

// View returns b as elements of type T, sharing memory. b must be aligned for
// T; bytes beyond a whole number of elements are left out.
func View[T Element](b []byte) []T {
	var zero T
	return unsafe.Slice((*T)(unsafe.Pointer(unsafe.SliceData(b))), len(b)/int(unsafe.Sizeof(zero)))
}

// Bytes returns s as raw bytes, sharing memory.
func Bytes[T Element](s []T) []byte {
	var zero T
	return unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(s))), len(s)*int(unsafe.Sizeof(zero)))
}

// Make returns zeroed collected memory for n elements of type t, aligned for it.
func Make(t Type, n int) []byte {
	return MakeBytes(n * t.Size())
}

// MakeBytes returns n zeroed collected bytes aligned for every element type.
// (A []byte of fewer than 16 bytes may share a block at an odd address.)
func MakeBytes(n int) []byte {
	words := make([]uint64, (n+7)/8)
	return unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(words))), n)
}
