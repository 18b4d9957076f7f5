package kernel

import (
	"slices"

	"tnbench/internal/kernel/model"
	"tnbench/internal/kernel/nest"
	"tnbench/internal/kernel/stream"
)

// A sum of one operand that keeps short runs, or runs in another order than they lie,
// is taken in two stages: partial sums in the operand's own order, several terms side by
// side in runs that are worth a vector, and then what remains of them.

// newFolded returns such a kernel for s, which must be fused, if it is one for s and
// takes less time than one stream.
func newFolded(s nest.Spec, o nest.Options) (nest.Kernel, bool) {
	operand, number := place{in: inA}, place{in: inB}
	if nest.Footprint(s.K, nest.A) == 1 && len(s.N) > 0 && len(s.M) == 0 {
		s, operand, number = s.Turned(), number, operand
	}
	if len(s.Batch) > 0 || len(s.N) > 0 || len(s.M) == 0 || len(s.K) == 0 || s.MACs() == 0 || nest.Footprint(s.K, nest.B) > 1 {
		return nil, false
	}
	k := newSequence(s.Type, o)
	if !k.fold(s, operand, number) {
		return nil, false
	}
	direct, ok := stream.New(s, o, stream.AnyCycles)
	if ok && k.cycles >= Cycles(direct, s) {
		return nil, false
	}
	return k, true
}

// fold makes the stages for the sum of an operand times a number, if there is a use for
// them.
func (k *sequence) fold(s nest.Spec, operand, number place) bool {
	kept := slices.Clone(s.M)
	slices.SortStableFunc(kept, func(x, y nest.Loop) int { return x.A - y.A })
	run, inOrder := 1, true
	for inner := 0; inner < len(kept) && kept[inner].A == run; inner++ {
		inOrder = inOrder && kept[inner].C == run
		run *= kept[inner].Extent
	}
	terms := slices.Clone(s.K)
	side := k.sideBySide(terms, run)
	if run == 1 || side == 1 && inOrder || nest.Extent(terms) < 2*side {
		return false
	}
	// The partial sums: the kept loops in their order, and those side by side behind
	// the run.
	size, next, rows := k.typ.Size(), 1, side
	var folded *nest.Loop
	for i := range terms {
		if side > 1 && terms[i].A == run {
			folded = &terms[i]
		}
	}
	rest := 0
	if folded != nil {
		if rest = folded.Extent % side; rest > 0 {
			rows++
		}
	}
	partial := make([]nest.Loop, 0, len(kept)+1)
	last := make([]nest.Loop, 0, len(kept))
	for _, l := range kept {
		if next == run {
			next *= rows
		}
		partial = append(partial, nest.Loop{Extent: l.Extent, A: l.A, C: next})
		last = append(last, nest.Loop{Extent: l.Extent, A: next, C: l.C})
		next *= l.Extent
	}
	if next == run {
		next *= rows
	}
	sums := k.reserve(next)
	if rest > 0 {
		few := slices.Clone(terms)
		few[slices.Index(terms, *folded)].Extent = rest
		k.sum(partial, few, sums.on(side*run*size), operand.on((folded.Extent-rest)*run*size), number)
	}
	var ends []nest.Loop
	if folded != nil {
		partial = append(partial, nest.Loop{Extent: side, A: run, C: run})
		folded.Extent, folded.A = folded.Extent/side, side*run
		ends = []nest.Loop{{Extent: rows, A: run}}
	}
	k.sum(partial, terms, sums, operand, number)
	k.sum(last, ends, place{in: inC}, sums, place{in: inOne})
	k.info.Class, k.info.A, k.info.B = "sum", nest.Reduced, nest.InPlace
	if operand.in == inB {
		k.info.A, k.info.B = nest.InPlace, nest.Reduced
	}
	return true
}

// sideBySide returns how many terms of the sum that follow each other behind a run are
// to be summed by themselves.
func (k *sequence) sideBySide(terms []nest.Loop, run int) int {
	for i := range terms {
		if l := &terms[i]; l.A == run && run*k.typ.Size() <= model.Here.Stages.ShortRun {
			return max(1, min(l.Extent/4, (model.Here.Stages.Run+run-1)/run))
		}
	}
	return 1
}
