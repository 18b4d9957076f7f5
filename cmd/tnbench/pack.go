package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"tnbench/internal/alloc/pack"
	"tnbench/internal/await"
	"tnbench/internal/draw"
	"tnbench/internal/report"
	"tnbench/internal/source"
	"tnbench/internal/study"
)

// packCommand solves planning problems.
type packCommand struct {
	planOutput
	capacity string
	budget   time.Duration
}

func newPackCommand() *cobra.Command {
	p := &packCommand{}
	cmd := &cobra.Command{
		Use:   "pack FILE.csv...",
		Short: "Solve planning problems: place buffers with known lifetimes in one block",
		Long: `Place the buffers of each FILE.csv in one block, so that none that live at once
overlap and the block is as low as possible. The plan is checked, and never
higher than placing the buffers by size, lifetime, their product, birth or death
makes it. The command ends when a plan is known to be the lowest, when it meets
--capacity, or when the rest of --budget promises nothing; it fails if a plan is
higher than --capacity.

The file is in MiniMalloc's format: a header, then a row per buffer with id,
lower, upper (it lives in [lower, upper)) and size. Columns that may be there,
and cells in them that may be empty:
  alignment  the offset is a multiple of it
  gaps       times in which others may use its bytes, separated by spaces: 3-5, or
             3-5@0:16 if it keeps the first 16 then
  offset     where the buffer must be
  hint       an offset to try

With -o the plan is written in the same format, all columns kept and the offset
of each buffer filled in, and the table to standard output. --svg draws it: time
across, addresses up, a box per buffer, and below it what is live.

CSV has a row per problem. JSON has the schema ` + study.PlanSchema + `.`,
		Example: `  tnbench pack problem.csv                             the lowest plan that 10 seconds find
  tnbench pack problem.csv --capacity 1MiB -o solution.csv --svg plan.svg
  tnbench pack *.csv --budget 1m --format csv`,
		Args:              cobra.MinimumNArgs(1),
		ValidArgsFunction: cobra.FixedCompletions([]string{"csv"}, cobra.ShellCompDirectiveFilterFileExt),
		RunE:              p.run,
	}
	cmd.Flags().StringVar(&p.capacity, "capacity", "", "`SIZE` such as 1048576 or 1MiB that is low enough, and needed")
	cmd.Flags().DurationVar(&p.budget, "budget", 10*time.Second, "the longest search for the plan of one problem")
	p.planOutput.register(cmd)
	cmd.Flags().Lookup("output").Usage = "write the plan of the problem to `FILE`, with the offset of each buffer"
	return cmd
}

// isProblem reports whether an argument names a planning problem.
func isProblem(arg string) bool { return strings.HasSuffix(strings.ToLower(arg), ".csv") }

// run solves the problems, one after the other.
func (p *packCommand) run(cmd *cobra.Command, files []string) error {
	if err := errors.Join(p.parse(), p.output.parseOne()); err != nil {
		return err
	}
	capacity, err := p.parseCapacity()
	if err != nil {
		return err
	}
	if p.budget <= 0 {
		return usage("--budget must be positive, not %v", p.budget)
	}
	if i := slices.IndexFunc(files, func(file string) bool { return strings.HasSuffix(file, ".json") }); i >= 0 {
		return usage("%s is an instance: forecast its memory with tnbench plan", files[i])
	}
	if len(files) > 1 && p.output.outputs[0].name != "" {
		return usage("-o takes the plan of one problem, not of %d", len(files))
	}
	files, failed, err := p.output.findFiles(cmd, files, &p.svg)
	if err != nil {
		return err
	}
	for _, file := range files {
		if cmd.Context().Err() != nil {
			break
		}
		failed = tally(cmd, failed, p.solveFile(cmd, file, capacity))
	}
	if len(p.plans.Problems) > 0 {
		p.output.outputs = []output{{format: p.output.format}} // the file has the offsets
	}
	return p.emit(cmd, failed)
}

// parseCapacity returns the capacity, 0 if there is none.
func (p *packCommand) parseCapacity() (int, error) {
	if p.capacity == "" {
		return 0, nil
	}
	bytes, percent, err := parseSize(p.capacity)
	if err != nil {
		return 0, usage("--capacity: %w", err)
	}
	if percent != 0 || bytes < 1 || bytes > math.MaxInt {
		return 0, usage("--capacity must be a size such as 1048576 or 1MiB, not %s", p.capacity)
	}
	return int(bytes), nil
}

// solveFile solves the problem in file and keeps what it found.
func (p *packCommand) solveFile(cmd *cobra.Command, file string, capacity int) error {
	named, err := await.Value(cmd.Context(), func() ([]pack.Named, error) { return readProblem(cmd.Context(), file) })
	if err != nil {
		return err
	}
	buffers := pack.Buffers(named)
	begin := time.Now()
	plan, err := await.Value(cmd.Context(), func() (pack.Plan, error) {
		return pack.Solve(cmd.Context(), buffers, pack.Options{Capacity: capacity, Nodes: searchNodes(p.budget), Budget: p.budget, Patient: true})
	})
	taken := time.Since(begin)
	if err == nil {
		err = pack.Check(buffers, plan, 1)
	}
	if err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	solved := study.NewProblemPlan(file, plan, capacity, taken.Nanoseconds())
	p.plans.Problems = append(p.plans.Problems, solved)
	if p.svg.file != nil {
		p.draw(draw.ProblemOf(solved, named, plan))
	}
	if p.output.outputs[0].file != nil {
		if err := p.output.emit(cmd, func(w io.Writer, _ report.Format) error { return pack.WriteCSV(w, named, plan) }); err != nil {
			return err
		}
	}
	if !solved.Fits() {
		return fmt.Errorf("%s: no plan within a capacity of %d was found: the lowest has %d, the lower bound is %d", file, capacity, plan.Height, plan.Bound)
	}
	return nil
}

// searchNodes returns how many nodes a turn of the search may take, which it
// divides among its goals: as many as surely fit into the budget's time, so that
// it isn't cut off at the first.
func searchNodes(budget time.Duration) int {
	const perSecond = pack.DefaultNodes / 80.0
	return int(min(budget.Seconds()*perSecond, math.MaxInt32)) + 1
}

func readProblem(ctx context.Context, file string) ([]pack.Named, error) {
	buffers, err := source.Read(ctx, file, sourceLimit(), pack.ReadCSV)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	return buffers, nil
}
