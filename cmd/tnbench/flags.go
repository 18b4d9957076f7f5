package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"tnbench/instances"
	"tnbench/internal/instance"
	"tnbench/internal/kernel/blas"
	"tnbench/internal/report"
)

// outputFlags say how and where a command writes its result.
type outputFlags struct {
	formatName string
	file       destination // of -o; none is standard output
	quiet      bool
	verbose    bool

	format  report.Format
	allowed []report.Format
}

// register adds the flags to cmd; allowed are the formats it can write.
func (o *outputFlags) register(cmd *cobra.Command, allowed ...report.Format) {
	o.allowed = allowed
	names := make([]string, len(allowed))
	for i, f := range allowed {
		names[i] = string(f)
	}
	f := cmd.Flags()
	f.StringVar(&o.formatName, "format", string(report.TableFormat), "how to write the result: "+strings.Join(names, ", "))
	f.StringVarP(&o.file.name, "output", "o", "", "write the result to `FILE` instead of standard output")
	f.BoolVarP(&o.quiet, "quiet", "q", false, "no progress and no warnings on standard error")
	f.BoolVarP(&o.verbose, "verbose", "v", false, "say more: what is measured and how")
	cmd.RegisterFlagCompletionFunc("format", cobra.FixedCompletions(names, cobra.ShellCompDirectiveNoFileComp))
}

// parse checks the flags; it is the first thing a command does.
func (o *outputFlags) parse() (err error) {
	if o.format, err = report.ParseFormat(o.formatName, o.allowed); err != nil {
		return usage("--format: %w", err)
	}
	return nil
}

// pathFlag names the path or paths of each instance.
type pathFlag struct{ name string }

func (p *pathFlag) register(cmd *cobra.Command) {
	cmd.Flags().StringVar(&p.name, "path", "opt_flops", "which path: opt_flops, opt_size, all, or another `NAME` the file has")
	cmd.RegisterFlagCompletionFunc("path", cobra.FixedCompletions([]string{"opt_flops", "opt_size", "all"}, cobra.ShellCompDirectiveNoFileComp))
}

// fillFlags say which numbers the inputs hold.
type fillFlags struct {
	name string
	seed uint64
	fill instance.Fill
}

func (f *fillFlags) register(cmd *cobra.Command) {
	cmd.Flags().StringVar(&f.name, "fill", "balanced", "numbers in the inputs: balanced, uniform, ones, zeros")
	cmd.Flags().Uint64Var(&f.seed, "seed", 1, "seed of the inputs and of the order of turns")
	cmd.RegisterFlagCompletionFunc("fill", cobra.FixedCompletions([]string{"balanced", "uniform", "ones", "zeros"}, cobra.ShellCompDirectiveNoFileComp))
}

func (f *fillFlags) parse() (err error) {
	if f.fill, err = instance.ParseFill(f.name); err != nil {
		return usage("--fill: %w", err)
	}
	return nil
}

// backendFlag says who multiplies matrices.
type backendFlag struct {
	name    string
	backend blas.Backend
}

func (b *backendFlag) register(cmd *cobra.Command) {
	names := blas.Names()
	cmd.Flags().StringVar(&b.name, "backend", blas.Native.String(), "who multiplies matrices: "+strings.Join(names, ", "))
	cmd.RegisterFlagCompletionFunc("backend", cobra.FixedCompletions(names, cobra.ShellCompDirectiveNoFileComp))
}

// parse checks the flag, and that the backend can run here: a name that does not
// exist is a mistake in the command line, a library that is missing is not.
func (b *backendFlag) parse() (err error) {
	if b.backend, err = blas.Parse(b.name); err != nil {
		return usage("--backend: %w", err)
	}
	if err := b.backend.Available(); err != nil {
		return fmt.Errorf("--backend %s: %w", b.name, err)
	}
	return nil
}

// tell says on standard error what stands behind the backend: a library found on
// the system is part of what is measured.
func (b *backendFlag) tell(cmd *cobra.Command, o *outputFlags) {
	if b.backend != blas.Native && !o.quiet || o.verbose {
		fmt.Fprintf(cmd.ErrOrStderr(), "backend %v: %s\n", b.backend, b.backend.Describe())
	}
}

// completeInstances completes instance arguments: embedded names, then files.
func completeInstances(_ *cobra.Command, _ []string, prefix string) ([]string, cobra.ShellCompDirective) {
	items, err := instance.List(instances.Files)
	if err != nil {
		return nil, cobra.ShellCompDirectiveError
	}
	var names []string
	for _, it := range items {
		if strings.HasPrefix(it.Name, prefix) {
			names = append(names, it.Name)
		}
	}
	if len(names) > 0 {
		return names, cobra.ShellCompDirectiveDefault
	}
	return []string{"json"}, cobra.ShellCompDirectiveFilterFileExt
}

// completeList completes the last element of a list separated by commas.
func completeList(prefix string, names []string) []string {
	done := prefix[:strings.LastIndex(prefix, ",")+1]
	var all []string
	for _, n := range names {
		if strings.HasPrefix(done+n, prefix) {
			all = append(all, done+n)
		}
	}
	return all
}
