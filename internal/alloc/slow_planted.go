//go:build planted

package alloc

import (
	"fmt"
	"strconv"
	"sync"
	"time"
	"unsafe"
)

// In a build with the tag "planted" there is a strategy that is slower than its base: by
// a share of each contraction, "slow:percent=5,base=slab", or by so many nanoseconds at
// each call, "slow:alloc=1000,free=50,base=slab". With it the statistics of one run can be
// tried, and whether the cost is found where it is. For a share contractions must be long
// against reading the clock.
func init() {
	definitions = append(definitions, &definition{
		Info{Name: "slow", Models: "nothing: a planted fault", Keeps: "what the base keeps",
			Options: []Option{
				{Name: "percent", Value: "P", kind: factor, Default: "5", Meaning: "how much longer a contraction takes; nothing if calls do"},
				{Name: "alloc", Value: "NS", kind: count, Meaning: "how much longer each Alloc takes"},
				{Name: "free", Value: "NS", kind: count, Meaning: "how much longer each Free takes"},
				{Name: "base", Value: "SPEC", kind: another, fits: noInline, Default: "slab", Meaning: "the strategy that is slowed; comes last"},
			},
		}, newSlow,
		func(o options, r []Request) Forecast { f, _ := Predict(slowBase(o), r); return f },
		func(o options, r []Request, _ Forecast) Demand { d, _ := DemandOf(slowBase(o), r); return d },
	})
}

// slow spins at the end of a contraction, or at calls.
type slow struct {
	Strategy
	share       float64
	began       time.Time // of the contraction; zero: none is under way
	alloc, free int       // rounds of idle arithmetic at a call
	result      uint64
}

func newSlow(o options) (Strategy, error) {
	base, err := New(slowBase(o))
	if err != nil {
		return nil, fmt.Errorf("base: %w", err)
	}
	if _, ok := base.(Sized); !ok { // all that are can tell misses, too
		return nil, fmt.Errorf("base %s: its memory belongs to the collector, name another", slowBase(o))
	}
	percent := 5.0
	if text, ok := o["percent"]; ok {
		percent, _ = strconv.ParseFloat(text, 64) // was checked
	}
	s := &slow{Strategy: base, share: percent / 100}
	if o.has("alloc") || o.has("free") {
		s.alloc, s.free = IdleRounds(float64(o.number("alloc", 0))), IdleRounds(float64(o.number("free", 0)))
		s.share = 0
	}
	return s, nil
}

// Idle does so many rounds of arithmetic, each of which needs the one before.
func Idle(rounds int, x uint64) uint64 {
	for range rounds {
		x = x*6364136223846793005 + 1442695040888963407
	}
	return x
}

// IdleRounds returns how many rounds take so many nanoseconds.
func IdleRounds(ns float64) int { return int(ns / idleRound()) }

// idleRound is the time of a round, in nanoseconds.
var idleRound = sync.OnceValue(func() float64 {
	const rounds = 1 << 18
	best := time.Hour
	for range 20 {
		start := time.Now()
		idled = Idle(rounds, idled)
		best = min(best, time.Since(start))
	}
	return float64(best) / rounds
})

var idled uint64

func slowBase(o options) string {
	if base, ok := o["base"]; ok {
		return base
	}
	return "slab"
}

// Alloc implements Strategy.
func (s *slow) Alloc(id int) unsafe.Pointer {
	if s.share > 0 && s.began.IsZero() {
		s.began = time.Now()
	}
	s.result = Idle(s.alloc, s.result)
	return s.Strategy.Alloc(id)
}

// Free implements Strategy.
func (s *slow) Free(id int, p unsafe.Pointer) {
	s.result = Idle(s.free, s.result)
	s.Strategy.Free(id, p)
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
func (s *slow) Footprint() int { return s.Strategy.(Sized).Footprint() }

// Misses implements Reuser.
func (s *slow) Misses() int { return s.Strategy.(Reuser).Misses() }
