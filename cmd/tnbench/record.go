package main

import (
	"errors"
	"io"
	"slices"

	"github.com/spf13/cobra"

	"tnbench/internal/bench"
	"tnbench/internal/contract"
	"tnbench/internal/machine"
	"tnbench/internal/report"
	"tnbench/internal/result"
	"tnbench/internal/warning"
)

// record is what commands share that measure strategies: who competes, and the
// document that the results go into.
type record struct {
	output   outputFlags
	contest  contestFlags
	view     viewFlags
	cold     coldFlags
	sweep    sweepFlags
	document result.Document
	planned  []string // what is to be measured, by its label, in this order
}

// register adds the flags to cmd.
func (r *record) register(cmd *cobra.Command) {
	r.contest.register(cmd)
	r.view.register(cmd)
	r.cold.register(cmd)
	r.sweep.register(cmd)
	r.output.register(cmd, append(slices.Clone(report.Formats), report.BenchFormat, report.SamplesFormat)...)
}

// begin starts the document, with warnings about the machine and the settings.
func (r *record) begin(cmd *cobra.Command, s result.Settings) {
	r.contest.pace.tell(&s)
	r.cold.tell(&s)
	r.document = result.Document{
		Schema:   result.Schema,
		Measured: now(),
		Tool:     tool(),
		Host:     machine.ReadHost(),
		Settings: s,
		Warnings: []warning.Warning{},
		Results:  []result.Result{},
	}
	r.note(cmd, report.HostWarnings(r.document.Host)...)
	r.note(cmd, report.SettingWarnings(r.document.Host, s)...)
	r.note(cmd, r.contest.limit.warnings()...)
	if planted := contract.Planted(); planted != "" {
		r.note(cmd, warning.Warning{
			Code:    "planted",
			Message: "faults are planted in this build: " + planted,
			Remedy:  "it is for trying gates; measure with a build without the tag",
		})
	}
}

// note keeps a warning about all results in the document and prints it.
func (r *record) note(cmd *cobra.Command, w ...warning.Warning) {
	r.document.Warnings = append(r.document.Warnings, w...)
	r.output.announce(cmd, w)
}

// doubt keeps warnings about some results and has them printed after these.
func (r *record) doubt(cmd *cobra.Command, w []warning.Warning) {
	r.document.Warnings = append(r.document.Warnings, w...)
	r.output.warn(cmd, w)
}

// measure has do measure what config's strategies do, shows how far it is, and
// keeps the results with the doubts about them. fill is the inputs', if any.
func (r *record) measure(cmd *cobra.Command, config bench.Config, fill string, do func(bench.Config) ([]result.Result, error)) error {
	config.Strategies, config.Baseline = r.contest.strategies, r.contest.baseline
	config.Pace, config.MinEffect, config.Seed = r.contest.pace.Pace, r.contest.pace.effect, r.document.Settings.Seed
	progress := newProgress(cmd, r.output.quiet)
	config.Progress = progress.show
	before := machine.ReadActivity()
	results, err := do(config)
	after := machine.ReadActivity()
	progress.clear()
	r.document.Results = append(r.document.Results, results...)
	doubts := bench.Warnings(results, fill)
	doubts = append(doubts, bench.CounterWarnings(results, r.document.Settings.Threads*r.document.Settings.Streams)...)
	if len(results) > 0 {
		doubts = append(doubts, bench.Disturbances(results[0].Label()+", "+results[0].Path, before, after)...)
	}
	if cmd.Context().Err() == nil {
		doubts = append(doubts, r.contest.pace.doubts(results)...)
	}
	r.doubt(cmd, doubts)
	r.save(cmd)
	return err
}

// reach tells that what is called label is measured next, and all that was planned
// before it is done.
func (r *record) reach(label string) {
	if i := slices.Index(r.planned, label); i >= 0 {
		r.planned = r.planned[i:]
	}
}

// save writes to the files what has been measured so far. After an interruption that
// is about to be written anyway.
func (r *record) save(cmd *cobra.Command) {
	if cmd.Context().Err() != nil || contentsOfResults(r.document.Results) != figures {
		return
	}
	soFar := r.document
	soFar.Interrupted, soFar.Pending = true, r.planned
	r.output.save(cmd, func(w io.Writer, f report.Format) error { return r.view.view.Write(w, f, &soFar) })
}

// emit writes what was measured after the work ended with err, and returns how the
// command ends: it has failed if one of the results tells so.
func (r *record) emit(cmd *cobra.Command, err error) error {
	d := &r.document
	if slices.ContainsFunc(d.Results, func(r result.Result) bool { return r.Error != "" }) {
		err = errors.Join(err, errFailed)
	}
	if d.Interrupted = cmd.Context().Err() != nil; d.Interrupted {
		d.Pending = r.planned
	}
	return r.output.emitDone(cmd, err, r.contents(cmd, err), func(w io.Writer, f report.Format) error { return r.view.view.Write(w, f, d) })
}
