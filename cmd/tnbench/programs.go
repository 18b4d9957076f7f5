package main

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/spf13/cobra"

	"tnbench/internal/await"
	"tnbench/internal/contract"
	"tnbench/internal/instance"
	"tnbench/internal/path"
	"tnbench/internal/warning"
)

// eachInstance loads the instances, one at a time, and calls visit for each. What
// fails is reported at once on standard error and does not stop the others; in the
// end the whole has failed.
func eachInstance(cmd *cobra.Command, f found, o *outputFlags, visit func(*instance.Instance) error) error {
	for _, it := range f.items {
		if cmd.Context().Err() != nil {
			break
		}
		in, err := await.Value(cmd.Context(), func() (*instance.Instance, error) { return it.Load(cmd.Context(), sourceLimit()) })
		if err == nil {
			o.warn(cmd, in.Warnings)
			err = visit(in)
		}
		f.failed = tally(cmd, f.failed, err)
	}
	return f.failed
}

// tally reports that one of several things failed with err, if it did, and
// returns how the whole has: with errFailed if one of them did. An interruption is
// not reported: the command itself says so, once.
func tally(cmd *cobra.Command, failed, err error) error {
	if err == nil || errors.Is(err, context.Canceled) || errors.Is(err, contract.ErrInterrupted) {
		return failed
	}
	complain(cmd, err)
	return errFailed
}

// eachTree analyses every chosen path of in and calls visit for each. A path that
// repeats another one's pairs is left out, saying so: measured twice, it would look
// like a second finding. What fails does not stop the other paths.
func eachTree(cmd *cobra.Command, in *instance.Instance, p pathFlag, o *outputFlags, visit func(*path.Tree, instance.Path) error) error {
	chosen := in.Paths
	if p.name != "all" {
		one, err := in.Path(p.name)
		if err != nil {
			return err
		}
		chosen = []instance.Path{one}
	}
	var failed []error
	for i, one := range chosen {
		if cmd.Context().Err() != nil {
			break
		}
		if p.takes != nil && !p.takes(i) {
			continue
		}
		if twin := slices.IndexFunc(chosen[:i], func(q instance.Path) bool { return slices.Equal(q.Pairs, one.Pairs) }); twin >= 0 {
			o.warn(cmd, []warning.Warning{{
				Code:    "same-path",
				Subject: in.File(),
				Message: fmt.Sprintf("paths %s and %s are the same", chosen[twin].Name, one.Name),
				Remedy:  one.Name + " is left out",
			}})
			continue
		}
		tree, err := await.Value(cmd.Context(), func() (*path.Tree, error) { return contract.Analyze(in, one) })
		if err == nil {
			o.warn(cmd, contract.CostWarnings(tree, one))
			err = visit(tree, one)
		}
		if cmd.Context().Err() != nil {
			break // err is of that
		}
		failed = append(failed, err)
	}
	return errors.Join(failed...)
}

// eachProgram compiles every chosen path of in and calls visit for each.
func eachProgram(cmd *cobra.Command, in *instance.Instance, p pathFlag, o *outputFlags, options contract.Options, visit func(*contract.Program) error) error {
	return eachTree(cmd, in, p, o, func(tree *path.Tree, one instance.Path) error {
		program, err := contract.CompileTree(tree, one, options)
		if err != nil {
			return err
		}
		return visit(program)
	})
}

// announce prints warnings on standard error at once: those about all that follows.
func (o *outputFlags) announce(cmd *cobra.Command, warnings []warning.Warning) {
	if !o.quiet {
		m := messagesOf(cmd)
		for _, w := range warnings {
			m.warn(w)
		}
	}
}

// warn has warnings printed on standard error when the results are out.
func (o *outputFlags) warn(cmd *cobra.Command, warnings []warning.Warning) {
	if !o.quiet {
		m := messagesOf(cmd)
		m.warnings = append(m.warnings, warnings...)
	}
}
