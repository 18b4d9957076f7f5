package bench

import (
	"errors"

	"tnbench/internal/contract"
	"tnbench/internal/instance"
	"tnbench/internal/path"
	"tnbench/internal/region"
	"tnbench/internal/result"
	"tnbench/internal/slicing"
)

// ErrNoSlices says that no slices of a network are small enough.
var ErrNoSlices = errors.New("no labels were found whose slices would fit")

// Slicer compiles networks that are to fit into a limit.
type Slicer struct {
	Limit int64 // bytes
	// Need forecasts what a program takes, and the bytes that count.
	Need func(*contract.Program) (n Need, bytes int64, err error)

	fixed int64 // of what was forecast last: all but what strategies hold
}

// Slice compiles a network along a path: as options say if that fits; else with regions of
// the least memory, unless options have none; else in slices, of the labels that add the
// least flops. If nothing fits, the error is ErrNoSlices, with the program that was tried
// first, or a [contract.SizeError] without one.
func (s *Slicer) Slice(tree *path.Tree, p instance.Path, o contract.Options) (*contract.Program, error) {
	first, takes, failed := s.try(tree, p, o)
	var tooLarge contract.SizeError
	if failed != nil && !errors.As(failed, &tooLarge) || failed == nil && takes <= s.Limit {
		return first, failed
	}
	if o.Regions == region.Auto {
		o.Regions = region.Max
		if again, takes, err := s.try(tree, p, o); err == nil && takes <= s.Limit {
			return again, nil
		}
	}
	sliced, err := s.slice(tree, p, o)
	if sliced != nil || err != nil {
		return sliced, err
	}
	if failed != nil {
		return nil, failed
	}
	return first, ErrNoSlices
}

// Slices are chosen by intermediates alone. Strategies hold more than is live, and kernels
// have temporaries: by how much is seen when they are compiled, and the next ones are
// smaller by as much, within bounds.
const (
	mostAttempts = 16
	least, most  = 0.25, 0.9
)

// slice compiles the slices of a network that fit, nil if there are none.
func (s *Slicer) slice(tree *path.Tree, p instance.Path, o contract.Options) (*contract.Program, error) {
	if s.fixed == 0 { // nothing could be compiled
		inputs, _ := tree.Instance.InputBytes()
		s.fixed = int64(inputs)
	}
	room := float64(s.Limit - s.fixed)
	for attempt := 0; attempt < mostAttempts && room >= 1; attempt++ {
		cuts, ok := slicing.Choose(tree, o.Order, o.Regions, room)
		if !ok {
			break
		}
		smaller := most
		if o.Slices = cuts; len(cuts) > 0 {
			sliced, takes, err := s.try(tree, p, o)
			var tooLarge contract.SizeError
			switch {
			case err == nil && takes <= s.Limit:
				return sliced, nil
			case err == nil:
				smaller = float64(s.Limit-s.fixed) / float64(takes-s.fixed)
			case !errors.As(err, &tooLarge):
				return nil, err
			}
		}
		room *= min(max(smaller, least), most)
	}
	return nil, nil
}

// try compiles a network, and forecasts the bytes that count.
func (s *Slicer) try(tree *path.Tree, p instance.Path, o contract.Options) (*contract.Program, int64, error) {
	program, err := contract.CompileTree(tree, p, o)
	if err != nil {
		return nil, 0, err
	}
	n, takes, err := s.Need(program)
	s.fixed = int64(n.Process + n.Inputs + n.Results)
	return program, takes, err
}

// Sliced says what the slices of a program cost; it is nothing if it has none.
func Sliced(p *contract.Program) (s result.Maybe[result.Sliced]) {
	if p.Slices == nil {
		return s
	}
	s = result.Measured(result.Sliced{
		Labels: slicing.Format(p.Instance, p.Slices.Cuts), Slices: p.Slices.Slices(), Added: p.Slices.Adds,
		Steps: p.Slices.Last - p.Slices.First + 1, Flops: p.Flops, PeakLive: p.PeakLive, Whole: p.Tree().Cost().Flops,
	})
	if whole, err := p.Unsliced(); err == nil { // else it is too large
		s.Value.PeakWhole = result.Measured(whole.PeakLive)
		s.Value.Time = result.Measured(p.Cycles() / whole.Cycles())
	}
	return s
}
