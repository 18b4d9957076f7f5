package main

import (
	"fmt"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"tnbench/internal/alloc"
	"tnbench/internal/result"
)

// contestFlags choose the strategies that compete, and for how long.
type contestFlags struct {
	alloc    string
	baseline string
	pace     paceFlags
	limit    memoryLimit
	quick    bool

	strategies []string
}

func (c *contestFlags) register(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringVar(&c.alloc, "alloc", "", "strategies, separated by commas, or all (default: those that need nothing installed; see tnbench allocators). One may stand twice: what differs then is noise")
	f.StringVar(&c.baseline, "baseline", "make", "the strategy that ratios are to")
	c.pace.register(cmd)
	f.BoolVar(&c.quick, "quick", false, fmt.Sprintf("a first look, a few seconds for each program: --alloc %s --runs %d --warmup %s --max-time %v, where these are not given", quickStrategies, quickRounds, quickWarmup, quickTime))
	c.limit.register(cmd)
	completes(cmd, "alloc", completeStrategies)
	completes(cmd, "baseline", completeStrategies)
}

// What --quick stands for: what people choose between the most, in so few rounds that
// a large difference can just be resolved.
const (
	quickStrategies = "make,syncpool,slab"
	quickRounds     = 9
	quickWarmup     = "1"
	quickTime       = 10 * time.Second // where the machine is busy
)

// mainTime is --max-time where no instance is named, so that the main job ends soon on
// machines that are slow or busy, too.
const mainTime = 20 * time.Second

// bound bounds the rounds of each program, unless flags say how many there are.
func (c *contestFlags) bound(cmd *cobra.Command) {
	for _, name := range []string{"runs", "min-time", "max-time", "until-resolved"} {
		if cmd.Flags().Changed(name) {
			return
		}
	}
	c.pace.MaxTime = mainTime
}

// hurry enters what --quick stands for.
func (c *contestFlags) hurry(cmd *cobra.Command) {
	given := cmd.Flags().Changed
	if !given("alloc") {
		c.alloc = quickStrategies
	}
	if !given("runs") {
		c.pace.Runs, c.pace.exact = quickRounds, true
	}
	if !given("warmup") {
		c.pace.warmup = quickWarmup
	}
	if !given("max-time") && !given("min-time") && !given("until-resolved") {
		c.pace.MaxTime = quickTime
	}
}

func (c *contestFlags) parse(cmd *cobra.Command) (err error) {
	if c.quick {
		c.hurry(cmd)
	}
	restartFor(c.alloc, c.baseline)
	if c.strategies, err = alloc.Expand(c.alloc); err != nil {
		return usage("--alloc: %w", err)
	}
	if err := alloc.Check(c.baseline); err != nil {
		return usage("--baseline: %w", err)
	}
	if err := c.pace.parse(); err != nil {
		return err
	}
	return c.limit.parse()
}

// contentsOfResults returns figures if something was measured.
func contentsOfResults(results []result.Result) contents {
	switch {
	case slices.ContainsFunc(results, func(r result.Result) bool { return len(r.Samples) > 0 }):
		return figures
	case len(results) > 0:
		return excuses
	}
	return nothing
}

// addBaseline makes sure that the baseline is among the strategies, as ratios are to
// it, and says so if it had to be added. Profiles are of what was asked for alone:
// there only a baseline that was named is added.
func (c *contestFlags) addBaseline(cmd *cobra.Command, o *outputFlags, profiled bool) {
	wanted := alloc.Canonical(c.baseline)
	if i := slices.IndexFunc(c.strategies, func(spec string) bool { return alloc.Canonical(spec) == wanted }); i >= 0 {
		c.baseline = c.strategies[i] // as it is spelled there
		return
	}
	text := fmt.Sprintf("the baseline %s is measured too: ratios are to it; --baseline names another", c.baseline)
	if profiled && !cmd.Flags().Changed("baseline") {
		text = fmt.Sprintf("there are no ratios: the baseline %s is not measured while profiling, unless --baseline names it", c.baseline)
	} else {
		c.strategies = slices.Insert(slices.Clone(c.strategies), 0, c.baseline)
	}
	if !o.quiet {
		fmt.Fprintf(messagesOf(cmd), "note: %s\n", text)
	}
}

// completeStrategies completes the last of a list of strategies.
var completeStrategies = completeListOf(func() []string { return append(alloc.Completions(), "all") })
