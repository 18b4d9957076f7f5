package study

import (
	"tnbench/internal/alloc"
	"tnbench/internal/contract"
)

// LiveCurve is how many bytes intermediates and temporaries have live at each step, in
// one execution order.
type LiveCurve struct {
	Order   string     `json:"order"`
	Regions string     `json:"regions,omitempty"` // their mode, where there are any
	Peak    int        `json:"peak_live_bytes"`
	Steps   int        `json:"steps"`
	Live    []LiveStep `json:"live"`
}

// LiveStep is the most that is live from a step on, until the next of the curve.
type LiveStep struct {
	Step  int `json:"step"`
	Bytes int `json:"bytes"`
}

// mostLiveSteps bounds a curve: more than a screen shows are of no use.
const mostLiveSteps = 2000

// NewLiveCurve returns the curve of p's requests. Where there are more steps than a
// screen shows, it has the most of several steps at a time.
func NewLiveCurve(p *contract.Program) LiveCurve {
	c := LiveCurve{Order: p.Order.String(), Peak: p.PeakLive, Steps: len(p.Steps), Live: []LiveStep{}}
	width := (len(p.Steps) + mostLiveSteps - 1) / mostLiveSteps
	for step, bytes := range liveBytes(len(p.Steps), p.Requests) {
		at := step / width * width
		if n := len(c.Live); n > 0 && c.Live[n-1].Step == at {
			c.Live[n-1].Bytes = max(c.Live[n-1].Bytes, bytes)
			continue
		}
		c.Live = append(c.Live, LiveStep{at, bytes})
	}
	return c
}

// liveBytes returns how many bytes of requests are live at each of some steps.
func liveBytes(steps int, requests []alloc.Request) []int {
	changes := make([]int, steps+1)
	for _, r := range requests {
		changes[r.First] += r.Bytes
		changes[r.Last+1] -= r.Bytes
	}
	for i := 1; i < steps; i++ {
		changes[i] += changes[i-1]
	}
	return changes[:steps]
}
