package page

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"tnbench/internal/explain"
	"tnbench/internal/result"
)

// readable says what Read takes.
const readable = "name a file that tnbench run, explain or report wrote as JSON"

// Read adds what a stored file holds to d: results (tnbench/1), explanations
// (tnbench-explain/1), whole reports (tnbench-report/1), one after the other. The error
// names the field, and says what to do; it does not name the file.
func (d *Document) Read(r io.Reader) error {
	for decoder, found := json.NewDecoder(r), 0; ; found++ {
		var text json.RawMessage
		switch err := decoder.Decode(&text); {
		case errors.Is(err, io.EOF) && found > 0:
			return nil
		case errors.Is(err, io.EOF):
			return errors.New("is empty; " + readable)
		case errors.Is(err, io.ErrUnexpectedEOF):
			return fmt.Errorf("ends in the middle, after %d bytes: it was not written to its end; measure again", decoder.InputOffset())
		case err != nil:
			var syntax *json.SyntaxError
			if errors.As(err, &syntax) {
				err = fmt.Errorf("is no JSON: %w; %s", err, readable)
			}
			return err
		}
		if err := d.add(text); err != nil {
			return err
		}
	}
}

// add adds one stored document.
func (d *Document) add(text []byte) error {
	var kind struct {
		Schema string `json:"schema"`
	}
	if err := json.Unmarshal(text, &kind); err != nil {
		return fmt.Errorf("is no object with a schema; %s", readable)
	}
	switch kind.Schema {
	case result.Schema:
		results, err := result.Read(bytes.NewReader(text))
		if err != nil {
			return err
		}
		return d.join(results)
	case explain.Schema:
		var e explain.Document
		if err := decode(text, &e); err != nil {
			return err
		}
		d.Explanations = append(d.Explanations, e)
		d.from(Document{Tool: e.Tool, Host: e.Host, Measured: e.MeasuredAt, Interrupted: e.Interrupted})
		return nil
	case Schema:
		var whole Document
		if err := decode(text, &whole); err != nil {
			return err
		}
		return d.merge(&whole)
	case "":
		return fmt.Errorf("schema is missing; %s", readable)
	}
	for _, known := range []string{result.Schema, explain.Schema, Schema} {
		if name, version, _ := strings.Cut(known, "/"); strings.HasPrefix(kind.Schema, name+"/") {
			return fmt.Errorf("schema is %q, version %s is known here; use a newer tnbench", kind.Schema, version)
		}
	}
	return fmt.Errorf("schema is %q; %s", kind.Schema, readable)
}

// decode reads a document whose schema is known.
func decode(text []byte, to any) error {
	err := json.Unmarshal(text, to)
	var wrong *json.UnmarshalTypeError
	if errors.As(err, &wrong) {
		return fmt.Errorf("%s is a %s, which does not fit; %s", wrong.Field, wrong.Value, readable)
	}
	return err
}

// join adds results. Those of other machines or settings stand in reports of their own:
// a table of both would compare what can't be compared.
func (d *Document) join(results *result.Document) error {
	if d.Results == nil {
		copied := *results
		d.Results = &copied
	} else {
		if have := d.Results; have.Host.CPU != results.Host.CPU || have.Settings != results.Settings {
			return errors.New("was measured on another machine or with other settings than the file before it; make a report of each, or see tnbench compare")
		}
		d.Results.Results = append(d.Results.Results, results.Results...)
		d.Results.Warnings = append(d.Results.Warnings, results.Warnings...)
	}
	d.from(Document{Tool: results.Tool, Host: results.Host, Measured: results.Measured, Interrupted: results.Interrupted, Pending: results.Pending})
	return nil
}

// from takes over what tells where a document comes from, of the first one.
func (d *Document) from(o Document) {
	if d.Tool.Version == "" {
		d.Tool, d.Host = o.Tool, o.Host
	}
	if d.Measured == "" {
		d.Measured = o.Measured
	}
	d.Interrupted = d.Interrupted || o.Interrupted
	d.Pending = append(d.Pending, o.Pending...)
}

// merge adds a whole report.
func (d *Document) merge(o *Document) error {
	pending := append(slices.Clone(d.Pending), o.Pending...) // those of its results are among them
	if o.Results != nil {
		if err := d.join(o.Results); err != nil {
			return err
		}
	}
	d.Explanations = append(d.Explanations, o.Explanations...)
	for _, n := range o.Networks {
		*d.Network(n.Instance, n.File, n.Path) = n
	}
	d.Warnings = append(d.Warnings, o.Warnings...)
	d.from(*o)
	d.Pending = pending
	return nil
}
