package report

import (
	"strings"

	"tnbench/internal/explain"
	"tnbench/internal/result"
)

// eachFigure calls visit for every figure and text of the document's parts, with the key of
// its row; what was not measured is left out.
func eachFigure(d *explain.Document, visit func(part explain.Part, key, figure string, value any)) {
	maybe := func(part explain.Part, key, figure string, m result.Maybe[float64]) {
		if !m.IsZero() {
			visit(part, key, figure, m.Value)
		}
	}
	maybe("", explain.WholeKey, "whole_ns", d.Whole)
	maybe("", explain.WholeKey, "bound_ns", d.Bound)
	for i := range d.Anatomy {
		a := &d.Anatomy[i]
		visit(explain.PartAnatomy, a.Key(), "hits", a.Hits)
		visit(explain.PartAnatomy, a.Key(), "misses", a.Misses)
		maybe(explain.PartAnatomy, a.Key(), "hit_allocs", a.HitAllocs)
		maybe(explain.PartAnatomy, a.Key(), "miss_allocs", a.MissAllocs)
		maybe(explain.PartAnatomy, a.Key(), "hit_bytes", a.HitBytes)
		maybe(explain.PartAnatomy, a.Key(), "miss_bytes", a.MissBytes)
		for _, site := range a.Sites {
			visit(explain.PartAnatomy, a.Key(), "site", site)
		}
	}
	for i := range d.Attribution {
		s := &d.Attribution[i]
		visit(explain.PartAttribution, s.Key(), "ns", s.NS)
		maybe(explain.PartAttribution, s.Key(), "low_ns", s.Low)
		maybe(explain.PartAttribution, s.Key(), "high_ns", s.High)
		visit(explain.PartAttribution, s.Key(), "share", s.Share)
		visit(explain.PartAttribution, s.Key(), "method", s.Method)
		maybe(explain.PartAttribution, s.Key(), "count", s.Count)
	}
	for i := range d.Costly {
		c := &d.Costly[i]
		visit(explain.PartAttribution, c.Key(), "labels", c.Labels)
		visit(explain.PartAttribution, c.Key(), "bytes", c.Bytes)
		visit(explain.PartAttribution, c.Key(), "ns", c.NS)
		visit(explain.PartAttribution, c.Key(), "share", c.Share)
		maybe(explain.PartAttribution, c.Key(), "bound_ns", c.Bound)
	}
	for i := range d.Streaming {
		s := &d.Streaming[i]
		visit(explain.PartAblation, s.Key(), "regions", s.Count)
		visit(explain.PartAblation, s.Key(), "steps", s.Steps)
		visit(explain.PartAblation, s.Key(), "streamed_bytes", s.StreamedBytes)
		visit(explain.PartAblation, s.Key(), "peak_live_bytes", s.PeakLive)
		if s.Footprint.OK {
			visit(explain.PartAblation, s.Key(), "footprint_bytes", s.Footprint.Value)
		}
		maybe(explain.PartAblation, s.Key(), "bound_ns", s.Bound)
	}
	for i := range d.Ablation {
		e := &d.Ablation[i]
		visit(explain.PartAblation, e.Key(), "from", e.From)
		visit(explain.PartAblation, e.Key(), "to", e.To)
		maybe(explain.PartAblation, e.Key(), "effect_ns", e.NS)
		maybe(explain.PartAblation, e.Key(), "low_ns", e.Low)
		maybe(explain.PartAblation, e.Key(), "high_ns", e.High)
		maybe(explain.PartAblation, e.Key(), "percent", e.Percent)
		maybe(explain.PartAblation, e.Key(), "step_ns", e.StepNS)
		maybe(explain.PartAblation, e.Key(), "gc_cycles", e.Cycles)
		maybe(explain.PartAblation, e.Key(), "minor_faults", e.Faults)
		visit(explain.PartAblation, e.Key(), "resolved", e.Resolved)
		if e.Reason != "" {
			visit(explain.PartAblation, e.Key(), "reason", e.Reason)
		}
	}
	for i := range d.Claims {
		c := &d.Claims[i]
		visit(explain.PartClaims, c.Key(), "claim", c.Claim)
		visit(explain.PartClaims, c.Key(), "experiment", c.Experiment)
		visit(explain.PartClaims, c.Key(), "measured", c.Measured)
		visit(explain.PartClaims, c.Key(), "verdict", string(c.Verdict))
	}
	for _, a := range d.Advice {
		visit(explain.PartAdvice, strings.Join(a.Rows, " "), "text", a.Text)
	}
}
