package nest

import "slices"

// Fused returns s with loops of extent 1 dropped, each group ordered from the
// outermost (largest stride) to the innermost loop and neighbours merged where
// one loop can do the work of two. Batch, M and N are ordered by their stride
// in C, K by its stride in A, then B. The result means the same contraction.
func (s Spec) Fused() Spec {
	memory := make([]Loop, len(s.Batch)+len(s.M)+len(s.N)+len(s.K))
	fused := func(loops []Loop, outside func(x, y Loop) bool) []Loop {
		out := Fuse(memory[:0:len(loops)], loops, outside)
		memory = memory[len(loops):]
		return out
	}
	s.Batch, s.M, s.N = fused(s.Batch, OutsideInC), fused(s.M, OutsideInC), fused(s.N, OutsideInC)
	s.K = fused(s.K, outsideInAB)
	return s
}

// OutsideInC reports whether x belongs outside of y by their strides in C.
func OutsideInC(x, y Loop) bool { return x.C > y.C }

// outsideInAB reports whether x belongs outside of y by their strides in A, then B.
func outsideInAB(x, y Loop) bool { return x.A > y.A || x.A == y.A && x.B > y.B }

// Fuse appends loops to an empty slice, sorts them and merges neighbours.
func Fuse(out, loops []Loop, outside func(x, y Loop) bool) []Loop {
	for _, l := range loops {
		if l.Extent <= 1 {
			continue
		}
		at := len(out)
		out = append(out, l)
		for ; at > 0 && outside(l, out[at-1]); at-- { // there are few
			out[at] = out[at-1]
		}
		out[at] = l
	}
	if len(out) < 2 {
		return out
	}
	top := 0
	for _, l := range out[1:] {
		p := &out[top]
		if p.A == l.A*l.Extent && p.B == l.B*l.Extent && p.C == l.C*l.Extent {
			*p = Loop{Extent: p.Extent * l.Extent, A: l.A, B: l.B, C: l.C}
		} else {
			top++
			out[top] = l
		}
	}
	return out[:top+1]
}

// Turned returns the contraction Cᵀ = Bᵀ·Aᵀ.
func (s Spec) Turned() Spec {
	return Spec{Type: s.Type, Batch: Turned(s.Batch), M: Turned(s.N), N: Turned(s.M), K: Turned(s.K)}
}

// Extents are those of the four groups of loops of a Spec.
type Extents struct{ Batches, Rows, Cols, Terms int }

// Extents returns those of s.
func (s *Spec) Extents() Extents {
	return Extents{Extent(s.Batch), Extent(s.M), Extent(s.N), Extent(s.K)}
}

// Elements returns those of C.
func (e Extents) Elements() int { return e.Batches * e.Rows * e.Cols }

// Work returns the multiply-adds.
func (e Extents) Work() int { return e.Elements() * e.Terms }

// MACs returns the multiply-adds that s asks for, one-sided sums counted as
// if they were ordinary ones.
func (s Spec) MACs() int { return s.Extents().Work() }

// Groups returns the loops of s.
func (s *Spec) Groups() [4][]Loop { return [...][]Loop{s.Batch, s.M, s.N, s.K} }

// Hash returns a number that differs for most different specs (FNV-1a, a loop at a
// time).
func (s *Spec) Hash() uint64 {
	const prime = 1099511628211
	h := uint64(14695981039346656037)
	for _, group := range s.Groups() {
		for i := range group {
			l := &group[i]
			h = (h ^ uint64(l.Extent+l.A<<16) ^ uint64(l.B+l.C<<16)*prime) * prime
		}
		h = (h ^ uint64(len(group))) * prime
	}
	return h
}

// Equal reports whether s and t have the same loops in the same order.
func (s *Spec) Equal(t *Spec) bool {
	return s.Type == t.Type && slices.Equal(s.Batch, t.Batch) && slices.Equal(s.M, t.M) &&
		slices.Equal(s.N, t.N) && slices.Equal(s.K, t.K)
}

// BytesMoved estimates the traffic of s if every element of the operands and of
// C moves once.
func BytesMoved(s Spec) int {
	a, b, c := Footprints(s)
	return (a + b + c) * s.Type.Size()
}

// Footprints returns how many elements of each operand and of C s reaches.
func Footprints(s Spec) (a, b, c int) {
	a, b, c = 1, 1, 1
	for _, group := range s.Groups() {
		a, b, c = a*Footprint(group, A), b*Footprint(group, B), c*Footprint(group, C)
	}
	return a, b, c
}
