package main

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"
)

// The exit codes of the CLI contract.
const (
	exitFailed = 1 // something failed; what could be measured was printed
	exitUsage  = 2
)

// errFailed ends a command whose output is complete but tells of failures; they
// were reported where they happened.
var errFailed = errors.New("something failed")

// usageError is a mistake in the command line.
type usageError struct{ error }

func (e usageError) Unwrap() error { return e.error }

// usage returns a usageError.
func usage(format string, args ...any) error { return usageError{fmt.Errorf(format, args...)} }

// run executes the command line args and returns the exit code. Results go to
// stdout, everything else to stderr.
func run(ctx context.Context, stdin io.Reader, stdout, stderr io.Writer, args []string) int {
	root := newRoot()
	root.SetArgs(args)
	root.SetIn(stdin)
	root.SetOut(stdout)
	messages := newMessages(stderr)
	root.SetErr(messages)
	err := root.ExecuteContext(ctx)
	messages.flush()
	var mistake usageError
	switch {
	case err == nil:
		return 0
	case errors.Is(err, errFailed):
		return exitFailed
	case errors.As(err, &mistake):
		messages.complain(err)
		fmt.Fprintln(messages, "Run a command with --help to see how it is used.")
		return exitUsage
	default:
		messages.complain(err)
		return exitFailed
	}
}

// newRoot returns the command tree.
func newRoot() *cobra.Command {
	root := &cobra.Command{
		Use:   "tnbench",
		Short: "Measure how memory allocation strategies affect tensor network contraction",
		Long: `tnbench contracts tensor networks along given paths under different allocation
strategies and measures what each costs: time, collector, page faults, memory.

An INSTANCE is a JSON file of the public strided-rs benchmark suite's format, a
directory or glob of such files, or the name of an embedded instance ("tnbench
instances" lists them). Without any, all embedded instances are used.`,
		Example: `  tnbench run                                   every embedded instance, every default strategy
  tnbench run light.json --alloc make,arena     two strategies on one network
  tnbench histogram light.json                  sizes of its intermediates
  tnbench inspect light.json                    statistics and costliest steps`,
		SilenceErrors: true,
		SilenceUsage:  true,
		Args:          cobra.NoArgs,
		RunE:          func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	root.SetFlagErrorFunc(usageOf)
	root.AddCommand(
		newRunCommand(),
		newHistogramCommand(),
		newInspectCommand(),
		newAllocatorsCommand(),
		newInstancesCommand(),
		newGenerateCommand(),
		newPlanCommand(),
		newTraceCommand(),
		newReplayCommand(),
		newEnvCommand(),
		newVersionCommand(),
	)
	for _, c := range append(root.Commands(), root) {
		usageArgs(c)
	}
	return root
}

// usageArgs makes what a command's argument check refuses a usage error.
func usageArgs(c *cobra.Command) {
	if check := c.Args; check != nil {
		c.Args = func(cmd *cobra.Command, args []string) error {
			if err := check(cmd, args); err != nil {
				return usageOf(cmd, err)
			}
			return nil
		}
	}
}

// usageOf returns err as a mistake in cmd's command line.
func usageOf(cmd *cobra.Command, err error) error {
	if !cmd.HasParent() {
		return usageError{err}
	}
	return usage("%s: %w", cmd.Name(), err)
}
