package main

import (
	"fmt"
	"runtime"
	"time"

	"github.com/spf13/cobra"

	"tnbench/internal/bench"
	"tnbench/internal/dtype"
	"tnbench/internal/kernel/vec"
	"tnbench/internal/peaks"
)

// peaksFlags say whether the machine is measured.
type peaksFlags struct{ anew, none bool }

func (p *peaksFlags) register(cmd *cobra.Command) {
	cmd.Flags().BoolVar(&p.anew, "remeasure", false, "measure the peaks of this machine anew, even if they are known")
	cmd.Flags().BoolVar(&p.none, "no-peaks", false, "leave the peaks of this machine out")
	cmd.Flags().Lookup("no-peaks").Hidden = true // for processes that a run starts
}

// readPeaks enters what the machine can do into the document. It must come before
// anything is measured or profiled. It ends early when the command is interrupted.
func (r *runCommand) readPeaks(cmd *cobra.Command) {
	if r.machine.none {
		return
	}
	kept, warnings, err := peaks.OfMachine(cmd.Context(), r.machine.anew)
	if err != nil {
		return // interrupted: nothing will be measured
	}
	r.note(cmd, warnings...)
	r.peaks = kept.Peaks
	kept.AddTo(&r.document.Host)
	r.contest.pace.know(peaks.NewPacer(kept))
	if r.output.verbose {
		fmt.Fprintf(cmd.ErrOrStderr(), "peaks of this machine: measured %s; --remeasure measures them anew\n", age(kept.At))
	}
}

// age says how long ago t was.
func age(t time.Time) string {
	d := time.Since(t)
	switch {
	case d < time.Minute:
		return "just now"
	case d < time.Hour:
		return fmt.Sprintf("%.0f min ago", d.Minutes())
	case d < 48*time.Hour:
		return fmt.Sprintf("%.0f h ago", d.Hours())
	}
	return fmt.Sprintf("%.0f days ago", d.Hours()/24)
}

// bounds enters the peaks of as many cores as a contraction of t uses. Cores are
// taken to share nothing, which is right for arithmetic and generous for memory:
// a bound may be too low, not too high.
func (r *runCommand) bounds(c *bench.Config, t dtype.Type) {
	cores := float64(min(r.threads, runtime.GOMAXPROCS(0)))
	if !r.backend.backend.Outruns() {
		c.PeakFlops = r.peaks.FlopsOf(t) * cores
	}
	// Portable code does not know what the machine can do, let alone a library.
	if len(vec.Tiers()) > 1 && c.PeakFlops > 0 {
		c.Repeak = func() float64 { return vec.FMAPeak(t, vec.Best()) * cores }
	}
	if r.peaks.Memory != nil {
		c.Bandwidth = r.peaks.Memory.Copy * cores
	}
}
