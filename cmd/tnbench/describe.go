package main

import (
	"errors"
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"tnbench/instances"
	"tnbench/internal/alloc"
	"tnbench/internal/await"
	"tnbench/internal/bench"
	"tnbench/internal/contract"
	"tnbench/internal/instance"
	"tnbench/internal/page"
	"tnbench/internal/path"
	"tnbench/internal/result"
	"tnbench/internal/study"
	"tnbench/internal/warning"
)

// What only reports look at: watches and scaling are short beside the rest of a report.
const (
	watchRuns = 3
	watchTime = 2 * time.Second
	scaleRuns = 15
	scaleTime = 20 * time.Second
)

// watched are the strategies whose memory is watched, and scaled those that are tried
// with threads and streams, if they compete.
var (
	watched = []string{"make", "exactpool", "slab", "planned"}
	scaled  = []string{"make", "slab", "planned"}
)

// items are the instances that arguments name; none stand for none.
func (r *reportCommand) items(args []string) (f found, err error) {
	if len(args) > 0 {
		f.items, err = instance.Resolve(args, instances.Files)
	}
	return f, err
}

// measuredItems are the instances that a stored document is about, as far as they can be
// found: embedded ones, and files that are still what they were.
func (r *reportCommand) measuredItems(cmd *cobra.Command) (f found, err error) {
	hashes := map[string]string{}
	if d := r.document.Results; d != nil {
		for i := range d.Results {
			hashes[d.Results[i].File] = d.Results[i].FileHash
		}
	}
	seen := map[string]bool{}
	for i := range r.document.Networks {
		n := &r.document.Networks[i]
		if n.Inspection != nil || seen[n.File+"\x00"+n.Instance] {
			continue
		}
		seen[n.File+"\x00"+n.Instance] = true
		label := n.File
		if n.File == result.Embedded || n.File == "" {
			label = n.Instance
		} else if info, err := os.Stat(n.File); (err != nil || !info.Mode().IsRegular()) && n.File != n.Instance { // explain calls embedded ones by their names
			r.gap(cmd, n.File, "is not there")
			continue
		}
		items, err := instance.Resolve([]string{label}, instances.Files)
		if err != nil {
			r.gap(cmd, label, "is not there")
			continue
		}
		for _, it := range items {
			in, err := await.Value(cmd.Context(), func() (*instance.Instance, error) { return it.Load(cmd.Context(), sourceLimit()) })
			switch {
			case cmd.Context().Err() != nil:
				return f, err
			case err != nil || in.Name != n.Instance:
				r.gap(cmd, label, "is another file now")
			case hashes[n.File] != "" && in.Hash != hashes[n.File]:
				r.gap(cmd, label, "has changed since")
			default:
				f.items = append(f.items, it)
			}
		}
	}
	return f, nil
}

// gap tells that the sizes of a network are not known.
func (r *reportCommand) gap(cmd *cobra.Command, subject, why string) {
	w := warning.Warning{Code: "sizes", Subject: subject, Message: "what was measured " + why, Remedy: "its sizes and plan are left out; name the file as an argument"}
	r.document.Warnings = append(r.document.Warnings, w)
	r.output.warn(cmd, []warning.Warning{w})
}

// describe adds what is known of every chosen path of an instance without measuring. Of
// stored results it describes the paths that they are about.
func (r *reportCommand) describe(cmd *cobra.Command, in *instance.Instance) error {
	quiet := r.output
	quiet.quiet = true // what measures says the same
	return eachTree(cmd, in, r.runs.path, &quiet, func(tree *path.Tree, p instance.Path) error {
		if len(r.from) > 0 && !slices.ContainsFunc(r.document.Networks, func(n page.Network) bool { return n.Is(in.Name, in.Source, p.Name) }) {
			return nil
		}
		with, err := await.Value(cmd.Context(), func() (page.Network, error) { return r.described(tree, p) })
		if err != nil {
			return err
		}
		n := r.document.Network(in.Name, in.Source, p.Name)
		n.File, n.Inspection, n.Sizes, n.Powers, n.Forecasts, n.Plan, n.Live = in.Source, with.Inspection, with.Sizes, with.Powers, with.Forecasts, with.Plan, with.Live
		return nil
	})
}

// described analyses a path.
func (r *reportCommand) described(tree *path.Tree, p instance.Path) (n page.Network, err error) {
	facts := study.Inspect(tree.Instance)
	sizes, powers := study.NewHistogram(tree, p.Name, study.ReportBins), study.NewHistogram(tree, p.Name, study.Log2Bins)
	n.Inspection, n.Sizes, n.Powers = &facts, &sizes, &powers
	for _, name := range path.OrderNames() {
		order, err := path.ParseOrder(name)
		if err != nil {
			return n, err
		}
		program, err := contract.CompileTree(tree, p, contract.Options{Order: order})
		var tooLarge contract.SizeError
		if errors.As(err, &tooLarge) {
			facts.AddTree(tree, p.Name, 0, err)
			return n, nil
		}
		if err != nil {
			return n, err
		}
		first := len(facts.Paths) == 0
		if first {
			facts.AddPath(program, 0)
		}
		plan, err := study.PlanProgram(program, r.runs.contest.strategies)
		if err != nil {
			return n, err
		}
		n.Forecasts, n.Live = append(n.Forecasts, plan), append(n.Live, study.NewLiveCurve(program))
		if n.Plan == nil {
			if n.Plan, err = r.planOf(&plan); err != nil {
				return n, err
			}
		}
		if first {
			if err := r.stream(&n, program, tree, p); err != nil {
				return n, err
			}
		}
	}
	return n, nil
}

// stream adds what the program does slice by slice that is measured, if anything.
func (r *reportCommand) stream(n *page.Network, whole *contract.Program, tree *path.Tree, p instance.Path) error {
	mode := r.runs.execution.options.Regions
	program, err := contract.CompileTree(tree, p, contract.Options{Order: whole.Order, Regions: mode})
	if err != nil || len(program.Regions) == 0 {
		return err
	}
	n.Inspection.Stream(whole, program)
	plan, err := study.PlanProgram(program, r.runs.contest.strategies)
	if err != nil {
		return err
	}
	live := study.NewLiveCurve(program)
	plan.Regions, live.Regions = mode.String(), mode.String()
	n.Forecasts, n.Live = append(n.Forecasts, plan), append(n.Live, live)
	return nil
}

// planOf returns where the strategy planned puts the buffers, nil if they are too many
// to be seen.
func (r *reportCommand) planOf(p *study.ProgramPlan) (*page.Plan, error) {
	packed, err := p.Packed()
	if err != nil || len(packed.Boxes) > page.MostBoxes {
		return nil, err
	}
	plan := &page.Plan{Order: p.Order, Height: packed.Height, Bound: p.PeakLive, Bytes: p.Bytes, Boxes: []page.Box{}}
	for i, b := range packed.Boxes {
		plan.Boxes = append(plan.Boxes, page.Box{From: b.From, To: b.To, Offset: b.Offset, Size: b.Size, Temporary: i >= p.Intermediates})
	}
	return plan, nil
}

// watch adds what the process has in memory while it contracts under some strategies.
func (r *reportCommand) watch(cmd *cobra.Command, in *instance.Instance) error {
	return r.compete(cmd, in, 1, func(p *contract.Program, inputs [][]byte, config bench.Config) error {
		config.Check, config.Progress = bench.CheckOff, nil
		config.Pace = bench.Pace{Runs: watchRuns, MaxTime: watchTime}
		n := r.document.Network(in.Name, in.Source, p.Path)
		for _, spec := range r.among(watched) {
			debug.FreeOSMemory() // what the one before had
			moments, err := bench.Watch(cmd.Context(), bench.Way{Name: spec, Program: p, Strategy: spec, Threads: r.runs.threads}, inputs, config)
			if err != nil {
				return err
			}
			n.Resident = append(n.Resident, study.NewResident(spec, moments))
		}
		return nil
	})
}

// among returns those of some strategies that compete, or if none does the first ones.
func (r *reportCommand) among(some []string) []string {
	all := r.runs.contest.strategies
	chosen := slices.DeleteFunc(slices.Clone(all), func(spec string) bool { return !slices.Contains(some, spec) })
	if len(chosen) == 0 {
		chosen = all[:min(len(all), 2)]
	}
	return slices.Compact(slices.Sorted(slices.Values(chosen)))
}

// scale adds how much faster some strategies are with more threads, and with more
// contractions at once. A first look goes without.
func (r *reportCommand) scale(cmd *cobra.Command, in *instance.Instance) error {
	most := runtime.GOMAXPROCS(0)
	if most < 2 || r.runs.contest.quick {
		return nil
	}
	return r.compete(cmd, in, most, func(p *contract.Program, inputs [][]byte, config bench.Config) error {
		config.Pace = bench.Pace{Warmup: 1, Runs: scaleRuns, MaxTime: scaleTime}
		ways, err := r.ways(cmd, p, most)
		if err != nil {
			return err
		}
		results, err := bench.Compete(cmd.Context(), ways, inputs, config)
		n := r.document.Network(in.Name, in.Source, p.Path)
		n.Scaling = append(n.Scaling, study.NewScaled(ways, results)...)
		return err
	})
}

// ways are some strategies with one worker and one stream, and with more of either.
func (r *reportCommand) ways(cmd *cobra.Command, p *contract.Program, most int) (ways []bench.Way, err error) {
	programs := map[int]*contract.Program{1: p}
	for _, n := range powers(most) {
		if programs[n], err = await.Value(cmd.Context(), func() (*contract.Program, error) { return r.compile(p, n) }); err != nil {
			return nil, err
		}
	}
	for _, spec := range r.among(scaled) {
		ways = append(ways, bench.Way{Name: spec, Program: p, Strategy: spec, Threads: 1, Streams: 1})
		for _, n := range powers(most) {
			ways = append(ways,
				bench.Way{Name: fmt.Sprintf("%s, %d threads", spec, n), Program: programs[n], Strategy: spec, Threads: n, Streams: 1},
				bench.Way{Name: fmt.Sprintf("%s, %d streams", spec, n), Program: p, Strategy: spec, Threads: 1, Streams: n})
			if alloc.Shareable(spec) {
				ways = append(ways, bench.Way{Name: fmt.Sprintf("%s, %d streams, shared", spec, n), Program: p, Strategy: spec, Threads: 1, Streams: n, Share: true})
			}
		}
	}
	return ways, nil
}

// powers returns 2, 4 and so on, and most.
func powers(most int) (all []int) {
	for n := 2; n < most; n *= 2 {
		all = append(all, n)
	}
	return append(all, most)
}

// compile compiles a program anew for so many threads.
func (r *reportCommand) compile(p *contract.Program, threads int) (*contract.Program, error) {
	one, err := p.Instance.Path(p.Path)
	if err != nil {
		return nil, err
	}
	options := r.runs.execution.options
	options.Kernel.Threads = threads
	return contract.Compile(p.Instance, one, options)
}

// compete calls do for every chosen path of an instance that has room for so many
// streams, with inputs and what a measurement has to know.
func (r *reportCommand) compete(cmd *cobra.Command, in *instance.Instance, streams int, do func(*contract.Program, [][]byte, bench.Config) error) error {
	quiet := r.output
	quiet.quiet = true // the measurement of strategies has said it
	options := r.runs.execution.options
	options.Kernel.Threads = r.runs.threads
	if streams > 1 {
		options.Kernel.Threads = 1
	}
	var inputs [][]byte
	return eachProgram(cmd, in, r.runs.path, &quiet, options, func(p *contract.Program) error {
		scope := bench.Scope{Strategies: r.among(scaled), Streams: streams, Held: inputs != nil}
		need, err := await.Value(cmd.Context(), func() (bench.Need, error) { return bench.NeedOf(p, scope) })
		if err != nil || !need.Fits(scope, r.runs.contest.limit.bytes) {
			return err // without room there is nothing of it
		}
		if inputs == nil {
			if inputs, err = await.Value(cmd.Context(), func() ([][]byte, error) { return in.Data(r.runs.fill.fill, r.runs.fill.seed) }); err != nil {
				return err
			}
		}
		progress := newProgress(cmd, r.output.quiet)
		defer progress.clear()
		return do(p, inputs, bench.Config{
			Seed: r.runs.fill.seed, Fill: r.runs.fill.fill.String(), Limit: r.runs.contest.limit.bytes - int64(need.Process), Progress: progress.show,
		})
	})
}
