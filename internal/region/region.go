// Package region finds the steps of a network that may run slice by slice, so that
// what one makes and the next uses is never stored whole. It knows labels, sizes and
// what kernels take at least; it refuses to know layouts and memory.
package region

import (
	"slices"

	"tnbench/internal/instance"
	"tnbench/internal/path"
	"tnbench/internal/suggest"
)

// Mode says what regions are for.
type Mode uint8

// The modes. The last two are for tests: they take whatever can be streamed.
const (
	Off  Mode = iota // none
	Auto             // where they are sure to save time
	Max              // the least memory that adds no flop
	Finest
	Coarsest
)

var modeNames = []string{Off: "off", Auto: "auto", Max: "max"}

// Names lists the names that [ParseMode] takes.
func Names() []string { return modeNames }

// ParseMode returns the mode called name.
func ParseMode(name string) (Mode, error) {
	for m, n := range modeNames {
		if n == name {
			return Mode(m), nil
		}
	}
	return Off, suggest.Unknown("way to stream", name, modeNames)
}

// String names the mode.
func (m Mode) String() string {
	if int(m) < len(modeNames) {
		return modeNames[m]
	}
	return "test"
}

// Region is some steps, the last of which uses what all others make: with [Auto] each
// what the one before made, else there may be branches. They run inside loops over parts
// of the labels that are cut. All tensors between them have all of these labels, so that
// no step is repeated.
type Region struct {
	Steps []int32 // of the tree, in its order
	// Cuts are the loops, the outermost first. Those of labels that the last step
	// drops come last: it adds up what their slices give.
	Cuts []instance.Cut
	Adds int // slices that are added up, the product of the parts of dropped labels
}

// Slices returns how many times the steps run.
func (r *Region) Slices() int {
	n := 1
	for _, c := range r.Cuts {
		n *= c.Parts
	}
	return n
}

// Parts returns into how many parts a label is cut.
func (r *Region) Parts(l instance.Label) int {
	for _, c := range r.Cuts {
		if c.Label == l {
			return c.Parts
		}
	}
	return 1
}

// Root returns the last step, the result of which is stored.
func (r *Region) Root() int32 { return r.Steps[len(r.Steps)-1] }

// Cut returns the dimensions of one slice, given those of all labels. It changes dims.
func (r *Region) Cut(dims []int) {
	for _, c := range r.Cuts {
		dims[c.Label] /= c.Parts
	}
}

// Restore undoes Cut.
func (r *Region) Restore(dims []int) {
	for _, c := range r.Cuts {
		dims[c.Label] *= c.Parts
	}
}

// Regions are those of a tree. The nil pointer has none.
type Regions struct {
	All    []Region
	of     []int32 // by step of the tree
	inputs int
}

// none marks steps that are in no region.
const none = -1

// Of returns the region that a step of the tree is in, by its place there; nil for none.
func (r *Regions) Of(step int) *Region {
	if r == nil || r.of[step] == none {
		return nil
	}
	return &r.All[r.of[step]]
}

// Inside returns the region that streams a tensor, by SSA id; nil if it is stored.
func (r *Regions) Inside(id int32) *Region {
	if r == nil || int(id) < r.inputs {
		return nil
	}
	step := int(id) - r.inputs
	if g := r.Of(step); g != nil && int(g.Root()) != step {
		return g
	}
	return nil
}

// Touch returns what tells whether a step of a region makes or uses a tensor, by SSA id.
func (r *Regions) Touch(tree *path.Tree) func(id int32) bool {
	touched := make([]bool, r.inputs+len(tree.Steps))
	for g := range r.All {
		for _, i := range r.All[g].Steps {
			s := &tree.Steps[i]
			touched[s.Left], touched[s.Right], touched[s.Out] = true, true, true
		}
	}
	return func(id int32) bool { return touched[id] }
}

// Order returns an execution order with the steps of each region next to each other:
// they wait for the last one. Others keep their order.
func (r *Regions) Order(order []int) []int {
	if r == nil {
		return order
	}
	out := make([]int, 0, len(order))
	waiting := make([][]int, len(r.All))
	for _, step := range order {
		g := r.of[step]
		if g == none {
			out = append(out, step)
			continue
		}
		if waiting[g] = append(waiting[g], step); step == int(r.All[g].Root()) {
			out = append(out, waiting[g]...)
		}
	}
	return out
}

// Part returns the region of the steps from..to, the latter excluded, with the same cuts.
func (r *Region) Part(tree *path.Tree, from, to int) *Region {
	part := &Region{Steps: r.Steps[from:to], Cuts: r.Cuts}
	part.countAdds(tree)
	return part
}

// Divide parts a region where what passes between steps on two sides is stored.
func (r *Region) Divide(tree *path.Tree, side func(step int) bool) []Region {
	inputs := len(tree.Instance.Inputs)
	piece := make([]int, len(r.Steps)) // that a step is in
	pieces := []Region{{Cuts: r.Cuts}}
	for at := len(r.Steps) - 1; at >= 0; at-- {
		i := r.Steps[at]
		s, own := &tree.Steps[i], &pieces[piece[at]]
		own.Steps = append(own.Steps, i)
		for made := range s.Makers(inputs) {
			below, ok := slices.BinarySearch(r.Steps, int32(made))
			if !ok {
				continue
			}
			if piece[below] = piece[at]; side(made) != side(int(i)) {
				piece[below] = len(pieces)
				pieces = append(pieces, Region{Cuts: r.Cuts})
			}
		}
	}
	for i := range pieces {
		slices.Reverse(pieces[i].Steps)
		pieces[i].countAdds(tree)
	}
	return slices.DeleteFunc(pieces, func(p Region) bool { return len(p.Steps) < 2 })
}

// countAdds finds out how many slices are added up.
func (r *Region) countAdds(tree *path.Tree) {
	r.Adds = 1
	dropped := tree.Steps[r.Root()].Dropped()
	for _, c := range r.Cuts {
		if slices.Contains(dropped, c.Label) {
			r.Adds *= c.Parts
		}
	}
}

// New returns what has the regions of a tree, nil if there are none.
func New(tree *path.Tree, all []Region) *Regions {
	if len(all) == 0 {
		return nil
	}
	r := &Regions{All: all, of: make([]int32, len(tree.Steps)), inputs: len(tree.Instance.Inputs)}
	for i := range r.of {
		r.of[i] = none
	}
	for g := range all {
		for _, step := range all[g].Steps {
			r.of[step] = int32(g)
		}
	}
	return r
}
