package main

import (
	"fmt"
	"slices"
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
	names      []string // of -o
	quiet      bool
	verbose    bool

	format  report.Format // of standard output, and of files whose names tell none
	allowed []report.Format
	outputs []output
}

// register adds the flags to cmd; allowed are the formats it can write, the first one
// to standard output.
func (o *outputFlags) register(cmd *cobra.Command, allowed ...report.Format) {
	o.allowed = allowed
	names := make([]string, len(allowed))
	for i, f := range allowed {
		names[i] = string(f)
	}
	f := cmd.Flags()
	f.StringVar(&o.formatName, "format", names[0], "how to write the result: "+strings.Join(names, ", "))
	f.StringArrayVarP(&o.names, "output", "o", nil, "write the result to `FILE`, in the format of its extension ("+strings.Join(report.Extensions(allowed), ", ")+
		") or else of --format; may be repeated, - is standard output")
	f.BoolVarP(&o.quiet, "quiet", "q", false, "no progress and no warnings on standard error")
	f.BoolVarP(&o.verbose, "verbose", "v", false, "say more: what is measured and how")
	completes(cmd, "format", cobra.FixedCompletions(names, cobra.ShellCompDirectiveNoFileComp))
}

// parse checks the flags; it is the first thing a command does.
func (o *outputFlags) parse(cmd *cobra.Command) error {
	if err := o.parseFormat(); err != nil {
		return err
	}
	named := cmd.Flags().Changed("format")
	used := !named || len(o.names) == 0
	for _, name := range o.names {
		format, ok := report.FormatOf(name)
		switch {
		case !ok:
			format, used = o.format, true
		case !slices.Contains(o.allowed, format):
			return usage("-o %s: this command does not write %s; name a file with one of %s", name, format, strings.Join(report.Extensions(o.allowed), ", "))
		}
		o.outputs = append(o.outputs, output{destination: destination{name: name}, format: format})
		used = used || format == o.format
	}
	if !used {
		return usage("--format %s is for standard output and for files whose names tell no format: %s is written as %s", o.format, o.names[0], o.outputs[0].format)
	}
	return o.settle()
}

// parseOne is parse for results that have one format and go to one place.
func (o *outputFlags) parseOne() error {
	if err := o.parseFormat(); err != nil {
		return err
	}
	if len(o.names) > 1 {
		return usage("-o names %d files: there is one to be written", len(o.names))
	}
	for _, name := range o.names {
		o.outputs = append(o.outputs, output{destination: destination{name: name}})
	}
	return o.settle()
}

// parseFormat parses the format of standard output, of commands that have several.
func (o *outputFlags) parseFormat() (err error) {
	if len(o.allowed) == 0 {
		return nil
	}
	if o.format, err = report.ParseFormat(o.formatName, o.allowed); err != nil {
		return usage("--format: %w", err)
	}
	return nil
}

// settle makes standard output an output: where it is named, or if nothing is.
func (o *outputFlags) settle() error {
	if len(o.outputs) == 0 {
		o.outputs = []output{{format: o.format}}
	}
	standard := 0
	for i := range o.outputs {
		if out := &o.outputs[i]; out.name == "-" || out.name == "" {
			out.name = ""
			standard++
		}
	}
	if standard > 1 {
		return usage("-o - stands there twice: standard output takes one result")
	}
	return nil
}

// pathFlag names the path or paths of each instance.
type pathFlag struct {
	name  string
	takes func(position int) bool // which of the chosen ones are wanted; nil: all
}

func (p *pathFlag) register(cmd *cobra.Command) {
	cmd.Flags().StringVar(&p.name, "path", "opt_flops", "which path: opt_flops, opt_size, all, or another `NAME` the file has")
	completes(cmd, "path", cobra.FixedCompletions([]string{"opt_flops", "opt_size", "all"}, cobra.ShellCompDirectiveNoFileComp))
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
	completes(cmd, "fill", cobra.FixedCompletions([]string{"balanced", "uniform", "ones", "zeros"}, cobra.ShellCompDirectiveNoFileComp))
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
	cmd.Flags().StringVar(&b.name, "backend", blas.Native.String(), "who multiplies matrices: "+strings.Join(backendHints(names), ", "))
	completes(cmd, "backend", cobra.FixedCompletions(names, cobra.ShellCompDirectiveNoFileComp))
}

// backendHints adds to the names of backends what must be known of them.
func backendHints(names []string) []string {
	out := slices.Clone(names)
	for i, name := range names {
		if b, err := blas.Parse(name); err == nil && b.Hint() != "" {
			out[i] += " (" + b.Hint() + ")"
		}
	}
	return out
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

// threadsFlag says how many workers a contraction has.
type threadsFlag struct{ threads int }

func (t *threadsFlag) register(cmd *cobra.Command) {
	cmd.Flags().IntVar(&t.threads, "threads", 1, "workers inside one contraction")
}

func (t *threadsFlag) parse() error {
	if t.threads < 1 || t.threads > 1024 {
		return usage("--threads must lie in 1..1024, not %d", t.threads)
	}
	return nil
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

// completeListOf completes the last of a list of names.
func completeListOf(names func() []string) cobra.CompletionFunc {
	return func(_ *cobra.Command, _ []string, prefix string) ([]string, cobra.ShellCompDirective) {
		return completeList(prefix, names()), cobra.ShellCompDirectiveNoFileComp | cobra.ShellCompDirectiveNoSpace
	}
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
