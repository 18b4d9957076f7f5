package main

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"tnbench/internal/compare"
	"tnbench/internal/report"
	"tnbench/internal/sweep"
)

// mergeCommand joins results that were measured apart.
type mergeCommand struct {
	output  outputFlags
	view    viewFlags
	ignore  ignoreFlag
	partial bool
}

func newMergeCommand() *cobra.Command {
	m := &mergeCommand{}
	cmd := &cobra.Command{
		Use:   "merge FILE...",
		Short: "Join results that were measured apart, such as the shares of a sweep",
		Long: `Join stored results into one. Each FILE is a file, a folder, or a pattern in quotes.

What contradicts itself is refused: a program that has another digest, or other
exact figures, in another file; files of different builds, machines or settings
unless --ignore names what may differ; shares of different sweeps. What is in
several files is kept once. If a share is missing, or was interrupted, the result
says so, and the exit code is 1 unless --partial is given.

A sweep is tnbench run --shard 1/16 … 16/16, each with the same other flags. Scripts
for engines that run such jobs are in scripts/sweep of the source.`,
		Example: `  tnbench merge shard-*.json -o all.json
  tnbench merge results/ --format markdown
  tnbench merge a.json b.json --ignore host -o all.json -o all.md`,
		Args:              cobra.MinimumNArgs(1),
		ValidArgsFunction: cobra.FixedCompletions([]string{"json"}, cobra.ShellCompDirectiveFilterFileExt),
		RunE:              m.run,
	}
	m.ignore.register(cmd, compare.Joinable())
	cmd.Flags().BoolVar(&m.partial, "partial", false, "what is missing is no failure")
	m.view.register(cmd)
	m.output.register(cmd, append(slices.Clone(report.Formats), report.BenchFormat, report.SamplesFormat)...)
	return cmd
}

func (m *mergeCommand) run(cmd *cobra.Command, args []string) error {
	if err := errors.Join(m.output.parse(cmd), m.view.parse(m.output.verbose)); err != nil {
		return err
	}
	ignore, err := m.ignore.parse()
	if err != nil {
		return err
	}
	names, err := allResultFiles(args)
	if err != nil {
		return usage("%w", err)
	}
	if err := m.output.prepare(cmd, names); err != nil {
		return err
	}
	var files []compare.File
	for _, name := range names {
		d, err := readResult(cmd, name)
		if cmd.Context().Err() != nil {
			return interruptedError{"nothing was written"}
		}
		if err != nil {
			return err
		}
		files = append(files, compare.File{Name: name, Document: d})
	}
	d, missing, err := sweep.Merge(files, ignore)
	if err != nil {
		return err
	}
	m.output.warn(cmd, d.Warnings)
	if len(missing) > 0 && !m.partial {
		complain(cmd, fmt.Errorf("the result is not complete, it lacks %s", strings.Join(missing, ", ")))
		err = errFailed
	}
	return errors.Join(err, m.output.emit(cmd, func(w io.Writer, f report.Format) error { return m.view.view.Write(w, f, d) }))
}

// allResultFiles returns the files that arguments stand for, each once.
func allResultFiles(args []string) (files []string, err error) {
	for _, arg := range args {
		found, problem := resultFiles(arg)
		err = errors.Join(err, problem)
		for _, file := range found {
			if !slices.Contains(files, file) {
				files = append(files, file)
			}
		}
	}
	return files, err
}
