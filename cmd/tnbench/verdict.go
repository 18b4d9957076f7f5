package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"tnbench/internal/compare"
	"tnbench/internal/report"
)

// verdictFlags are what commands share that compare: thresholds, and how the verdict
// is written.
type verdictFlags struct {
	output    outputFlags
	threshold string

	thresholds compare.Thresholds
}

// register adds the flags to cmd. standard are the thresholds if none are given, and
// usage says so.
func (v *verdictFlags) register(cmd *cobra.Command, standard, usage string) {
	v.output.register(cmd, report.CompareFormats...)
	cmd.Flags().StringVar(&v.threshold, "threshold", standard, "by how much figures may be worse"+usage)
	completes(cmd, "threshold", completeListOf(func() []string { return strings.Split(compare.Thresholds{}.String(), ",") }))
}

func (v *verdictFlags) parse(cmd *cobra.Command) (err error) {
	if err := v.output.parse(cmd); err != nil {
		return err
	}
	if v.thresholds, err = compare.ParseThresholds(v.threshold); err != nil {
		return usage("--threshold: %w", err)
	}
	return nil
}

// write writes a comparison.
func (v *verdictFlags) write(d *compare.Document) writer {
	return func(w io.Writer, f report.Format) error { return report.WriteComparison(w, f, d, v.output.verbose) }
}

// conclude ends the command with the verdict of a comparison that was written, unless
// that failed with err.
func (v *verdictFlags) conclude(cmd *cobra.Command, d *compare.Document, err error) error {
	v.output.summarize(cmd, d)
	if err != nil {
		return err
	}
	return verdictError{d.Verdict}
}

// summarize writes the job's summary beside annotations.
func (o *outputFlags) summarize(cmd *cobra.Command, d *compare.Document) {
	if slices.ContainsFunc(o.outputs, func(o output) bool { return o.format == report.GitHubFormat }) {
		if err := writeStepSummary(d); err != nil {
			complain(cmd, err)
		}
	}
}

// writeStepSummary appends the comparison to the summary of a job of GitHub Actions,
// if there is one.
func writeStepSummary(d *compare.Document) error {
	const variable = "GITHUB_STEP_SUMMARY"
	name := os.Getenv(variable)
	if name == "" {
		return nil
	}
	var text bytes.Buffer
	if err := report.WriteSummary(&text, d); err != nil {
		return err
	}
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o666)
	if err != nil {
		return fmt.Errorf("%s: %w", variable, err)
	}
	_, err = f.Write(text.Bytes())
	if err = errors.Join(err, f.Close()); err != nil {
		return fmt.Errorf("%s: %w", variable, err)
	}
	return nil
}
