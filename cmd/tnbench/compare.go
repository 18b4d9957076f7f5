package main

import (
	"errors"
	"fmt"
	"slices"

	"github.com/spf13/cobra"

	"tnbench/internal/compare"
)

// compareCommand compares stored results.
type compareCommand struct {
	verdictFlags
	ignore ignoreFlag
	force  bool
	drift  float64
}

func newCompareCommand() *cobra.Command {
	c := &compareCommand{}
	cmd := &cobra.Command{
		Use:   "compare BASE NEW",
		Short: "Compare stored results: has something become worse?",
		Long: `Compare what tnbench run or replay stored as JSON. BASE and NEW each are a file, a
folder, a pattern in quotes, or - for standard input. Several files of a side are
several processes: each counts once, with its medians.

The first line is the verdict, and the exit code tells it:
  0  same, or better
  3  regression: something is worse, whatever else is undecided
  4  undecided: something is missing, failed, spreads too much, or can't be compared

Counts (allocations, bytes, steps, the digest) are exact and decide by themselves.
Times decide only as far as they can:
  - With five or more processes per side that took turns (BASE, NEW, BASE, …) a time
    is worse if the 95 % interval of the ratio lies beyond the threshold, for all of
    them at once, and a rank test agrees. Ten of each find a tenth on a quiet
    machine.
  - Otherwise times of the same code may be --drift times apart, and count as worse
    only beyond that. Times between the threshold and it are undecided.
  - tnbench duel measures two builds in turn, and finds smaller differences.

What differs is said first. Results of other machines, inputs, settings or paths
are refused (4) unless --ignore names what may differ, or --force is given.

` + compare.ThresholdSyntax + `
Figures: time, allocs, bytes, faults, footprint, live, steps, flops, digest.

With --format github rows that count become annotations, and the report is added to
the file that GITHUB_STEP_SUMMARY names. JSON has the schema ` + compare.Schema + `.`,
		Example: `  tnbench compare base.json new.json
  tnbench compare base/ new/ --threshold time=10%+1us,bytes=1%+128B
  tnbench compare base.json new.json --threshold time=off      exact figures alone
  tnbench compare 'base-*.json' 'new-*.json' --format github
  tnbench compare go1.26.json go1.27.json --ignore host -v -o report.md`,
		Args:              twoSides,
		ValidArgsFunction: cobra.FixedCompletions([]string{"json"}, cobra.ShellCompDirectiveFilterFileExt),
		RunE:              c.run,
	}
	c.verdictFlags.register(cmd, "", " (default "+compare.Thresholds{}.String()+")")
	c.ignore.register(cmd, compare.Ignorable())
	f := cmd.Flags()
	f.BoolVar(&c.force, "force", false, "compare whatever differs: --ignore with all of it but alloc and missing")
	f.Float64Var(&c.drift, "drift", compare.DefaultDrift, "by which `FACTOR` times may differ between processes that did not take turns")
	return cmd
}

// twoSides refuses all but two arguments.
func twoSides(_ *cobra.Command, args []string) error {
	switch {
	case len(args) < 2:
		return fmt.Errorf("name two results: BASE and NEW")
	case len(args) > 2:
		return fmt.Errorf("it compares two, not %d: put a pattern in quotes, as in 'base-*.json', or name a folder", len(args))
	case args[0] == "-" && args[1] == "-":
		return errors.New("standard input is one result; name a file for the other")
	}
	return nil
}

// options are what the flags say.
func (c *compareCommand) options() (compare.Options, error) {
	o := compare.Options{Thresholds: c.thresholds, Drift: c.drift}
	if !(c.drift >= 1 && c.drift <= 1e6) {
		return o, usage("--drift is a factor of at least 1, not %g", c.drift)
	}
	var err error
	if o.Ignore, err = c.ignore.parse(); err != nil {
		return o, err
	}
	for _, name := range compare.Ignorable() {
		if c.force && name != "alloc" && name != "missing" {
			o.Ignore[name] = true
		}
	}
	return o, nil
}

func (c *compareCommand) run(cmd *cobra.Command, args []string) error {
	if err := c.parse(cmd); err != nil {
		return err
	}
	o, err := c.options()
	if err != nil {
		return err
	}
	var sides [2][]string
	for i, arg := range args {
		files, problem := resultFiles(arg)
		sides[i], err = files, errors.Join(err, problem)
	}
	if err != nil {
		return usage("%w", err)
	}
	if err := c.output.prepare(cmd, slices.Concat(sides[0], sides[1])); err != nil {
		return err
	}
	var read [2][]compare.File
	for i, files := range sides {
		for _, file := range files {
			d, err := readResult(cmd, file)
			if cmd.Context().Err() != nil {
				return interruptedError{"nothing was compared"}
			}
			if err != nil {
				o.Incomplete = append(o.Incomplete, err.Error())
				continue
			}
			read[i] = append(read[i], compare.File{Name: file, Document: d})
		}
	}
	d := compare.Stored(read[0], read[1], o)
	d.Base.Name, d.New.Name = args[0], args[1]
	return c.conclude(cmd, d, c.output.emit(cmd, c.write(d)))
}
