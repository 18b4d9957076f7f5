package main

import (
	"io"

	"github.com/spf13/cobra"

	"tnbench/internal/keep"
	"tnbench/internal/peaks"
	"tnbench/internal/report"
)

// envCommand measures the machine.
type envCommand struct{ output outputFlags }

func newEnvCommand() *cobra.Command {
	e := &envCommand{}
	cmd := &cobra.Command{
		Use:   "env",
		Short: "Measure what bounds a contraction on this machine",
		Long: `Measure the machine, in about a second: multiply-adds per second of one core for
each dtype, bandwidth of memory and caches, the cost of a page that is touched
first, of clearing one, of a huge page, and what reading clocks and counters
costs. Facts about processor, system and Go runtime stand beside them, and
warnings about what makes measurements on this machine doubtful.

"tnbench run" uses the first two for the fraction of the peak and for roofline
bounds. They are kept in the user's cache folder, or the one that the environment
variable ` + keep.Variable + ` names, and belong to this processor, memory, kernel and
build; env measures them anew each time. What can't be measured here is left out,
with a warning. JSON has base units and the schema ` + report.EnvSchema + `.`,
		Example: `  tnbench env
  tnbench env --format json -o machine.json`,
		Args:              noArguments,
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE:              e.run,
	}
	e.output.register(cmd, report.Formats...)
	return cmd
}

func (e *envCommand) run(cmd *cobra.Command, _ []string) error {
	if err := e.output.parse(cmd); err != nil {
		return err
	}
	if err := e.output.prepare(cmd, nil); err != nil {
		return err
	}
	measured, warnings, err := peaks.Measure(cmd.Context())
	env := report.Environment{
		Schema:      report.EnvSchema,
		Tool:        tool(),
		Interrupted: err != nil,
		Report:      measured,
		Warnings:    append(warnings, report.HostWarnings(measured.Host)...),
	}
	has := excuses // facts that nobody had to measure
	if len(measured.Peaks.Arithmetic) > 0 {
		has = figures
	}
	return e.output.emitDone(cmd, tally(cmd, nil, err), has, func(w io.Writer, f report.Format) error {
		return report.WriteEnv(w, f, &env)
	})
}
