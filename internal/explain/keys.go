package explain

import (
	"fmt"
	"strings"
)

// Key names a row of a document, as advice refers to it.
func (a *Anatomy) Key() string { return key("anatomy", a.Alloc, a.Metadata) }

// Key names the row.
func (s *Share) Key() string { return key("attribution", s.Alloc, string(s.Phase), s.Class) }

// Key names the row.
func (c *Costly) Key() string { return key("step", c.Alloc, fmt.Sprint(c.Step)) }

// Key names the row.
func (s *Streaming) Key() string { return key("streaming", s.Regions) }

// Key names the row.
func (e *Effect) Key() string { return key("ablation", e.Factor, e.Direction, e.With, e.To) }

// Key names the row.
func (c *Claim) Key() string { return key("claim", c.ID, c.Instance) }

// key joins the parts of a key that are not empty.
func key(parts ...string) string {
	var kept []string
	for _, p := range parts {
		if p != "" {
			kept = append(kept, p)
		}
	}
	return strings.Join(kept, ":")
}

// WholeKey names the figures of a whole contraction, which stand in the document itself.
const WholeKey = "whole"

// Row returns the row that a key names: a pointer to one of the document's rows, or the
// document. The keys of a document's rows are all different.
func (d *Document) Row(key string) (row any, ok bool) {
	if key == WholeKey {
		return d, true
	}
	for _, find := range []func(string) any{
		func(key string) any { return findRow(d.Anatomy, key) },
		func(key string) any { return findRow(d.Attribution, key) },
		func(key string) any { return findRow(d.Costly, key) },
		func(key string) any { return findRow(d.Streaming, key) },
		func(key string) any { return findRow(d.Ablation, key) },
		func(key string) any { return findRow(d.Claims, key) },
	} {
		if row := find(key); row != nil {
			return row, true
		}
	}
	return nil, false
}

// Empty reports whether nothing was found yet.
func (d *Document) Empty() bool {
	return len(d.Anatomy)+len(d.Attribution)+len(d.Costly)+len(d.Streaming)+len(d.Ablation)+len(d.Claims)+len(d.Advice) == 0
}

// findRow returns a pointer to the row with a key, nil if there is none.
func findRow[T any, P interface {
	*T
	Key() string
}](rows []T, key string) any {
	for i := range rows {
		if P(&rows[i]).Key() == key {
			return &rows[i]
		}
	}
	return nil
}
