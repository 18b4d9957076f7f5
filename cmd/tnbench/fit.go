package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"tnbench/internal/bench"
	"tnbench/internal/report"
	"tnbench/internal/warning"
)

// fit is how strategies find room: together, or each alone in its turns.
type fit struct {
	need     bench.Need // of that way
	ok       bool
	alone    bool
	together bench.Need // where they are alone: what they would need otherwise
}

// fitting returns the way that fits, or the second one if none does.
func fitting(needs func(alone bool) (need bench.Need, ok bool, err error)) (f fit, err error) {
	if f.need, f.ok, err = needs(false); f.ok || err != nil {
		return f, err
	}
	f.alone, f.together = true, f.need
	f.need, f.ok, err = needs(true)
	return f, err
}

// warn tells that strategies have memory in their turns only, or that little is left.
func (f *fit) warn(r *record, cmd *cobra.Command, subject string) {
	r.doubt(cmd, r.contest.limit.near(subject, f.need))
	if !f.alone {
		return
	}
	r.doubt(cmd, []warning.Warning{{
		Code:    "turns",
		Subject: subject,
		Message: fmt.Sprintf("all strategies together need %s, more than %s: each is prepared anew in every turn and gives its memory back, so that one with a pool has filled it once before each sample",
			report.Bytes(float64(f.together.Total())), report.Bytes(float64(r.contest.limit.bytes))),
		Remedy: "name fewer strategies with --alloc, or raise --mem-limit if there is more memory",
	}})
}
