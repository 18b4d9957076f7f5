package result

import "fmt"

// Embedded is the File of instances that come with the program.
const Embedded = "embedded"

// Result is what was measured of one program, or one recording of memory
// traffic, under one strategy. Figures per
// contraction are medians over samples. The field names are the schema's
// (tnbench/1).
type Result struct {
	Instance string `json:"instance"`
	File     string `json:"file,omitempty"` // as it was named, or "embedded"
	Path     string `json:"path"`
	DType    string `json:"dtype,omitempty"` // not of a recording
	Alloc    string `json:"alloc"`
	// Occurrence tells those apart that have one Alloc: 0 for the first, 2 for the
	// second, and so on.
	Occurrence int            `json:"occurrence,omitempty"`
	Steps      int            `json:"steps,omitempty"` // not of a recording
	Flops      Maybe[float64] `json:"flops,omitzero"`  // not of a recording

	// What was measured, for comparisons with other results: SHA-256 in
	// hexadecimal of the file's text, of the pairs of the path, and of what they
	// were compiled to; and the instruction set of the kernels.
	FileHash    string `json:"file_hash,omitempty"`
	PathHash    string `json:"path_hash,omitempty"`
	ProgramHash string `json:"program_hash,omitempty"`
	Tier        string `json:"tier,omitempty"`

	Traffic Maybe[Traffic] `json:"traffic,omitzero"` // of a recording only

	// Cold: each sample is the first contraction of a process of its own.
	Cold bool `json:"cold,omitempty"`

	// Samples are the times of one contraction in the order of the rounds: the i-th
	// of every strategy were measured in the same round. Where contractions are short
	// against the clock, Batch of them make a sample, the same number for all
	// strategies of a program, and a time may be a fraction of a nanosecond.
	Samples []float64      `json:"samples_ns"`
	Batch   int            `json:"batch,omitempty"`
	Median  Maybe[float64] `json:"median_ns,omitzero"`
	Q1      Maybe[float64] `json:"q1_ns,omitzero"`
	Q3      Maybe[float64] `json:"q3_ns,omitzero"`
	Ratio   Maybe[Ratio]   `json:"ratio,omitzero"`

	// The samples of the counters, in the same order, per contraction: with
	// several streams what all of them counted is shared out evenly.
	HeapAllocsSamples   []float64 `json:"samples_heap_allocs,omitempty"`
	HeapBytesSamples    []float64 `json:"samples_heap_bytes,omitempty"`
	GCCyclesSamples     []float64 `json:"samples_gc_cycles,omitempty"`
	GCPauseSamples      []float64 `json:"samples_gc_pause_ns,omitempty"`
	GCCPUSamples        []float64 `json:"samples_gc_cpu_ns,omitempty"`
	MinorFaultsSamples  []float64 `json:"samples_minor_faults,omitempty"`
	MajorFaultsSamples  []float64 `json:"samples_major_faults,omitempty"`
	VoluntarySamples    []float64 `json:"samples_voluntary_switches,omitempty"`
	InvoluntarySamples  []float64 `json:"samples_involuntary_switches,omitempty"`
	CPUSamples          []float64 `json:"samples_cpu_ns,omitempty"`
	CyclesSamples       []float64 `json:"samples_cycles,omitempty"`
	InstructionsSamples []float64 `json:"samples_instructions,omitempty"`
	DTLBMissesSamples   []float64 `json:"samples_dtlb_misses,omitempty"`
	LLCMissesSamples    []float64 `json:"samples_llc_misses,omitempty"`
	ResidentSamples     []float64 `json:"samples_resident_bytes,omitempty"`
	ResidentPeakSamples []float64 `json:"samples_resident_peak_bytes,omitempty"`
	ThroughputSamples   []float64 `json:"samples_throughput_per_s,omitempty"`

	// How long strategies took their turns before the first sample: the same for all
	// of a program.
	WarmupRounds int   `json:"warmup_rounds,omitempty"`
	WarmupTime   int64 `json:"warmup_ns,omitempty"`

	// Alone: the strategies did not fit into the memory together. Each had memory in
	// its turns only, prepared anew in every one.
	Alone bool `json:"alone,omitempty"`

	// What a difference needs to count, the same for all of a program: see [Rule].
	Looks     int     `json:"looks,omitempty"`
	MinEffect float64 `json:"min_effect,omitempty"`

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
	GCCPU        Maybe[float64] `json:"gc_cpu_ns,omitzero"` // processor time of collector cycles that ended
	MinorFaults  Maybe[float64] `json:"minor_faults,omitzero"`
	MajorFaults  Maybe[float64] `json:"major_faults,omitzero"`
	Voluntary    Maybe[float64] `json:"voluntary_switches,omitzero"`
	Involuntary  Maybe[float64] `json:"involuntary_switches,omitzero"`
	CPU          Maybe[float64] `json:"cpu_ns,omitzero"` // processor time of all threads
	Cycles       Maybe[float64] `json:"cycles,omitzero"` // this and the next: of all threads, where the kernel lets us
	Instructions Maybe[float64] `json:"instructions,omitzero"`
	DTLBMisses   Maybe[float64] `json:"dtlb_misses,omitzero"`
	LLCMisses    Maybe[float64] `json:"llc_misses,omitzero"`

	// CPUs is the processor time of all samples over their time by the clock: how
	// many processors were busy. GCCPUFraction is the collector's part of it. Both
	// are of all samples together, as a collection passes many of them by.
	CPUs          Maybe[float64] `json:"cpus,omitzero"`
	GCCPUFraction Maybe[float64] `json:"gc_cpu_fraction,omitzero"`

	PeakLive Maybe[int] `json:"peak_live_bytes,omitzero"` // of all streams together
	Streamed Maybe[int] `json:"streamed_bytes,omitzero"`  // of intermediates of a contraction that are never stored
	// Sliced says how the network was cut into slices; absent if it was contracted at once.
	Sliced Maybe[Sliced] `json:"sliced,omitzero"`
	// Tuned says what was measured to be fastest; absent without --tune.
	Tuned     Maybe[Tuned] `json:"tuned,omitzero"`
	Footprint Maybe[int]   `json:"footprint_bytes,omitzero"` // of all streams together
	// FootprintSeen: the strategy does not know what it holds; Footprint is what the
	// heap was seen to grow by, which varies with the collector.
	FootprintSeen bool `json:"footprint_seen,omitempty"`
	// Resident is what the process has in memory after a sample, and ResidentPeak the
	// most that it had during one: medians, of all of the process, inputs included.
	// They are known where the process has a single strategy, or they would be of all.
	Resident     Maybe[float64] `json:"resident_bytes,omitzero"`
	ResidentPeak Maybe[float64] `json:"resident_peak_bytes,omitzero"`

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
	Bits   string        `json:"bits,omitempty"` // SHA-256 of the result's bytes, in hexadecimal; only if Cold
	Error  string        `json:"error"`          // "" if nothing failed
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
	Touch        string `json:"touch"`        // what is written to each buffer: see traffic.TouchNames
}

// Strategy names the strategy, also where it stands twice: "slab" and "slab#2".
func (r *Result) Strategy() string {
	if r.Occurrence == 0 {
		return r.Alloc
	}
	return fmt.Sprintf("%s#%d", r.Alloc, r.Occurrence)
}

// Occurrences returns the [Result.Occurrence] of each of a list of strategies.
func Occurrences(specs []string) []int {
	seen := make(map[string]int)
	all := make([]int, len(specs))
	for i, spec := range specs {
		if seen[spec]++; seen[spec] > 1 {
			all[i] = seen[spec]
		}
	}
	return all
}

// Label names what was measured as the argument that stands for it does: two files
// may have instances of one name.
func (r *Result) Label() string {
	if r.File == "" || r.File == Embedded {
		return r.Instance
	}
	return r.File
}

// Subject names what was measured, and under which strategy.
func (r *Result) Subject() string { return r.Label() + ", " + r.Path + ", " + r.Strategy() }

// SameProgram reports whether both results are of one program, or one recording.
func (r *Result) SameProgram(o *Result) bool {
	return r.Instance == o.Instance && r.File == o.File && r.Path == o.Path && r.DType == o.DType
}

// What can limit a contraction.
const (
	ByFlops  = "flops"
	ByMemory = "memory"
)
