package kernel

import (
	"slices"

	"tnbench/internal/kernel/model"
	"tnbench/internal/kernel/nest"
	"tnbench/internal/kernel/stream"
)

// A sum of products of two operands that lie in different orders, as of A·Bᵀ over both
// labels, follows the runs of one and hops through the other. It is taken block by block:
// one operand's block is put into the order of the other's and multiplied with that.

// mostCrossed bounds the blocks.
const mostCrossed = 1 << 15

// newCrossed returns such a kernel for s, which must be fused, if it is one for s and
// takes less time than one stream.
func newCrossed(s nest.Spec, o nest.Options) (nest.Kernel, bool) {
	if len(s.Batch)+len(s.M)+len(s.N) > 0 || len(s.K) < 2 || s.MACs() == 0 ||
		slices.ContainsFunc(s.K, func(l nest.Loop) bool { return l.A == 0 || l.B == 0 }) {
		return nil, false
	}
	// From the innermost loop of A outwards, but the innermost of B comes second.
	terms := slices.Clone(s.K)
	slices.SortStableFunc(terms, func(x, y nest.Loop) int { return x.A - y.A })
	second := 0
	for i := range terms {
		if terms[i].B < terms[second].B {
			second = i
		}
	}
	if second == 0 {
		return nil, false // a run is one of both
	}
	tiles, left := make([]int, len(terms)), model.Here.Stages.CrossedBlock
	take := func(i, most int) {
		tiles[i] = nest.EvenTile(terms[i].Extent, max(1, min(most, left)))
		left /= tiles[i]
	}
	take(0, model.Here.Stages.CrossedRun)
	take(second, model.Here.Stages.CrossedRun)
	for i := 1; i < len(terms); i++ {
		if i != second {
			take(i, left)
		}
	}
	direct, ok := stream.New(s, o, stream.AnyCycles)
	if !ok {
		return nil, false
	}
	k := crossed(s, terms, tiles, o, Cycles(direct, s))
	return k, k != nil
}

// crossed makes the stages for terms in blocks of tiles, nil if they take so many
// cycles at least.
func crossed(s nest.Spec, terms []nest.Loop, tiles []int, o nest.Options, most float64) nest.Kernel {
	blocks, elements := 1, 1
	for i, l := range terms {
		blocks *= (l.Extent + tiles[i] - 1) / tiles[i]
		elements *= tiles[i]
	}
	if blocks > mostCrossed {
		return nil
	}
	k := newSequence(s.Type, o)
	c := &crossing{sequence: k, terms: terms, tiles: tiles, most: most}
	c.copied = k.reserve(elements)
	if c.sums = (place{in: inC}); blocks > 1 {
		c.sums = k.reserve(blocks)
	}
	if !c.block(0, make([]int, len(terms)), place{in: inA}, place{in: inB}) {
		return nil
	}
	if blocks > 1 {
		k.sum(nil, []nest.Loop{{Extent: blocks, A: 1}}, place{in: inC}, c.sums, place{in: inOne})
	}
	k.info.Class, k.info.A, k.info.B = "dot", nest.InPlace, nest.Permuted
	return k
}

// crossing makes the stages of a sum block by block.
type crossing struct {
	*sequence
	terms        []nest.Loop
	tiles        []int
	copied, sums place
	most         float64 // cycles
	made         []crossedTile
	blocks       int
}

// crossedTile is how blocks of a size are copied and multiplied.
type crossedTile struct {
	extents            []int
	copies, multiplies stage
	cycles             [2]float64
}

// block adds the blocks of terms from one on, of which the others have extents. It
// reports whether they may take less than the most cycles.
func (c *crossing) block(from int, extents []int, a, b place) bool {
	if from < len(c.terms) {
		l, size := &c.terms[from], c.typ.Size()
		for i := 0; i < l.Extent; i += c.tiles[from] {
			extents[from] = min(c.tiles[from], l.Extent-i)
			if !c.block(from+1, extents, a.on(i*l.A*size), b.on(i*l.B*size)) {
				return false
			}
		}
		return true
	}
	t := c.tile(extents)
	c.add(t.copies.kernel, t.cycles[0], c.copied, b, place{in: inOne})
	c.add(t.multiplies.kernel, t.cycles[1], c.sums.on(c.blocks*c.typ.Size()), a, c.copied)
	c.blocks++
	return c.cycles < c.most
}

// tile returns how blocks of a size are done.
func (c *crossing) tile(extents []int) *crossedTile {
	for i := range c.made {
		if slices.Equal(c.made[i].extents, extents) {
			return &c.made[i]
		}
	}
	var moved, summed []nest.Loop
	next := 1
	for i, l := range c.terms {
		moved = append(moved, nest.Loop{Extent: extents[i], A: l.B, C: next})
		summed = append(summed, nest.Loop{Extent: extents[i], A: l.A, B: next})
		next *= extents[i]
	}
	part := newSequence(c.typ, c.options)
	part.sum(moved, nil, place{}, place{}, place{})
	start, first := model.Here.Stages.Start, part.cycles
	part.stream(nest.Spec{Type: c.typ, K: summed}, place{}, place{}, place{})
	c.made = append(c.made, crossedTile{slices.Clone(extents), part.stages[0], part.stages[1], [...]float64{first - start, part.cycles - first - start}})
	return &c.made[len(c.made)-1]
}
