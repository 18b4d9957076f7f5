package bench

import (
	"tnbench/internal/alloc"
	"tnbench/internal/contract"
)

// Need is the memory that measuring takes, in bytes.
type Need struct {
	Inputs     int
	Results    int // the result, and a copy to check against
	Strategies int // all of them: what they keep between their turns exists at once
}

// Total returns the sum.
func (n Need) Total() int { return n.Inputs + n.Results + n.Strategies }

// NeedOf forecasts what measuring program under strategies in so many streams
// takes.
func NeedOf(program *contract.Program, strategies []string, streams int) (Need, error) {
	held, err := StrategyNeed(program.Requests, strategies, streams)
	return Need{
		Inputs:     program.InputBytes(),
		Results:    (1 + streams*len(strategies)) * program.ResultBytes(),
		Strategies: held,
	}, err
}

// StrategyNeed forecasts the bytes that strategies take for requests in so many
// streams. Memory that is left to the collector counts twice: once live, once as
// garbage.
func StrategyNeed(requests []alloc.Request, strategies []string, streams int) (int, error) {
	kept, collected := 0, 0
	for _, spec := range strategies {
		f, err := alloc.Predict(spec, requests)
		if err != nil {
			return 0, err
		}
		if keeps(spec) {
			kept += max(f.Footprint, f.First)
		} else {
			collected = max(collected, 2*f.Footprint)
		}
	}
	return (kept + collected) * streams, nil
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
