package bench

import (
	"math"
	"runtime"
	"runtime/metrics"
	"time"

	"tnbench/internal/machine"
	"tnbench/internal/result"
	"tnbench/internal/stats"
)

// counter is something that runtime, system or processor count.
type counter int

const (
	mallocs      counter = iota
	mallocBytes          // of heap objects
	gcCycles             // that ended
	gcPause              // ns that the world stood still for the collector
	gcCPU                // ns of processor time that the collector took, up to the last cycle that ended
	minorFaults          //
	majorFaults          //
	voluntary            // switches of a thread that waited
	involuntary          // switches of a thread that another one took the processor from
	cpuTime              // ns of all threads, in the program and in the kernel
	cycles               // of processors: this and the following ones only where the kernel lets us
	instructions         //
	dtlbMisses           //
	llcMisses            //
	counterKinds
)

// hardware says which counter an event of the processor is.
var hardware = [machine.EventKinds]counter{
	machine.Cycles: cycles, machine.Instructions: instructions, machine.DTLBMisses: dtlbMisses, machine.LLCMisses: llcMisses,
}

// field is where a result holds the samples of a counter, and their median.
type field struct {
	samples *[]float64
	median  *result.Maybe[float64]
}

// fieldsOf returns where r holds each counter.
func fieldsOf(r *result.Result) [counterKinds]field {
	return [counterKinds]field{
		mallocs:      {&r.HeapAllocsSamples, &r.HeapAllocs},
		mallocBytes:  {&r.HeapBytesSamples, &r.HeapBytes},
		gcCycles:     {&r.GCCyclesSamples, &r.GCCycles},
		gcPause:      {&r.GCPauseSamples, &r.GCPause},
		gcCPU:        {&r.GCCPUSamples, &r.GCCPU},
		minorFaults:  {&r.MinorFaultsSamples, &r.MinorFaults},
		majorFaults:  {&r.MajorFaultsSamples, &r.MajorFaults},
		voluntary:    {&r.VoluntarySamples, &r.Voluntary},
		involuntary:  {&r.InvoluntarySamples, &r.Involuntary},
		cpuTime:      {&r.CPUSamples, &r.CPU},
		cycles:       {&r.CyclesSamples, &r.Cycles},
		instructions: {&r.InstructionsSamples, &r.Instructions},
		dtlbMisses:   {&r.DTLBMissesSamples, &r.DTLBMisses},
		llcMisses:    {&r.LLCMissesSamples, &r.LLCMisses},
	}
}

// counts is what each counter stands at, or has counted between two readings. What
// is not known is not counted here, or was not over the whole time.
type counts struct {
	of    [counterKinds]int64
	known [counterKinds]bool
}

func (c *counts) set(k counter, v int64) { c.of[k], c.known[k] = v, true }

// minus returns what was counted since earlier.
func (c *counts) minus(earlier *counts) (d counts) {
	for k := range c.of {
		if c.known[k] && earlier.known[k] {
			d.set(counter(k), c.of[k]-earlier.of[k])
		}
	}
	return d
}

// reader reads all counters. Reading stops the world for some ten microseconds, so
// it belongs outside the clock; what counts faults and processor time is read last
// before the clock starts and first after it stops, as reading the others may
// itself fault and takes time. What it allocates is not counted.
type reader struct {
	events    *machine.Events // nil: the processor's own are not to be had
	before    counts
	after     counts
	memory    runtime.MemStats
	collector [1]metrics.Sample
}

// newReader returns a reader that counts what all threads do that there are by now.
func newReader() *reader {
	r := &reader{collector: [1]metrics.Sample{{Name: "/cpu/classes/gc/total:cpu-seconds"}}}
	r.events, _ = machine.OpenEvents() // the host's facts say why there are none
	r.runtime(&r.before)               // what the first reading allocates is nobody's
	return r
}

func (r *reader) close() { r.events.Close() }

// start reads the counters before the clock starts.
func (r *reader) start() {
	r.events.Adopt()
	r.before = counts{}
	r.runtime(&r.before)
	r.processor(&r.before)
	r.system(&r.before)
}

// stop reads them when it has stopped, and returns what they counted meanwhile.
func (r *reader) stop() counts {
	r.after = counts{}
	r.system(&r.after)
	r.processor(&r.after)
	r.runtime(&r.after)
	d := r.after.minus(&r.before)
	for k, whole := range r.events.Whole() {
		d.known[hardware[k]] = d.known[hardware[k]] && whole
	}
	return d
}

// runtime reads what the Go runtime counts. It knows the collector's processor time
// up to the last cycle that ended: a cycle belongs to the sample that it ends in.
func (r *reader) runtime(c *counts) {
	runtime.ReadMemStats(&r.memory)
	c.set(mallocs, int64(r.memory.Mallocs))
	c.set(mallocBytes, int64(r.memory.TotalAlloc))
	c.set(gcCycles, int64(r.memory.NumGC))
	c.set(gcPause, int64(r.memory.PauseTotalNs))
	metrics.Read(r.collector[:])
	if v := r.collector[0].Value; v.Kind() == metrics.KindFloat64 {
		c.set(gcCPU, int64(v.Float64()*1e9))
	}
}

// system reads what the system counts for this process.
func (r *reader) system(c *counts) {
	u, ok := machine.ReadUsage()
	if !ok {
		return
	}
	c.set(minorFaults, u.MinorFaults)
	c.set(majorFaults, u.MajorFaults)
	c.set(voluntary, u.Waited)
	c.set(involuntary, u.Preempted)
	c.set(cpuTime, int64(u.User+u.System))
}

// processor reads what processors count.
func (r *reader) processor(c *counts) {
	for k, at := range hardware {
		if v, ok := r.events.Read(machine.Event(k)); ok {
			c.set(at, v)
		}
	}
}

// sample is a batch of timed contractions, or as many at once as there are streams.
type sample struct {
	batch    int           // contractions of a stream
	time     time.Duration // of all of a stream; the median over streams
	wall     time.Duration // from the first start to the last end
	counts   counts
	resident resident
}

// measure lets t contract so many times between two readings of all counters. watched
// tells that what is resident is t's alone.
func measure(t *team, batch int, r *reader, watched bool) (sample, error) {
	watch := watchResident(watched)
	r.start()
	start := time.Now()
	err := t.run(batch)
	wall := time.Since(start)
	counted := r.stop()
	return sample{batch: batch, time: t.median(), wall: wall, counts: counted, resident: watch.end()}, err
}

// addCounters enters into r what was counted per contraction of so many streams. A
// counter that a sample lacks is left out.
func addCounters(r *result.Result, samples []sample, streams int) {
	for k, f := range fieldsOf(r) {
		*f.samples, *f.median = counted(samples, func(s *sample) (float64, bool) {
			each := float64(s.counts.of[k]) / float64(streams*s.batch)
			if parts := countedTo[k]; parts > 0 {
				each = math.Round(each*parts) / parts
			}
			return each, s.counts.known[k]
		})
	}
	addResident(r, samples)
	var cpu, collector, wall int64
	for _, s := range samples {
		cpu += s.counts.of[cpuTime]
		collector += s.counts.of[gcCPU]
		wall += int64(s.wall)
	}
	if r.CPU.OK && wall > 0 {
		r.CPUs = result.Measured(float64(cpu) / float64(wall))
	}
	if r.CPU.OK && r.GCCPU.OK && cpu > 0 {
		r.GCCPUFraction = result.Measured(min(1, float64(collector)/float64(cpu)))
	}
}

// countedTo says to which part of one some counts per contraction are rounded: what
// comes less often in a batch is the runtime's own. 0: none.
var countedTo = [counterKinds]float64{mallocs: 100, mallocBytes: 1, minorFaults: 100}

// counted returns what a counter was at each sample, and the median; nothing if a
// sample lacks it.
func counted(samples []sample, of func(*sample) (float64, bool)) ([]float64, result.Maybe[float64]) {
	values := make([]float64, len(samples))
	for i := range samples {
		var known bool
		if values[i], known = of(&samples[i]); !known {
			return nil, result.Maybe[float64]{}
		}
	}
	return values, result.Measured(stats.Median(values))
}
