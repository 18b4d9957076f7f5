package main

import (
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"tnbench/internal/report"
)

// emitDone writes what a command has of its instances after eachInstance returned
// err: items results, perhaps not those of all. JSON is written even if there are
// none, so that what reads it always gets a document. It returns how the command
// ends.
func (o *outputFlags) emitDone(cmd *cobra.Command, err error, items int, write func(io.Writer) error) error {
	if err != nil && !errors.Is(err, errFailed) {
		return err
	}
	if items > 0 || o.format == report.JSONFormat {
		if err := o.emit(cmd, write); err != nil {
			return err
		}
	}
	if cmd.Context().Err() != nil {
		fmt.Fprintln(cmd.ErrOrStderr(), "tnbench: interrupted; the output is not complete")
		return errFailed
	}
	return err
}
