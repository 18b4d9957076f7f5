package main

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"tnbench/internal/bench"
	"tnbench/internal/contract"
	"tnbench/internal/path"
	"tnbench/internal/region"
	"tnbench/internal/suggest"
)

// executionFlags choose how programs are compiled and run, whatever the strategy.
type executionFlags struct {
	order, metadata, planning, temporaries, sharing, regions string

	streams   int
	share     bool
	options   contract.Options // without the kernels'
	execution contract.Execution
}

func (x *executionFlags) register(cmd *cobra.Command) {
	f := cmd.Flags()
	choice := func(target *string, name, standard, usage string, names []string) {
		f.StringVar(target, name, standard, usage)
		completes(cmd, name, cobra.FixedCompletions(names, cobra.ShellCompDirectiveNoFileComp))
	}
	choice(&x.order, "order", "path", "execution order: path (as written), depth (depth-first), peak (least peak of live bytes)", path.OrderNames())
	choice(&x.metadata, "metadata", "none", "shapes and strides: none (compiled), inline (a record per step), heap (three slices per step)", contract.MetadataNames())
	choice(&x.planning, "planning", "ahead", "kernels and strides: ahead (compiled once), each (derived again at each contraction)", contract.PlanningNames())
	choice(&x.temporaries, "temporaries", "strategy", "scratch of kernels: strategy (allocated like intermediates), fixed (held for good)", temporaries)
	registerRegions(cmd, &x.regions)
	choice(&x.sharing, "sharing", "each", "with --streams: each (a strategy per stream), one (all share one strategy)", sharings)
	f.IntVar(&x.streams, "streams", 1, "contractions at once, each on its own goroutine")
}

// registerRegions adds the flag that says which steps run slice by slice.
func registerRegions(cmd *cobra.Command, name *string) {
	cmd.Flags().StringVar(name, "regions", "auto", "steps that run slice by slice, so that what lies between them is never stored: auto (where that saves time), off, max (the least memory)")
	completes(cmd, "regions", cobra.FixedCompletions(region.Names(), cobra.ShellCompDirectiveNoFileComp))
}

var (
	temporaries = []string{"strategy", "fixed"}
	sharings    = []string{"each", "one"}
)

func (x *executionFlags) parse() error {
	var errs [6]error
	x.options.Order, errs[0] = path.ParseOrder(x.order)
	x.execution.Metadata, errs[1] = contract.ParseMetadata(x.metadata)
	x.execution.Planning, errs[2] = contract.ParsePlanning(x.planning)
	switch x.temporaries {
	case "strategy", "fixed":
		x.options.FixedTemporaries = x.temporaries == "fixed"
	default:
		errs[3] = fmt.Errorf("--temporaries: %w", suggest.Unknown("way", x.temporaries, temporaries))
	}
	switch x.sharing {
	case "each", "one":
		x.share = x.sharing == "one"
	default:
		errs[4] = fmt.Errorf("--sharing: %w", suggest.Unknown("way", x.sharing, sharings))
	}
	if x.options.Regions, errs[5] = region.ParseMode(x.regions); errs[5] != nil {
		errs[5] = fmt.Errorf("--regions: %w", errs[5])
	}
	if err := errors.Join(errs[:]...); err != nil {
		return usageError{err}
	}
	if x.streams < 1 || x.streams > 1024 {
		return usage("--streams must lie in 1..1024, not %d", x.streams)
	}
	return nil
}

// apply sets what a measurement needs to know.
func (x *executionFlags) apply(c *bench.Config) {
	c.Streams, c.Share, c.Execution = x.streams, x.share, x.execution
}
