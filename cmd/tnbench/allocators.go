package main

import (
	"io"

	"github.com/spf13/cobra"

	"tnbench/internal/alloc"
	"tnbench/internal/await"
	"tnbench/internal/bench"
	"tnbench/internal/report"
)

// allocatorsCommand lists strategies.
type allocatorsCommand struct {
	output outputFlags
	bench  bool
	alloc  string
}

func newAllocatorsCommand() *cobra.Command {
	a := &allocatorsCommand{}
	cmd := &cobra.Command{
		Use:   "allocators",
		Short: "List the allocation strategies and their options",
		Long: `List the allocation strategies: what each models, whether several contractions
can share one, and whether it can run on this machine; if not, why, and what to
install. With -v also what it keeps between contractions, and its options, which
follow its name after a colon: slab:small=64,huge. Some model what the light_415
analysis found or proposed: a study of why the public benchmark
tensornetwork_permutation_light_415 allocates as it does in strided-rs and Julia.

With --bench measure what one allocation with its free costs under each strategy
that can run here (or those of --alloc), for buffers of 8 B to 128 MiB, in steady
state. It takes up to a minute.

CSV has a row per strategy, or with --bench a row per strategy and size. JSON has
the schema ` + report.AllocatorsSchema + `.`,
		Example: `  tnbench allocators                          what there is
  tnbench allocators -v                       with options
  tnbench allocators --bench                  cost of the bookkeeping
  tnbench allocators --bench --alloc slab,slab:small=64 --format csv`,
		Args:              noArguments,
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE:              a.run,
	}
	f := cmd.Flags()
	f.BoolVar(&a.bench, "bench", false, "measure the bookkeeping of each strategy")
	f.StringVar(&a.alloc, "alloc", "all", "with --bench: strategies, separated by commas, or all")
	a.output.register(cmd, report.Formats...)
	completes(cmd, "alloc", completeStrategies)
	return cmd
}

func (a *allocatorsCommand) run(cmd *cobra.Command, _ []string) error {
	if err := a.output.parse(cmd); err != nil {
		return err
	}
	restartFor(a.alloc) // so that the list says what run can use
	specs, err := alloc.Expand(a.alloc)
	switch {
	case err != nil:
		return usage("--alloc: %w", err)
	case cmd.Flags().Changed("alloc") && !a.bench:
		return usage("--alloc is for --bench: without it all strategies are listed")
	}
	if err := a.output.prepare(cmd, nil); err != nil {
		return err
	}
	list := report.NewAllocators(alloc.Infos())
	write := func(w io.Writer, f report.Format) error { return report.WriteAllocators(w, f, &list, a.output.verbose) }
	has := figures
	if a.bench {
		list.Interrupted = true
		list.Pairs, err = measurePairs(cmd, specs, func(soFar []report.PairCost) {
			list.Pairs = soFar
			a.output.save(cmd, write)
		})
		list.Interrupted = cmd.Context().Err() != nil
		has = contentsOf(len(list.Pairs))
	}
	return a.output.emitDone(cmd, err, has, write)
}

// measurePairs measures the bookkeeping of each strategy at each size, until the
// command is interrupted; save gets what there is after each strategy. A strategy that fails at one size, which its cost tells,
// is not tried at the larger ones.
func measurePairs(cmd *cobra.Command, specs []string, save func([]report.PairCost)) (pairs []report.PairCost, failed error) {
	for _, spec := range specs {
		for _, bytes := range bench.PairSizes {
			cost, err := await.Value(cmd.Context(), func() (bench.PairCost, error) { return bench.MeasurePair(spec, bytes) })
			if cmd.Context().Err() != nil {
				return pairs, failed
			}
			if err != nil {
				pairs = append(pairs, report.PairCost{Alloc: spec, Bytes: bytes, Error: err.Error()})
				failed = errFailed
				break
			}
			pairs = append(pairs, report.PairCost{Alloc: spec, Bytes: bytes, Median: cost.Nanoseconds, Q1: cost.Q1, Q3: cost.Q3})
		}
		save(pairs)
	}
	return pairs, failed
}
