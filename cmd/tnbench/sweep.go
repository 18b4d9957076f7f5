package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/spf13/cobra"

	"tnbench/internal/result"
	"tnbench/internal/sweep"
)

// sweepFlags make a measurement a share of a larger one, or go on with one that was
// ended.
type sweepFlags struct {
	shard  string
	resume string

	share *result.Shard // nil: all of it
	plan  *sweep.Plan   // nil: all of it
}

func (s *sweepFlags) register(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringVar(&s.shard, "shard", "", "measure a share of the programs alone: 3/16 is the third of sixteen; tnbench merge joins them")
	f.StringVar(&s.resume, "resume", "", "go on where the result in `FILE` ended; if there is no such file, begin")
	completes(cmd, "resume", cobra.FixedCompletions([]string{"json"}, cobra.ShellCompDirectiveFilterFileExt))
}

func (s *sweepFlags) parse() error {
	if s.shard == "" {
		return nil
	}
	share, err := sweep.ParseShard(s.shard)
	if err != nil {
		return usage("--shard: %w", err)
	}
	s.share = &share
	return nil
}

// divide finds the share of what labels stand for. selection is what else tells what is
// measured of them. failed tells that some arguments stand for nothing: then shares
// would overlap or leave something out.
func (s *sweepFlags) divide(labels []string, selection string, failed error) error {
	switch {
	case s.share == nil:
		return nil
	case failed != nil:
		return usage("--shard: all shares need the same arguments, and some of these are missing")
	}
	s.plan = sweep.NewPlan(*s.share, labels, selection)
	return nil
}

// takeOver puts what an earlier measurement has done into the document.
func (r *record) takeOver(cmd *cobra.Command, labels []string) error {
	name := r.sweep.resume
	if r.sweep.plan != nil {
		r.document.Shard = &r.sweep.plan.Shard
	}
	if name == "" {
		return nil
	}
	if _, err := os.Stat(name); errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	earlier, err := readResult(cmd, name)
	if err == nil {
		if err = sweep.Resume(&r.document, earlier, labels, r.contest.strategies); err != nil {
			err = usage("--resume %s: %w", name, err)
		}
	}
	if err == nil && !r.output.quiet {
		fmt.Fprintf(messagesOf(cmd), "note: %d of %d results are taken over from %s\n", len(r.document.Results), len(earlier.Results), name)
	}
	return err
}

// done reports whether a program was measured before the command was ended.
func (r *record) done(like *result.Result) bool {
	return r.sweep.resume != "" && sweep.Holds(&r.document, like)
}

// contents returns what there is to show. A share that nothing falls to is complete.
func (r *record) contents(cmd *cobra.Command, err error) contents {
	if len(r.document.Results) == 0 && r.sweep.plan != nil && err == nil && cmd.Context().Err() == nil {
		return figures
	}
	return contentsOfResults(r.document.Results)
}
