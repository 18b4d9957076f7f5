package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/google/pprof/profile"
	"github.com/spf13/cobra"

	"tnbench/instances"
	"tnbench/internal/alloc"
	"tnbench/internal/await"
	"tnbench/internal/bench"
	"tnbench/internal/contract"
	"tnbench/internal/instance"
	"tnbench/internal/machine"
	"tnbench/internal/path"
	"tnbench/internal/phase"
	"tnbench/internal/report"
	"tnbench/internal/result"
	"tnbench/internal/warning"
)

// profileCommand profiles one program under one strategy.
type profileCommand struct {
	path      pathFlag
	fill      fillFlags
	backend   backendFlag
	execution executionFlags
	slice     sliceFlag
	limit     memoryLimit
	output    outputFlags
	alloc     string
	threadsFlag
	duration time.Duration
	top      int
	file     destination
}

func newProfileCommand() *cobra.Command {
	p := &profileCommand{}
	cmd := &cobra.Command{
		Use:   "profile INSTANCE",
		Short: "Show where the time of a contraction goes",
		Long: `Contract an instance in steady state under one strategy, over and over with the
CPU profiler on, and show what the time went to: arithmetic, packing, clearing
memory, page faults, allocation, the collector; and the functions that took most.
The profile is written to a file that go tool pprof reads; its samples carry the
labels instance, alloc and class, the kind of kernel.

Functions are placed by their names; the share of those that could not be is
shown as other. The profiler looks a hundred times a second at each thread that
computes: a share of a few samples is a guess.

CSV has a row per phase and function. JSON has the schema ` + report.ProfileSchema + `.`,
		Example: `  tnbench profile light.json --alloc make
  tnbench profile light.json --alloc slab --duration 10s --top 30
  tnbench profile light.json --alloc make --cpuprofile make.prof -o make.json -o -`,
		Args:              cobra.ExactArgs(1),
		ValidArgsFunction: completeInstances,
		RunE:              p.run,
	}
	f := cmd.Flags()
	f.StringVar(&p.alloc, "alloc", "make", "the strategy")
	f.DurationVar(&p.duration, "duration", 3*time.Second, "how long to contract with the profiler on")
	f.IntVar(&p.top, "top", 15, "how many of the costliest functions to list")
	f.StringVar(&p.file.name, "cpuprofile", "", "write the profile to `FILE` (default: INSTANCE-STRATEGY.prof in this folder)")
	p.output.register(cmd, report.Formats...)
	p.threadsFlag.register(cmd)
	p.path.register(cmd)
	p.fill.register(cmd)
	p.backend.register(cmd)
	p.execution.register(cmd)
	p.slice.register(cmd)
	p.limit.register(cmd)
	completes(cmd, "alloc", completeStrategies)
	return cmd
}

// parse checks all flags before anything is loaded.
func (p *profileCommand) parse(cmd *cobra.Command) error {
	restartFor(p.alloc)
	if err := alloc.Check(p.alloc); err != nil {
		return usage("--alloc: %w", err)
	}
	switch {
	case p.duration <= 0:
		return usage("--duration must be positive, not %v", p.duration)
	case p.top < 0:
		return usage("--top must not be negative, not %d", p.top)
	case p.path.name == "all":
		return usage("--path all: a profile is of one path")
	}
	return errors.Join(p.threadsFlag.parse(), p.output.parse(cmd), p.fill.parse(), p.execution.parse(), p.slice.parse(), p.backend.parse(), p.limit.parse())
}

func (p *profileCommand) run(cmd *cobra.Command, args []string) error {
	if err := p.parse(cmd); err != nil {
		return err
	}
	items, err := instance.Resolve(args, instances.Files)
	if err != nil {
		return usage("%w", err)
	}
	if len(items) != 1 {
		return usage("%s stands for %d instances: a profile is of one", args[0], len(items))
	}
	in, err := await.Value(cmd.Context(), func() (*instance.Instance, error) { return items[0].Load(cmd.Context(), sourceLimit()) })
	if err != nil {
		return err
	}
	if p.file.name == "" {
		p.file.name = fileName(in.Name) + "-" + fileName(p.alloc) + ".prof"
	}
	if _, err := p.output.find(cmd, args, &p.file); err != nil {
		return err
	}
	chosen, err := in.Path(p.path.name)
	if err != nil {
		return err
	}
	options := p.execution.options
	options.Kernel.Threads, options.Kernel.Backend = p.threads, p.backend.backend
	tree, err := await.Value(cmd.Context(), func() (*path.Tree, error) { return contract.Analyze(in, chosen) })
	if err != nil {
		return err
	}
	program, err := p.slice.compile(cmd, tree, chosen, options, slicerOf(&p.limit, p.scope()))
	if err != nil {
		return err
	}
	warnings := append(append([]warning.Warning{}, in.Warnings...), program.Warnings...)
	p.output.warn(cmd, warnings)
	profiled, err := p.profile(cmd, program)
	d := p.document(program, profiled, warnings)
	d.Interrupted = cmd.Context().Err() != nil
	write := func(w io.Writer, f report.Format) error { return report.WriteProfile(w, f, &d) }
	if profiled.Contractions == 0 {
		d.File = ""
		return p.output.emitDone(cmd, err, nothing, write)
	}
	parsed, unread := profile.Parse(bytes.NewReader(profiled.Profile))
	if unread != nil {
		return fmt.Errorf("the profile cannot be read: %w", unread)
	}
	d.Fill(phase.Break(parsed), p.top)
	err = tally(cmd, tally(cmd, nil, err), p.file.file.Fill(func(w io.Writer) error {
		_, err := w.Write(profiled.Profile)
		return err
	}))
	if p.file.file.Err() != nil {
		d.File = ""
	}
	return p.output.emitDone(cmd, err, figures, write)
}

// scope is what takes memory.
func (p *profileCommand) scope() bench.Scope {
	return bench.Scope{Strategies: []string{p.alloc}, Streams: p.execution.streams, Check: bench.CheckOff}
}

// profile contracts program with the profiler on.
func (p *profileCommand) profile(cmd *cobra.Command, program *contract.Program) (none bench.Profiled, err error) {
	need, err := await.Value(cmd.Context(), func() (bench.Need, error) { return bench.NeedOf(program, p.scope()) })
	if err == nil {
		err = p.limit.check(need, "choose another --alloc"+p.slice.remedy()+"; or raise --mem-limit if there is more memory")
	}
	if err != nil {
		return none, fmt.Errorf("%s, %s: %w", program.Instance.File(), program.Path, err)
	}
	p.slice.tell(cmd, program, p.execution.options, &p.output)
	inputs, err := await.Value(cmd.Context(), func() ([][]byte, error) { return program.Instance.Data(p.fill.fill, p.fill.seed) })
	if err != nil {
		return none, err
	}
	config := bench.Config{
		Strategies: []string{p.alloc}, Check: bench.CheckAuto, Seed: p.fill.seed, Fill: p.fill.fill.String(),
		Limit: p.limit.bytes - int64(need.Process), Own: need.Process, Threads: p.threads,
	}
	p.execution.apply(&config)
	return bench.RunProfiled(cmd.Context(), program, inputs, config, p.duration)
}

// document says what was profiled.
func (p *profileCommand) document(program *contract.Program, done bench.Profiled, warnings []warning.Warning) report.Profile {
	d := report.Profile{
		Schema: report.ProfileSchema, Tool: tool(), Instance: program.Instance.Name, Path: program.Path, DType: program.DType().String(),
		Alloc: p.alloc, Threads: p.threads, Streams: p.execution.streams, File: p.file.name, THP: machine.ReadHost().THP, Warnings: warnings,
		Contractions: done.Contractions, Wall: float64(done.Wall.Nanoseconds()),
		Phases: []report.ProfilePhase{}, Functions: []report.ProfileFunction{},
	}
	if u := done.Usage.Value; done.Usage.OK {
		d.User, d.System = result.Measured(float64(u.User)), result.Measured(float64(u.System))
		d.MinorFaults = result.Measured(float64(u.MinorFaults) / float64(max(done.Contractions, 1)))
	}
	return d
}
