package kernel

import (
	"slices"
	"unsafe"

	"tnbench/internal/kernel/nest"
	"tnbench/internal/kernel/stream"
)

// A sum over a label that only one operand has can be taken in that operand
// alone, before it is multiplied with anything.

// reductionGain is how many multiply-adds a reduction must save for each element
// that it reads, to pay for reading and writing.
const reductionGain = 2

// newReduced returns a kernel that sums operands over their one-sided loops
// first, if there are such loops and it saves arithmetic.
func newReduced(s nest.Spec, o nest.Options) (nest.Kernel, bool) {
	if !slices.ContainsFunc(s.K, func(l nest.Loop) bool { return l.Extent > 1 && (l.A == 0 || l.B == 0) }) || s.MACs() == 0 {
		return nil, false
	}
	k := &reduced{}
	moved := 0
	for _, isA := range [...]bool{true, false} {
		sum, rest, ok := splitSums(s, isA)
		if !ok {
			continue
		}
		first, ok := stream.New(sum.Fused(), o, stream.AnyCycles)
		if !ok {
			continue
		}
		k.first = append(k.first, reduction{isA: isA, kernel: first, at: k.at})
		k.at += (nest.Extent(sum.M)*s.Type.Size() + 63) &^ 63
		moved += first.Info().BytesMoved
		s = rest
	}
	if len(k.first) == 0 {
		return nil, false
	}
	rest := newNative(s, o)
	k.rest, k.one, k.info = rest, nest.One(s.Type), rest.Info()
	k.info.BytesMoved += moved
	for _, r := range k.first {
		if k.scratch = max(k.scratch, r.kernel.Scratch()); r.isA {
			k.info.A = nest.Reduced
		} else {
			k.info.B = nest.Reduced
		}
	}
	k.scratch = k.at + max(k.scratch, rest.Scratch())
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
	if repeats == 1 || macs-macs/repeats < reductionGain*read {
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

// reduced sums operands and runs the rest of the contraction on the sums.
type reduced struct {
	first   []reduction
	rest    nest.Kernel
	one     unsafe.Pointer // second operand of the sums
	at      int            // bytes of the sums; behind them is scratch memory
	scratch int
	info    nest.Info
}

// reduction sums one operand to a place in scratch memory.
type reduction struct {
	isA    bool
	kernel nest.Kernel
	at     int
}

func (k *reduced) Scratch() int    { return k.scratch }
func (k *reduced) Info() nest.Info { return k.info }

// Adds implements [nest.Adder].
func (k *reduced) Adds() bool { return adds(k.rest) }

func (k *reduced) Run(env *nest.Env, c, a, b unsafe.Pointer) {
	scratch := env.Scratch
	env.Scratch = nil
	if k.scratch > k.at { // else the address would be past the block's end, which the collector forbids
		env.Scratch = unsafe.Add(scratch, k.at)
	}
	for _, r := range k.first {
		sum := unsafe.Add(scratch, r.at)
		if r.isA {
			r.kernel.Run(env, sum, a, k.one)
			a = sum
		} else {
			r.kernel.Run(env, sum, b, k.one)
			b = sum
		}
	}
	k.rest.Run(env, c, a, b)
	env.Scratch = scratch
}
