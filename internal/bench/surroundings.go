package bench

import (
	"fmt"
	"time"

	"tnbench/internal/machine"
	"tnbench/internal/result"
	"tnbench/internal/warning"
)

// Shares of the time from which on a warning is due. They lie above what an idle
// system does by itself.
const (
	manyOthers  = 0.05 // of all processors, by other programs
	manyStolen  = 0.02 // of all processors, by other machines
	longStalled = 0.01 // of the clock, waiting for memory or a quota
)

const (
	// leastWatched is how long a measurement lasts at least of which the system's counts,
	// in steps of 10 ms, say something.
	leastWatched = 500 * time.Millisecond
	// leastSwapped are the pages, a MiB of them, that are worth a word.
	leastSwapped = 256
)

// Disturbances returns what disturbed a measurement, by what the system counted
// before and after it.
func Disturbances(subject string, before, after machine.Activity) (all []warning.Warning) {
	took, d := after.At.Sub(before.At), after.Sub(before)
	if took < leastWatched {
		return nil
	}
	add := func(code, message, remedy string) {
		all = append(all, warning.Warning{Code: code, Subject: subject, Message: message, Remedy: remedy})
	}
	capacity := float64(took) * float64(d.Processors)
	if d.Processors > 0 {
		if share := float64(d.Busy-d.Own) / capacity; share >= manyOthers {
			add("busy", fmt.Sprintf("other programs took %.0f %% of the processors' time meanwhile", share*100),
				"stop them, or compare by the paired ratios only")
		}
		if share := float64(d.Stolen) / capacity; share >= manyStolen {
			add("steal", fmt.Sprintf("the host of this virtual machine took %.0f %% of the processors' time meanwhile", share*100),
				"measure where processors are not shared, or compare by the paired ratios only")
		}
	}
	if share := float64(d.Throttled) / float64(took); d.HasQuota && share >= longStalled {
		add("throttled", fmt.Sprintf("control groups stopped this process for %.0f %% of the time, as its quota was used up", share*100),
			"raise the quota, or keep --threads times --streams below it")
	}
	if d.HasSwap && d.Swapped >= leastSwapped {
		add("swap", fmt.Sprintf("the system swapped %d pages meanwhile: memory is scarce", d.Swapped),
			"stop other programs, or measure fewer strategies at once")
	}
	if share := float64(d.Stalled) / float64(took); d.HasStall && share >= longStalled {
		add("memory-pressure", fmt.Sprintf("programs waited for memory for %.0f %% of the time", share*100),
			"stop other programs, or measure fewer strategies at once")
	}
	return all
}

// overtime is how much more processor time than workers times the clock is told.
const overtime = 1.05

// leastExcess is how far it must be above in all samples together: a system counts
// another core's time in ticks.
const leastExcess = 20 * time.Millisecond

// majorShare is the share of samples with major faults from which on they are told.
const majorShare = 0.1

// CounterWarnings returns what counters say against the figures of results. workers
// are the threads that contract at once.
func CounterWarnings(results []result.Result, workers int) (all []warning.Warning) {
	for i := range results {
		r := &results[i]
		add := func(code, message, remedy string) {
			all = append(all, warning.Warning{Code: code, Subject: r.Subject(), Message: message, Remedy: remedy})
		}
		most := overtime * float64(workers)
		if r.CPUs.OK && r.CPUs.Value > most && excess(r, workers) >= float64(leastExcess) {
			message := fmt.Sprintf("%.2f processors were busy, where %d contracted", r.CPUs.Value, workers)
			if own := r.CPUs.Value * (1 - r.GCCPUFraction.Value); own <= most {
				add("collector", fmt.Sprintf("%s: the collector ran beside, for %.0f %% of the processor time", message, r.GCCPUFraction.Value*100),
					"a program that has no core to spare would pay for it by the clock, too: see gc_cpu_ns, or measure with GOMAXPROCS=1")
			} else {
				add("threads", message+": something runs threads of its own, or the system works on behalf of this process",
					"set --threads to what is to be compared, and check --backend: a library may not obey it")
			}
		}
		if n := withMajorFaults(r); !r.Cold && n > 0 && float64(n) >= majorShare*float64(len(r.MajorFaultsSamples)) {
			add("major-faults", fmt.Sprintf("pages were read from a disk in %d of %d samples", n, len(r.MajorFaultsSamples)),
				"memory is scarce: stop other programs, or measure fewer strategies at once")
		}
	}
	return all
}

// excess is the processor time of all samples beyond what workers can take, in ns.
func excess(r *result.Result, workers int) float64 {
	total := 0.0
	for _, ns := range r.CPUSamples {
		total += ns
	}
	return total * float64(max(1, r.Batch)) * (1 - float64(workers)/r.CPUs.Value)
}

// withMajorFaults counts the samples that had major faults.
func withMajorFaults(r *result.Result) (n int) {
	for _, faults := range r.MajorFaultsSamples {
		if faults > 0 {
			n++
		}
	}
	return n
}
