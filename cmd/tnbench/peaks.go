package main

import (
	"runtime"
	"sync"

	"github.com/spf13/cobra"

	"tnbench/internal/bench"
	"tnbench/internal/dtype"
	"tnbench/internal/kernel/vec"
	"tnbench/internal/machine"
	"tnbench/internal/peaks"
	"tnbench/internal/report"
	"tnbench/internal/warning"
)

// measurePeaks measures what one core can do, once in the life of the process.
var measurePeaks = sync.OnceValues(peaks.MeasurePeaks)

// readMachine enters what the machine is and can do into the document. It must
// come before anything is measured or profiled.
func (r *runCommand) readMachine(cmd *cobra.Command) {
	r.document.Host = machine.ReadHost()
	r.note(cmd, report.HostWarnings(r.document.Host)...)
	var err error
	if r.peaks, err = measurePeaks(); err != nil {
		r.note(cmd, warning.Warning{
			Code:    "peaks",
			Message: err.Error(),
			Remedy:  "the roofline bounds are left out",
		})
	}
	r.peaks.AddTo(&r.document.Host)
}

// bounds enters the peaks of as many cores as a contraction of t uses. Cores are
// taken to share nothing, which is right for arithmetic and generous for memory:
// a bound may be too low, not too high.
func (r *runCommand) bounds(c *bench.Config, t dtype.Type) {
	cores := float64(min(r.threads, runtime.GOMAXPROCS(0)))
	c.PeakFlops = r.peaks.FlopsOf(t) * cores
	// Portable code does not know what the machine can do, let alone a library.
	if len(vec.Tiers()) > 1 {
		c.Repeak = func() float64 { return vec.FMAPeak(t, vec.Best()) * cores }
	}
	if r.peaks.Memory != nil {
		c.Bandwidth = r.peaks.Memory.Copy * cores
	}
}
