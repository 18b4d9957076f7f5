package main

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"tnbench/instances"
	"tnbench/internal/compare"
	"tnbench/internal/duel"
	"tnbench/internal/instance"
)

// duelCommand lets two builds, two commands or two settings take turns.
type duelCommand struct {
	verdictFlags
	base, new string // settings
	both      string
	rounds    int
	maxTime   time.Duration
	find      string

	config duel.Config
}

// duelStrategies are measured where no others are named: what Go does by itself, a
// strategy that keeps buffers, and one that plans.
const duelStrategies = "make,slab,planned"

// duelThreshold is that of times where no other is given.
const duelThreshold = "time=2%+100ns"

// countingRounds are enough where times don't count.
const countingRounds = 5

func newDuelCommand() *cobra.Command {
	d := &duelCommand{}
	cmd := &cobra.Command{
		Use:   "duel BASE NEW [INSTANCE...]",
		Short: "Let two builds take turns on this machine, and tell whether NEW is worse",
		Long: `Let two builds of tnbench take turns on this machine, and tell whether NEW is slower
than BASE, allocates more, holds more memory or computes something else. BASE and
NEW are executables, or commands that print documents of the schema tnbench/1: a
command line in quotes, which is split at blanks as a shell does, without one.
With --base and --new two settings of this build take turns.

Each round has three turns in balanced random order: BASE, NEW, and BASE again. A
turn is a process of its own, and the median of a process counts as one sample. NEW
is compared with BASE by the ratios round by round, with intervals of the exact
sign test that all hold at once. So is BASE with itself, as a control. A time is
worse if all of its interval lies beyond --threshold, and the same if a slowdown of
--find can be ruled out, for NEW and for the control. Rows that are undecided get
more rounds, up to three looks, as long as --max-time lasts; the intervals allow
for that.

Where no single time is worse, but the geometric mean of all of them is, judged in
the same way, that is a row of its own.

What is counted (allocations, bytes, faults, footprint, the digest) is worse if
every process of NEW counts more than all of BASE. All that is worse is run again;
it counts only if both agree.

It exits with 3 if NEW is worse, with 4 if that can't be told: if the machine is
too noisy, a side failed, or NEW has not all that BASE has. A side may be an older
build: flags that it lacks are left out, if it can be measured without.

` + compare.ThresholdSyntax,
		Example: `  tnbench duel ./old ./new                             embedded instances
  tnbench duel ./old ./new light.json --alloc slab
  tnbench duel --base "--alloc make" --new "--alloc slab" cubic_light_415
  tnbench duel "./old replay svc.log --format json" "./new replay svc.log --format json"
  tnbench duel ./old ./new --format github --threshold time=3%,bytes=0`,
		ValidArgsFunction: completeInstances,
		RunE:              d.run,
	}
	f := cmd.Flags()
	f.StringVar(&d.base, "base", "", "BASE is this build with these `FLAGS` of run")
	f.StringVar(&d.new, "new", "", "NEW is this build with these `FLAGS` of run")
	f.StringVar(&d.both, "both", "", "further `FLAGS` of run, for both sides")
	f.IntVar(&d.rounds, "rounds", 15, "rounds before the first look (5 with --threshold time=off)")
	f.DurationVar(&d.maxTime, "max-time", 5*time.Minute, "time for all of it")
	f.StringVar(&d.find, "find", "5%+200ns", "a slowdown from which on none passes as the same")
	f.String("alloc", duelStrategies, "strategies of both sides, separated by commas")
	f.String("path", "opt_flops", "which path: opt_flops, opt_size, all, or another `NAME` the file has")
	f.Int("threads", 1, "workers inside one contraction")
	f.Int("runs", 0, "samples of a process (default: as many as take some tenths of a second)")
	f.Uint64Var(&d.config.Seed, "seed", 1, "seed of the inputs and of the order of turns")
	completes(cmd, "alloc", completeStrategies)
	d.verdictFlags.register(cmd, duelThreshold, ", beside the defaults of the others")
	return cmd
}

// forwarded are the flags of a duel that run gets if they are given.
var forwarded = []string{"path", "threads", "seed"}

// parse checks all flags before anything is started.
func (d *duelCommand) parse(cmd *cobra.Command) (err error) {
	if err := d.verdictFlags.parse(cmd); err != nil {
		return err
	}
	c := &d.config
	c.Thresholds = d.thresholds
	if _, named := c.Thresholds[compare.Time]; !named {
		standard, err := compare.ParseThresholds(duelThreshold)
		if err != nil {
			return err
		}
		c.Thresholds[compare.Time] = standard[compare.Time]
	}
	find, err := compare.ParseThresholds("time=" + d.find)
	if err != nil || find[compare.Time].Off {
		return usage("--find: %w", cmp.Or(err, errors.New("off finds nothing: turn times off with --threshold time=off")))
	}
	c.Find = find[compare.Time]
	c.Runs, err = cmd.Flags().GetInt("runs")
	c.Rounds, c.MaxTime = d.rounds, d.maxTime
	if c.Thresholds[compare.Time].Off && !cmd.Flags().Changed("rounds") {
		c.Rounds = countingRounds
	}
	switch {
	case err != nil:
		return err
	case c.Rounds < 1:
		return usage("--rounds must be at least 1, not %d", c.Rounds)
	case c.Runs < 0:
		return usage("--runs must not be negative, not %d", c.Runs)
	case c.MaxTime <= 0:
		return usage("--max-time must be more than 0, not %v", c.MaxTime)
	case c.Find.Relative < c.Thresholds[compare.Time].Relative && !c.Thresholds[compare.Time].Off:
		return usage("--find %s is less than the threshold of the time, %g %%: what it finds would not count", d.find, 100*c.Thresholds[compare.Time].Relative)
	}
	return nil
}

func (d *duelCommand) run(cmd *cobra.Command, args []string) error {
	if err := d.parse(cmd); err != nil {
		return err
	}
	args, err := d.sides(cmd, args)
	if err != nil {
		return err
	}
	failed, err := d.programs(cmd, args)
	if err != nil {
		return err
	}
	progress := newProgress(cmd, d.output.quiet)
	d.config.Progress = progress.show
	document := duel.Run(cmd.Context(), d.config)
	progress.clear()
	return d.conclude(cmd, document, d.output.emitDone(cmd, failed, contentsOf(len(document.Rows)), d.write(document)))
}

// sides finds out who is compared. The arguments that are left are instances.
func (d *duelCommand) sides(cmd *cobra.Command, args []string) (rest []string, err error) {
	c := &d.config
	settings := cmd.Flags().Changed("base") || cmd.Flags().Changed("new")
	if !settings && len(args) < 2 {
		return nil, usageOf(cmd, errors.New("name BASE and NEW, two executables, or give two settings with --base and --new"))
	}
	var errs [3]error
	var both []string
	both, errs[2] = duel.Words(d.both)
	cmd.Flags().Visit(func(f *pflag.Flag) {
		if slices.Contains(forwarded, f.Name) {
			c.Flags = append(c.Flags, "--"+f.Name+"="+f.Value.String())
		}
	})
	c.Flags = slices.Concat([]string{"--alloc=" + cmd.Flag("alloc").Value.String()}, c.Flags, both)
	if settings {
		rest = args
		c.Base, errs[0] = ownSide("base", d.base)
		c.New, errs[1] = ownSide("new", d.new)
	} else {
		rest = args[2:]
		c.Base, errs[0] = otherSide("base", args[0])
		c.New, errs[1] = otherSide("new", args[1])
	}
	if err := errors.Join(errs[:]...); err != nil {
		return nil, usageOf(cmd, err)
	}
	if !c.Base.Build && !c.New.Build && len(rest) > 0 {
		return nil, usageOf(cmd, fmt.Errorf("commands know for themselves what they measure: leave out %s", rest[0]))
	}
	for _, side := range []*duel.Side{&c.Base, &c.New} {
		side.Flags = withBaseline(c.Flags, side.Flags)
	}
	return rest, nil
}

// ownSide is this build with some flags.
func ownSide(name, flags string) (s duel.Side, err error) {
	s = duel.Side{Name: name, Label: cmp.Or(strings.TrimSpace(flags), "(defaults)"), Build: true}
	if s.Flags, err = duel.Words(flags); err != nil {
		return s, fmt.Errorf("--%s: %w", name, err)
	}
	s.Program, err = os.Executable()
	return s, err
}

// otherSide is what an argument stands for: an executable, or a command line.
func otherSide(name, text string) (s duel.Side, err error) {
	s = duel.Side{Name: name, Label: text, Build: true}
	words := []string{text}
	if _, err := os.Stat(text); err != nil {
		if words, err = duel.Words(text); err != nil {
			return s, fmt.Errorf("%s: %s: %w", strings.ToUpper(name), text, err)
		}
	}
	if len(words) == 0 {
		return s, fmt.Errorf("%s is empty: name an executable", strings.ToUpper(name))
	}
	s.Args, s.Build = words[1:], len(words) == 1
	if s.Program, err = exec.LookPath(words[0]); err != nil && !errors.Is(err, exec.ErrDot) {
		if s.Program, err = exec.LookPath("./" + words[0]); err != nil {
			return s, fmt.Errorf("%s: %s is no executable, neither as a path nor as a program that is found by its name", strings.ToUpper(name), words[0])
		}
	}
	return s, nil
}

// withBaseline adds to a side's flags a baseline that is among its strategies: else
// run measures one more, of which nobody asked.
func withBaseline(common, own []string) []string {
	alloc := ""
	all := slices.Concat(common, own)
	for i, flag := range all {
		name, value, joined := strings.Cut(flag, "=")
		switch {
		case name == "--baseline":
			return own
		case name == "--alloc" && joined:
			alloc = value
		case name == "--alloc" && i+1 < len(all):
			alloc = all[i+1]
		}
	}
	first, _, _ := strings.Cut(alloc, ",")
	if first == "" || first == "all" {
		return own
	}
	return append(slices.Clone(own), "--baseline="+first)
}

// programs finds out what is measured, and prepares the files of -o. Without
// instances it is those that come with BASE.
func (d *duelCommand) programs(cmd *cobra.Command, args []string) (failed error, err error) {
	c := &d.config
	if !c.Base.Build && !c.New.Build {
		c.Programs = []string{""}
		return nil, d.output.prepare(cmd, nil)
	}
	found, err := d.output.find(cmd, args)
	if err != nil {
		return nil, err
	}
	c.Programs = namesOf(found.items)
	if len(args) == 0 {
		c.Programs, err = d.embedded(cmd)
	}
	return found.failed, err
}

// embedded returns the instances that come with BASE, and notes those of NEW alone.
func (d *duelCommand) embedded(cmd *cobra.Command) ([]string, error) {
	c := &d.config
	var lists [2][]string
	for i, side := range []*duel.Side{&c.Base, &c.New} {
		var names []string
		err := errors.New("a command lists nothing")
		if side.Build {
			names, err = side.Embedded(cmd.Context())
		}
		if err != nil {
			if names, err = ownInstances(); err != nil {
				return nil, err
			}
		}
		lists[i] = names
	}
	for _, name := range lists[1] {
		if !slices.Contains(lists[0], name) {
			c.Notes = append(c.Notes, name+": only new has it")
		}
	}
	return lists[0], nil
}

// ownInstances lists the instances of this build.
func ownInstances() ([]string, error) {
	items, err := instance.List(instances.Files)
	return namesOf(items), err
}
