// Package traffic is memory traffic apart from arithmetic: logs of what a contraction
// asked of its strategy are recorded, read and replayed under any other.
package traffic

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"

	"tnbench/internal/alloc"
)

// Log is the memory traffic of one contraction, read from an allocation log.
//
// # Format
//
// A log is text, one JSON object per line and event, in the order in which they
// happened:
//
//	{"step":0,"id":0,"bytes":4096,"op":"alloc"}
//	{"step":1,"id":1,"bytes":32,"op":"alloc"}
//	{"step":1,"id":0,"bytes":4096,"op":"free"}
//	{"op":"reset"}
//
// Of the keys,
//
//   - op is "alloc", "free" or "reset". A reset ends a contraction: it frees
//     what is live. So does the end of the log. What follows a reset is another
//     contraction, with buffers of its own.
//   - id names the buffer until it is freed: a number or a string, an address
//     for instance. It may be used again afterwards, for a new buffer.
//   - bytes is the size asked for; only alloc needs it. 0 counts as 1.
//   - step, optional, is the pairwise contraction during which it happened.
//     Lifetimes follow from the order of lines alone.
//
// Other keys are ignored, as are blank lines and lines that start with #. Any
// program can write such a log, by wrapping its allocator; [Tracing] does.
type Log struct {
	// Requests of the buffers, in the order of their allocation. Their steps are
	// positions in Events: each event is a step of its own.
	Requests []alloc.Request
	Events   []Event
}

// Event is an Alloc or a Free of a buffer of a Log.
type Event struct {
	ID   int // position in Requests
	Free bool
}

// maxLine bounds the length of a line of a log.
const maxLine = 1 << 20

// ReadLog reads an allocation log and returns its contractions, at least one, in
// their order; those without an event are left out, unless there are no others: a
// network of one step needs no buffers. Errors name line and key.
func ReadLog(r io.Reader) ([]Log, error) {
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, maxLine)
	b := logBuilder{live: map[string]openBuffer{}}
	for lines.Scan() {
		b.line++
		text := strings.TrimSpace(lines.Text())
		if text == "" || text[0] == '#' {
			continue
		}
		if err := b.add(text); err != nil {
			return nil, fmt.Errorf("line %d: %w", b.line, err)
		}
	}
	switch err := lines.Err(); {
	case errors.Is(err, bufio.ErrTooLong):
		return nil, fmt.Errorf("line %d: longer than %d bytes; a log has a line per event", b.line+1, maxLine)
	case err != nil:
		return nil, fmt.Errorf("line %d: %w", b.line+1, err)
	}
	if err := b.reset(); err != nil {
		return nil, fmt.Errorf("line %d: %w", b.line, err)
	}
	switch {
	case len(b.done) > 0:
		return b.done, nil
	case b.resets > 0:
		return []Log{{}}, nil
	}
	return nil, errors.New("the log has no event; write a line for each allocation and free")
}

type logBuilder struct {
	done []Log
	log  Log                   // of the contraction that is read
	live map[string]openBuffer // by the id's text
	line int

	resets int
}

type openBuffer struct{ id, line int }

// logLine is a line of a log; pointers tell what is missing.
type logLine struct {
	Op    string          `json:"op"`
	ID    json.RawMessage `json:"id"`
	Bytes *int            `json:"bytes"`
}

func (b *logBuilder) add(text string) error {
	if len(b.log.Requests) >= math.MaxInt32/2 {
		return errors.New("more events than can be replayed")
	}
	var l logLine
	if err := json.Unmarshal([]byte(text), &l); err != nil {
		return plainError(err)
	}
	if l.Op == "reset" {
		b.resets++
		return b.reset()
	}
	name, err := idText(l.ID)
	if err != nil {
		return err
	}
	open, isLive := b.live[name]
	switch {
	case l.Op == "alloc" && isLive:
		return fmt.Errorf("id %s is allocated while it is live since line %d", name, open.line)
	case l.Op == "alloc":
		return b.alloc(name, l.Bytes)
	case l.Op == "free" && !isLive:
		return fmt.Errorf("id %s is freed but not live", name)
	case l.Op == "free":
		b.free(name, open.id)
		return nil
	}
	return fmt.Errorf("op is %q, want alloc, free or reset", l.Op)
}

// plainError says what is wrong with a line in terms of the format, not of Go.
func plainError(err error) error {
	var wrong *json.UnmarshalTypeError
	if !errors.As(err, &wrong) {
		return fmt.Errorf("not JSON: %w", err)
	}
	switch wrong.Field {
	case "":
		return fmt.Errorf("the line is a JSON %s, want an object", wrong.Value)
	case "bytes":
		return fmt.Errorf("bytes is a %s, want a whole number of 0 to %d", wrong.Value, alloc.MaxBytes)
	}
	return fmt.Errorf("%s is a %s, want a string", wrong.Field, wrong.Value)
}

// idText returns what names a buffer: a number or a string as it is written.
func idText(raw json.RawMessage) (string, error) {
	switch {
	case len(raw) == 0 || string(raw) == "null":
		return "", errors.New("id is missing")
	case raw[0] == '"' || raw[0] == '-' || raw[0] >= '0' && raw[0] <= '9':
		return string(raw), nil
	}
	return "", fmt.Errorf("id is %s, want a number or a string", raw)
}

func (b *logBuilder) alloc(name string, bytes *int) error {
	switch {
	case bytes == nil:
		return errors.New("bytes is missing")
	case *bytes < 0 || *bytes > alloc.MaxBytes:
		return fmt.Errorf("bytes is %d, want 0 to %d", *bytes, alloc.MaxBytes)
	}
	id, at := len(b.log.Requests), len(b.log.Events)
	b.live[name] = openBuffer{id, b.line}
	b.log.Requests = append(b.log.Requests, alloc.Request{Bytes: max(*bytes, 1), First: int32(at)})
	b.log.Events = append(b.log.Events, Event{ID: id})
	return nil
}

func (b *logBuilder) free(name string, id int) {
	b.log.Requests[id].Last = int32(len(b.log.Events))
	b.log.Events = append(b.log.Events, Event{id, true})
	delete(b.live, name)
}

// reset ends a contraction: it frees what is live, oldest first.
func (b *logBuilder) reset() error {
	names := make([]string, 0, len(b.live))
	for name := range b.live {
		names = append(names, name)
	}
	slices.SortFunc(names, func(x, y string) int { return b.live[x].id - b.live[y].id })
	for _, name := range names {
		b.free(name, b.live[name].id)
	}
	if err := alloc.Validate(b.log.Requests); err != nil {
		return err
	}
	if len(b.log.Events) > 0 {
		b.done = append(b.done, b.log)
	}
	b.log = Log{}
	return nil
}
