package main

import (
	"context"
	"fmt"
	"io"
	"math"
	"time"

	"github.com/spf13/cobra"

	"tnbench/internal/alloc/pack"
	"tnbench/internal/await"
	"tnbench/internal/report"
	"tnbench/internal/source"
)

// solve solves planning problems, one after the other.
func (p *planCommand) solve(cmd *cobra.Command, files []string) error {
	capacity, err := p.parseCapacity()
	if err != nil {
		return err
	}
	if len(files) > 1 && p.output.file.name != "" {
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
		p.output.file = destination{} // it has the offsets
	}
	return p.emit(cmd, failed)
}

// parseCapacity returns the capacity, 0 if there is none.
func (p *planCommand) parseCapacity() (int, error) {
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
func (p *planCommand) solveFile(cmd *cobra.Command, file string, capacity int) error {
	named, err := await.Value(cmd.Context(), func() ([]pack.Named, error) { return readProblem(cmd.Context(), file) })
	if err != nil {
		return err
	}
	buffers := make([]pack.Buffer, len(named))
	for i := range named {
		buffers[i] = named[i].Buffer
	}
	begin := time.Now()
	plan, err := await.Value(cmd.Context(), func() (pack.Plan, error) {
		return pack.Solve(cmd.Context(), buffers, pack.Options{Capacity: capacity, Nodes: searchNodes(p.budget, capacity), Budget: p.budget})
	})
	taken := time.Since(begin)
	if err == nil {
		err = pack.Check(buffers, plan, 1)
	}
	if err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	solved := report.NewProblemPlan(file, plan, capacity, taken.Nanoseconds())
	p.plans.Problems = append(p.plans.Problems, solved)
	if p.svg.file != nil {
		p.draw(report.ProblemFigure(solved, named, plan))
	}
	if p.output.file.file != nil {
		if err := p.output.emit(cmd, func(w io.Writer) error { return report.WriteOffsets(w, named, plan) }); err != nil {
			return err
		}
	}
	if !solved.Fits() {
		return fmt.Errorf("%s: no plan within a capacity of %d was found: the lowest has %d, the lower bound is %d", file, capacity, plan.Height, plan.Bound)
	}
	return nil
}

// searchNodes returns how many nodes a search may visit, which it divides among
// its goals: as many as surely fit into the budget's time where it has several,
// so that it isn't cut off at the first. A capacity is one goal.
func searchNodes(budget time.Duration, capacity int) int {
	perSecond := pack.DefaultNodes / 10.0
	if capacity == 0 {
		perSecond /= 8
	}
	return int(min(budget.Seconds()*perSecond, math.MaxInt32)) + 1
}

func readProblem(ctx context.Context, file string) ([]pack.Named, error) {
	buffers, err := source.Read(ctx, file, sourceLimit(), pack.ReadCSV)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	return buffers, nil
}
