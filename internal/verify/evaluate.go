package verify

import (
	"context"
	"runtime"
	"slices"

	"tnbench/internal/instance"
)

// evaluation is a contraction under way.
type evaluation struct {
	ctx     context.Context
	in      *instance.Instance
	inputs  [][]byte
	uses    []int            // of each label by tensors alive
	made    map[int32]tensor // intermediates that are alive
	sums    float64          // products that were summed for one element, of all steps
	garbage int              // bytes left behind since the last collection
	outcome Outcome
}

func newEvaluation(in *instance.Instance) *evaluation {
	return &evaluation{in: in, uses: uses(in), made: map[int32]tensor{}, outcome: Outcome{in: in}}
}

// take returns the tensor with an id, which is used for the last time.
func (e *evaluation) take(id int32) tensor {
	switch {
	case id < 0:
		return one(e.in.DType)
	case int(id) < len(e.in.Inputs):
		return newTensor(e.in.DType, e.in.Inputs[id], e.inputs[id])
	}
	t := e.made[id]
	delete(e.made, id)
	return t
}

// step contracts two tensors.
func (e *evaluation) step(s Step) tensor {
	left, right := e.take(s.Left), e.take(s.Right)
	p := newProduct(e.in, e.uses, left.labels, right.labels)
	left = left.arranged(e.ctx, e.in, slices.Concat(p.batch, p.rows, p.shared))
	right = right.arranged(e.ctx, e.in, slices.Concat(p.batch, p.columns, p.shared))
	out := tensor{labels: p.labels()}
	if left.complex != nil {
		out.complex = multiply(e.ctx, p, left.complex, right.complex)
	} else {
		out.real = multiply(e.ctx, p, left.real, right.real)
	}
	if left.scale != nil || right.scale != nil {
		out.scale = multiply(e.ctx, p, left.scales(), right.scales())
	}
	e.sums += p.terms
	e.bound(&out)
	e.made[s.Out] = out
	if e.garbage += left.bytes() + right.bytes(); e.garbage > slack {
		runtime.GC() // the forecast has no room for as much again
		e.garbage = 0
	}
	return out
}

// slack is the garbage that is left to lie around, in bytes.
const slack = 32 << 20

// bound keeps the scale of each element from falling below the smallest normal
// number, and notes numbers that are too large.
func (e *evaluation) bound(t *tensor) {
	_, smallest, largest := limits(e.in.DType)
	for i, s := range t.scales() {
		if !(s <= largest) {
			e.outcome.Overflow = true
		}
		if s < smallest {
			if t.scale == nil {
				t.scale = slices.Clone(t.real)
			}
			t.scale[i] = smallest
		}
	}
}

// Blocks of the right operand that the caches hold while all rows of the left one
// pass by: columns × products, 128 KiB of doubles.
const (
	blockColumns = 32
	blockShared  = 512
)

// multiply returns the products of all rows of a, batch × m × k, with all rows of
// b, batch × n × k: batch × m × n. It ends early if ctx does.
func multiply[T float64 | complex128](ctx context.Context, p product, a, b []T) []T {
	c := make([]T, p.b*p.m*p.n)
	work := 0
	for batch := range p.b {
		a, b, c := a[batch*p.m*p.k:], b[batch*p.n*p.k:], c[batch*p.m*p.n:]
		for j0 := 0; j0 < p.n; j0 += blockColumns {
			j1 := min(p.n, j0+blockColumns)
			for k0 := 0; k0 < p.k; k0 += blockShared {
				k1 := min(p.k, k0+blockShared)
				for i := range p.m {
					if work += (j1 - j0) * (k1 - k0); work > 1<<24 {
						if work = 0; ctx.Err() != nil {
							return c
						}
					}
					addRow(c[i*p.n+j0:i*p.n+j1], a[i*p.k+k0:i*p.k+k1], b, j0*p.k+k0, p.k)
				}
			}
		}
	}
	return c
}

// addRow adds to each c[j] the sum of the products of a with the row of b that
// starts at start + j·stride. Four sums at once hide each other's latency.
func addRow[T float64 | complex128](c, a, b []T, start, stride int) {
	j := 0
	for ; j+4 <= len(c); j += 4 {
		b0 := b[start+j*stride:][:len(a)]
		b1 := b[start+(j+1)*stride:][:len(a)]
		b2 := b[start+(j+2)*stride:][:len(a)]
		b3 := b[start+(j+3)*stride:][:len(a)]
		var s0, s1, s2, s3 T
		for k, x := range a {
			s0 += x * b0[k]
			s1 += x * b1[k]
			s2 += x * b2[k]
			s3 += x * b3[k]
		}
		c[j] += s0
		c[j+1] += s1
		c[j+2] += s2
		c[j+3] += s3
	}
	for ; j < len(c); j++ {
		row := b[start+j*stride:][:len(a)]
		var s0, s1 T
		k := 0
		for ; k+2 <= len(a); k += 2 {
			s0 += a[k] * row[k]
			s1 += a[k+1] * row[k+1]
		}
		if k < len(a) {
			s0 += a[k] * row[k]
		}
		c[j] += s0 + s1
	}
}
