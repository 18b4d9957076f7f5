package slicing

import (
	"cmp"
	"math"
	"slices"

	"tnbench/internal/instance"
	"tnbench/internal/path"
	"tnbench/internal/region"
)

// Choose returns the cuts with the least flops, and of these the fewest slices, with
// which no more than limit bytes of intermediates are live at once. It reports false if
// it finds none. The choice is the best there is where all can be tried, in networks of
// few labels; else the best of what one label after the other leads to, improved by
// leaving out and exchanging single ones.
func Choose(tree *path.Tree, order path.Order, mode region.Mode, limit float64) (cuts []instance.Cut, ok bool) {
	if len(tree.Steps) == 0 {
		return nil, false
	}
	s := &search{tree: tree, order: order, mode: mode, limit: limit}
	start := s.try(nil)
	if start.excess == 0 {
		return nil, true
	}
	s.labels = s.candidates(start)
	found := s.descend(start)
	s.left = budget(tree)
	s.best = s.improve(found)
	s.left = budget(tree) / 2
	s.exhaust(start, 0)
	return s.best.cuts, s.best.excess == 0
}

// search looks for cuts.
type search struct {
	tree  *path.Tree
	order path.Order
	mode  region.Mode
	limit float64
	left  int // attempts

	labels []instance.Label // that matter most
	best   attempt
}

// attempt is cuts and what they come to.
type attempt struct {
	cuts   []instance.Cut
	flops  float64
	slices int
	excess float64
	lives  *lives
}

// budget returns how many attempts may be made to improve what was found: some tenths of
// a second's worth.
func budget(tree *path.Tree) int { return min(800_000/len(tree.Steps), 20_000) }

// candidateBound returns how many labels are tried at each turn, the ones that promise
// most first.
func candidateBound(tree *path.Tree) int { return min(max(80_000/len(tree.Steps), 3), 40) }

// try finds out what cuts come to.
func (s *search) try(cuts []instance.Cut) attempt {
	s.left--
	if TooMany(cuts) {
		return attempt{excess: math.Inf(1)}
	}
	sliced := New(s.tree, cuts)
	a := attempt{cuts: cuts, slices: sliced.Slices(), lives: livesOf(s.tree, sliced, s.order, s.mode)}
	a.excess = a.lives.excess(s.limit)
	if sliced != nil {
		a.flops = sliced.Flops()
	} else {
		a.flops = s.tree.Cost().Flops
	}
	return a
}

// better reports whether a is to be preferred to b.
func (a *attempt) better(b *attempt) bool {
	if a.excess > 0 || b.excess > 0 {
		return a.excess < b.excess
	}
	const same = 1e-12 // sums in another order
	if d := a.flops - b.flops; math.Abs(d) > same*b.flops {
		return d < 0
	}
	return a.slices < b.slices
}

// with returns cuts with a label cut into so many parts more.
func with(cuts []instance.Cut, label instance.Label, by int) []instance.Cut {
	cuts = slices.Clone(cuts)
	for i := range cuts {
		if cuts[i].Label == label {
			cuts[i].Parts *= by
			return cuts
		}
	}
	return append(cuts, instance.Cut{Label: label, Parts: by})
}

// without undoes with.
func without(cuts []instance.Cut, label instance.Label, by int) []instance.Cut {
	cuts = slices.Clone(cuts)
	at := slices.IndexFunc(cuts, func(c instance.Cut) bool { return c.Label == label })
	if cuts[at].Parts /= by; cuts[at].Parts == 1 {
		return slices.Delete(cuts, at, at+1)
	}
	return cuts
}

// rest returns what is left of a label's range.
func (s *search) rest(cuts []instance.Cut, label instance.Label) int {
	d := s.tree.Instance.Dims[label]
	for _, c := range cuts {
		if c.Label == label {
			d /= c.Parts
		}
	}
	return d
}

// candidates returns the labels of what is live where that is too much, those first of
// which most bytes are.
func (s *search) candidates(a attempt) []instance.Label {
	weights := map[instance.Label]float64{}
	over := make([]int, len(a.lives.live)+1) // places before this one where too much is live
	for place, live := range a.lives.live {
		over[place+1] = over[place]
		if live > s.limit {
			over[place+1]++
		}
	}
	for i := range s.tree.Steps {
		n := over[a.lives.last[i]+1] - over[a.lives.first[i]]
		if i == len(s.tree.Steps)-1 || n <= 0 {
			continue
		}
		bytes := max(a.lives.bytes[i], 1)
		for _, l := range s.tree.Steps[i].Kept() {
			if s.rest(a.cuts, l) > 1 {
				weights[l] += bytes * float64(n)
			}
		}
	}
	labels := make([]instance.Label, 0, len(weights))
	for l := range weights {
		labels = append(labels, l)
	}
	slices.SortFunc(labels, func(x, y instance.Label) int {
		return cmp.Or(cmp.Compare(weights[y], weights[x]), cmp.Compare(s.tree.Rank[x], s.tree.Rank[y]))
	})
	return labels[:min(len(labels), candidateBound(s.tree))]
}

// descend cuts one label after the other, each time the one that costs least for what
// it brings, until the rest fits.
func (s *search) descend(a attempt) attempt {
	for a.excess > 0 {
		var best attempt
		least := math.Inf(1)
		for _, l := range s.candidates(a) {
			b := s.try(with(a.cuts, l, instance.FewestParts(s.rest(a.cuts, l))))
			if price := price(&a, &b); price < least || best.lives == nil {
				best, least = b, price
			}
		}
		if best.lives == nil {
			break
		}
		a = best
	}
	return a
}

// price is what b costs more than a for what it brings, in octaves.
func price(a, b *attempt) float64 {
	gain := a.excess - b.excess
	if gain <= 0 {
		return math.Inf(1)
	}
	const slice = 1e-3 // more slices cost a little, too
	return (math.Log2(b.flops/a.flops) + slice*math.Log2(float64(b.slices)/float64(a.slices))) / gain
}

// improve leaves out what is not needed, and exchanges what is for something cheaper.
func (s *search) improve(a attempt) attempt {
	if a.excess > 0 {
		return a
	}
	for changed := true; changed; {
		changed = false
		for _, c := range slices.Clone(a.cuts) {
			if s.left <= 0 {
				return a
			}
			by := instance.FewestParts(c.Parts)
			less := without(a.cuts, c.Label, by)
			if b := s.try(less); b.better(&a) {
				a, changed = b, true
				break
			}
			for _, l := range s.labels {
				rest := s.rest(less, l)
				if l == c.Label || rest == 1 {
					continue
				}
				if b := s.try(with(less, l, instance.FewestParts(rest))); b.better(&a) {
					a, changed = b, true
				}
			}
			if changed {
				break
			}
		}
	}
	return a
}

// exhaust tries all cuts of the labels from the i-th on, in addition to those of a, that
// may be better than the best so far: a further cut never takes fewer flops.
func (s *search) exhaust(a attempt, i int) {
	for ; i < len(s.labels); i++ {
		for _, parts := range divisors(s.tree.Instance.Dims[s.labels[i]]) {
			if s.left <= 0 {
				return
			}
			b := s.try(with(a.cuts, s.labels[i], parts))
			if b.better(&s.best) {
				s.best = b
			}
			if b.lives == nil {
				continue
			}
			// What is good enough gets no better by more cuts; what takes more already, neither.
			if b.excess > 0 && (s.best.excess > 0 || b.flops <= s.best.flops) {
				s.exhaust(b, i+1)
			}
		}
	}
}

// divisors returns those of n that are above 1, in ascending order.
func divisors(n int) (all []int) {
	for d := 1; d*d <= n; d++ {
		if n%d == 0 {
			if all = append(all, n/d); d > 1 && d*d < n {
				all = append(all, d)
			}
		}
	}
	slices.Sort(all)
	return all
}
