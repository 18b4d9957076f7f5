package main

import (
	"errors"
	"io"

	"github.com/spf13/cobra"

	"tnbench/internal/await"
	"tnbench/internal/bench"
	"tnbench/internal/contract"
	"tnbench/internal/instance"
	"tnbench/internal/path"
	"tnbench/internal/region"
	"tnbench/internal/report"
	"tnbench/internal/study"
)

// inspectCommand prints what instances and their paths consist of.
type inspectCommand struct {
	output  outputFlags
	path    pathFlag
	backend backendFlag
	top     int
	regions string
	mode    region.Mode
	slice   sliceFlag
	limit   memoryLimit

	document study.Inspections
}

func newInspectCommand() *cobra.Command {
	i := &inspectCommand{}
	cmd := &cobra.Command{
		Use:   "inspect [INSTANCE...]",
		Short: "Show statistics of tensors, labels and memory, and the costliest steps",
		Long: `Show what each instance consists of: the sizes of its inputs, how many tensors
its labels join; and for each chosen path the flops, the sizes of the step
results, the least memory that intermediates need in each execution order, and
the steps with the most flops: their shape (batch, m, n, k and one-sided sums),
the kernel that computes them, how it reads the operands and how many bytes it
moves. Then which steps run slice by slice, so that what lies between them is
never stored (--regions), and what that leaves of the peak; and with --slice which
labels are cut for the whole network, what that repeats and what is live then. auto
chooses them as a run under the strategy planned would. Nothing is contracted.

CSV is a long table of single figures in base units: instance, path (empty for
what holds for all paths), section, item, key, value, file. The item says which of
several a section has: a number of tensors (multiplicity), a dimension, an
execution order (peak_live), a step. JSON has the schema ` + study.InspectSchema + `.`,
		Example: `  tnbench inspect light.json                    one file, path opt_flops
  tnbench inspect light.json --top 20 -v        more steps, with explanations
  tnbench inspect light.json --slice auto --mem-limit 40MiB    slices that keep within it
  tnbench inspect suite/ --path all --format json -o suite-facts.json
  tnbench inspect suite/ --format csv | grep peak_live`,
		ValidArgsFunction: completeInstances,
		RunE:              i.run,
	}
	cmd.Flags().IntVar(&i.top, "top", 10, "how many of the costliest steps to list")
	i.output.register(cmd, report.Formats...)
	i.path.register(cmd)
	i.backend.register(cmd)
	registerRegions(cmd, &i.regions)
	i.slice.register(cmd)
	i.limit.register(cmd)
	return cmd
}

// parse checks all flags before anything is loaded.
func (i *inspectCommand) parse(cmd *cobra.Command) error {
	if i.top < 0 {
		return usage("--top must not be negative, not %d", i.top)
	}
	var err error
	if i.mode, err = region.ParseMode(i.regions); err != nil {
		return usage("--regions: %w", err)
	}
	return errors.Join(i.output.parse(cmd), i.backend.parse(), i.slice.parseWithin(&i.limit))
}

func (i *inspectCommand) run(cmd *cobra.Command, args []string) error {
	if err := i.parse(cmd); err != nil {
		return err
	}
	found, err := i.output.find(cmd, args)
	if err != nil {
		return err
	}
	i.document = study.Inspections{Schema: study.InspectSchema, Instances: []study.Inspection{}}
	err = eachInstance(cmd, found, &i.output, func(in *instance.Instance) error { return i.add(cmd, in) })
	i.document.Interrupted = cmd.Context().Err() != nil
	return i.output.emitDone(cmd, err, contentsOf(len(i.document.Instances)), func(w io.Writer, f report.Format) error {
		return report.WriteInspections(w, f, &i.document, i.output.verbose)
	})
}

// add inspects an instance. What its metadata says is shown even if a path
// turns out not to compile.
func (i *inspectCommand) add(cmd *cobra.Command, in *instance.Instance) error {
	facts, err := await.Value(cmd.Context(), func() (study.Inspection, error) { return study.Inspect(in), nil })
	if err != nil {
		return err
	}
	options := contract.Options{}
	options.Kernel.Backend = i.backend.backend
	err = eachTree(cmd, in, i.path, &i.output, func(tree *path.Tree, p instance.Path) error {
		with, err := await.Value(cmd.Context(), func() (study.Inspection, error) { return i.withPath(facts, tree, p, options) })
		if err != nil {
			return err
		}
		facts = with
		return i.addSlices(cmd, &facts, tree, p, options)
	})
	i.document.Instances = append(i.document.Instances, facts)
	return err
}

// addSlices adds what is cut for the whole network along the last path.
func (i *inspectCommand) addSlices(cmd *cobra.Command, facts *study.Inspection, tree *path.Tree, p instance.Path, options contract.Options) error {
	if i.slice.text == sliceOff {
		return nil
	}
	options.Regions = i.mode
	program, err := i.slice.compile(cmd, tree, p, options, slicerOf(&i.limit, underPlanned))
	if err == nil {
		facts.Slice(bench.Sliced(program))
	}
	return err
}

// withPath returns facts with those of a path; of one that is too large to be
// contracted, what is known all the same.
func (i *inspectCommand) withPath(facts study.Inspection, tree *path.Tree, p instance.Path, options contract.Options) (study.Inspection, error) {
	program, err := contract.CompileTree(tree, p, options)
	var tooLarge contract.SizeError
	switch {
	case err == nil:
		facts.AddPath(program, i.top)
		options.Regions = i.mode
		streamed, err := contract.CompileTree(tree, p, options)
		if err != nil {
			return facts, err
		}
		facts.Stream(program, streamed)
	case errors.As(err, &tooLarge):
		facts.AddTree(tree, p.Name, i.top, err)
	default:
		return facts, err
	}
	return facts, nil
}
