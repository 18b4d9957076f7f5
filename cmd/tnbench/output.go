package main

import (
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"tnbench/instances"
	"tnbench/internal/await"
	"tnbench/internal/instance"
	"tnbench/internal/outfile"
	"tnbench/internal/report"
)

// destination is a file that a flag names.
type destination struct {
	name string
	file *outfile.File // nil: none is wanted
}

// found are the instances that a command's arguments stand for.
type found struct {
	items  []instance.Item
	failed error // errFailed if some arguments stand for nothing
}

// find looks for the instances of args and prepares the files of the flags,
// before anything is measured: those of others and of -o.
func (o *outputFlags) find(cmd *cobra.Command, args []string, others ...*destination) (f found, err error) {
	f.items, err = instance.Resolve(args, instances.Files)
	if f.failed, err = checkFound(cmd, len(f.items), err); err != nil {
		return f, err
	}
	var inputs []string
	for _, it := range f.items {
		if !it.Embedded() {
			inputs = append(inputs, it.Name)
		}
	}
	return f, o.prepare(cmd, inputs, others...)
}

// findFiles does for logs and planning problems what find does for instances.
func (o *outputFlags) findFiles(cmd *cobra.Command, files []string, others ...*destination) (there []string, failed, err error) {
	there, missing := present(files)
	if failed, err = checkFound(cmd, len(there), missing); err != nil {
		return nil, nil, err
	}
	return there, failed, o.prepare(cmd, there, others...)
}

// prepare prepares the files that a command writes. The error tells of one that
// cannot be written, is written twice or is one of inputs.
func (o *outputFlags) prepare(cmd *cobra.Command, inputs []string, others ...*destination) error {
	var set outfile.Set
	for _, name := range inputs {
		if stdin, ok := cmd.InOrStdin().(*os.File); ok && name == "-" {
			set.ReadsOpen(stdin)
			continue
		}
		set.Reads(name)
	}
	if o.file.name == "-" {
		o.file.name = ""
	}
	for _, d := range append(others, &o.file) {
		if d.name == "" {
			continue
		}
		var err error
		if d.file, err = await.Value(cmd.Context(), func() (*outfile.File, error) { return set.Create(d.name) }); err != nil {
			return err
		}
	}
	return nil
}

// emit writes a result to standard output, or to the file of -o. If that turns
// out to be impossible now, the result goes to standard output all the same.
func (o *outputFlags) emit(cmd *cobra.Command, write func(io.Writer) error) error {
	if o.file.file == nil {
		return write(cmd.OutOrStdout())
	}
	return o.rescue(cmd, o.file.file.Fill(write), write)
}

// stream is emit for what is written while it is made.
func (o *outputFlags) stream(cmd *cobra.Command, write func(io.Writer) error) error {
	if o.file.file == nil {
		return write(cmd.OutOrStdout())
	}
	err := write(o.file.file)
	if cmd.Context().Err() != nil {
		return err // write may still be at it
	}
	if err == nil {
		err = o.file.file.Commit()
	}
	return o.rescue(cmd, err, write)
}

// rescue writes to standard output what -o's file could not take, as err tells.
func (o *outputFlags) rescue(cmd *cobra.Command, err error, write func(io.Writer) error) error {
	if o.file.file.Err() == nil {
		return err
	}
	complain(cmd, fmt.Errorf("%w; it goes to standard output", o.file.file.Err()))
	return errors.Join(write(cmd.OutOrStdout()), errFailed)
}

// contents is what a command has to show in the end.
type contents int

const (
	nothing contents = iota
	excuses          // results that only say why there are none
	figures
)

// contentsOf returns figures if there are items.
func contentsOf(items int) contents {
	if items > 0 {
		return figures
	}
	return nothing
}

// interruptedError ends a command that a signal ended; what there is was shown.
type interruptedError struct{ left string }

func (e interruptedError) Error() string { return "interrupted; " + e.left }

// emitDone writes what a command has after its work ended with err, and returns
// how the command ends. A file is only replaced by one with figures; to standard
// output JSON is written even if there are none, so that what reads it always gets
// a document.
func (o *outputFlags) emitDone(cmd *cobra.Command, err error, has contents, write func(io.Writer) error) error {
	interrupted := cmd.Context().Err() != nil
	if err != nil && !errors.Is(err, errFailed) && !interrupted {
		return err
	}
	left := "the output is not complete"
	switch {
	case has == figures:
		err = errors.Join(err, o.emit(cmd, write))
	case o.file.file == nil && (has == excuses || o.format == report.JSONFormat):
		left = "nothing was measured"
		err = errors.Join(err, write(cmd.OutOrStdout()))
	case o.file.file == nil:
		left = "nothing was measured"
	default:
		left = fmt.Sprintf("nothing was measured, and %s is left as it was", o.file.name)
		if !interrupted {
			complain(cmd, errors.New(left))
		}
		if has == excuses {
			err = errors.Join(err, write(cmd.OutOrStdout()))
		}
	}
	if interrupted {
		return interruptedError{left}
	}
	return err
}
