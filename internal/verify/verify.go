// Package verify computes the result of a contraction a second time, by another
// way: pairwise along given steps, in double precision, with plain loops over
// matrices that are copied out of the tensors first. It says how far a result
// computed in a network's own precision may be from it. It refuses to know
// programs, kernels and strategies, and uses nothing of them: a mistake that both
// ways share would go unnoticed.
//
// # The bound
//
// Let u be half the distance from 1 to the next number of the precision at hand,
// and let a step sum K products for each element of its result. In whatever order
// they are summed, fused or not, each product meets at most one rounding as a
// product and K-1 in sums. Along a tree of steps these factors multiply, so that
// an element of the result is wrong by at most γ·S, where γ = N·u/(1-N·u), N is
// the sum of the K of all steps, and S is the same contraction of the absolute
// values (Higham, Accuracy and Stability of Numerical Algorithms, section 3).
// Complex numbers are products and sums of their parts: a sum of K products is
// wrong by √2·2K roundings of the sum of the products of the moduli, so that K
// counts three times.
//
// Products below the smallest normal number η are wrong by up to u·η instead. S is
// kept from falling below η at every step, which covers that if K counts twice.
// Above the largest number nothing holds: see [Outcome.Overflow].
//
// Slices that are added up are so many products more.
//
// The second computation is itself wrong by as much in double precision, which is
// added.
package verify

import (
	"context"
	"errors"
	"fmt"
	"math"

	"tnbench/internal/dtype"
	"tnbench/internal/instance"
)

// Step contracts the tensors Left and Right and makes the tensor Out. Inputs have
// the ids 0..n-1. Right is negative in the one step of a network of one tensor.
type Step struct{ Left, Right, Out int32 }

// Outcome is the result of a contraction with a bound on the distance of others.
type Outcome struct {
	// Overflow says that some number on the way may exceed the largest of the
	// network's element type: then nothing can be told.
	Overflow bool
	// Gamma is the factor γ. From 1 on nothing can be told.
	Gamma float64

	in    *instance.Instance
	value tensor // labels as the output has them
}

// Contract contracts the inputs, row-major buffers of in.DType as the network
// has them, along steps, in slices if there are cuts. It returns ctx's error soon after
// ctx ends.
func Contract(ctx context.Context, in *instance.Instance, steps []Step, inputs [][]byte, cuts ...instance.Cut) (*Outcome, error) {
	if len(cuts) > 0 {
		return contractSlices(ctx, in, steps, inputs, cuts)
	}
	o, sums, err := contractOne(ctx, in, steps, inputs)
	if err == nil {
		o.Gamma = gamma(in.DType, sums)
	}
	return o, err
}

// contractOne contracts at once. It returns how many products were summed for one element.
func contractOne(ctx context.Context, in *instance.Instance, steps []Step, inputs [][]byte) (*Outcome, float64, error) {
	e := newEvaluation(in)
	e.ctx, e.inputs = ctx, inputs
	var last tensor
	for _, s := range steps {
		last = e.step(s)
		if err := ctx.Err(); err != nil {
			return nil, 0, err
		}
	}
	e.outcome.value = last.arranged(ctx, in, in.Output)
	return &e.outcome, e.sums, ctx.Err()
}

// ErrUnknown says that no bound could be given.
var ErrUnknown = errors.New("no bound can be given")

// Check holds a result, row-major in the order of the output labels, against the
// outcome. The error names the first element that is too far off. It wraps
// [ErrUnknown] if the outcome can't tell.
func (o *Outcome) Check(result []byte) error {
	switch {
	case o.Overflow:
		return fmt.Errorf("numbers may exceed the range of %v: %w", o.in.DType, ErrUnknown)
	case o.Gamma >= 1:
		return fmt.Errorf("rounding in %v may amount to the whole: %w", o.in.DType, ErrUnknown)
	}
	got := o.load(result)
	if o.hollow() {
		return fmt.Errorf("rounding in %v may amount to the whole: %w", o.in.DType, ErrUnknown)
	}
	for i := range o.value.len() {
		want, scale := o.value.at(i)
		if d := distance(got(i), want); !(d <= o.Gamma*scale) {
			return fmt.Errorf("element %v is %v, an independent computation gives %v, the bound on rounding is %.3g",
				o.position(i), o.text(got(i)), o.text(want), o.Gamma*scale)
		}
	}
	return nil
}

// hollow reports whether the bound is no smaller than the result itself: where the
// terms of sums cancel, or turn against each other in the complex plane.
func (o *Outcome) hollow() bool {
	norm, bound := 0.0, 0.0
	for i := range o.value.len() {
		value, scale := o.value.at(i)
		norm, bound = math.Hypot(norm, distance(value, 0)), math.Hypot(bound, o.Gamma*scale)
	}
	_, smallest, _ := limits(o.in.DType)
	return bound >= norm && norm > smallest
}

func distance(a, b complex128) float64 { return math.Hypot(real(a)-real(b), imag(a)-imag(b)) }

// load returns the elements of a buffer.
func (o *Outcome) load(data []byte) func(i int) complex128 {
	switch o.in.DType {
	case dtype.Float32:
		v := dtype.View[float32](data)
		return func(i int) complex128 { return complex(float64(v[i]), 0) }
	case dtype.Float64:
		v := dtype.View[float64](data)
		return func(i int) complex128 { return complex(v[i], 0) }
	case dtype.Complex64:
		v := dtype.View[complex64](data)
		return func(i int) complex128 { return complex128(v[i]) }
	default:
		v := dtype.View[complex128](data)
		return func(i int) complex128 { return v[i] }
	}
}

// position returns the indices of element i.
func (o *Outcome) position(i int) []int {
	at := make([]int, len(o.in.Output))
	for axis := len(at) - 1; axis >= 0; axis-- {
		dim := o.in.Dims[o.in.Output[axis]]
		at[axis], i = i%dim, i/dim
	}
	return at
}

// text writes a number without an imaginary part that it can't have.
func (o *Outcome) text(v complex128) string {
	if o.in.DType.IsComplex() {
		return fmt.Sprint(v)
	}
	return fmt.Sprint(real(v))
}

// limits returns u, the smallest normal number and the largest number of the
// precision of t.
func limits(t dtype.Type) (u, smallest, largest float64) {
	if t == dtype.Float32 || t == dtype.Complex64 {
		return 0x1p-24, 0x1p-126, math.MaxFloat32
	}
	return 0x1p-53, 0x1p-1022, math.MaxFloat64
}

// gamma returns the bound's factor for steps that sum so many products in all.
func gamma(t dtype.Type, sums float64) float64 {
	u, _, _ := limits(t)
	n := 2 * sums
	if t.IsComplex() {
		n = 6 * sums
	}
	factor := func(u float64) float64 {
		if n*u >= 0.5 {
			return math.Inf(1)
		}
		return n * u / (1 - n*u)
	}
	own := factor(0x1p-53)
	return (factor(u) + own) * (1 + own) // S is computed, too
}
