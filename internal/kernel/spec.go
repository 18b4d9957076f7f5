package kernel

import "slices"

// Fused returns s with loops of extent 1 dropped, each group ordered from the
// outermost (largest stride) to the innermost loop and neighbours merged where
// one loop can do the work of two. Batch, M and N are ordered by their stride
// in C, K by its stride in A, then B. The result means the same contraction.
func (s Spec) Fused() Spec {
	memory := make([]Loop, len(s.Batch)+len(s.M)+len(s.N)+len(s.K))
	fused := func(loops []Loop, outside func(x, y Loop) bool) []Loop {
		out := fuse(memory[:0:len(loops)], loops, outside)
		memory = memory[len(loops):]
		return out
	}
	s.Batch, s.M, s.N = fused(s.Batch, outsideInC), fused(s.M, outsideInC), fused(s.N, outsideInC)
	s.K = fused(s.K, outsideInAB)
	return s
}

// outsideInC reports whether x belongs outside of y by their strides in C.
func outsideInC(x, y Loop) bool { return x.C > y.C }

// outsideInAB reports whether x belongs outside of y by their strides in A, then B.
func outsideInAB(x, y Loop) bool { return x.A > y.A || x.A == y.A && x.B > y.B }

// fuse appends loops to an empty slice, sorts them and merges neighbours.
func fuse(out, loops []Loop, outside func(x, y Loop) bool) []Loop {
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

// Extent returns the number of iterations of a nest.
func Extent(loops []Loop) int {
	n := 1
	for _, l := range loops {
		n *= l.Extent
	}
	return n
}

// extents are those of the four groups of loops of a Spec.
type extents struct{ batch, m, n, k int }

// extents returns those of s.
func (s *Spec) extents() extents {
	return extents{Extent(s.Batch), Extent(s.M), Extent(s.N), Extent(s.K)}
}

// elements returns those of C.
func (e extents) elements() int { return e.batch * e.m * e.n }

// macs returns the multiply-adds.
func (e extents) macs() int { return e.elements() * e.k }

// MACs returns the multiply-adds that s asks for, one-sided sums counted as
// if they were ordinary ones.
func (s Spec) MACs() int { return s.extents().macs() }

// groups returns the loops of s.
func (s *Spec) groups() [4][]Loop { return [...][]Loop{s.Batch, s.M, s.N, s.K} }

// Hash returns a number that differs for most different specs (FNV-1a, a loop at a
// time).
func (s *Spec) Hash() uint64 {
	const prime = 1099511628211
	h := uint64(14695981039346656037)
	for _, group := range s.groups() {
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
