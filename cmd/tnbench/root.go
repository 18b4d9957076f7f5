package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"tnbench/internal/compare"
	"tnbench/internal/contract"
	"tnbench/internal/suggest"
)

// The exit codes of the CLI contract.
const (
	exitFailed = 1 // something failed; what could be measured was printed
	exitUsage  = 2
	// A comparison found a regression, or could not decide: it is complete either way.
	exitRegression = 3
	exitUndecided  = 4
	exitClosed     = 141 // nobody reads standard output: 128 and the number of SIGPIPE
)

// errFailed ends a command whose output is complete but tells of failures; they
// were reported where they happened.
var errFailed = errors.New("something failed")

// verdictError ends a command whose output is complete and has the verdict.
type verdictError struct{ compare.Verdict }

func (e verdictError) Error() string { return string(e.Verdict) }

// exitCode returns the exit code of a verdict.
func (e verdictError) exitCode() int {
	switch e.Verdict {
	case compare.Regression:
		return exitRegression
	case compare.Undecided:
		return exitUndecided
	}
	return 0
}

// usageError is a mistake in the command line.
type usageError struct{ error }

func (e usageError) Unwrap() error { return e.error }

// usage returns a usageError.
func usage(format string, args ...any) error { return usageError{fmt.Errorf(format, args...)} }

// run executes the command line args and returns the exit code. Results go to
// stdout, everything else to stderr.
func run(ctx context.Context, stdin io.Reader, out, stderr io.Writer, args []string) int {
	asked = asks(args)
	root := newRoot()
	guarded := &stdout{w: out}
	root.SetArgs(args)
	root.SetIn(stdin)
	root.SetOut(guarded)
	messages := newMessages(stderr)
	root.SetErr(messages)
	err := root.ExecuteContext(ctx)
	messages.flush()
	code := messages.conclude(err)
	switch {
	case guarded.err == nil:
	case guarded.closed():
		code = exitClosed
	default:
		messages.complain(fmt.Errorf("cannot write to standard output: %w", guarded.err))
		code = exitFailed
	}
	var signal signalled
	if errors.As(context.Cause(ctx), &signal) {
		if err == nil { // it came when the command had all but ended
			messages.complain(interruptedError{"what there is was written"})
		}
		return signal.exitCode()
	}
	return code
}

// conclude says how a command ended with err, and returns the exit code.
func (m *messages) conclude(err error) int {
	var output *stdoutError
	var mistake usageError
	var verdict verdictError
	switch {
	case err == nil:
		return 0
	case errors.As(err, &output), errors.Is(err, errFailed):
		return exitFailed
	case errors.As(err, &verdict):
		return verdict.exitCode()
	case errors.Is(err, context.Canceled), errors.Is(err, contract.ErrInterrupted):
		err = interruptedError{"nothing was written"}
	case errors.As(err, &mistake):
		m.complain(err)
		fmt.Fprintln(m, "Run a command with --help to see how it is used.")
		return exitUsage
	}
	m.complain(err)
	return exitFailed
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
		Args:          isCommand,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if version, err := cmd.Flags().GetBool("version"); version || err != nil {
				return errors.Join(err, printVersion(cmd))
			}
			return cmd.Help()
		},
		CompletionOptions: cobra.CompletionOptions{DisableDefaultCmd: true},
	}
	root.Flags().Bool("version", false, "print the version")
	root.SetFlagErrorFunc(flagError)
	root.AddCommand(
		newRunCommand(),
		newHistogramCommand(),
		newInspectCommand(),
		newExplainCommand(),
		newReportCommand(),
		newAllocatorsCommand(),
		newInstancesCommand(),
		newGenerateCommand(),
		newPlanCommand(),
		newPackCommand(),
		newTraceCommand(),
		newReplayCommand(),
		newCompareCommand(),
		newMergeCommand(),
		newProfileCommand(),
		newEnvCommand(),
		newVersionCommand(),
		newDuelCommand(),
		newCompletionCommand(),
		newManCommand(),
	)
	root.SetHelpCommand(newHelpCommand())
	for _, c := range append(root.Commands(), root) {
		usageArgs(c)
	}
	return root
}

// isCommand refuses arguments of the program itself, which are commands that do
// not exist.
func isCommand(root *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	var names []string
	for _, c := range root.Commands() {
		if c.IsAvailableCommand() {
			names = append(names, c.Name())
		}
	}
	return suggest.Unknown("command", args[0], names)
}

// noArguments refuses all arguments.
func noArguments(_ *cobra.Command, args []string) error {
	if len(args) > 0 {
		return fmt.Errorf("it takes no argument, such as %q", args[0])
	}
	return nil
}

// flagError is what is wrong with a flag of cmd, and which one may be meant.
func flagError(cmd *cobra.Command, err error) error {
	var unknown *pflag.NotExistError
	if errors.As(err, &unknown) && len(unknown.GetSpecifiedShortnames()) == 0 {
		var names []string
		cmd.Flags().VisitAll(func(f *pflag.Flag) { names = append(names, "--"+f.Name) })
		if meant := suggest.Meant("--"+unknown.GetSpecifiedName(), names); meant != "" {
			err = fmt.Errorf("%w, %s", err, meant)
		}
	}
	var invalid *pflag.InvalidValueError
	if whole, ok := asWholeOnly(err); ok {
		err = fmt.Errorf("--slice: %w", whole)
	} else if errors.As(err, &invalid) {
		kind := invalid.GetFlag().Value.Type()
		err = fmt.Errorf("--%s: %q is %s", invalid.GetFlag().Name, invalid.GetValue(), cmp.Or(notOfType[kind], "no "+kind))
	}
	return usageOf(cmd, err)
}

// notOfType says what a value is not, by the type of its flag, and what to write.
var notOfType = map[string]string{
	"bool":     "neither true nor false",
	"duration": "no duration: write 500ms, 10s or 2m",
	"int":      "no whole number that fits",
	"uint64":   "no whole number from 0 to 18446744073709551615",
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
