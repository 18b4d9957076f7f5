package bench

import (
	"encoding/json"

	"tnbench/internal/instance"
)

// Maybe is a figure that may not have been measured. An unmeasured one is left
// out of JSON ("omitzero"), a measured zero is not.
type Maybe[T any] struct {
	Value T
	OK    bool
}

// Measured returns a figure that was measured.
func Measured[T any](v T) Maybe[T] { return Maybe[T]{v, true} }

// IsZero reports whether the figure is missing.
func (m Maybe[T]) IsZero() bool { return !m.OK }

// MarshalJSON writes the figure.
func (m Maybe[T]) MarshalJSON() ([]byte, error) { return json.Marshal(m.Value) }

// UnmarshalJSON reads a figure.
func (m *Maybe[T]) UnmarshalJSON(b []byte) error {
	m.OK = true
	return json.Unmarshal(b, &m.Value)
}

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

	Digest Maybe[instance.Digest] `json:"digest,omitzero"`
	Error  string                 `json:"error"` // "" if nothing failed
}
