package compare

import (
	"tnbench/internal/result"
)

// Figure is a figure that counts.
type Figure struct {
	Name string // in thresholds
	Key  string // in rows
	What string // for people
	Unit result.Unit
	// Measured figures are times, which vary from process to process. Others are
	// counted: any difference beyond the threshold counts where they are exact.
	Measured bool
	ExactIn  func(*result.Result) bool // nil for those in which chance has a part
	Allowed  Threshold                 // by default
	Of       func(*result.Result) result.Maybe[float64]
	Samples  func(*result.Result) []float64 // nil if it has none
}

// Keys of figures.
const (
	Time   = "time"
	Digest = "digest"
)

// Figures are all figures that count, in the order in which they are shown. Chance has
// a part in faults: what counts is whether there are any, and their order of magnitude.
var Figures = []Figure{
	figure("time", Time, "median_ns", "time", Threshold{Relative: 0.05, Absolute: 200}),
	figure("allocs", "heap_allocs", "heap_allocs", "heap allocs", Threshold{}),
	figure("bytes", "heap_bytes", "heap_bytes", "heap bytes", Threshold{Relative: 0.01}),
	figure("faults", "minor_faults", "minor_faults", "faults", Threshold{Relative: 1, Absolute: 16}),
	figure("footprint", "footprint_bytes", "footprint_bytes", "footprint", Threshold{Relative: 0.01}),
	figure("live", "peak_live_bytes", "peak_live_bytes", "peak live", Threshold{Relative: 0.01}),
	{Name: "steps", Key: "steps", What: "steps", ExactIn: always, Of: func(r *result.Result) result.Maybe[float64] {
		return result.Maybe[float64]{Value: float64(r.Steps), OK: r.Steps > 0}
	}},
	{Name: "flops", Key: "flops", What: "flops", ExactIn: always, Of: func(r *result.Result) result.Maybe[float64] { return r.Flops }},
	{Name: Digest, Key: Digest, What: "digest", ExactIn: always, Of: func(r *result.Result) result.Maybe[float64] {
		return result.Maybe[float64]{Value: r.Digest.Value.L2, OK: r.Digest.OK}
	}},
}

func always(*result.Result) bool { return true }

// figure returns the figure that results have under a key.
func figure(name, key, of, what string, allowed Threshold) Figure {
	f := result.FigureOf(of)
	own := Figure{Name: name, Key: key, What: what, Unit: f.Unit, Measured: key == Time, Allowed: allowed, Of: f.Of, Samples: f.Samples}
	if f.Exact {
		own.ExactIn = f.ExactIn
	}
	return own
}

// FigureOf returns the figure whose key or name is key, nil if there is none.
func FigureOf(key string) *Figure {
	for i := range Figures {
		if Figures[i].Key == key || Figures[i].Name == key {
			return &Figures[i]
		}
	}
	return nil
}
