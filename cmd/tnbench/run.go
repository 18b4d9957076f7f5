package main

import (
	"errors"
	"fmt"
	"runtime/debug"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"tnbench/internal/alloc"
	"tnbench/internal/await"
	"tnbench/internal/bench"
	"tnbench/internal/contract"
	"tnbench/internal/instance"
	"tnbench/internal/kernel/blas"
	"tnbench/internal/page"
	"tnbench/internal/path"
	"tnbench/internal/peaks"
	"tnbench/internal/report"
	"tnbench/internal/result"
	"tnbench/internal/warning"
)

// runCommand measures programs under strategies.
type runCommand struct {
	record
	path      pathFlag
	fill      fillFlags
	backend   backendFlag
	execution executionFlags
	profile   profileFlags
	plot      plotFlag
	slice     sliceFlag
	tune      tuneFlag
	threadsFlag
	checkName string
	check     bench.Check
	digests   storedDigests

	machine peaksFlags
	peaks   peaks.Peaks
}

func newRunCommand() *cobra.Command {
	r := &runCommand{}
	cmd := &cobra.Command{
		Use:   "run [INSTANCE...]",
		Short: "Contract instances under allocation strategies and compare them",
		Long: `Contract each instance under every chosen allocation strategy, in interleaved
rounds, and print what each strategy cost.

Inside the clock: allocation of intermediates and temporaries, arithmetic, frees,
and the reset at the end of the contraction. Outside: loading, compiling, making
inputs, dropping the result, and settling what another strategy left behind.
Every result is compared bit for bit with that of a contraction in fresh memory.
That one is verified by plain loops in double precision (--check), and by the
digest in reference/digests.json beside the instance, if there is one.

Without INSTANCE all embedded ones are run, each for no more than ` + mainTime.String() + ` unless
flags say how many rounds there are to be: on two cores it takes less than a minute.

What needs more memory than --mem-limit is refused. With --slice auto it is
contracted slice by slice instead: labels are cut for the whole network, those that
add the fewest flops, steps that depend on them run once per slice, and the results
are added up. What that costs is said. Regions of the least memory (--regions max)
are tried before, as they add nothing.

Kernels and regions are chosen by forecasts. With --tune, where forecasts leave a
doubt, candidates are contracted in turns, and what is surely faster is taken. That
is kept, by processor, build and program: what was tuned once starts at once.

With --cold each sample is the first contraction of a process of its own, which has
loaded the network and made the inputs, and has contracted nothing before. Its
memory is fresh, so faults and the resident peak are what a strategy costs a
program that contracts once. Such results are never compared with others.

The files of -o are written anew after each program: what is killed loses only what
was running. Until the end they say that they are interrupted.`,
		Example: `  tnbench run                                    embedded instances, default strategies
  tnbench run light.json                         one file
  tnbench run suite/ --quick                     a first look: three strategies, a few seconds each
  tnbench run suite/ --path all -o result.json -o result.samples.csv
  tnbench run light.json --alloc make,slab:huge --baseline make --runs 31
  tnbench run light.json --sort footprint --columns time,footprint,heap_bytes
  tnbench run light.json --alloc make --backend openblas
  tnbench run light.json --slice auto --mem-limit 64MiB --alloc planned,make
  tnbench run light.json --tune --alloc planned,make
  tnbench run light.json --cold --alloc make,slab,planned
  tnbench run light.json --alloc make,slab --plot times.svg
  tnbench run light.json --alloc make,slab --cpuprofile cpu-%s.prof --memprofile heap-%s.prof`,
		ValidArgsFunction: completeInstances,
		RunE:              r.run,
	}
	r.threadsFlag.register(cmd)
	cmd.Flags().StringVar(&r.checkName, "check", bench.CheckAuto.String(), "verify results by an independent computation: auto (where that costs less than the measurement), on, off")
	completes(cmd, "check", cobra.FixedCompletions(bench.CheckNames(), cobra.ShellCompDirectiveNoFileComp))
	r.record.register(cmd)
	r.path.register(cmd)
	r.fill.register(cmd)
	r.backend.register(cmd)
	r.execution.register(cmd)
	r.slice.register(cmd)
	r.tune.register(cmd)
	r.profile.register(cmd)
	r.plot.register(cmd, "the strategies' times and ratios, with intervals,")
	r.machine.register(cmd)
	return cmd
}

// parse checks all flags before anything is loaded.
func (r *runCommand) parse(cmd *cobra.Command) error {
	if err := errors.Join(r.output.parse(cmd), r.fill.parse(), r.execution.parse(), r.slice.parse(), r.contest.parse(cmd), r.view.parse(r.output.verbose), r.backend.parse(), r.cold.check(cmd), r.sweep.parse(), r.plot.parse()); err != nil {
		return err
	}
	if err := r.tune.check(&r.execution); err != nil {
		return err
	}
	if r.execution.share && r.contest.alloc == "" {
		r.contest.strategies = slices.DeleteFunc(r.contest.strategies, func(spec string) bool { return !alloc.Shareable(spec) })
	}
	var err error
	if r.check, err = bench.ParseCheck(r.checkName); err != nil {
		return usage("--check: %w", err)
	}
	return r.threadsFlag.parse()
}

func (r *runCommand) run(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		r.contest.bound(cmd)
	}
	if err := r.parse(cmd); err != nil {
		return err
	}
	found, err := r.output.find(cmd, args, append(r.profile.plan(r.contest.strategies), &r.plot.destination)...)
	if err != nil {
		return err
	}
	labels := namesOf(found.items)
	if err := r.sweep.divide(labels, r.path.name, found.failed); err != nil {
		return err
	}
	if r.path.name != "all" { // others need not be loaded
		found.items = slices.DeleteFunc(found.items, func(it instance.Item) bool { return !r.sweep.plan.Takes(it.Name, 0) })
	}
	if r.profile.any() && r.sweep.resume != "" {
		return usage("--resume goes without profiles: they would be of what is measured now alone")
	}
	if r.profile.each == nil {
		r.contest.addBaseline(cmd, &r.output, r.profile.any())
	} else if once := readOnce(found.items); once != nil {
		return fmt.Errorf("%s can be read but once: profiles of each strategy need files", strings.Join(once, ", "))
	}
	r.begin(cmd, r.settings())
	if r.backend.backend != blas.Native {
		r.document.Settings.Library = r.backend.backend.Describe()
	}
	r.backend.tell(cmd, &r.output)
	r.note(cmd, r.backend.backend.Warnings()...)
	if r.fill.fill == instance.Zeros {
		r.note(cmd, warning.Warning{
			Code:    "zeros",
			Message: "inputs are zeros, which lets some kernels skip work",
			Remedy:  "use --fill balanced to measure",
		})
	}
	r.readPeaks(cmd)
	if r.output.verbose {
		report.WriteMethod(cmd.ErrOrStderr(), &r.document, r.contest.strategies, r.contest.baseline)
	}
	stop, err := startProfiles(r.profile.whole)
	if err != nil {
		return err
	}
	if r.profile.any() {
		r.note(cmd, warning.Warning{
			Code:    "profiled",
			Message: "profiling is on and costs time",
			Remedy:  "use a run without it as a baseline",
		})
	}
	if err := r.takeOver(cmd, labels); err != nil {
		return err
	}
	failed := r.measureAll(cmd, found)
	failed = tally(cmd, failed, stop(contentsOfResults(r.document.Results) == figures))
	failed = r.plot.draw(cmd, failed, page.PlotsOf(r.document.Results))
	return r.emit(cmd, failed)
}

// settings are what a document says of how it was measured.
func (r *runCommand) settings() result.Settings {
	return result.Settings{
		Threads: r.threads, Streams: r.execution.streams,
		Backend: r.backend.backend.String(), Fill: r.fill.fill.String(), Seed: r.fill.seed,
		Order: r.execution.order, Metadata: r.execution.metadata, Planning: r.execution.planning,
		Temporaries: r.execution.temporaries, Sharing: r.execution.sharing, Regions: r.execution.regions, Slice: r.slice.text, Tune: r.tune.wanted,
		Sequential: r.profile.each != nil,
	}
}

// measureAll measures all strategies on all instances: in rounds, or if each strategy is
// to have profiles of its own, which show nothing of others, one after the other.
func (r *runCommand) measureAll(cmd *cobra.Command, f found) error {
	each := func() error {
		r.planned = namesOf(f.items)
		return eachInstance(cmd, f, &r.output, func(in *instance.Instance) error { return r.contract(cmd, in) })
	}
	if r.profile.each == nil {
		return each()
	}
	if !r.output.quiet {
		fmt.Fprintln(messagesOf(cmd), "note: each strategy has profiles of its own: they run one after the other, not in rounds, and can't be compared")
	}
	strategies := r.contest.strategies
	r.contest.baseline = ""
	for i := range strategies {
		if cmd.Context().Err() != nil {
			break
		}
		r.contest.strategies = strategies[i : i+1]
		before := len(r.document.Results)
		stop, err := startProfiles(r.profile.each[i])
		if err != nil {
			return tally(cmd, f.failed, err)
		}
		f.failed = each()
		f.failed = tally(cmd, f.failed, stop(contentsOfResults(r.document.Results[before:]) == figures))
	}
	return f.failed
}

// contract runs every chosen path of an instance.
func (r *runCommand) contract(cmd *cobra.Command, in *instance.Instance) error {
	r.reach(in.File())
	r.document.Warnings = append(r.document.Warnings, in.Warnings...)
	if r.cold.cold && in.Source != instance.Embedded {
		if err := readableAgain(in.Source); err != nil {
			return err
		}
	}
	var inputs [][]byte
	fill := func() (_ [][]byte, err error) {
		if inputs == nil {
			inputs, err = await.Value(cmd.Context(), func() ([][]byte, error) { return in.Data(r.fill.fill, r.fill.seed) })
		}
		return inputs, err
	}
	options := r.execution.options
	options.Kernel.Threads, options.Kernel.Backend = r.threads, r.backend.backend
	chosen := r.path
	chosen.takes = func(position int) bool { return r.sweep.plan.Takes(in.File(), position) }
	return eachTree(cmd, in, chosen, &r.output, func(tree *path.Tree, one instance.Path) error {
		p, err := r.slice.compile(cmd, tree, one, options, r.slicer(in, &inputs))
		if err != nil {
			return err
		}
		p, tuned, err := r.tune.apply(cmd, p, &r.contest.limit, &r.output, fill)
		if err != nil {
			return err
		}
		var like result.Result
		if bench.Describe(&like, p); r.done(&like) {
			return nil
		}
		r.document.Warnings = append(r.document.Warnings, p.Warnings...)
		fit, err := await.Value(cmd.Context(), func() (fit, error) { return r.fits(p, inputs != nil) })
		if cmd.Context().Err() != nil {
			return err
		}
		if err != nil {
			r.refuse(p, err)
			return err
		}
		r.slice.tell(cmd, p, options, &r.output)
		if _, err := fill(); err != nil {
			return err
		}
		if r.output.verbose {
			fmt.Fprintf(cmd.ErrOrStderr(), "%s, %s: will take %s\n", p.Instance.File(), p.Path, forecast(fit.need))
		}
		fit.warn(&r.record, cmd, p.Instance.File()+", "+p.Path)
		stored, warnings := r.digests.of(p, r.fill.fill, r.fill.seed)
		r.note(cmd, warnings...)
		config := bench.Config{
			Check: r.check, Limit: r.contest.limit.bytes - int64(fit.need.Process), Own: fit.need.Process, Fill: r.fill.fill.String(), Stored: stored,
			Alone: fit.alone, Threads: r.threads, Profile: r.profile.cpu(),
		}
		r.execution.apply(&config)
		r.bounds(&config, p.DType())
		if err := r.cold.apply(&config, r.contest.limit.bytes, r.firstArgs(cmd, p)); err != nil {
			return err
		}
		return r.measure(cmd, config, r.fill.fill.String(), func(config bench.Config) ([]result.Result, error) {
			results, err := bench.Run(cmd.Context(), p, inputs, config)
			for i := range results {
				results[i].Tuned = tuned
			}
			debug.FreeOSMemory() // what comes next shall find the memory that strategies had
			if err == nil {
				err = r.besideProcesses(cmd, p, results)
			}
			return results, err
		})
	})
}

// fits forecasts the memory that a program takes and refuses what needs more than
// the limit, also if strategies have memory in their turns only. held says whether
// its inputs are there already.
func (r *runCommand) fits(p *contract.Program, held bool) (fit, error) {
	scope := r.scope(p.Instance, held)
	f, err := r.fitting(p, scope)
	if err == nil && !f.ok {
		err = r.contest.limit.exceeded(f.need, r.remedy(p, scope))
	}
	if err != nil {
		return f, fmt.Errorf("%s, %s: %w", p.Instance.File(), p.Path, err)
	}
	return f, nil
}

// scope is what is measured of an instance.
func (r *runCommand) scope(in *instance.Instance, held bool) bench.Scope {
	return bench.Scope{
		Strategies: r.contest.strategies, Streams: r.execution.streams, Check: r.check, Held: held,
		Processes: r.compares(in), Cold: r.cold.cold,
	}
}

// fitting returns the way in which strategies find room.
func (r *runCommand) fitting(p *contract.Program, scope bench.Scope) (fit, error) {
	return fitting(func(alone bool) (bench.Need, bool, error) {
		s := scope
		s.Alone = alone
		need, err := bench.NeedOf(p, s)
		return need, need.Fits(s, r.contest.limit.bytes), err
	})
}

// slicer finds slices of an instance that fit: with strategies in turns, if need be.
func (r *runCommand) slicer(in *instance.Instance, inputs *[][]byte) *bench.Slicer {
	scope := r.scope(in, *inputs != nil)
	return &bench.Slicer{Limit: r.contest.limit.bytes, Need: func(p *contract.Program) (bench.Need, int64, error) {
		f, err := r.fitting(p, scope)
		return f.need, f.need.Counts(scope), err
	}}
}

// remedy says what to do about a program that does not fit: which of the
// strategies would, together, and if none does what else may be given up.
func (r *runCommand) remedy(p *contract.Program, scope bench.Scope) string {
	unchecked, alone := scope, scope
	if scope.Check == bench.CheckOn {
		unchecked.Check = bench.CheckAuto
	}
	alone.Check, alone.Streams = unchecked.Check, 1
	for _, way := range []struct {
		scope bench.Scope
		flags string
	}{{scope, ""}, {unchecked, " --check auto"}, {alone, " --check auto --streams 1"}} {
		way.scope.Alone = true
		if fitting := bench.Fitting(p, way.scope, r.contest.limit.bytes); len(fitting) > 0 {
			return fmt.Sprintf("--alloc %s%s would fit%s", strings.Join(fitting, ","), way.flags, r.slice.remedy())
		}
	}
	return "none of these strategies would fit alone" + r.slice.remedy() + "; raise --mem-limit if there is more memory, or see with tnbench plan which others hold less"
}

// refuse records results for a program that was not measured.
func (r *runCommand) refuse(p *contract.Program, err error) {
	occurrences := result.Occurrences(r.contest.strategies)
	for i, spec := range r.contest.strategies {
		refused := result.Result{Alloc: spec, Occurrence: occurrences[i], Samples: []float64{}, Error: err.Error()}
		bench.Describe(&refused, p)
		r.document.Results = append(r.document.Results, refused)
	}
}
