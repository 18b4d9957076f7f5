package kernel

import (
	"slices"

	"tnbench/internal/kernel/model"
	"tnbench/internal/kernel/nest"
)

// A sum over a label that only one operand has can be taken in that operand
// alone, before it is multiplied with anything.

// newReduced returns a kernel that sums operands over their one-sided loops
// first, if there are such loops and it saves arithmetic.
func newReduced(s nest.Spec, o nest.Options) (nest.Kernel, bool) {
	if !slices.ContainsFunc(s.K, func(l nest.Loop) bool { return l.Extent > 1 && (l.A == 0 || l.B == 0) }) || s.MACs() == 0 {
		return nil, false
	}
	k := newSequence(s.Type, o)
	a, b := place{in: inA}, place{in: inB}
	for _, own := range [...]*place{&a, &b} {
		sum, rest, ok := splitSums(s, own == &a)
		if !ok {
			continue
		}
		sum = sum.Fused()
		to := k.reserve(nest.Extent(sum.M))
		first := newNative(sum, o)
		k.add(first, Cycles(first, sum), to, *own, place{in: inOne})
		*own, s = to, rest
	}
	if len(k.stages) == 0 {
		return nil, false
	}
	rest := newNative(s, o)
	k.add(rest, Cycles(rest, s.Fused()), place{in: inC}, a, b)
	k.info.Class, k.info.A, k.info.B = rest.Info().Class, rest.Info().A, rest.Info().B
	if a.in == inBetween {
		k.info.A = nest.Reduced
	}
	if b.in == inBetween {
		k.info.B = nest.Reduced
	}
	return k, true
}

// splitSums divides s into the sum of one operand over its one-sided loops, in
// dense memory, and what remains to be done with that. It reports whether there
// is such a sum and taking it first saves work.
func splitSums(s nest.Spec, isA bool) (sum, rest nest.Spec, ok bool) {
	own, other := func(l *nest.Loop) *int { return &l.A }, func(l *nest.Loop) *int { return &l.B }
	if !isA {
		own, other = other, own
	}
	sum.Type, rest.Type = s.Type, s.Type
	read, repeats := 1, 1
	groups := [...]*[]nest.Loop{&rest.Batch, &rest.M, &rest.N, &rest.K}
	var kept []*nest.Loop
	for i, group := range [...][]nest.Loop{s.Batch, s.M, s.N, s.K} {
		*groups[i] = make([]nest.Loop, 0, len(group))
		for _, l := range group {
			if *own(&l) != 0 {
				read *= l.Extent
			}
			if i == 3 && *own(&l) != 0 && *other(&l) == 0 {
				repeats *= l.Extent
				sum.K = append(sum.K, nest.Loop{Extent: l.Extent, A: *own(&l)})
				continue
			}
			*groups[i] = append(*groups[i], l)
		}
		for j := range *groups[i] {
			if l := &(*groups[i])[j]; *own(l) != 0 {
				kept = append(kept, l)
			}
		}
	}
	macs := s.MACs()
	if repeats == 1 || macs-macs/repeats < model.Here.Stages.Saved*read {
		return sum, rest, false
	}
	slices.SortStableFunc(kept, func(a, b *nest.Loop) int { return *own(a) - *own(b) })
	next := 1
	for _, l := range kept {
		sum.M = append(sum.M, nest.Loop{Extent: l.Extent, A: *own(l), C: next})
		*own(l) = next
		next *= l.Extent
	}
	return sum, rest, true
}
