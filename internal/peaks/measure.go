// Package peaks measures what bounds a contraction on this machine: arithmetic,
// memory bandwidth, the price of pages, the cost of measuring. A figure that could
// not be measured is absent, never made up.
package peaks

import (
	"context"

	"tnbench/internal/dtype"
	"tnbench/internal/kernel/vec"
	"tnbench/internal/machine"
	"tnbench/internal/warning"
)

// Peaks bounds what one core can do: arithmetic without memory, memory without
// arithmetic. Together they are a roofline.
type Peaks struct {
	Arithmetic []Arithmetic `json:"arithmetic"`
	Memory     *Bandwidth   `json:"memory,omitempty"`           // nil if it could not be measured
	Speed      float64      `json:"steps_per_second,omitempty"` // see [Speed]
}

// Arithmetic is the peak of one element type.
type Arithmetic struct {
	DType string  `json:"dtype"`
	Flops float64 `json:"flops_per_second"` // two for each fused multiply-add of reals
}

// Report is all that is measured about a machine, for one core. Times are in
// seconds, sizes in bytes.
type Report struct {
	Host   machine.Host `json:"host"`
	Peaks  Peaks        `json:"peaks"`
	Caches []Bandwidth  `json:"caches,omitempty"`
	Pages  Pages        `json:"pages"`
	Clock  Clock        `json:"clock"`
}

// FlopsOf returns the peak of an element type in operations per second, 0 if
// it was not measured. A complex type has that of its real parts.
func (p Peaks) FlopsOf(t dtype.Type) float64 {
	for _, a := range p.Arithmetic {
		if a.DType == t.String() {
			return a.Flops
		}
	}
	return 0
}

// measurePeaks measures the bounds of one core, in under 0.3 s on an idle
// machine. With an error it returns what it has.
func measurePeaks(ctx context.Context, room int64) (p Peaks, err error) {
	if err := ctx.Err(); err != nil {
		return Peaks{}, err
	}
	p = Peaks{Arithmetic: arithmeticPeaks(), Speed: Speed()}
	defer func() { p.Speed = max(p.Speed, Speed()) }() // the core may only now be fast
	b, err := memoryBandwidth(ctx, room)
	if err != nil {
		return p, err
	}
	p.Memory = &b
	return p, nil
}

// arithmeticPeaks measures both precisions; complex types share their figures.
func arithmeticPeaks() []Arithmetic {
	single := vec.FMAPeak(dtype.Float32, vec.Best())
	double := vec.FMAPeak(dtype.Float64, vec.Best())
	var all []Arithmetic
	for _, t := range dtype.All {
		flops := double
		if t == dtype.Float32 || t == dtype.Complex64 {
			flops = single
		}
		all = append(all, Arithmetic{t.String(), flops})
	}
	return all
}

// Measure gathers the facts and runs all measurements anew, in about a second on
// an idle machine, and keeps the peaks. What could not be measured is absent, and
// a warning says why. An error says that ctx is done: the report is not complete.
func Measure(ctx context.Context) (Report, []warning.Warning, error) {
	r := Report{Host: machine.ReadHost()}
	warnings := []warning.Warning{}
	for _, part := range []func() error{
		func() error { r.Clock = measureClock(); return nil },
		func() error {
			k, w, err := OfMachine(ctx, true)
			r.Peaks, warnings = k.Peaks, append(warnings, w...)
			k.AddTo(&r.Host)
			return err
		},
		func() (err error) { r.Caches, err = cacheBandwidths(ctx); return err },
		func() (err error) { r.Pages, err = measurePages(ctx, roomNow()); return err },
	} {
		err := ctx.Err()
		if err == nil {
			err = part()
		}
		if ctx.Err() != nil {
			return r, warnings, ctx.Err()
		}
		if err != nil {
			warnings = append(warnings, absent(err))
		}
	}
	return r, warnings, nil
}

// absent is the warning about a figure that could not be measured.
func absent(err error) warning.Warning {
	return warning.Warning{Code: "peaks", Message: err.Error(), Remedy: "the figure is left out"}
}

// roomNow returns the bytes of memory that measuring may take a part of.
func roomNow() int64 {
	if free, err := machine.AvailableMemory(); err == nil {
		return free.Bytes
	}
	return smallRoom()
}

// smallRoom is the least room in which the memory can be measured: where nothing
// is known, or where each start measures anew, no more is taken.
func smallRoom() int64 { return 8 * int64(max(lastCache()/2, leastMemoryBuffer/2)) }
