package path

import (
	"math"
	"slices"

	"tnbench/internal/instance"
)

// Step is what a pairwise contraction does with labels. Each label of its
// operands is in exactly one class; within a class labels are distinct and in
// the order of their ranks.
type Step struct {
	Pair
	Out int32 // SSA id of the result

	Elements float64 // of the result; exact below 2^53, +Inf beyond the range of float64
	Flops    float64 // two per multiply-add; one per element for a product without a sum

	labels []instance.Label // class after class
	ends   [classes]int32   // of each class in labels
}

// Class is what a step does with a label.
type Class int

// The classes; a label of the result is in one of the first three.
const (
	Batch      Class = iota // in both operands, kept
	LeftFree                // in the left only, kept
	RightFree               // in the right only, kept
	Contracted              // in both, dropped
	LeftSum                 // in the left only, dropped: a one-sided sum
	RightSum                // in the right only, dropped
	classes
)

// dropped gives for a class of kept labels the class of dropped ones.
func (c Class) dropped() Class { return c + Contracted }

// Labels returns the labels of a class.
func (s *Step) Labels(c Class) []instance.Label {
	from := int32(0)
	if c > 0 {
		from = s.ends[c-1]
	}
	return s.labels[from:s.ends[c]:s.ends[c]]
}

// All returns the labels of all classes, class after class.
func (s *Step) All() []instance.Label { return s.labels }

// Kept returns the labels of the result, class after class.
func (s *Step) Kept() []instance.Label { return s.labels[:s.ends[RightFree]:s.ends[RightFree]] }

// Dropped returns the labels that the result does not have, class after class.
func (s *Step) Dropped() []instance.Label { return s.labels[s.ends[RightFree]:] }

// Sums reports whether the step drops any label.
func (s *Step) Sums() bool { return len(s.Dropped()) > 0 }

// Log2Flops returns the logarithm of the flops of a step of in that computes
// something, which is finite always.
func (s *Step) Log2Flops(in *instance.Instance) float64 {
	log := in.Log2Size(s.All())
	if s.Sums() {
		log++ // two per multiply-add
	}
	return log
}

// Work returns the operations of a step of in that cannot be avoided: one-sided
// sums are done before anything is multiplied, so that it may be far less than
// Flops.
func (s *Step) Work(in *instance.Instance) float64 {
	left, right := s.Labels(LeftSum), s.Labels(RightSum)
	if len(left) == 0 && len(right) == 0 {
		return s.Flops
	}
	work := s.Elements
	if shared := s.Labels(Contracted); len(shared) > 0 {
		work *= 2 * in.Size(shared)
	}
	common := in.Size(s.Labels(Batch)) * in.Size(s.Labels(Contracted))
	if len(left) > 0 {
		work += common * in.Size(s.Labels(LeftFree)) * in.Size(left)
	}
	if len(right) > 0 {
		work += common * in.Size(s.Labels(RightFree)) * in.Size(right)
	}
	return min(work, s.Flops)
}

// sort takes the labels of each class, in memory for all of them.
func (s *Step) sort(byClass *[classes][]instance.Label, memory []instance.Label) {
	for c, labels := range byClass {
		memory = append(memory, labels...)
		s.ends[c] = int32(len(memory))
	}
	s.labels = memory
}

// Tree is a network contracted along one path: what every step does, and when
// every label goes. It may be of any size: only what computes must be small enough.
type Tree struct {
	Instance *instance.Instance
	Steps    []Step // in the path's order; Steps[i].Out is Inputs+i
	// Dropped[l] is the step that drops label l; len(Steps) for labels of the
	// output and for labels no step drops.
	Dropped []int32
	// Rank[l] is the place of label l in an order that does not depend on how the network is
	// written; labels of one tensor that no step has are not in it.
	Rank []int32
	// Whole is the network that Instance is a slice of, which its inputs and its result
	// are stored as; nil if Instance is all there is.
	Whole *instance.Instance
}

// Slice returns the tree of a slice of the network: in has the same tensors, with
// smaller dimensions.
func (t *Tree) Slice(in *instance.Instance) *Tree {
	s := &Tree{Instance: in, Steps: slices.Clone(t.Steps), Dropped: t.Dropped, Rank: t.Rank, Whole: t.Instance}
	for i := range s.Steps {
		s.Steps[i].size(in)
	}
	return s
}

// size sets how large the result of a step is, and what it takes.
func (s *Step) size(in *instance.Instance) {
	s.Elements = in.Size(s.Kept())
	s.Flops = s.Elements
	if s.Sums() {
		s.Flops *= 2 * in.Size(s.Dropped())
	}
}

// Analyze classifies the labels of every step of an SSA path over the network's
// tensors, in O(total number of labels in operands).
func Analyze(in *instance.Instance, ssa []Pair) *Tree {
	n := len(in.Inputs)
	t := &Tree{Instance: in, Steps: make([]Step, len(ssa)), Dropped: make([]int32, len(in.Dims))}
	for l := range t.Dropped {
		t.Dropped[l] = int32(len(ssa))
	}
	a := analyzer{
		dims:  in.Dims,
		uses:  make([]int32, len(in.Dims)),
		seen:  make([]int32, len(in.Dims)),
		tree:  t,
		stamp: 0,
	}
	for _, labels := range in.Inputs {
		for _, l := range a.distinct(labels) {
			a.uses[l]++
		}
	}
	for _, l := range in.Output {
		a.uses[l]++
	}
	for i, p := range ssa {
		t.Steps[i].Pair, t.Steps[i].Out = p, int32(n+i)
		a.step(&t.Steps[i], int32(i))
	}
	t.canonicalise()
	return t
}

// analyzer walks a path with the state of the shrinking network.
type analyzer struct {
	dims  []int
	uses  []int32 // uses[l]: tensors alive that have l, plus one if the output has
	seen  []int32 // seen[l] == stamp marks l in the set being built
	stamp int32
	tree  *Tree
	bump  labelBlock
	work  [classes][]instance.Label
}

// labels returns the distinct labels of a tensor.
func (a *analyzer) labels(id int32) []instance.Label {
	inputs := a.tree.Instance.Inputs
	if int(id) < len(inputs) {
		return a.distinct(inputs[id])
	}
	return a.tree.Steps[int(id)-len(inputs)].Kept()
}

// distinct returns labels without repetitions, as is if there are none.
func (a *analyzer) distinct(labels []instance.Label) []instance.Label {
	a.stamp++
	for i, l := range labels {
		if a.seen[l] == a.stamp {
			return a.dedup(labels, i)
		}
		a.seen[l] = a.stamp
	}
	return labels
}

// dedup copies labels without repetitions; the first i are distinct and marked.
func (a *analyzer) dedup(labels []instance.Label, i int) []instance.Label {
	out := append([]instance.Label(nil), labels[:i]...)
	for _, l := range labels[i:] {
		if a.seen[l] != a.stamp {
			a.seen[l] = a.stamp
			out = append(out, l)
		}
	}
	return out
}

// step classifies the labels of one step and makes its result's label list.
func (a *analyzer) step(s *Step, i int32) {
	left, right := a.labels(s.Left), a.labels(s.Right)
	for c := range a.work {
		a.work[c] = a.work[c][:0]
	}
	a.stamp++
	for _, l := range right {
		a.seen[l] = a.stamp
		a.uses[l]--
	}
	for _, l := range left {
		class := LeftFree
		if a.uses[l]--; a.seen[l] == a.stamp {
			class = Batch
			a.seen[l] = 0 // so that what is still marked is in the right only
		}
		a.put(l, class, i)
	}
	for _, l := range right {
		if a.seen[l] == a.stamp {
			a.put(l, RightFree, i)
		}
	}
	total := 0
	for _, labels := range a.work {
		total += len(labels)
	}
	s.sort(&a.work, a.bump.take(total))
	for _, l := range s.Kept() {
		a.uses[l]++
	}
	s.size(a.tree.Instance)
}

// put adds l to a class, or to the class of the dropped that belongs to it.
func (a *analyzer) put(l instance.Label, class Class, step int32) {
	if a.uses[l] == 0 {
		class = class.dropped()
		a.tree.Dropped[l] = step
	}
	a.work[class] = append(a.work[class], l)
}

// labelBlock hands out small label slices from large blocks: a network of a
// million tensors would otherwise make millions of slices.
type labelBlock struct{ free []instance.Label }

// take returns an empty slice with room for exactly n labels.
func (b *labelBlock) take(n int) []instance.Label {
	if n == 0 {
		return nil
	}
	if n > len(b.free) {
		b.free = make([]instance.Label, max(n, 4096))
	}
	s := b.free[:0:n]
	b.free = b.free[n:]
	return s
}

// Cost sums up a path as the suite's files declare it.
type Cost struct {
	Log2Size   float64 // log2 of the elements of the largest step result
	Log10Flops float64 // log10 of the flops of all steps; -Inf if there are none
	Flops      float64 // +Inf beyond the range of float64; the logarithms are finite
}

// Cost returns the tree's cost.
func (t *Tree) Cost() Cost {
	var c Cost
	for i := range t.Steps {
		c.Log2Size = max(c.Log2Size, t.Instance.Log2Size(t.Steps[i].Kept()))
		c.Flops += t.Steps[i].Flops
	}
	c.Log10Flops = math.Log10(c.Flops)
	if math.IsInf(c.Flops, 1) {
		c.Log10Flops = t.log2Flops() * math.Log10(2)
	}
	return c
}

// log2Flops returns the logarithm of the flops of all steps, which are too many to
// be added up as they are.
func (t *Tree) log2Flops() float64 {
	logs := make([]float64, len(t.Steps))
	for i := range t.Steps {
		logs[i] = t.Steps[i].Log2Flops(t.Instance)
	}
	most, sum := slices.Max(logs), 0.0
	for _, log := range logs {
		sum += math.Exp2(log - most)
	}
	return most + math.Log2(sum)
}

// Pairs returns the SSA path of the tree.
func (t *Tree) Pairs() []Pair {
	ssa := make([]Pair, len(t.Steps))
	for i := range t.Steps {
		ssa[i] = t.Steps[i].Pair
	}
	return ssa
}

// Sizes returns the elements of each intermediate by the step that makes it; the
// last step's, the result, is 0. They are cut off where their sum may not be finite.
func (t *Tree) Sizes() []float64 {
	sizes := make([]float64, len(t.Steps))
	for i := range len(t.Steps) - 1 {
		sizes[i] = min(t.Steps[i].Elements, mostElements)
	}
	return sizes
}

// mostElements is so large that nothing else matters, and that the sum over all
// steps is still finite.
const mostElements = 1e290
