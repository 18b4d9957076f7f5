package path

import (
	"math/bits"
	"math/rand/v2"
	"slices"

	"tnbench/internal/instance"
)

// windowLeaves is how many leaves a window has at most. The work for a window
// is 3^windowLeaves/2 splits at most.
const windowLeaves = 8

// labelMask is a set of up to 128 labels of a window.
type labelMask struct{ lo, hi uint64 }

func (m labelMask) or(o labelMask) labelMask  { return labelMask{m.lo | o.lo, m.hi | o.hi} }
func (m labelMask) and(o labelMask) labelMask { return labelMask{m.lo & o.lo, m.hi & o.hi} }

// window is a piece of a tree: the steps between one of its tensors, the root,
// and a few others, the leaves. It finds the best order to contract the leaves
// by dynamic programming over their subsets.
type window struct {
	tree   *tree
	leaves []int32 // inputs of the network or results of steps outside
	steps  []int32 // ids that the window's steps make; the root first

	labels []instance.Label // of the leaves, ascending; a mask's bit i is labels[i]
	equal  bool             // all labels have the same dimension
	powers [129]float64     // if so: its powers
	subset [1 << windowLeaves]subset
}

// subset is a set of leaves, contracted.
type subset struct {
	union labelMask // all labels of the leaves
	kept  labelMask // those the result has
	cost  float64   // of the steps that make it
	left  uint32    // the subset that the last of them has as one operand
}

// newWindow returns a window that can be laid over pieces of t.
func newWindow(t *tree) *window {
	return &window{tree: t}
}

// rearrange lays the window over the subtree of root and makes its steps the
// best ones. It reports whether that changed anything.
func (w *window) rearrange(root int32, random bool, rng *rand.Rand) bool {
	w.grow(root, random, rng)
	if len(w.leaves) < 3 || !w.number() {
		return false
	}
	var now float64
	for _, id := range w.steps {
		now += w.tree.cost(w.tree.measure(id))
	}
	w.solve(root)
	// Sums in another order round differently: what differs by less is equal.
	if all := uint32(1)<<len(w.leaves) - 1; !(w.subset[all].cost < now*(1-1e-9)) {
		return false
	}
	w.rebuild()
	return true
}

// grow chooses leaves: from the root down, the largest tensor that a step makes
// (or a random one) gives way to its operands.
func (w *window) grow(root int32, random bool, rng *rand.Rand) {
	t := w.tree
	w.steps = append(w.steps[:0], root)
	p := t.kids[root-t.n]
	w.leaves = append(w.leaves[:0], p.Left, p.Right)
	for len(w.leaves) < windowLeaves {
		best, at := -1.0, -1
		for i, id := range w.leaves {
			if id < t.n {
				continue
			}
			weight := t.net.elements(t.sets[id])
			if random {
				weight = rng.Float64()
			}
			if weight > best {
				best, at = weight, i
			}
		}
		if at < 0 {
			return
		}
		id := w.leaves[at]
		w.steps = append(w.steps, id)
		p := t.kids[id-t.n]
		w.leaves[at] = p.Left
		w.leaves = append(w.leaves, p.Right)
	}
}

// number gives each label of the leaves a bit. It reports whether there are
// bits enough.
func (w *window) number() bool {
	t := w.tree
	w.labels = w.labels[:0]
	for _, id := range w.leaves {
		w.labels = append(w.labels, t.sets[id]...)
	}
	slices.Sort(w.labels)
	w.labels = slices.Compact(w.labels)
	if len(w.labels) > 128 {
		return false
	}
	w.equal = true
	for _, l := range w.labels {
		w.equal = w.equal && t.net.dims[l] == t.net.dims[w.labels[0]]
	}
	if w.equal && len(w.labels) > 0 {
		w.powers[0] = 1
		for i := range w.labels {
			w.powers[i+1] = w.powers[i] * t.net.dims[w.labels[0]]
		}
	}
	return true
}

// mask returns the set of some of the window's labels.
func (w *window) mask(set []instance.Label) (m labelMask) {
	i := 0
	for _, l := range set {
		for w.labels[i] != l {
			i++
		}
		if i < 64 {
			m.lo |= 1 << i
		} else {
			m.hi |= 1 << (i - 64)
		}
	}
	return m
}

// set is the inverse of mask.
func (w *window) set(m labelMask) []instance.Label {
	set := make([]instance.Label, 0, bits.OnesCount64(m.lo)+bits.OnesCount64(m.hi))
	for b := m.lo; b != 0; b &= b - 1 {
		set = append(set, w.labels[bits.TrailingZeros64(b)])
	}
	for b := m.hi; b != 0; b &= b - 1 {
		set = append(set, w.labels[64+bits.TrailingZeros64(b)])
	}
	return set
}

// volume returns the product of the dimensions of m.
func (w *window) volume(m labelMask) float64 {
	if w.equal {
		return min(w.powers[bits.OnesCount64(m.lo)+bits.OnesCount64(m.hi)], maxElements)
	}
	v := 1.0
	for b := m.lo; b != 0; b &= b - 1 {
		v *= w.tree.net.dims[w.labels[bits.TrailingZeros64(b)]]
	}
	for b := m.hi; b != 0; b &= b - 1 {
		v *= w.tree.net.dims[w.labels[64+bits.TrailingZeros64(b)]]
	}
	return min(v, maxElements)
}

// solve fills in subset for every set of leaves.
func (w *window) solve(root int32) {
	all := uint32(1)<<len(w.leaves) - 1
	w.subset[0] = subset{}
	for i, id := range w.leaves {
		m := w.mask(w.tree.sets[id])
		w.subset[1<<i] = subset{union: m, kept: m}
	}
	for s := uint32(1); s <= all; s++ {
		if rest := s & (s - 1); rest != 0 {
			w.subset[s].union = w.subset[rest].union.or(w.subset[s^rest].union)
		}
	}
	outside := w.mask(w.tree.sets[root])
	for s := uint32(1); s <= all; s++ {
		if s&(s-1) == 0 {
			continue
		}
		w.subset[s].kept = w.subset[s].union.and(outside.or(w.subset[all^s].union))
		w.split(s)
	}
}

// split finds the cheapest two parts of subset s, whose parts are solved.
func (w *window) split(s uint32) {
	out := &w.subset[s]
	size := w.volume(out.kept)
	first := true
	rest := s & (s - 1) // the lowest leaf is on the left: halves the work
	for right := rest; right != 0; right = (right - 1) & rest {
		l, r := &w.subset[s^right], &w.subset[right]
		cost := l.cost + r.cost
		if !first && cost >= out.cost {
			continue
		}
		loop := l.kept.or(r.kept)
		cost += w.tree.cost(size, w.volume(loop), loop != out.kept)
		if first || cost < out.cost {
			out.cost, out.left, first = cost, s^right, false
		}
	}
}

// rebuild gives the window's steps the operands that solve found. Ids of steps
// are reused; the root keeps its own.
func (w *window) rebuild() {
	type job struct {
		id int32
		s  uint32
	}
	free := w.steps[1:]
	// name returns the id for a subset: a leaf's, or that of a step to rebuild.
	var jobs []job
	name := func(s uint32) int32 {
		if s&(s-1) == 0 {
			return w.leaves[bits.TrailingZeros32(s)]
		}
		id := free[0]
		free = free[1:]
		jobs = append(jobs, job{id, s})
		return id
	}
	jobs = append(jobs, job{w.steps[0], uint32(1)<<len(w.leaves) - 1})
	for len(jobs) > 0 {
		j := jobs[len(jobs)-1]
		jobs = jobs[:len(jobs)-1]
		left := w.subset[j.s].left
		w.tree.sets[j.id] = w.set(w.subset[j.s].kept)
		w.tree.kids[j.id-w.tree.n] = Pair{name(left), name(j.s ^ left)}
	}
}
