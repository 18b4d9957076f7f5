package result

// Figure describes one figure of results. The list of all of them, [Figures], is
// what every output is drawn from.
type Figure struct {
	Key     string // in JSON and CSV, with the unit
	Heading string // of a column for people; "" where it has none
	Bench   string // unit in the Go benchmark format; "" if it is not written there
	Unit    Unit
	Better  Better
	// Exact figures are counted: the same work gives the same figure, and any
	// difference counts, unless chance had a part in it: see [Figure.ExactIn]. Others
	// are measured and vary.
	Exact bool
	// Detail: tables leave the column out unless it is asked for.
	Detail bool
	// Low and High are the keys of the figures that bound this one, "" if none do.
	Low, High string

	Of      func(*Result) Maybe[float64]
	Samples func(*Result) []float64 // nil if it has none of its own
}

// Unit says what a figure counts.
type Unit uint8

// The units.
const (
	Count Unit = iota
	Nanoseconds
	Bytes
	PerSecond
	GFlops   // 10⁹ flops per second
	Factor   // how many times another figure
	Fraction // of a whole
)

// Better is the direction in which a figure gets better.
type Better int8

// The directions.
const (
	Neither Better = 0
	Lower   Better = -1
	Higher  Better = 1
)

// Figures are all figures of a result, in the order in which they are shown.
var Figures = []Figure{
	{Key: "median_ns", Heading: "median ± IQR", Bench: "ns/op", Unit: Nanoseconds, Better: Lower, Low: "q1_ns", High: "q3_ns",
		Of: func(r *Result) Maybe[float64] { return r.Median }, Samples: func(r *Result) []float64 { return r.Samples }},
	{Key: "q1_ns", Unit: Nanoseconds, Better: Lower, Of: func(r *Result) Maybe[float64] { return r.Q1 }},
	{Key: "q3_ns", Unit: Nanoseconds, Better: Lower, Of: func(r *Result) Maybe[float64] { return r.Q3 }},
	{Key: "ratio", Heading: "ratio", Unit: Factor, Better: Lower, Low: "ratio_low", High: "ratio_high",
		Of: ofRatio(func(r Ratio) Maybe[float64] { return Measured(r.Median) })},
	{Key: "ratio_low", Unit: Factor, Better: Lower, Of: ofRatio(func(r Ratio) Maybe[float64] { return r.Low })},
	{Key: "ratio_high", Unit: Factor, Better: Lower, Of: ofRatio(func(r Ratio) Maybe[float64] { return r.High })},
	{Key: "throughput_per_s", Heading: "all streams, 1/s", Bench: "contractions/s", Unit: PerSecond, Better: Higher,
		Of: func(r *Result) Maybe[float64] { return r.Throughput }, Samples: func(r *Result) []float64 { return r.ThroughputSamples }},
	{Key: "processes_median_ns", Bench: "processes-ns/op", Unit: Nanoseconds, Better: Lower, Of: func(r *Result) Maybe[float64] { return r.Processes }},
	{Key: "contention", Heading: "to processes", Unit: Factor, Better: Lower, Of: func(r *Result) Maybe[float64] { return r.Contention }},
	{Key: "heap_allocs", Heading: "heap allocs", Bench: "allocs/op", Unit: Count, Better: Lower, Exact: true,
		Of: func(r *Result) Maybe[float64] { return r.HeapAllocs }, Samples: func(r *Result) []float64 { return r.HeapAllocsSamples }},
	{Key: "heap_bytes", Heading: "heap bytes", Bench: "B/op", Unit: Bytes, Better: Lower, Exact: true,
		Of: func(r *Result) Maybe[float64] { return r.HeapBytes }, Samples: func(r *Result) []float64 { return r.HeapBytesSamples }},
	{Key: "gc_cycles", Heading: "GCs", Bench: "GCs/op", Unit: Count, Better: Lower,
		Of: func(r *Result) Maybe[float64] { return r.GCCycles }, Samples: func(r *Result) []float64 { return r.GCCyclesSamples }},
	{Key: "gc_pause_ns", Bench: "pause-ns/op", Unit: Nanoseconds, Better: Lower,
		Of: func(r *Result) Maybe[float64] { return r.GCPause }, Samples: func(r *Result) []float64 { return r.GCPauseSamples }},
	{Key: "gc_cpu_ns", Heading: "GC CPU time", Bench: "gc-cpu-ns/op", Unit: Nanoseconds, Better: Lower, Detail: true,
		Of: func(r *Result) Maybe[float64] { return r.GCCPU }, Samples: func(r *Result) []float64 { return r.GCCPUSamples }},
	{Key: "gc_cpu_fraction", Heading: "GC of CPU", Unit: Fraction, Better: Lower, Detail: true,
		Of: func(r *Result) Maybe[float64] { return r.GCCPUFraction }},
	{Key: "minor_faults", Heading: "faults", Bench: "faults/op", Unit: Count, Better: Lower,
		Of: func(r *Result) Maybe[float64] { return r.MinorFaults }, Samples: func(r *Result) []float64 { return r.MinorFaultsSamples }},
	{Key: "major_faults", Heading: "major faults", Bench: "major-faults/op", Unit: Count, Better: Lower, Detail: true,
		Of: func(r *Result) Maybe[float64] { return r.MajorFaults }, Samples: func(r *Result) []float64 { return r.MajorFaultsSamples }},
	{Key: "voluntary_switches", Heading: "waits", Bench: "waits/op", Unit: Count, Better: Lower, Detail: true,
		Of: func(r *Result) Maybe[float64] { return r.Voluntary }, Samples: func(r *Result) []float64 { return r.VoluntarySamples }},
	{Key: "involuntary_switches", Heading: "preempted", Bench: "preempted/op", Unit: Count, Better: Lower, Detail: true,
		Of: func(r *Result) Maybe[float64] { return r.Involuntary }, Samples: func(r *Result) []float64 { return r.InvoluntarySamples }},
	{Key: "cpu_ns", Heading: "CPU time", Bench: "cpu-ns/op", Unit: Nanoseconds, Better: Lower, Detail: true,
		Of: func(r *Result) Maybe[float64] { return r.CPU }, Samples: func(r *Result) []float64 { return r.CPUSamples }},
	{Key: "cpus", Heading: "CPUs", Unit: Factor, Better: Neither, Detail: true, Of: func(r *Result) Maybe[float64] { return r.CPUs }},
	{Key: "cycles", Heading: "cycles", Bench: "cycles/op", Unit: Count, Better: Lower, Detail: true,
		Of: func(r *Result) Maybe[float64] { return r.Cycles }, Samples: func(r *Result) []float64 { return r.CyclesSamples }},
	{Key: "instructions", Heading: "instructions", Bench: "instructions/op", Unit: Count, Better: Lower, Detail: true,
		Of: func(r *Result) Maybe[float64] { return r.Instructions }, Samples: func(r *Result) []float64 { return r.InstructionsSamples }},
	{Key: "dtlb_misses", Heading: "dTLB misses", Bench: "dTLB-misses/op", Unit: Count, Better: Lower, Detail: true,
		Of: func(r *Result) Maybe[float64] { return r.DTLBMisses }, Samples: func(r *Result) []float64 { return r.DTLBMissesSamples }},
	{Key: "llc_misses", Heading: "LLC misses", Bench: "LLC-misses/op", Unit: Count, Better: Lower, Detail: true,
		Of: func(r *Result) Maybe[float64] { return r.LLCMisses }, Samples: func(r *Result) []float64 { return r.LLCMissesSamples }},
	{Key: "peak_live_bytes", Heading: "peak live", Bench: "peak-live-B", Unit: Bytes, Better: Lower, Exact: true,
		Of: func(r *Result) Maybe[float64] { return float(r.PeakLive) }},
	{Key: "streamed_bytes", Heading: "streamed", Bench: "streamed-B", Unit: Bytes, Better: Neither, Exact: true, Detail: true,
		Of: func(r *Result) Maybe[float64] { return float(r.Streamed) }},
	{Key: "footprint_bytes", Heading: "footprint", Bench: "footprint-B", Unit: Bytes, Better: Lower, Exact: true,
		Of: func(r *Result) Maybe[float64] { return float(r.Footprint) }},
	{Key: "resident_bytes", Heading: "resident", Bench: "resident-B", Unit: Bytes, Better: Lower, Detail: true,
		Of: func(r *Result) Maybe[float64] { return r.Resident }, Samples: func(r *Result) []float64 { return r.ResidentSamples }},
	{Key: "resident_peak_bytes", Heading: "resident peak", Bench: "resident-peak-B", Unit: Bytes, Better: Lower,
		Of: func(r *Result) Maybe[float64] { return r.ResidentPeak }, Samples: func(r *Result) []float64 { return r.ResidentPeakSamples }},
	{Key: "gflops", Heading: "GFLOP/s", Unit: GFlops, Better: Higher, Of: func(r *Result) Maybe[float64] { return r.GFlops }},
	{Key: "peak_fraction", Heading: "of peak", Unit: Fraction, Better: Higher, Of: func(r *Result) Maybe[float64] { return r.PeakFraction }},
	{Key: "bound_ns", Unit: Nanoseconds, Better: Neither, Of: func(r *Result) Maybe[float64] { return r.Bound }},
}

// Sample is what one sample of the figure is called: that of the median time is the
// time.
func (f *Figure) Sample() string {
	if f.Key == "median_ns" {
		return "time_ns"
	}
	return f.Key
}

// steady is the share of samples that are alike where a counter is exact: the
// runtime allocates an object of its own now and then.
const steady = 0.9

// ExactIn reports whether the figure is exact in r: where the collector decides
// what is allocated, as of a sync.Pool, heap allocations are chance, and so is a
// footprint that was seen as the growth of the heap.
func (f *Figure) ExactIn(r *Result) bool {
	figure := f.Of(r)
	if !f.Exact || !figure.OK || f.Key == "footprint_bytes" && r.FootprintSeen {
		return false
	}
	if f.Samples == nil {
		return true
	}
	alike, all := 0, f.Samples(r)
	for _, v := range all {
		if v == figure.Value {
			alike++
		}
	}
	return float64(alike) >= steady*float64(len(all))
}

// FigureOf returns the figure with a key. It panics if there is none: keys are
// constants of the program.
func FigureOf(key string) *Figure {
	for i := range Figures {
		if Figures[i].Key == key {
			return &Figures[i]
		}
	}
	panic("result: no figure " + key)
}

// ofRatio reads a part of the ratio, if there is one.
func ofRatio(part func(Ratio) Maybe[float64]) func(*Result) Maybe[float64] {
	return func(r *Result) Maybe[float64] {
		if !r.Ratio.OK {
			return Maybe[float64]{}
		}
		return part(r.Ratio.Value)
	}
}

// float converts a figure in whole units.
func float(m Maybe[int]) Maybe[float64] { return Maybe[float64]{float64(m.Value), m.OK} }
