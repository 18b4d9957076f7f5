package path

import (
	"fmt"
	"math"

	"tnbench/internal/instance"
)

// Step is what a pairwise contraction does with labels. Each label of its
// operands is in exactly one class; within a class labels are distinct and in
// the order in which the operands have them.
type Step struct {
	Pair
	Out int32 // SSA id of the result

	Batch      []instance.Label // in both operands, kept
	Contracted []instance.Label // in both, dropped
	LeftFree   []instance.Label // in the left only, kept
	RightFree  []instance.Label // in the right only, kept
	LeftSum    []instance.Label // in the left only, dropped: a one-sided sum
	RightSum   []instance.Label // in the right only, dropped

	Elements int     // of the result
	Flops    float64 // two per multiply-add; one per element for a product without a sum
}

// Sums reports whether the step drops any label.
func (s *Step) Sums() bool { return len(s.Contracted)+len(s.LeftSum)+len(s.RightSum) > 0 }

// Tree is a network contracted along one path: what every step does, and when
// every label goes.
type Tree struct {
	Instance *instance.Instance
	Steps    []Step // in the path's order; Steps[i].Out is Inputs+i
	// Dropped[l] is the step that drops label l; len(Steps) for labels of the
	// output and for labels no step drops.
	Dropped []int32
}

// Analyze classifies the labels of every step of an SSA path over the network's
// tensors, in O(total number of labels in operands). It fails if an intermediate
// has more elements than an int can count.
func Analyze(in *instance.Instance, ssa []Pair) (*Tree, error) {
	n := len(in.Inputs)
	t := &Tree{Instance: in, Steps: make([]Step, len(ssa)), Dropped: make([]int32, len(in.Dims))}
	for l := range t.Dropped {
		t.Dropped[l] = int32(len(ssa))
	}
	a := analyzer{
		dims:  in.Dims,
		uses:  make([]int32, len(in.Dims)),
		seen:  make([]int32, len(in.Dims)),
		kept:  make([][]instance.Label, n+len(ssa)),
		tree:  t,
		stamp: 0,
	}
	for i, labels := range in.Inputs {
		a.kept[i] = a.distinct(labels)
		for _, l := range a.kept[i] {
			a.uses[l]++
		}
	}
	for _, l := range in.Output {
		a.uses[l]++
	}
	for i, p := range ssa {
		t.Steps[i].Pair, t.Steps[i].Out = p, int32(n+i)
		if err := a.step(&t.Steps[i], int32(i)); err != nil {
			return nil, fmt.Errorf("step %d: %w", i, err)
		}
	}
	return t, nil
}

// analyzer walks a path with the state of the shrinking network.
type analyzer struct {
	dims  []int
	uses  []int32            // uses[l]: tensors alive that have l, plus one if the output has
	kept  [][]instance.Label // kept[id]: distinct labels of a tensor; nil once contracted
	seen  []int32            // seen[l] == stamp marks l in the set being built
	stamp int32
	tree  *Tree
	bump  labelBlock
	work  [6][]instance.Label
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

const (
	batch = iota
	contracted
	leftFree
	rightFree
	leftSum
	rightSum
)

// step classifies the labels of one step and makes its result's label list.
func (a *analyzer) step(s *Step, i int32) error {
	left, right := a.kept[s.Left], a.kept[s.Right]
	a.kept[s.Left], a.kept[s.Right] = nil, nil
	for c := range a.work {
		a.work[c] = a.work[c][:0]
	}
	a.stamp++
	for _, l := range right {
		a.seen[l] = a.stamp
		a.uses[l]--
	}
	for _, l := range left {
		class := leftFree
		if a.uses[l]--; a.seen[l] == a.stamp {
			class = batch
			a.seen[l] = 0 // so that what is still marked is in the right only
		}
		a.put(l, class, i)
	}
	for _, l := range right {
		if a.seen[l] == a.stamp {
			a.put(l, rightFree, i)
		}
	}
	for c, dst := range [...]*[]instance.Label{&s.Batch, &s.Contracted, &s.LeftFree, &s.RightFree, &s.LeftSum, &s.RightSum} {
		*dst = a.bump.copy(a.work[c])
	}
	a.kept[s.Out] = a.result(s)
	return a.cost(s)
}

// put adds l to a class, or to the class of the dropped that belongs to it.
func (a *analyzer) put(l instance.Label, class int, step int32) {
	if a.uses[l] == 0 {
		class = droppedClass[class]
		a.tree.Dropped[l] = step
	}
	a.work[class] = append(a.work[class], l)
}

// droppedClass gives for a class of kept labels the class of dropped ones.
var droppedClass = [...]int{batch: contracted, leftFree: leftSum, rightFree: rightSum}

// result returns the labels of the step's result and counts their new use.
func (a *analyzer) result(s *Step) []instance.Label {
	out := a.bump.take(len(s.Batch) + len(s.LeftFree) + len(s.RightFree))
	out = append(append(append(out, s.Batch...), s.LeftFree...), s.RightFree...)
	for _, l := range out {
		a.uses[l]++
	}
	return out
}

// cost fills in the step's elements and flops.
func (a *analyzer) cost(s *Step) error {
	elements, ok := a.tree.Instance.Elements(a.kept[s.Out])
	if !ok {
		return fmt.Errorf("the result has more than 2^62 elements")
	}
	s.Elements = elements
	s.Flops = float64(elements)
	if s.Sums() {
		s.Flops *= 2
	}
	for _, class := range [...][]instance.Label{s.Contracted, s.LeftSum, s.RightSum} {
		for _, l := range class {
			s.Flops *= float64(a.dims[l])
		}
	}
	return nil
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

// copy returns a copy of labels, nil for none.
func (b *labelBlock) copy(labels []instance.Label) []instance.Label {
	return append(b.take(len(labels)), labels...)
}

// Cost sums up a path as the suite's files declare it.
type Cost struct {
	Log2Size   float64 // log2 of the elements of the largest step result
	Log10Flops float64 // log10 of the flops of all steps
	Flops      float64
}

// Cost returns the tree's cost.
func (t *Tree) Cost() Cost {
	size := 1.0
	var flops float64
	for i := range t.Steps {
		size = max(size, float64(t.Steps[i].Elements))
		flops += t.Steps[i].Flops
	}
	return Cost{Log2Size: math.Log2(size), Log10Flops: math.Log10(flops), Flops: flops}
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
// last step's, the result, is 0.
func (t *Tree) Sizes() []int64 {
	sizes := make([]int64, len(t.Steps))
	for i := range len(t.Steps) - 1 {
		sizes[i] = int64(t.Steps[i].Elements)
	}
	return sizes
}
