package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"tnbench/internal/await"
	"tnbench/internal/dtype"
	"tnbench/internal/generate"
	"tnbench/internal/instance"
	"tnbench/internal/report"
)

// generateCommand makes instances.
type generateCommand struct {
	output outputFlags
	list   bool
	dtype  string
	recipe generate.Recipe
}

func newGenerateCommand() *cobra.Command {
	g := &generateCommand{}
	cmd := &cobra.Command{
		Use:   "generate KIND [PARAMETER=NUMBER...]",
		Short: "Make an instance from a kind, parameters and a seed",
		Long: `Make a tensor network and search contraction paths for it: opt_flops with the
fewest flops found, opt_size with the smallest largest intermediate found. The
same command makes the same file, byte for byte, on every platform.

` + kindsHelp() + `
--trials greedy searches with random choices are made and the best --refine of
them are improved piece by piece: more of either finds better paths and takes
longer.`,
		Example: `  tnbench generate --list                                  kinds and parameters
  tnbench generate grid rows=4 columns=30 -o grid.json
  tnbench generate mps sites=20 --dtype complex64 --seed 7 -o mps.json
  tnbench generate chain matrices=5 max=300 | jq .shapes   to standard output`,
		ValidArgsFunction: completeKinds,
		RunE:              g.run,
	}
	f := cmd.Flags()
	f.BoolVar(&g.list, "list", false, "list kinds and their parameters instead")
	f.StringVar(&g.recipe.Name, "name", "", "name of the instance (default: the kind)")
	f.StringVar(&g.dtype, "dtype", dtype.Float64.String(), "element type")
	f.Uint64Var(&g.recipe.Seed, "seed", 1, "seed of the network and of the search for paths")
	f.IntVar(&g.recipe.Trials, "trials", generate.DefaultTrials, "searches for a path")
	f.IntVar(&g.recipe.Refine, "refine", generate.DefaultRefine, "how many of the best paths found to improve")
	g.output.register(cmd, report.Formats...)
	f.Lookup("output").Usage = "write the instance, or the list, to `FILE` instead of standard output"
	f.Lookup("format").Usage = "with --list: how to write the list: table, markdown, csv, json"
	completes(cmd, "dtype", cobra.FixedCompletions(dtypeNames(), cobra.ShellCompDirectiveNoFileComp))
	return cmd
}

// parse checks all flags and arguments before anything is made.
func (g *generateCommand) parse(cmd *cobra.Command, args []string) (err error) {
	parse := g.output.parseOne
	if g.list {
		parse = func() error { return g.output.parse(cmd) }
	}
	if err := parse(); err != nil {
		return err
	}
	switch {
	case g.list && len(args) > 0:
		return usage("--list takes no kind: it lists all of them")
	case g.list:
		return nil
	case cmd.Flags().Changed("format"):
		return usage("--format is for --list: an instance is always written as JSON")
	case len(args) == 0:
		return usage("generate needs a kind: there are %s", strings.Join(kindNames(), ", "))
	}
	if g.recipe.DType, err = dtype.Parse(g.dtype); err != nil {
		return usage("--dtype: %w", err)
	}
	g.recipe.Kind = args[0]
	if g.recipe.Params, err = generate.ParseParams(args[1:]); err != nil {
		return usage("%w", err)
	}
	if err := g.recipe.Check(); err != nil {
		return usage("%w", err)
	}
	return nil
}

func (g *generateCommand) run(cmd *cobra.Command, args []string) error {
	if err := g.parse(cmd, args); err != nil {
		return err
	}
	if err := g.output.prepare(cmd, nil); err != nil {
		return err
	}
	if g.list {
		return g.output.emit(cmd, func(w io.Writer, f report.Format) error {
			return report.WriteKinds(w, f, generate.Kinds, generate.Embedded)
		})
	}
	in, err := await.Value(cmd.Context(), func() (*instance.Instance, error) { return generate.Generate(cmd.Context(), g.recipe) })
	if err != nil {
		return err
	}
	return g.output.emit(cmd, func(w io.Writer, _ report.Format) error { return in.Write(w) })
}

// kindsHelp lists the kinds for the help text.
func kindsHelp() string {
	var b strings.Builder
	b.WriteString("Kinds:\n")
	for _, k := range generate.Kinds {
		fmt.Fprintf(&b, "  %-7s %s\n", k.Name, strings.Join(report.Wrap(k.Doc, 70), "\n          "))
	}
	return b.String()
}

func kindNames() []string {
	names := make([]string, len(generate.Kinds))
	for i, k := range generate.Kinds {
		names[i] = k.Name
	}
	return names
}

func dtypeNames() []string {
	names := make([]string, len(dtype.All))
	for i, t := range dtype.All {
		names[i] = t.String()
	}
	return names
}

// completeKinds completes the kind and then its parameters.
func completeKinds(_ *cobra.Command, args []string, prefix string) ([]string, cobra.ShellCompDirective) {
	if len(args) == 0 {
		return kindNames(), cobra.ShellCompDirectiveNoFileComp
	}
	k, err := generate.FindKind(args[0])
	if err != nil {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	var all []string
	for _, p := range k.Params {
		if p := p.Name + "="; strings.HasPrefix(p, prefix) {
			all = append(all, p)
		}
	}
	return all, cobra.ShellCompDirectiveNoFileComp | cobra.ShellCompDirectiveNoSpace
}
