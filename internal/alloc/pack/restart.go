package pack

import (
	"cmp"
	"math"
	"math/rand/v2"
	"slices"
)

// restarts runs a search again and again with other ranks, as its running times
// are heavy-tailed: some ranks lead to a plan almost without backtracking, most
// never. What refuted earlier runs is remembered: items of sections that were
// to blame come first in the next.
type restarts struct {
	*search
	rng    *rand.Rand
	ranked []int32
	score  []float64 // of each item, highest first
}

func newRestarts(p *problem, seed uint64, stop func() bool) *restarts {
	return &restarts{
		search: newSearch(p, stop),
		rng:    rand.New(rand.NewPCG(seed, 0x9E3779B97F4A7C15)),
		ranked: make([]int32, len(p.items)),
		score:  make([]float64, len(p.items)),
	}
}

// lesson is the number of runs after which the blame is forgotten: what they
// have taught may lead astray.
const lesson = 100

// solve looks for offsets within the capacity (in units) and visits at most
// about nodes nodes.
func (r *restarts) solve(capacity, nodes int) verdict {
	for try := 0; nodes > 0; try++ {
		if try%lesson == 0 {
			clear(r.blame)
		}
		r.shuffle()
		limit := runLimit(try, 2*len(r.items)+500)
		before := r.nodes
		v := r.run(capacity, min(limit, nodes))
		if v != cutOff || r.stop() {
			return v
		}
		nodes -= r.nodes - before
	}
	return cutOff
}

// runLimit returns the nodes for a run. Runs that succeed take little more than
// one per item, so most are short; every 64th is 64 times as long, every 4096th
// 4096 times, so that what can be exhausted is in the end.
func runLimit(try, short int) int {
	for try++; try%64 == 0; try /= 64 {
		short *= 64
	}
	return short
}

// shuffle draws new ranks: wide items first, to a random degree also large ones
// and late ones, those of sections to blame before all others.
func (r *restarts) shuffle() {
	size := r.rng.Float64() * float64(r.rng.IntN(2))
	width := r.rng.Float64()
	late := 2 * r.rng.Float64() * float64(r.rng.IntN(2))
	noise := []float64{0, 0.05, 0.3}[r.rng.IntN(3)]
	learn := []float64{1, 3, 10}[r.rng.IntN(3)]
	bySum := r.rng.IntN(2) == 0
	all := 1.0
	for _, b := range r.blame {
		all += b
	}
	for i := range r.items {
		it := &r.items[i]
		r.ranked[i] = int32(i)
		r.score[i] = size*math.Log(float64(it.size)) +
			width*math.Log(float64(it.width())) +
			late*float64(it.lo+it.hi)/float64(2*r.sections) +
			noise*r.rng.NormFloat64() +
			learn*math.Log1p(blameOf(r.blame[it.lo:it.hi], bySum)*float64(r.sections)/all)
	}
	slices.SortFunc(r.ranked, func(a, b int32) int {
		return cmp.Or(cmp.Compare(r.score[b], r.score[a]), cmp.Compare(a, b))
	})
	for k, i := range r.ranked {
		r.rank[i] = int32(k)
	}
}

func blameOf(sections []float64, bySum bool) float64 {
	if !bySum {
		return slices.Max(sections)
	}
	sum := 0.0
	for _, b := range sections {
		sum += b
	}
	return sum
}
