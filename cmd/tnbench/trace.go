package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/spf13/cobra"

	"tnbench/internal/alloc"
	"tnbench/internal/alloc/traffic"
	"tnbench/internal/await"
	"tnbench/internal/bench"
	"tnbench/internal/contract"
	"tnbench/internal/dtype"
	"tnbench/internal/instance"
	"tnbench/internal/path"
	"tnbench/internal/region"
)

// logFormat is what the help of trace and replay says of allocation logs.
const logFormat = `An allocation log is text, one JSON object per line and event, in the order in
which they happened:

  {"step":0,"id":0,"bytes":4096,"op":"alloc"}
  {"step":1,"id":1,"bytes":32,"op":"alloc"}
  {"step":1,"id":0,"bytes":4096,"op":"free"}
  {"op":"reset"}

op is alloc, free or reset; id, a number or a string, names a buffer until it is
freed and may be used again afterwards; bytes is needed by alloc only; step, the
pairwise contraction, is optional. A reset, or the end of the log, ends a
contraction and frees what is live. Other keys are ignored, as are blank lines
and lines that start with #. docs/allocation-log.md says more.`

// traceCommand writes the allocation log of a contraction.
type traceCommand struct {
	path    pathFlag
	order   string
	regions string
	slice   sliceFlag
	backend backendFlag
	alloc   string
	runs    int
	limit   memoryLimit
	output  outputFlags // without a format
}

func newTraceCommand() *cobra.Command {
	t := &traceCommand{}
	cmd := &cobra.Command{
		Use:   "trace INSTANCE",
		Short: "Write the allocation log of a contraction",
		Long: `Contract an instance and write a log of the buffers that it asks of its
allocation strategy: intermediates and temporaries, not inputs and the result,
which belong to the caller. tnbench replay runs such logs under any strategy.

` + logFormat,
		Example: `  tnbench trace light.json -o light.log
  tnbench trace light.json --order peak --alloc planned -o light.log
  tnbench trace matrix_chain_10 | tnbench replay -`,
		Args:              cobra.ExactArgs(1),
		ValidArgsFunction: completeInstances,
		RunE:              t.run,
	}
	f := cmd.Flags()
	f.StringArrayVarP(&t.output.names, "output", "o", nil, "write the log to `FILE` instead of standard output")
	f.StringVar(&t.alloc, "alloc", "make", "the strategy to contract under; the log is the same under all")
	f.StringVar(&t.order, "order", path.AsWritten.String(), "execution order: path (as written), depth (depth-first), peak (least peak of live bytes)")
	f.IntVar(&t.runs, "runs", 1, "contractions to log, each ended by a reset")
	f.BoolVarP(&t.output.quiet, "quiet", "q", false, "no warnings on standard error")
	registerRegions(cmd, &t.regions)
	t.slice.register(cmd)
	t.path.register(cmd)
	t.backend.register(cmd)
	t.limit.register(cmd)
	completes(cmd, "alloc", completeStrategies)
	completes(cmd, "order", cobra.FixedCompletions(path.OrderNames(), cobra.ShellCompDirectiveNoFileComp))
	return cmd
}

// parse checks all flags before anything is loaded.
func (t *traceCommand) parse() (o contract.Options, err error) {
	if err := t.output.parseOne(); err != nil {
		return o, err
	}
	if o.Order, err = path.ParseOrder(t.order); err != nil {
		return o, usage("--order: %w", err)
	}
	if o.Regions, err = region.ParseMode(t.regions); err != nil {
		return o, usage("--regions: %w", err)
	}
	restartFor(t.alloc)
	if err := alloc.Check(t.alloc); err != nil {
		return o, usage("--alloc: %w", err)
	}
	switch {
	case t.runs < 1:
		return o, usage("--runs must be at least 1, not %d", t.runs)
	case t.path.name == "all":
		return o, usage("--path all: a log is of one path")
	}
	if err := errors.Join(t.backend.parse(), t.slice.parse(), t.limit.parse()); err != nil {
		return o, err
	}
	o.Kernel.Backend = t.backend.backend
	return o, nil
}

func (t *traceCommand) run(cmd *cobra.Command, args []string) error {
	options, err := t.parse()
	if err != nil {
		return err
	}
	found, err := t.output.find(cmd, args)
	if err != nil {
		return err
	}
	if len(found.items) != 1 {
		return usage("%s stands for %d instances: a log is of one", args[0], len(found.items))
	}
	program, err := await.Value(cmd.Context(), func() (*contract.Program, error) { return t.compile(cmd, found.items[0], options) })
	if err != nil {
		return err
	}
	t.output.warn(cmd, slices.Concat(program.Instance.Warnings, program.Warnings))
	return t.output.stream(cmd, func(w io.Writer) error {
		return await.Done(cmd.Context(), func() error { return t.trace(cmd, program, w) })
	})
}

// compile loads and compiles an instance and refuses one that is too large.
func (t *traceCommand) compile(cmd *cobra.Command, it instance.Item, options contract.Options) (*contract.Program, error) {
	in, err := it.Load(cmd.Context(), sourceLimit())
	if err != nil {
		return nil, err
	}
	chosen, err := in.Path(t.path.name)
	if err != nil {
		return nil, err
	}
	tree, err := contract.Analyze(in, chosen)
	if err != nil {
		return nil, err
	}
	scope := bench.Scope{Strategies: []string{t.alloc}, Check: bench.CheckOff}
	program, err := t.slice.compile(cmd, tree, chosen, options, slicerOf(&t.limit, scope))
	if err != nil {
		return nil, err
	}
	need, err := bench.NeedOf(program, scope)
	if err == nil {
		err = t.limit.check(need, "choose another --alloc"+t.slice.remedy()+"; or raise --mem-limit if there is more memory")
	}
	if err != nil {
		return nil, fmt.Errorf("%s, %s: %w", in.Name, program.Path, err)
	}
	t.slice.tell(cmd, program, options, &t.output)
	return program, nil
}

// trace contracts program and writes the log to w.
func (t *traceCommand) trace(cmd *cobra.Command, p *contract.Program, w io.Writer) error {
	inputs, err := p.Instance.Data(instance.Balanced, 1)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(w, "# tnbench allocation log: %q, path %q, order %s, strategy %s; buffers: %d, peak: %d bytes\n",
		p.Instance.Name, p.Path, p.Order, t.alloc, len(p.Requests), p.PeakLive)
	if err != nil {
		return err
	}
	inner, err := alloc.New(t.alloc)
	if err != nil {
		return err
	}
	strategy := traffic.NewTracing(inner, w)
	err = contractTimes(cmd, p, strategy, inputs, t.runs)
	if closing := strategy.Close(); err == nil {
		err = closing
	}
	return err
}

// contractTimes contracts p a few times under strategy, until the command is
// interrupted.
func contractTimes(cmd *cobra.Command, p *contract.Program, strategy alloc.Strategy, inputs [][]byte, times int) error {
	e, err := contract.NewExecutor(p, strategy, inputs, contract.Execution{})
	if err != nil {
		return err
	}
	defer context.AfterFunc(cmd.Context(), e.Interrupt)()
	result := dtype.MakeBytes(p.ResultBytes())
	for range times {
		if err := e.Run(result); err != nil {
			return fmt.Errorf("%s: %w", p.Instance.File(), err)
		}
	}
	return nil
}
