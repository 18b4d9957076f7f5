package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

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

// output is a place that a command writes its result to, in a format.
type output struct {
	destination // without a name: standard output
	format      report.Format
	told        bool // that it cannot be written
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

// namesOf returns what instances are called on a command line.
func namesOf(items []instance.Item) (names []string) {
	for _, it := range items {
		names = append(names, it.Name)
	}
	return names
}

// findFiles does for logs and planning problems what find does for instances.
func (o *outputFlags) findFiles(cmd *cobra.Command, files []string, others ...*destination) (there []string, failed, err error) {
	there, missing := present(files)
	if failed, err = checkFound(cmd, len(there), missing); err != nil {
		return nil, nil, err
	}
	return there, failed, o.prepare(cmd, there, others...)
}

// prepare prepares the files that a command writes: others, and those of -o. The error tells of one that
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
	for i := range o.outputs {
		others = append(others, &o.outputs[i].destination)
	}
	for _, d := range others {
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

// writer writes a result in a format.
type writer func(io.Writer, report.Format) error

// emit writes a result to all outputs: to files first, as the program ends where nobody
// reads standard output. If none of them can take it, it goes to standard output all the
// same.
func (o *outputFlags) emit(cmd *cobra.Command, write writer) error {
	var failed []error
	var lost []output
	var standard []report.Format
	for _, out := range o.outputs {
		if out.file == nil {
			standard = append(standard, out.format)
			continue
		}
		err := out.file.Fill(func(w io.Writer) error { return write(w, out.format) })
		if out.file.Err() == nil {
			failed = append(failed, err)
			continue
		}
		if lost = append(lost, out); len(lost) < len(o.outputs) {
			complain(cmd, err)
			continue
		}
		complain(cmd, fmt.Errorf("%w; it goes to standard output", err))
		standard = append(standard, lost[0].format)
	}
	for _, format := range standard {
		failed = append(failed, write(screenOf(cmd), format))
	}
	if len(lost) > 0 {
		failed = append(failed, errFailed)
	}
	return errors.Join(failed...)
}

// save writes to the files what there is so far, so that no more is lost when the
// program is killed. What can be written but once waits for the end. A file that can't
// be written now may be in the end: it is told once.
func (o *outputFlags) save(cmd *cobra.Command, write writer) {
	for i := range o.outputs {
		out := &o.outputs[i]
		if out.file == nil || out.file.Through() {
			continue
		}
		if err := out.file.Fill(func(w io.Writer) error { return write(w, out.format) }); err != nil && !out.told {
			out.told = true
			complain(cmd, fmt.Errorf("%w; it is tried again later", err))
		}
	}
}

// stream is emit for what is written while it is made, to the one output.
func (o *outputFlags) stream(cmd *cobra.Command, write func(io.Writer) error) error {
	file := o.outputs[0].file
	if file == nil {
		return write(cmd.OutOrStdout())
	}
	err := write(file)
	if cmd.Context().Err() != nil {
		return err // write may still be at it
	}
	if err == nil {
		err = file.Commit()
	}
	if file.Err() == nil {
		return err
	}
	complain(cmd, fmt.Errorf("%w; it goes to standard output", file.Err()))
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
func (o *outputFlags) emitDone(cmd *cobra.Command, err error, has contents, write writer) error {
	interrupted := cmd.Context().Err() != nil
	if err != nil && !errors.Is(err, errFailed) && !interrupted {
		return err
	}
	left := "the output is not complete"
	if has == figures {
		err = errors.Join(err, o.emit(cmd, write))
	} else {
		left = "nothing was measured"
		var kept []string
		for _, out := range o.outputs {
			switch {
			case out.file != nil:
				kept = append(kept, out.name)
				if has == excuses && len(kept) == len(o.outputs) {
					err = errors.Join(err, write(screenOf(cmd), o.format))
				}
			case has == excuses || out.format == report.JSONFormat:
				err = errors.Join(err, write(screenOf(cmd), out.format))
			}
		}
		if len(kept) > 0 {
			left += ", and " + keptAsTheyWere(kept)
			if !interrupted {
				complain(cmd, errors.New(left))
			}
		}
	}
	if interrupted {
		return interruptedError{left}
	}
	return err
}

// keptAsTheyWere says that files were not written.
func keptAsTheyWere(files []string) string {
	if len(files) == 1 {
		return files[0] + " is left as it was"
	}
	return strings.Join(files, ", ") + " are left as they were"
}
