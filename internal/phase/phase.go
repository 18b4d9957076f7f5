// Package phase says where the time of a CPU profile went: to arithmetic, packing,
// clearing memory, allocation, the collector. It knows functions by their names and
// refuses to know how a profile came about.
package phase

import (
	"cmp"
	"slices"

	"github.com/google/pprof/profile"
)

// Phase is what a moment of a profile was spent on.
type Phase string

// The phases.
const (
	Arithmetic Phase = "arithmetic"
	Packing    Phase = "packing"    // operands laid out for kernels
	Zeroing    Phase = "zeroing"    // clearing memory
	Faults     Phase = "faults"     // the system handing out pages: see [Breakdown.SetSystem]
	Allocation Phase = "allocation" // of strategies and of the Go runtime, frees included
	Collector  Phase = "collector"  // marking, sweeping, giving memory back
	System     Phase = "system"     // calls of the operating system
	Scheduling Phase = "scheduling" // of goroutines and threads
	Executor   Phase = "executor"   // the loop around kernels, and what measures it
	Other      Phase = "other"      // functions that the table does not know
)

// All are the phases in the order in which they are shown.
var All = []Phase{Arithmetic, Packing, Zeroing, Faults, Allocation, Collector, System, Scheduling, Executor, Other}

// Breakdown is the time of a profile by phases and by functions, in nanoseconds.
type Breakdown struct {
	Total     float64
	Samples   int64
	Phases    map[Phase]float64
	Functions []Function // the costliest first
}

// Function is a function with the time that it took itself.
type Function struct {
	Name  string
	Phase Phase // of most of its time
	Time  float64
}

// Break breaks a CPU profile down.
func Break(p *profile.Profile) Breakdown {
	b := Breakdown{Phases: map[Phase]float64{}}
	if len(p.SampleType) < 2 {
		return b // no profile of a CPU: it has counts and times
	}
	type key struct {
		name  string
		phase Phase
	}
	functions := map[key]float64{}
	for _, s := range p.Sample {
		stack := names(s)
		if len(stack) == 0 {
			stack = []string{"unknown"}
		}
		at, time := Of(stack), float64(s.Value[1])
		b.Total += time
		b.Samples += s.Value[0]
		b.Phases[at] += time
		functions[key{stack[0], at}] += time
	}
	whole := map[string]*Function{}
	most := map[string]float64{}
	for k, time := range functions {
		f := whole[k.name]
		if f == nil {
			f = &Function{Name: k.name}
			whole[k.name] = f
		}
		f.Time += time
		if time > most[k.name] || time == most[k.name] && k.phase < f.Phase {
			most[k.name], f.Phase = time, k.phase
		}
	}
	for _, f := range whole {
		b.Functions = append(b.Functions, *f)
	}
	slices.SortFunc(b.Functions, func(x, y Function) int { return cmp.Or(cmp.Compare(y.Time, x.Time), cmp.Compare(x.Name, y.Name)) })
	return b
}

// names returns the functions of a sample's stack, the innermost first.
func names(s *profile.Sample) (stack []string) {
	for _, l := range s.Location {
		for _, line := range l.Line {
			if line.Function != nil {
				stack = append(stack, line.Function.Name)
			}
		}
	}
	return stack
}

// Share returns the share that a phase has of the whole.
func (b *Breakdown) Share(p Phase) float64 {
	if b.Total == 0 {
		return 0
	}
	return b.Phases[p] / b.Total
}

// SetSystem separates page faults, given the share of the time that the process spent
// within the system and the most nanoseconds that its faults can have taken. No sample
// tells a fault from the instruction that caused it, which is one of those that clear,
// pack or compute. What the system's share has beyond samples of its calls is of faults:
// it is taken from clearing first, whose memory is fresh the most, and what is left from
// packing and arithmetic alike. What faults can't explain is of interrupts.
func (b *Breakdown) SetSystem(share, most float64) {
	inside := min(max(share*b.Total-b.Phases[System], 0), b.Phases[Zeroing]+b.Phases[Packing]+b.Phases[Arithmetic])
	faults := min(inside, most)
	b.Phases[Faults] = faults
	b.Phases[System] += inside - faults
	clearing := min(faults, b.Phases[Zeroing])
	b.Phases[Zeroing] -= clearing
	left := inside - clearing
	for _, p := range []Phase{Packing, Arithmetic, Zeroing} { // the last for rounding, and for interrupts alone
		if both := b.Phases[Packing] + b.Phases[Arithmetic]; p == Packing && both > 0 {
			part := min(left*b.Phases[Packing]/both, b.Phases[Packing])
			b.Phases[Packing] -= part
			left -= part
			continue
		}
		part := min(left, b.Phases[p])
		b.Phases[p] -= part
		left -= part
	}
}
