package bench

import (
	"tnbench/internal/alloc"
	"tnbench/internal/contract"
)

// Need is the memory that measuring a program takes, in bytes.
type Need struct {
	Inputs     int
	Results    int // the result, and a copy to check against
	Strategies int // all of them: what they keep between their turns exists at once
}

// Total returns the sum.
func (n Need) Total() int { return n.Inputs + n.Results + n.Strategies }

// NeedOf forecasts what measuring program under strategies in so many streams
// takes. Memory that is left to the collector counts twice: once live, once as
// garbage.
func NeedOf(program *contract.Program, strategies []string, streams int) (Need, error) {
	n := Need{Inputs: program.InputBytes(), Results: (1 + streams*len(strategies)) * program.ResultBytes()}
	collected := 0
	for _, spec := range strategies {
		f, err := alloc.Predict(spec, program.Requests)
		if err != nil {
			return Need{}, err
		}
		if keeps(spec) {
			n.Strategies += max(f.Footprint, f.First)
		} else {
			collected = max(collected, 2*f.Footprint)
		}
	}
	n.Strategies = (n.Strategies + collected) * streams
	return n, nil
}

// keeps reports whether a strategy holds memory of its own between its turns.
func keeps(spec string) bool {
	s, err := alloc.New(spec)
	if err != nil {
		return false // then it will hold nothing at all
	}
	defer s.Close()
	_, ok := s.(alloc.Sized)
	return ok
}
