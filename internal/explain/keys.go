package explain

import (
	"fmt"
	"strings"

	"tnbench/internal/result"
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

// Each calls visit for every figure and text of the document's parts, with the key of
// its row; what was not measured is left out.
func (d *Document) Each(visit func(part Part, key, figure string, value any)) {
	maybe := func(part Part, key, figure string, m result.Maybe[float64]) {
		if !m.IsZero() {
			visit(part, key, figure, m.Value)
		}
	}
	maybe("", WholeKey, "whole_ns", d.Whole)
	maybe("", WholeKey, "bound_ns", d.Bound)
	for i := range d.Anatomy {
		a := &d.Anatomy[i]
		visit(PartAnatomy, a.Key(), "hits", a.Hits)
		visit(PartAnatomy, a.Key(), "misses", a.Misses)
		maybe(PartAnatomy, a.Key(), "hit_allocs", a.HitAllocs)
		maybe(PartAnatomy, a.Key(), "miss_allocs", a.MissAllocs)
		maybe(PartAnatomy, a.Key(), "hit_bytes", a.HitBytes)
		maybe(PartAnatomy, a.Key(), "miss_bytes", a.MissBytes)
		for _, site := range a.Sites {
			visit(PartAnatomy, a.Key(), "site", site)
		}
	}
	for i := range d.Attribution {
		s := &d.Attribution[i]
		visit(PartAttribution, s.Key(), "ns", s.NS)
		maybe(PartAttribution, s.Key(), "low_ns", s.Low)
		maybe(PartAttribution, s.Key(), "high_ns", s.High)
		visit(PartAttribution, s.Key(), "share", s.Share)
		visit(PartAttribution, s.Key(), "method", s.Method)
		maybe(PartAttribution, s.Key(), "count", s.Count)
	}
	for i := range d.Costly {
		c := &d.Costly[i]
		visit(PartAttribution, c.Key(), "labels", c.Labels)
		visit(PartAttribution, c.Key(), "bytes", c.Bytes)
		visit(PartAttribution, c.Key(), "ns", c.NS)
		visit(PartAttribution, c.Key(), "share", c.Share)
		maybe(PartAttribution, c.Key(), "bound_ns", c.Bound)
	}
	for i := range d.Streaming {
		s := &d.Streaming[i]
		visit(PartAblation, s.Key(), "regions", s.Count)
		visit(PartAblation, s.Key(), "steps", s.Steps)
		visit(PartAblation, s.Key(), "streamed_bytes", s.StreamedBytes)
		visit(PartAblation, s.Key(), "peak_live_bytes", s.PeakLive)
		if s.Footprint.OK {
			visit(PartAblation, s.Key(), "footprint_bytes", s.Footprint.Value)
		}
		maybe(PartAblation, s.Key(), "bound_ns", s.Bound)
	}
	for i := range d.Ablation {
		e := &d.Ablation[i]
		visit(PartAblation, e.Key(), "from", e.From)
		visit(PartAblation, e.Key(), "to", e.To)
		maybe(PartAblation, e.Key(), "effect_ns", e.NS)
		maybe(PartAblation, e.Key(), "low_ns", e.Low)
		maybe(PartAblation, e.Key(), "high_ns", e.High)
		maybe(PartAblation, e.Key(), "percent", e.Percent)
		maybe(PartAblation, e.Key(), "step_ns", e.StepNS)
		maybe(PartAblation, e.Key(), "gc_cycles", e.Cycles)
		maybe(PartAblation, e.Key(), "minor_faults", e.Faults)
		visit(PartAblation, e.Key(), "resolved", e.Resolved)
		if e.Reason != "" {
			visit(PartAblation, e.Key(), "reason", e.Reason)
		}
	}
	for i := range d.Claims {
		c := &d.Claims[i]
		visit(PartClaims, c.Key(), "claim", c.Claim)
		visit(PartClaims, c.Key(), "experiment", c.Experiment)
		visit(PartClaims, c.Key(), "measured", c.Measured)
		visit(PartClaims, c.Key(), "verdict", string(c.Verdict))
	}
	for _, a := range d.Advice {
		visit(PartAdvice, strings.Join(a.Rows, " "), "text", a.Text)
	}
}
