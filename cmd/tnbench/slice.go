package main

import (
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"tnbench/internal/await"
	"tnbench/internal/bench"
	"tnbench/internal/contract"
	"tnbench/internal/instance"
	"tnbench/internal/path"
	"tnbench/internal/report"
	"tnbench/internal/slicing"
)

// sliceFlag says which labels are cut for the whole network.
type sliceFlag struct{ text string }

const (
	sliceOff  = "off"
	sliceAuto = "auto"
)

func (s *sliceFlag) register(cmd *cobra.Command) {
	cmd.Flags().StringVar(&s.text, "slice", sliceOff, "contract slice by slice: off, auto (in slices that keep within --mem-limit, where it would need more), or `LABELS` separated by commas, as a or a:4 (into so many parts)")
	completes(cmd, "slice", cobra.FixedCompletions([]string{sliceOff, sliceAuto}, cobra.ShellCompDirectiveNoFileComp))
}

// parseWithin is parse for commands that need a limit of memory for auto only.
func (s *sliceFlag) parseWithin(l *memoryLimit) error {
	if err := s.parse(); err != nil || s.text != sliceAuto {
		return err
	}
	return l.parse()
}

// parse checks what can be checked without a network.
func (s *sliceFlag) parse() error {
	if s.text = strings.TrimSpace(s.text); s.text == "" {
		return usage("--slice names no label: give it labels separated by commas, auto or off")
	}
	return nil
}

// compile compiles a network along a path, in slices if these are wanted, or needed. A
// network that fits in no slices is compiled whole: its need tells why.
func (s *sliceFlag) compile(cmd *cobra.Command, tree *path.Tree, p instance.Path, o contract.Options, slicer *bench.Slicer) (*contract.Program, error) {
	return await.Value(cmd.Context(), func() (*contract.Program, error) {
		switch s.text {
		case sliceOff, "":
		case sliceAuto:
			program, err := slicer.Slice(tree, p, o)
			if errors.Is(err, bench.ErrNoSlices) {
				err = nil
			}
			return program, err
		default:
			cuts, err := slicing.Parse(tree.Instance, s.text)
			if err != nil {
				return nil, fmt.Errorf("--slice %s: %w", s.text, err)
			}
			o.Slices = cuts
		}
		return contract.CompileTree(tree, p, o)
	})
}

// forwarded returns the flags with which another process, that has less memory, makes the
// same program.
func (s *sliceFlag) forwarded(p *contract.Program) []string {
	if s.text != sliceAuto {
		return nil
	}
	o := p.Options()
	cuts := sliceOff
	if len(o.Slices) > 0 {
		cuts = slicing.Format(p.Instance, o.Slices)
	}
	return []string{"--regions=" + o.Regions.String(), "--slice=" + cuts}
}

// underPlanned is what takes memory where nothing is contracted: one contraction under the
// strategy that holds the least.
var underPlanned = bench.Scope{Strategies: []string{"planned"}, Check: bench.CheckOff}

// slicerOf finds slices so that a scope keeps within a limit.
func slicerOf(l *memoryLimit, scope bench.Scope) *bench.Slicer {
	return &bench.Slicer{Limit: l.bytes, Need: func(p *contract.Program) (bench.Need, int64, error) {
		n, err := bench.NeedOf(p, scope)
		return n, n.Counts(scope), err
	}}
}

// tell says on standard error what was done to a program that others are not: slices,
// with their price, or regions of less memory than were asked for.
func (s *sliceFlag) tell(cmd *cobra.Command, p *contract.Program, asked contract.Options, out *outputFlags) {
	if out.quiet {
		return
	}
	if got := p.Options().Regions; got != asked.Regions {
		fmt.Fprintf(messagesOf(cmd), "note: %s, %s: --regions %v, as it needs less memory than %v\n", p.Instance.File(), p.Path, got, asked.Regions)
	}
	if sliced := bench.Sliced(p); sliced.OK {
		fmt.Fprintf(messagesOf(cmd), "note: %s, %s: %s\n", p.Instance.File(), p.Path, report.SliceWords(&sliced.Value))
	}
}

// remedy is what the error of a network that needs too much says of slices.
func (s *sliceFlag) remedy() string {
	switch s.text {
	case "": // this command has no such flag
		return ""
	case sliceOff:
		return "; --slice auto contracts slice by slice, in less memory"
	case sliceAuto:
		return "; no labels were found whose slices would fit"
	}
	return "; --slice auto chooses other labels"
}

// wholeOnly stands for --slice in a command that contracts networks at once, and is the
// error of giving it.
type wholeOnly struct{ command string }

func (w wholeOnly) register(cmd *cobra.Command) {
	cmd.Flags().Var(w, "slice", "")
	cmd.Flags().Lookup("slice").Hidden = true
}

// Error says who can do it.
func (w wholeOnly) Error() string {
	return w.command + " contracts networks at once: run, profile, trace, plan and inspect can slice them"
}

// asWholeOnly returns the error in err.
func asWholeOnly(err error) (w wholeOnly, ok bool) {
	ok = errors.As(err, &w)
	return w, ok
}

func (w wholeOnly) String() string { return sliceOff }
func (w wholeOnly) Type() string   { return "string" }

// Set implements pflag.Value.
func (w wholeOnly) Set(text string) error {
	if text == sliceOff {
		return nil
	}
	return w
}
