//go:build planted

package alloc

import (
	"fmt"
	"strconv"
	"time"
	"unsafe"
)

// In a build with the tag "planted" there is a strategy that is slower than its base by
// a share of each contraction: "slow:percent=5,base=slab". With it the statistics of
// one run can be tried. Contractions must be long against reading the clock.
func init() {
	definitions = append(definitions, &definition{
		Info{Name: "slow", Models: "nothing: a planted fault", Keeps: "what the base keeps",
			Options: []Option{
				{Name: "percent", Value: "P", kind: factor, Default: "5", Meaning: "how much longer a contraction takes"},
				{Name: "base", Value: "SPEC", kind: another, fits: noInline, Default: "slab", Meaning: "the strategy that is slowed; comes last"},
			},
		}, newSlow,
		func(o options, r []Request) Forecast { f, _ := Predict(slowBase(o), r); return f },
		func(o options, r []Request, _ Forecast) Demand { d, _ := DemandOf(slowBase(o), r); return d },
	})
}

// slow spins at the end of a contraction.
type slow struct {
	Strategy
	sized Sized
	share float64
	began time.Time // of the contraction; zero: none is under way
}

func newSlow(o options) (Strategy, error) {
	base, err := New(slowBase(o))
	if err != nil {
		return nil, fmt.Errorf("base: %w", err)
	}
	sized, ok := base.(Sized)
	if !ok {
		return nil, fmt.Errorf("base %s: its memory belongs to the collector, name another", slowBase(o))
	}
	percent := 5.0
	if text, ok := o["percent"]; ok {
		percent, _ = strconv.ParseFloat(text, 64) // was checked
	}
	return &slow{Strategy: base, sized: sized, share: percent / 100}, nil
}

func slowBase(o options) string {
	if base, ok := o["base"]; ok {
		return base
	}
	return "slab"
}

// Alloc implements Strategy.
func (s *slow) Alloc(id int) unsafe.Pointer {
	if s.began.IsZero() {
		s.began = time.Now()
	}
	return s.Strategy.Alloc(id)
}

// Reset implements Strategy.
func (s *slow) Reset() {
	s.Strategy.Reset()
	if s.began.IsZero() {
		return
	}
	took := time.Since(s.began)
	for until := time.Duration(float64(took) * (1 + s.share)); time.Since(s.began) < until; {
	}
	s.began = time.Time{}
}

// Footprint implements Sized.
func (s *slow) Footprint() int { return s.sized.Footprint() }
