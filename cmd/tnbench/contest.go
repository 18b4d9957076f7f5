package main

import (
	"github.com/spf13/cobra"

	"tnbench/internal/alloc"
)

// contestFlags choose the strategies that compete, and for how long.
type contestFlags struct {
	alloc    string
	baseline string
	runs     int
	warmup   int
	limit    memoryLimit

	strategies []string
}

func (c *contestFlags) register(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringVar(&c.alloc, "alloc", "", "strategies, separated by commas, or all (default: those that need nothing installed; see tnbench allocators)")
	f.StringVar(&c.baseline, "baseline", "make", "the strategy that ratios are to")
	f.IntVar(&c.runs, "runs", 15, "timed rounds")
	f.IntVar(&c.warmup, "warmup", 3, "rounds before them that are not timed")
	c.limit.register(cmd)
	cmd.RegisterFlagCompletionFunc("alloc", completeStrategies)
	cmd.RegisterFlagCompletionFunc("baseline", completeStrategies)
}

func (c *contestFlags) parse() (err error) {
	restartFor(c.alloc, c.baseline)
	if c.strategies, err = alloc.Expand(c.alloc); err != nil {
		return usage("--alloc: %w", err)
	}
	if err := alloc.Check(c.baseline); err != nil {
		return usage("--baseline: %w", err)
	}
	switch {
	case c.runs < 1:
		return usage("--runs must be at least 1, not %d", c.runs)
	case c.warmup < 0:
		return usage("--warmup must not be negative, not %d", c.warmup)
	}
	return c.limit.parse()
}

// completeStrategies completes the last of a list of strategies.
func completeStrategies(_ *cobra.Command, _ []string, prefix string) ([]string, cobra.ShellCompDirective) {
	return completeList(prefix, append(alloc.Completions(), "all")), cobra.ShellCompDirectiveNoFileComp | cobra.ShellCompDirectiveNoSpace
}
