package result

import (
	"tnbench/internal/stats"
)

// Result is what was measured of one program, or one recording of memory
// traffic, under one strategy. Figures per
// contraction are medians over samples. The field names are the schema's
// (tnbench/1).
type Result struct {
	Instance string  `json:"instance"`
	Path     string  `json:"path"`
	DType    string  `json:"dtype,omitempty"` // not of a recording
	Alloc    string  `json:"alloc"`
	Steps    int     `json:"steps,omitempty"` // not of a recording
	Flops    float64 `json:"flops"`

	Traffic Maybe[Traffic] `json:"traffic,omitzero"` // of a recording only

	// Samples are the times of the contractions in the order of the rounds: the
	// i-th of every strategy were measured in the same round.
	Samples []int64        `json:"samples_ns"`
	Median  Maybe[float64] `json:"median_ns,omitzero"`
	Q1      Maybe[float64] `json:"q1_ns,omitzero"`
	Q3      Maybe[float64] `json:"q3_ns,omitzero"`
	Ratio   Maybe[Ratio]   `json:"ratio,omitzero"`

	// Throughput is contractions per second of all streams together; only with
	// more than one.
	Throughput Maybe[float64] `json:"throughput_per_s,omitzero"`
	// Processes is the median time of a contraction in as many independent
	// processes at once as there are streams; Contention is Median over it.
	Processes  Maybe[float64] `json:"processes_median_ns,omitzero"`
	Contention Maybe[float64] `json:"contention,omitzero"`

	HeapAllocs   Maybe[float64] `json:"heap_allocs,omitzero"`
	HeapBytes    Maybe[float64] `json:"heap_bytes,omitzero"`
	GCCycles     Maybe[float64] `json:"gc_cycles,omitzero"`
	GCPause      Maybe[float64] `json:"gc_pause_ns,omitzero"`
	MinorFaults  Maybe[float64] `json:"minor_faults,omitzero"`
	PeakLive     Maybe[int]     `json:"peak_live_bytes,omitzero"`
	Footprint    Maybe[int]     `json:"footprint_bytes,omitzero"`
	GFlops       Maybe[float64] `json:"gflops,omitzero"`
	PeakFraction Maybe[float64] `json:"peak_fraction,omitzero"`
	Bound        Maybe[float64] `json:"bound_ns,omitzero"` // see Roofline
	BoundBy      string         `json:"bound_by,omitempty"`

	// Check is how the result was checked: see [CheckBits]. It is empty if the result
	// is wrong or there is none. Unverified says why no independent computation was
	// made, Unsound which steps make numbers out of range.
	Check      string `json:"check,omitempty"`
	Unverified string `json:"unverified,omitempty"`
	Unsound    string `json:"out_of_range,omitempty"`

	Digest Maybe[Digest] `json:"digest,omitzero"`
	Error  string        `json:"error"` // "" if nothing failed
}

// How a result was checked. All have the same bits in every run and under every
// strategy.
const (
	CheckBits     = "bits"     // no more than that
	CheckDigest   = "digest"   // near a digest that was stored beside the instance
	CheckVerified = "verified" // within a derived bound of an independent computation
)

// Traffic is what a replay moves, in place of a program.
type Traffic struct {
	Buffers      int    `json:"buffers"`      // allocations of one contraction
	Bytes        int    `json:"bytes"`        // sum of their sizes
	Contractions int    `json:"contractions"` // of the log that are alike: one is replayed for all
	Touch        string `json:"touch"`        // what is written to each buffer: see alloc.TouchNames
}

// Ratio is how many times as long one strategy took as another, round by round.
type Ratio struct {
	To     string         `json:"to"`
	Median float64        `json:"median"`
	Low    Maybe[float64] `json:"low,omitzero"`  // of the interval; absent with too few rounds
	High   Maybe[float64] `json:"high,omitzero"` // of the interval; absent with too few rounds
}

// Resolved reports whether the interval excludes 1, that is, whether there is a
// difference at all at the interval's confidence.
func (r Ratio) Resolved() bool {
	return r.Low.OK && r.High.OK && (r.Low.Value > 1 || r.High.Value < 1)
}

// NewRatio returns the ratio to the strategy called to.
func NewRatio(to string, i stats.Interval) Ratio {
	r := Ratio{To: to, Median: i.Median}
	if i.Bounded {
		r.Low, r.High = Measured(i.Low), Measured(i.High)
	}
	return r
}
