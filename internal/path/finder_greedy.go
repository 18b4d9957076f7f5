package path

import (
	"math"
	"math/rand/v2"

	"tnbench/internal/instance"
)

// fan bounds the neighbours a label makes: while more tensors than this have
// it, it makes none, or a batch label in every tensor of a network would make
// quadratically many. Such tensors still join, smallest first, once nothing
// else is left to join.
const fan = 64

// temper is how a greedy trial scores pairs: size(result)/mod - mod·(size(left)
// + size(right)), on a logarithmic scale, plus noise. The form, and the ranges
// of what is drawn, follow the random greedy search of cotengra.
type temper struct {
	mod   float64
	noise float64 // temperature; 0 for none
	rng   *rand.Rand
}

// newTemper draws the parameters of a trial. Trial 0 is plain greedy.
func newTemper(seed uint64, trial int) temper {
	t := temper{mod: 1, rng: rand.New(rand.NewPCG(seed, uint64(trial)))}
	if trial > 0 {
		t.mod = exp2(4*t.rng.Float64() - 2)
		t.noise = exp2(float64(-10 * t.rng.Float64()))
	}
	return t
}

// score rates contracting tensors of these sizes; the lowest goes first.
//
// Note: only operations that IEEE 754 rounds exactly are used, and products are
// converted before they are added, which forbids fusing: a found path must not
// depend on the processor's math routines.
func (t *temper) score(left, right, result float64) float64 {
	s := result/t.mod - float64((left+right)*t.mod)
	if s < 0 {
		s = -log2(1 - s)
	} else {
		s = log2(1 + s)
	}
	if t.noise > 0 {
		s -= float64(t.noise * t.gumbel())
	}
	return s
}

// gumbel draws from a distribution close to Gumbel's: the lowest of scores with
// this noise is a sample by Boltzmann weight.
func (t *temper) gumbel() float64 {
	return -log2(-log2(t.rng.Float64() + 0x1p-54))
}

// log2 is a logarithm exact at powers of two and linear between them: the bits
// of a float64 read as an integer. Noise and ranking need no more, and it is the
// same everywhere. It is defined for x >= 0.
func log2(x float64) float64 {
	return float64(int64(math.Float64bits(x))-1023<<52) * 0x1p-52
}

// exp2 is the inverse of log2.
func exp2(x float64) float64 {
	return math.Float64frombits(uint64((x + 1023) * 0x1p52))
}

// pairing is a candidate contraction.
type pairing struct {
	score float64
	a, b  int32
}

func (p pairing) before(q pairing) bool {
	if p.score != q.score {
		return p.score < q.score
	}
	if p.a != q.a {
		return p.a < q.a
	}
	return p.b < q.b
}

// sized is a tensor or a step, to be taken by size.
type sized struct {
	size float64
	id   int32
}

func (s sized) before(t sized) bool {
	if s.size != t.size {
		return s.size < t.size
	}
	return s.id < t.id
}

// greedy contracts the network by always taking the pair with the lowest score.
// Its memory is reused from trial to trial.
type greedy struct {
	net    *hypergraph
	temper temper

	sets    [][]instance.Label // sets[id]; of the living only
	sizes   []float64
	alive   []bool
	uses    []int32   // uses[l]: the living that have l, plus one if the output has
	holders [][]int32 // holders[l]: those that had l when they were made, some dead by now
	pairs   minHeap[pairing]
	rest    minHeap[sized] // every tensor, some dead by now
	seen    []int32        // seen[id] == stamp marks ids visited
	stamp   int32
	labels  labelBlock
	scratch []instance.Label
}

// newGreedy prepares trials over net.
func newGreedy(net *hypergraph) *greedy {
	n := max(2*len(net.sets)-1, 0)
	return &greedy{
		net:     net,
		sets:    make([][]instance.Label, 0, n),
		sizes:   make([]float64, 0, n),
		alive:   make([]bool, n),
		uses:    make([]int32, len(net.dims)),
		holders: make([][]int32, len(net.dims)),
		seen:    make([]int32, n),
	}
}

// run does one trial.
func (g *greedy) run(t temper) candidatePath {
	g.reset(t)
	n := len(g.net.sets)
	c := candidatePath{ssa: make([]Pair, 0, n-1)}
	for len(c.ssa) < n-1 {
		a, b := g.choose()
		set, size, loop := g.net.merge(g.labels.take(len(g.sets[a])+len(g.sets[b])), g.sets[a], g.sets[b], g.uses)
		sums := g.contract(a, b, set, size)
		c.ssa = append(c.ssa, Pair{min(a, b), max(a, b)})
		c.flops += stepFlops(loop, sums)
		c.size = max(c.size, size)
	}
	return c
}

// reset makes all inputs alive and rates all pairs of neighbours.
func (g *greedy) reset(t temper) {
	g.temper = t
	g.sets, g.sizes = append(g.sets[:0], g.net.sets...), g.sizes[:0]
	g.pairs, g.rest = g.pairs[:0], g.rest[:0]
	clear(g.seen)
	g.stamp = 0
	g.labels = labelBlock{}
	copy(g.uses, g.net.uses)
	for l, holders := range g.net.inputs {
		g.holders[l] = append(g.holders[l][:0], holders...)
	}
	for id, set := range g.net.sets {
		g.alive[id] = true
		g.sizes = append(g.sizes, g.net.elements(set))
		g.rest.push(sized{g.sizes[id], int32(id)})
	}
	for id := range g.net.sets {
		g.pairWithNeighbours(int32(id), int32(id))
	}
}

// choose takes the living pair with the lowest score; if there is none, what is
// left has no labels in common and the two smallest go.
func (g *greedy) choose() (a, b int32) {
	for len(g.pairs) > 0 {
		if p := g.pairs.pop(); g.alive[p.a] && g.alive[p.b] {
			return p.a, p.b
		}
	}
	return g.smallest(), g.smallest()
}

// smallest takes the smallest living tensor from the rest.
func (g *greedy) smallest() int32 {
	for {
		if s := g.rest.pop(); g.alive[s.id] {
			return s.id
		}
	}
}

// contract replaces a and b by a tensor with the labels in set. It reports
// whether labels were summed.
func (g *greedy) contract(a, b int32, set []instance.Label, size float64) (sums bool) {
	id := int32(len(g.sets))
	g.alive[a], g.alive[b], g.alive[id] = false, false, true
	for _, old := range [...]int32{a, b} {
		for _, l := range g.sets[old] {
			g.uses[l]--
			sums = sums || g.uses[l] == 0
		}
		g.sets[old] = nil
	}
	g.sets, g.sizes = append(g.sets, set), append(g.sizes, size)
	g.rest.push(sized{size, id})
	for _, l := range set {
		g.uses[l]++
		g.holders[l] = append(g.holders[l], id)
	}
	for _, l := range set {
		if g.uses[l] == fan {
			g.pairHolders(l)
		}
	}
	g.pairWithNeighbours(id, 0)
	return sums
}

// pairWithNeighbours rates id with every tensor from the given one on that
// shares a label with it.
func (g *greedy) pairWithNeighbours(id, from int32) {
	g.stamp++
	g.seen[id] = g.stamp
	for _, l := range g.sets[id] {
		if g.uses[l] > fan {
			continue
		}
		for _, other := range g.living(l) {
			if other >= from && g.seen[other] != g.stamp {
				g.seen[other] = g.stamp
				g.rate(id, other)
			}
		}
	}
}

// pairHolders rates all pairs of tensors that have l, when few enough are left.
func (g *greedy) pairHolders(l instance.Label) {
	holders := g.living(l)
	for i, a := range holders {
		for _, b := range holders[:i] {
			g.rate(a, b)
		}
	}
}

// living drops the dead from l's holders and returns the others.
func (g *greedy) living(l instance.Label) []int32 {
	all := g.holders[l]
	kept := all[:0]
	for _, id := range all {
		if g.alive[id] {
			kept = append(kept, id)
		}
	}
	g.holders[l] = kept
	return kept
}

// rate makes a candidate of a and b. Its score stays true while both live: a
// label that others have too stays in use, whatever they are contracted to.
func (g *greedy) rate(a, b int32) {
	var size float64
	g.scratch, size, _ = g.net.merge(g.scratch[:0], g.sets[a], g.sets[b], g.uses)
	g.pairs.push(pairing{g.temper.score(g.sizes[a], g.sizes[b], size), min(a, b), max(a, b)})
}
