// Package peaks measures what bounds a contraction on this machine: arithmetic,
// memory bandwidth, the price of pages, the cost of measuring. A figure that could
// not be measured is absent, never made up.
package peaks

import (
	"context"

	"tnbench/internal/dtype"
	"tnbench/internal/kernel/vec"
	"tnbench/internal/machine"
)

// Peaks bounds what one core can do: arithmetic without memory, memory without
// arithmetic. Together they are a roofline.
type Peaks struct {
	Arithmetic []Arithmetic `json:"arithmetic"`
	Memory     *Bandwidth   `json:"memory,omitempty"` // nil if it could not be measured
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

// AddTo enters the peaks into the host object of result files, in its units.
func (p Peaks) AddTo(h *machine.Host) {
	h.PeakGFLOPS = p.FlopsOf(dtype.Float64) / 1e9
	if p.Memory != nil {
		h.BandwidthGBs = p.Memory.Copy / 1e9
	}
}

// MeasurePeaks measures the bounds of one core, in under 0.3 s on an idle
// machine. With an error it returns what it has.
func MeasurePeaks() (Peaks, error) {
	p := Peaks{Arithmetic: arithmeticPeaks()}
	b, err := MemoryBandwidth()
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

// Measure gathers the facts and runs all measurements, in about a second on an
// idle machine. It stops between two of them when ctx is done, and with an
// error returns what it has.
func Measure(ctx context.Context) (Report, error) {
	r := Report{Host: machine.ReadHost()}
	for _, part := range []func() error{
		func() error { r.Clock = MeasureClock(); return nil },
		func() (err error) { r.Peaks, err = MeasurePeaks(); r.Peaks.AddTo(&r.Host); return err },
		func() (err error) { r.Caches, err = CacheBandwidths(); return err },
		func() (err error) { r.Pages, err = MeasurePages(); return err },
	} {
		if err := ctx.Err(); err != nil {
			return r, err
		}
		if err := part(); err != nil {
			return r, err
		}
	}
	return r, nil
}
