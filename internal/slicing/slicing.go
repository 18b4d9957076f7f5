// Package slicing cuts labels of a network so that it is contracted slice by slice:
// each slice takes less memory, and what the slices give is added up or stands side
// by side. It says which steps that repeats and what it costs, and chooses the labels.
// It refuses to know layouts, kernels and strategies.
package slicing

import (
	"slices"

	"tnbench/internal/instance"
	"tnbench/internal/path"
	"tnbench/internal/region"
)

// TooMany reports whether cuts make more slices than anybody can wait for.
func TooMany(cuts []instance.Cut) bool {
	const most = 1 << 40
	n := 1.0
	for _, c := range cuts {
		n *= float64(c.Parts)
	}
	return n > most
}

// Slicing is a tree, some steps of which run once per slice. The nil pointer slices
// nothing.
//
// The loop over slices ends with the step that drops the last of the labels, Root,
// which adds the slices up; that is the tree's last one where the output has one of
// them. Steps that depend on no slice run once: before the loop if it uses what they
// make. So do the steps behind Root.
type Slicing struct {
	Tree *path.Tree     // of one slice
	Cuts []instance.Cut // the loops, the outermost first; those of labels that are added up come last
	Adds int            // slices that are added up, one after the other
	Root int            // step of the tree

	inside []bool // by step: whether it runs once per slice
}

// New slices a tree of at least one step. Each of the cuts is of another label, into
// parts that divide its dimension.
func New(tree *path.Tree, cuts []instance.Cut) *Slicing {
	if len(cuts) == 0 {
		return nil
	}
	slice := *tree.Instance
	slice.Dims = slices.Clone(slice.Dims)
	for _, c := range cuts {
		slice.Dims[c.Label] /= c.Parts
	}
	s := &Slicing{Tree: tree.Slice(&slice), Adds: 1, inside: make([]bool, len(tree.Steps))}
	for _, added := range [...]bool{false, true} {
		for _, c := range cuts {
			if added == slices.Contains(slice.Output, c.Label) {
				continue
			}
			if s.Cuts = append(s.Cuts, c); added {
				s.Adds *= c.Parts
			}
		}
	}
	s.findRoot()
	s.markInside()
	return s
}

// findRoot finds the lowest step at or above all those that drop a label that is cut.
func (s *Slicing) findRoot() {
	last, inputs := len(s.Tree.Steps)-1, len(s.Tree.Instance.Inputs)
	user := make([]int, last+1)
	for i := range s.Tree.Steps {
		for made := range s.Tree.Steps[i].Makers(inputs) {
			user[made] = i
		}
	}
	s.Root = min(int(s.Tree.Dropped[s.Cuts[0].Label]), last)
	for _, c := range s.Cuts[1:] {
		for other := min(int(s.Tree.Dropped[c.Label]), last); other != s.Root; {
			if s.Root < other { // users stand behind
				s.Root = user[s.Root]
			} else {
				other = user[other]
			}
		}
	}
}

// markInside finds the steps up to Root that have a label that is cut, or depend on one
// that has.
func (s *Slicing) markInside() {
	cut := make([]bool, len(s.Tree.Instance.Dims))
	for _, c := range s.Cuts {
		cut[c.Label] = true
	}
	inputs := len(s.Tree.Instance.Inputs)
	for i := range s.inside[:s.Root+1] {
		s.inside[i] = slices.ContainsFunc(s.Tree.Steps[i].All(), func(l instance.Label) bool { return cut[l] })
		for made := range s.Tree.Steps[i].Makers(inputs) {
			s.inside[i] = s.inside[i] || s.inside[made]
		}
	}
}

// Slices returns how many times the steps of the loop run.
func (s *Slicing) Slices() int {
	n := 1
	if s != nil {
		for _, c := range s.Cuts {
			n *= c.Parts
		}
	}
	return n
}

// Inside reports whether a step of the tree runs once per slice.
func (s *Slicing) Inside(step int) bool { return s != nil && s.inside[step] }

// Times returns how many times a step of the tree runs.
func (s *Slicing) Times(step int) int {
	if s.Inside(step) {
		return s.Slices()
	}
	return 1
}

// Flops returns those of all steps, all slices together.
func (s *Slicing) Flops() float64 {
	total := 0.0
	for i := range s.Tree.Steps {
		total += s.Tree.Steps[i].Flops * float64(s.Times(i))
	}
	return total
}

// Order returns an execution order with the steps of the loop next to each other: they
// wait for Root. Others keep their order.
func (s *Slicing) Order(order []int) []int {
	if s == nil {
		return order
	}
	out := make([]int, 0, len(order))
	var waiting []int
	for _, step := range order {
		if !s.inside[step] {
			out = append(out, step)
			continue
		}
		if waiting = append(waiting, step); step == s.Root {
			out = append(out, waiting...)
		}
	}
	return out
}

// Divide parts regions of the tree of a slice where they enter or leave the loop, as
// what passes there is stored.
func (s *Slicing) Divide(regions *region.Regions) *region.Regions {
	if s == nil || regions == nil {
		return regions
	}
	var all []region.Region
	for g := range regions.All {
		all = append(all, regions.All[g].Divide(s.Tree, s.Inside)...)
	}
	return region.New(s.Tree, all)
}
