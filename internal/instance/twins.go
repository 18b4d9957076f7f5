package instance

import (
	"errors"
	"fmt"
	"slices"

	"tnbench/internal/warning"
)

// twins adds warnings for a file's second descriptions of the network where
// they contradict the first, which is the one that counts.
func (f *fields) twins(in *Instance) {
	if f.has("format_string_rowmajor") {
		text, err := f.text("format_string_rowmajor")
		if err == nil {
			err = in.compareRowMajor(text)
		}
		in.warnTwin("rowmajor-twin", err)
	}
	if f.has("format_string_colmajor") || f.has("shapes_colmajor") {
		in.warnTwin("colmajor-twin", f.compareColMajor(in))
	}
}

func (f *fields) has(field string) bool {
	_, ok := f.at[field]
	return ok
}

func (in *Instance) warnTwin(code string, contradiction error) {
	if contradiction == nil {
		return
	}
	in.Warnings = append(in.Warnings, warning.Warning{
		Code:    code,
		Message: plain(contradiction).Error(),
		Remedy:  "format_string and shapes are used; correct or remove the other description",
	})
}

func (in *Instance) compareRowMajor(text string) error {
	const field = "format_string_rowmajor"
	n, err := parseFormat(field, text)
	if err != nil {
		return err
	}
	return in.compareFormat(field, &n, false)
}

// compareColMajor checks the twin for column-major programs. It says the same
// in one of two ways: every label list and shape reversed (the same memory), or
// everything as it is (the same network).
func (f *fields) compareColMajor(in *Instance) error {
	reversed := f.compareColMajorAs(in, true)
	if reversed == nil || f.compareColMajorAs(in, false) == nil {
		return nil
	}
	return reversed
}

func (f *fields) compareColMajorAs(in *Instance, reversed bool) error {
	if f.has("format_string_colmajor") {
		const field = "format_string_colmajor"
		text, err := f.text(field)
		if err != nil {
			return err
		}
		n, err := parseFormat(field, text)
		if err != nil {
			return err
		}
		if err := in.compareFormat(field, &n, reversed); err != nil {
			return err
		}
	}
	if f.has("shapes_colmajor") {
		shapes, err := f.rows("shapes_colmajor")
		if err != nil {
			return err
		}
		return in.compareShapes("shapes_colmajor", &shapes, reversed)
	}
	return nil
}

// compareFormat returns an error that names the first tensor whose labels a
// twin spells differently.
func (in *Instance) compareFormat(field string, twin *network, reversed bool) error {
	if len(twin.inputs) != len(in.Inputs) {
		return fmt.Errorf("%s has %s, format_string %d", field, plural(len(twin.inputs), "tensor"), len(in.Inputs))
	}
	for t, labels := range in.Inputs {
		if !in.sameLabels(labels, twin, twin.inputs[t], reversed) {
			return fmt.Errorf("%s writes tensor %d as %q, not %q", field, t,
				shorten(spell(twin.names, twin.inputs[t])), shorten(in.spellAs(labels, reversed)))
		}
	}
	if !in.sameLabels(in.Output, twin, twin.output, reversed) {
		return fmt.Errorf("%s writes the output as %q, not %q", field,
			shorten(spell(twin.names, twin.output)), shorten(in.spellAs(in.Output, reversed)))
	}
	return nil
}

func (in *Instance) spellAs(labels []Label, reversed bool) string {
	runes := []rune(in.Spell(labels))
	if reversed {
		slices.Reverse(runes)
	}
	return string(runes)
}

func (in *Instance) sameLabels(labels []Label, twin *network, other []Label, reversed bool) bool {
	if len(labels) != len(other) {
		return false
	}
	for i, l := range labels {
		j := i
		if reversed {
			j = len(labels) - 1 - i
		}
		if in.Names[l] != twin.names[other[j]] {
			return false
		}
	}
	return true
}

// compareShapes returns an error that names the first tensor to which a twin
// gives another shape.
func (in *Instance) compareShapes(field string, twin *rows, reversed bool) error {
	if twin.len() != len(in.Inputs) {
		return fmt.Errorf("%s has %s, shapes %d", field, plural(twin.len(), "shape"), len(in.Inputs))
	}
	for t, labels := range in.Inputs {
		want := in.Shape(labels)
		if reversed {
			slices.Reverse(want)
		}
		if have := twin.row(t); !slices.Equal(have, want) {
			return fmt.Errorf("%s gives tensor %d the shape %s, not %s", field, t, shortList(have), shortList(want))
		}
	}
	return nil
}

// plain returns a twin's own defect without the file's name, which the warning
// is shown under anyway.
func plain(err error) error {
	var e *Error
	if errors.As(err, &e) {
		return fmt.Errorf("%s: %s", e.Field, e.Problem)
	}
	return err
}
