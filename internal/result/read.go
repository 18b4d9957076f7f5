package result

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
)

// Read reads a stored document of the schema tnbench/1. Fields that it does not
// know are ignored: they may be added. The error names the field, and says what to
// do; it does not name the file.
func Read(r io.Reader) (*Document, error) {
	d := json.NewDecoder(r)
	doc := new(Document)
	if err := d.Decode(doc); err != nil {
		return nil, readError(err, d.InputOffset(), doc.Schema)
	}
	if err := checkSchema(doc.Schema); err != nil {
		return nil, err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		if err == nil || isSyntax(err) {
			err = fmt.Errorf("something follows the document at byte %d; several documents go into several files", d.InputOffset())
		}
		return nil, err
	}
	for i := range doc.Results {
		if err := doc.Results[i].check(); err != nil {
			return nil, fmt.Errorf("results[%d]: %w", i, err)
		}
	}
	return doc, nil
}

// checkSchema refuses documents of other kinds and later versions.
func checkSchema(schema string) error {
	kind, version, _ := strings.Cut(Schema, "/")
	switch {
	case schema == Schema:
		return nil
	case schema == "":
		return fmt.Errorf("schema is missing, so this is no result; name a file that tnbench run --format json wrote")
	case strings.HasPrefix(schema, kind+"/"):
		return fmt.Errorf("schema is %q, version %s is known here; use a newer tnbench", schema, version)
	}
	return fmt.Errorf("schema is %q, not %q; name a file that tnbench run --format json wrote", schema, Schema)
}

// readError says what is wrong with the text of a document.
func readError(err error, at int64, schema string) error {
	var kind *json.UnmarshalTypeError
	switch {
	case errors.Is(err, io.EOF):
		return errors.New("is empty; name a file that tnbench run --format json wrote")
	case errors.Is(err, io.ErrUnexpectedEOF):
		return fmt.Errorf("ends in the middle, after %d bytes: it was not written to its end; measure again", at)
	case errors.As(err, &kind):
		if wrong := checkSchema(schema); wrong != nil && schema != "" {
			return wrong
		}
		field := kind.Field
		if field == "" {
			return fmt.Errorf("is a JSON %s, not a result; name a file that tnbench run --format json wrote", kind.Value)
		}
		return fmt.Errorf("%s is a %s, which does not fit; name a file that tnbench run --format json wrote", field, kind.Value)
	case isSyntax(err):
		return fmt.Errorf("is no JSON: %w; name a file that tnbench run --format json wrote", err)
	}
	return err
}

func isSyntax(err error) bool {
	var syntax *json.SyntaxError
	return errors.As(err, &syntax)
}

// check refuses a result that no measurement leaves.
func (r *Result) check() error {
	switch {
	case r.Instance == "":
		return errors.New("instance is missing")
	case r.Alloc == "":
		return errors.New("alloc is missing")
	case r.Steps < 0:
		return fmt.Errorf("steps is %d, less than none", r.Steps)
	}
	for i, s := range r.Samples {
		if s < 0 {
			return fmt.Errorf("samples_ns[%d] is %g, less than no time", i, s)
		}
	}
	for i := range Figures {
		if f := &Figures[i]; f.Of(r).OK && f.Of(r).Value < 0 {
			return fmt.Errorf("%s is %g, less than nothing", f.Key, f.Of(r).Value)
		}
	}
	return nil
}
