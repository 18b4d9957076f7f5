// Package instance holds tensor networks as metadata: labels, dimensions,
// element type and contraction paths. It reads the JSON of the public
// strided-rs benchmark suite, checks it, and makes the numbers that fill the
// inputs. It refuses to know how a network is contracted.
package instance

import (
	"cmp"
	"fmt"
	"math"
	"math/bits"
	"slices"

	"tnbench/internal/dtype"
	"tnbench/internal/suggest"
	"tnbench/internal/warning"
)

// Label identifies an index of one network: a position in Instance.Names and
// Instance.Dims, dense from 0 in order of first appearance.
type Label int32

// Instance is a tensor network given by metadata only. It is immutable once
// checked and may be shared by goroutines.
type Instance struct {
	Name   string
	Source string // file it was read from, or "embedded"
	Hash   string // SHA-256 of the text it was read from, in hexadecimal; "" if it was made in memory
	DType  dtype.Type

	Names  []rune    // Names[l] is how label l is written
	Dims   []int     // Dims[l] is the dimension of label l, at least 1
	Inputs [][]Label // Inputs[t] are the labels of tensor t, one per axis; a label may repeat
	Output []Label   // labels of the result, none repeated

	Paths    []Path            // in the file's order
	Warnings []warning.Warning // facts of the file that contradict the rest
}

// Path is an order of pairwise contractions in the linear convention: each
// pair holds two positions in a shrinking list; the higher position is removed
// first, then the lower, and the result is appended.
type Path struct {
	Name       string
	Pairs      [][2]int // empty for a network of one tensor
	Log2Size   float64  // declared log2 of the largest intermediate; NaN if undeclared
	Log10Flops float64  // declared log10 of the flops; NaN if undeclared
}

// Undeclared returns a path that declares no costs and has no pairs: those of its tree are
// what counts.
func Undeclared(name string) Path {
	return Path{Name: name, Log2Size: math.NaN(), Log10Flops: math.NaN()}
}

// Shape returns the dimensions of labels, in their order.
func (in *Instance) Shape(labels []Label) []int {
	shape := make([]int, len(labels))
	for i, l := range labels {
		shape[i] = in.Dims[l]
	}
	return shape
}

// Elements returns the number of elements of a tensor with these labels, one
// axis each. The second result is false if that number overflows an int.
func (in *Instance) Elements(labels []Label) (int, bool) {
	n := uint64(1)
	for _, l := range labels {
		hi, lo := bits.Mul64(n, uint64(in.Dims[l]))
		if hi != 0 || lo > 1<<62 {
			return 0, false
		}
		n = lo
	}
	return int(n), true
}

// Size returns the number of elements of a tensor with these labels, one axis
// each: exact below 2^53, +Inf beyond the range of float64.
func (in *Instance) Size(labels []Label) float64 {
	n := 1.0
	for _, l := range labels {
		n *= float64(in.Dims[l])
	}
	return n
}

// Log2Size returns the logarithm of [Instance.Size], which is finite always.
func (in *Instance) Log2Size(labels []Label) float64 {
	if n := in.Size(labels); !math.IsInf(n, 1) {
		return math.Log2(n)
	}
	log := 0.0
	for _, l := range labels {
		log += math.Log2(float64(in.Dims[l]))
	}
	return log
}

// File is how errors name the instance: its file, or its name if it has none.
func (in *Instance) File() string {
	if in.Source == Embedded {
		return in.Name
	}
	return cmp.Or(in.Source, in.Name, "instance")
}

// Path returns the path called name; the error lists those the instance has.
func (in *Instance) Path(name string) (Path, error) {
	if i := slices.IndexFunc(in.Paths, func(p Path) bool { return p.Name == name }); i >= 0 {
		return in.Paths[i], nil
	}
	have := make([]string, len(in.Paths))
	for i, p := range in.Paths {
		have[i] = p.Name
	}
	return Path{}, fmt.Errorf("%s: paths: %w; choose with --path", in.File(), suggest.Unknown("path", name, have))
}
