package kernel

import (
	"slices"

	"tnbench/internal/kernel/model"
	"tnbench/internal/kernel/nest"
	"tnbench/internal/kernel/stream"
)

// Short runs that both operands share, and along the next loop of C only one of them
// moves on, as in mn,kn->mkn: the other one is repeated side by side, so that runs are
// worth a vector.

// newTiled returns such a kernel for s, which must be fused, if it is one for s and
// takes less time than one stream.
func newTiled(s nest.Spec, o nest.Options) (nest.Kernel, bool) {
	k := newSequence(s.Type, o)
	if len(s.K) > 0 || s.MACs() == 0 || !k.tile(s, place{in: inA}, place{in: inB}) && !k.tile(s.Turned(), place{in: inB}, place{in: inA}) {
		return nil, false
	}
	direct, ok := stream.New(s, o, stream.AnyCycles)
	return k, ok && k.cycles < Cycles(direct, s)
}

// tile makes the stages if A is the operand to repeat, along the second loop of C.
func (k *sequence) tile(s nest.Spec, a, b place) bool {
	own := slices.IndexFunc(s.Batch, func(l nest.Loop) bool { return l.A == 1 && l.B == 1 && l.C == 1 })
	if own < 0 {
		return false
	}
	run := s.Batch[own].Extent
	next := slices.IndexFunc(s.N, func(l nest.Loop) bool { return l.B == run && l.C == run })
	if next < 0 || run*k.typ.Size() > model.Here.Stages.ShortRun {
		return false
	}
	along := s.N[next]
	side := 1
	for side < along.Extent && side*run < model.Here.Stages.Run {
		side *= 2
	}
	if side > along.Extent {
		side /= 2
	}
	// What else moves A is repeated as well.
	var moving []nest.Loop
	elements := side * run
	others := func(loops []nest.Loop) (out []nest.Loop) {
		for _, l := range loops {
			if l.A > 0 {
				moving = append(moving, nest.Loop{Extent: l.Extent, A: l.A, C: elements})
				l.A = elements
				elements *= l.Extent
			}
			out = append(out, l)
		}
		return out
	}
	rest := nest.Spec{Type: s.Type, Batch: others(slices.Delete(slices.Clone(s.Batch), own, own+1)), M: others(s.M), N: slices.Delete(slices.Clone(s.N), next, next+1)}
	if side < 2 || s.MACs() < 2*elements {
		return false
	}
	repeated := k.repeat(moving, run, side, elements, a)
	size := k.typ.Size()
	part := func(count, times int) nest.Spec {
		t := rest
		t.Batch = append([]nest.Loop{{Extent: count * run, A: 1, B: 1, C: 1}}, rest.Batch...)
		t.N = append([]nest.Loop{{Extent: times, B: count * run, C: count * run}}, rest.N...)
		return t
	}
	times := along.Extent / side
	k.stream(part(side, times), place{in: inC}, repeated, b)
	if left := along.Extent % side; left > 0 {
		at := times * side * run * size
		k.stream(part(left, 1), place{inC, at}, repeated, b.on(at))
	}
	k.info.Class, k.info.A, k.info.B = "elementwise", nest.Packed, nest.InPlace
	if a.in == inB {
		k.info.A, k.info.B = nest.InPlace, nest.Packed
	}
	return true
}

// repeat copies runs of an operand and then what it has copied, until it has all of them
// side by side. It returns where.
func (k *sequence) repeat(moving []nest.Loop, run, side, elements int, a place) place {
	to, size := k.reserve(elements), k.typ.Size()
	loops := append([]nest.Loop{{Extent: run, A: 1, C: 1}}, moving...)
	k.sum(loops, nil, to, a, place{in: inOne})
	for i := 1; i < len(loops); i++ {
		loops[i].A = loops[i].C
	}
	for have := 1; have < side; have *= 2 {
		loops[0].Extent = have * run
		k.sum(slices.Clone(loops), nil, to.on(have*run*size), to, place{in: inOne})
	}
	return to
}
