package explain

import (
	"tnbench/internal/explain/dissect"
	"tnbench/internal/explain/factor"
	"tnbench/internal/machine"
	"tnbench/internal/result"
	"tnbench/internal/warning"
)

// Schema names the format of a [Document].
const Schema = "tnbench-explain/1"

// Document is what was found about one instance. Times are in nanoseconds per
// contraction, unless a field says otherwise. A part that was not asked for, or could
// not be measured, is absent. Fields are added, never renamed.
type Document struct {
	Schema      string          `json:"schema"`
	Tool        result.Tool     `json:"tool"`
	Host        machine.Host    `json:"host"`
	Settings    result.Settings `json:"settings"`
	MeasuredAt  string          `json:"measured_at"` // when it began: RFC 3339
	Interrupted bool            `json:"interrupted,omitempty"`

	Instance string  `json:"instance"`
	File     string  `json:"file,omitempty"`
	Path     string  `json:"path"`
	DType    string  `json:"dtype"`
	Steps    int     `json:"steps"`
	Flops    float64 `json:"flops"`
	// Whole is the median contraction under the best configuration: what the rest is
	// held against where it does not say otherwise.
	Whole result.Maybe[float64] `json:"whole_ns,omitzero"`
	// Bound is the roofline bound of a contraction, and what it is by. PeakLive is the
	// least memory that intermediates and temporaries need, in bytes, Footprint what the
	// best configuration holds.
	Bound     result.Maybe[float64] `json:"bound_ns,omitzero"`
	BoundBy   string                `json:"bound_by,omitempty"`
	PeakLive  result.Maybe[int]     `json:"peak_live_bytes,omitzero"`
	Footprint result.Maybe[int]     `json:"footprint_bytes,omitzero"`

	// Streaming has a row for each choice of regions, of the best configuration otherwise.
	Streaming []Streaming `json:"streaming,omitempty"`

	Anatomy     []Anatomy         `json:"anatomy,omitempty"`
	Attribution []Share           `json:"attribution,omitempty"`
	Attributed  []Attributed      `json:"attributed,omitempty"` // what the shares are of
	Costly      []Costly          `json:"costly_steps,omitempty"`
	Ablation    []Effect          `json:"ablation,omitempty"`
	Claims      []Claim           `json:"claims,omitempty"`
	Advice      []Advice          `json:"advice,omitempty"`
	Warnings    []warning.Warning `json:"warnings,omitempty"`
}

// Anatomy is what one strategy, with one kind of metadata, takes from the heap of a
// language's runtime at a step.
type Anatomy struct {
	Alloc    string `json:"alloc"`
	Metadata string `json:"metadata"`
	dissect.Body
}

// Phase is what a part of a contraction's time is spent on.
type Phase string

// The phases. Together they are the whole.
const (
	PhaseAlloc      Phase = "alloc"      // the strategy's calls that hand out memory
	PhaseMetadata   Phase = "metadata"   // describing the results of steps
	PhasePlanning   Phase = "planning"   // classifying labels, choosing kernels
	PhaseZeroing    Phase = "zeroing"    // clearing memory before it is handed out
	PhaseFaults     Phase = "faults"     // first touch of pages
	PhasePacking    Phase = "packing"    // rearranging operands for kernels
	PhaseArithmetic Phase = "arithmetic" // the rest of the kernels, and the executor's loop
	PhaseFree       Phase = "free"       // taking memory back, the reset at the end included
	PhaseCollector  Phase = "collector"  // the garbage collector, as far as the contraction waits for it
)

// Phases lists all in the order in which they are shown.
var Phases = []Phase{PhaseAlloc, PhaseMetadata, PhasePlanning, PhaseZeroing, PhaseFaults, PhasePacking, PhaseArithmetic, PhaseFree, PhaseCollector}

// SizeClass is a class of steps by the bytes of their results, or of a slice of these where
// regions stream them.
type SizeClass struct {
	Name string
	Most int // bytes
}

// SizeClasses are those of the attribution, ascending. What belongs to no step is in
// the class "".
var SizeClasses = []SizeClass{{"≤ 64 B", 64}, {"≤ 4 KiB", 4 << 10}, {"≤ 1 MiB", 1 << 20}, {"> 1 MiB", int(^uint(0) >> 1)}}

// Share is what a phase takes of a contraction, in steps of one size class.
type Share struct {
	Alloc string                `json:"alloc"`
	Phase Phase                 `json:"phase"`
	Class string                `json:"size_class"`
	NS    float64               `json:"ns"`
	Low   result.Maybe[float64] `json:"low_ns,omitzero"`
	High  result.Maybe[float64] `json:"high_ns,omitzero"`
	Share float64               `json:"share"` // of the whole under that strategy
	// Method is "timers", or "difference": the same program with the phase taken out.
	Method string `json:"method"`
	// Count is of what happened in the phase: calls, faults, cycles. Absent where
	// nothing is counted.
	Count result.Maybe[float64] `json:"count,omitzero"`
}

// Attributed is a contraction that was taken apart: its phases are shares of NS.
type Attributed struct {
	Alloc  string  `json:"alloc"`
	Method string  `json:"method"` // as in its shares
	NS     float64 `json:"whole_ns"`
	// Together is what all phases were of contractions without timers in the same rounds:
	// 1 if timers and other programs disturbed nothing. Absent by difference, where the
	// arithmetic is what remains.
	Together result.Maybe[float64] `json:"together,omitzero"`
}

// Costly is one of the steps that take longest.
type Costly struct {
	Alloc   string                `json:"alloc"`
	Step    int                   `json:"step"` // in execution order, from 0
	Labels  string                `json:"labels"`
	Class   string                `json:"class"` // of its kernel
	Bytes   int                   `json:"bytes"` // of its result, or of a slice where that is streamed
	NS      float64               `json:"ns"`
	Share   float64               `json:"share"`
	Bound   result.Maybe[float64] `json:"bound_ns,omitzero"`
	BoundBy string                `json:"bound_by,omitempty"`
}

// Streaming is what a choice of regions makes of the memory and the bound of a contraction.
type Streaming struct {
	Regions       string                `json:"regions"` // off, auto, max
	Count         int                   `json:"count"`   // of regions
	Steps         int                   `json:"steps"`   // in them
	StreamedBytes int                   `json:"streamed_bytes"`
	PeakLive      int                   `json:"peak_live_bytes"`
	Footprint     result.Maybe[int]     `json:"footprint_bytes,omitzero"`
	Bound         result.Maybe[float64] `json:"bound_ns,omitzero"`
	BoundBy       string                `json:"bound_by,omitempty"`
}

// The directions of an [Effect].
const (
	LeaveOneOut = factor.LeaveOneOut // from the best configuration
	OneIn       = factor.OneIn       // from the report's configuration
)

// The factors of an [Effect], by which claims and advice find them: see package factor.
// One with several choices (allocator, page faults) has a row for each, told apart by To.
const (
	FactorAllocator   = factor.Allocator
	FactorMetadata    = factor.Metadata
	FactorBookkeeping = factor.Bookkeeping
	FactorKept        = factor.Kept
	FactorSmall       = factor.Small
	FactorInline      = factor.Inline
	FactorZeroing     = factor.Zeroing
	FactorFaults      = factor.Faults
	FactorHuge        = factor.Huge
	FactorCollector   = factor.Collector
	FactorPlanning    = factor.Planning
	FactorOrder       = factor.Order
	FactorRegions     = factor.Regions
	FactorThreads     = factor.Threads
	FactorStreams     = factor.Streams
	FactorKeeping     = factor.Keeping
	FactorTemporaries = factor.Temporaries
	FactorSharing     = factor.Sharing
)

// Effect is what one factor does to the time of a contraction when it alone is switched.
// An effect above 0 means that the switch costs time.
type Effect struct {
	Factor    string                `json:"factor"`
	Direction string                `json:"direction"`
	From      string                `json:"from"` // the factor before, in a word or two
	To        string                `json:"to"`   // and after; what else is not as in the configuration follows a semicolon
	FromSetup string                `json:"from_setup,omitempty"`
	ToSetup   string                `json:"to_setup,omitempty"`
	NS        result.Maybe[float64] `json:"effect_ns,omitzero"`
	Low       result.Maybe[float64] `json:"low_ns,omitzero"`
	High      result.Maybe[float64] `json:"high_ns,omitzero"`
	Percent   result.Maybe[float64] `json:"percent,omitzero"`
	StepNS    result.Maybe[float64] `json:"step_ns,omitzero"`
	// Cycles and Faults are what the switch adds to the collector's cycles and to first
	// touches of pages in a contraction: medians, exact as far as they are counted.
	Cycles result.Maybe[float64] `json:"gc_cycles,omitzero"`
	Faults result.Maybe[float64] `json:"minor_faults,omitzero"`
	// Resolved tells that the interval lies on one side of zero: what is not resolved
	// is not zero.
	Resolved bool `json:"resolved"`
	// With names a second factor: the effect is then that of both together beyond the
	// sum of each alone.
	With string `json:"with,omitempty"`
	// Reason says why the factor was not varied.
	Reason string `json:"reason,omitempty"`
}

// Verdict is what became of a claim.
type Verdict string

// The verdicts.
const (
	Holds       Verdict = "holds"
	DoesNotHold Verdict = "does-not-hold"
	NotResolved Verdict = "not-resolved"
	NotTestable Verdict = "not-testable"
)

// Claim is a sentence of the light_415 analysis, and what an experiment says of it.
type Claim struct {
	ID         string  `json:"id"`
	Section    string  `json:"section"` // of the analysis
	Claim      string  `json:"claim"`
	Experiment string  `json:"experiment"`
	Measured   string  `json:"measured"`
	Verdict    Verdict `json:"verdict"`
	Instance   string  `json:"instance,omitempty"` // that it was tried on, if not the document's
}

// Advice is a sentence that rests on rows of the document.
type Advice struct {
	Text string   `json:"text"`
	Rows []string `json:"rows"` // as Document.Row finds them: "ablation:metadata:leave-one-out:heap"
}
