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
	// Measured figures vary from process to process; others are counted, and any
	// difference beyond the threshold counts.
	Measured bool
	Allowed  Threshold // by default
	Of       func(*result.Result) result.Maybe[float64]
	Samples  func(*result.Result) []float64 // nil if it has none
}

// Keys of figures.
const (
	Time   = "time"
	Digest = "digest"
)

// Figures are all figures that count, in the order in which they are shown. The
// digest is the last: it is no number.
var Figures = []Figure{
	counted("time", Time, "median_ns", "time", Threshold{Relative: 0.05, Absolute: 200}),
	counted("allocs", "heap_allocs", "heap_allocs", "heap allocs", Threshold{}),
	counted("bytes", "heap_bytes", "heap_bytes", "heap bytes", Threshold{Relative: 0.01}),
	counted("faults", "minor_faults", "minor_faults", "faults", Threshold{Relative: 0.1, Absolute: 16}),
	counted("footprint", "footprint_bytes", "footprint_bytes", "footprint", Threshold{Relative: 0.01}),
	counted("live", "peak_live_bytes", "peak_live_bytes", "peak live", Threshold{Relative: 0.01}),
	{Name: "steps", Key: "steps", What: "steps", Of: func(r *result.Result) result.Maybe[float64] {
		return result.Maybe[float64]{Value: float64(r.Steps), OK: r.Steps > 0}
	}},
	{Name: "flops", Key: "flops", What: "flops", Of: func(r *result.Result) result.Maybe[float64] { return r.Flops }},
	{Name: Digest, Key: Digest, What: "digest", Of: func(r *result.Result) result.Maybe[float64] {
		return result.Maybe[float64]{Value: r.Digest.Value.L2, OK: r.Digest.OK}
	}},
}

// counted returns the figure that results have under a key.
func counted(name, key, of, what string, allowed Threshold) Figure {
	f := result.FigureOf(of)
	return Figure{Name: name, Key: key, What: what, Unit: f.Unit, Measured: !f.Exact, Allowed: allowed, Of: f.Of, Samples: f.Samples}
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
