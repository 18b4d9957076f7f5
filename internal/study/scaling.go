package study

import (
	"tnbench/internal/bench"
	"tnbench/internal/result"
	"tnbench/internal/stats"
)

// Scaled is how fast a strategy is with so many workers inside a contraction, and so
// many contractions at once.
type Scaled struct {
	Alloc   string  `json:"alloc"`
	Threads int     `json:"threads"`
	Streams int     `json:"streams"`
	Shared  bool    `json:"shared,omitempty"` // the streams share one strategy
	Median  float64 `json:"median_ns"`        // of one contraction
	// Speed is how many contractions are done in the time of one alone, with one worker,
	// round by round; and its interval, if there are rounds enough.
	Speed float64               `json:"speed"`
	Low   result.Maybe[float64] `json:"low,omitzero"`
	High  result.Maybe[float64] `json:"high,omitzero"`
}

// NewScaled holds ways, which took turns, against the first one with the same strategy,
// which must be of one worker and one stream. What was not measured is left out.
func NewScaled(ways []bench.Way, results []result.Result) (all []Scaled) {
	alone := map[string]*result.Result{}
	for i := range ways {
		w, r := &ways[i], &results[i]
		if alone[w.Strategy] == nil {
			alone[w.Strategy] = r
		}
		base := alone[w.Strategy]
		if len(r.Samples) == 0 || len(base.Samples) == 0 || r.Error != "" {
			continue
		}
		s := Scaled{Alloc: w.Strategy, Threads: max(1, w.Threads), Streams: max(1, w.Streams), Shared: w.Share, Median: r.Median.Value, Speed: 1}
		if r != base {
			speed := stats.Paired(base.Samples, each(r), result.EachConfidence(len(ways)))
			if s.Speed = speed.Median; speed.Bounded {
				s.Low, s.High = result.Measured(speed.Low), result.Measured(speed.High)
			}
		}
		all = append(all, s)
	}
	return all
}

// each returns the time that a contraction takes of all streams' together.
func each(r *result.Result) []float64 {
	if len(r.ThroughputSamples) != len(r.Samples) {
		return r.Samples
	}
	times := make([]float64, len(r.Samples))
	for i, perSecond := range r.ThroughputSamples {
		times[i] = 1e9 / perSecond
	}
	return times
}

// Resident is what a process had in memory while it contracted under a strategy.
type Resident struct {
	Alloc string   `json:"alloc"`
	At    []Moment `json:"at"`
}

// Moment is a time since the first turn began, and the most that was resident then.
type Moment struct {
	NS    float64 `json:"ns"`
	Bytes float64 `json:"bytes"`
}

// mostMoments bounds a curve: more than a screen shows are of no use.
const mostMoments = 1000

// NewResident keeps the highest of neighbouring moments where there are many.
func NewResident(strategy string, moments []bench.Moment) Resident {
	r := Resident{Alloc: strategy, At: []Moment{}}
	width := (len(moments) + mostMoments - 1) / mostMoments
	for i, m := range moments {
		if i%width == 0 {
			r.At = append(r.At, Moment{NS: float64(m.At.Nanoseconds())})
		}
		last := &r.At[len(r.At)-1]
		last.Bytes = max(last.Bytes, float64(m.Bytes))
	}
	return r
}
