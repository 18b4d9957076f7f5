package result

// Fact describes one thing about a result that is no figure: what was measured,
// and how. Like [Figures], the lists of facts are what outputs are drawn from.
type Fact struct {
	Key string
	Of  func(*Document, *Result) any // nil if it is unknown, else a string or a number
}

// Subjects say what was measured.
var Subjects = []Fact{
	{"instance", func(_ *Document, r *Result) any { return r.Instance }},
	{"path", func(_ *Document, r *Result) any { return r.Path }},
	{"dtype", func(_ *Document, r *Result) any { return known(r.DType) }},
	{"alloc", func(_ *Document, r *Result) any { return r.Alloc }},
	{"steps", func(_ *Document, r *Result) any { return known(r.Steps) }},
	{"flops", func(_ *Document, r *Result) any { return r.Flops.any() }},
	{"runs", func(_ *Document, r *Result) any { return len(r.Samples) }},
}

// Circumstances say how it was measured: results that differ in one of them are
// of different things.
var Circumstances = []Fact{
	{"tier", func(_ *Document, r *Result) any { return known(r.Tier) }},
	{"cold", func(_ *Document, r *Result) any { return known(r.Cold) }},
	{"threads", func(d *Document, _ *Result) any { return d.Settings.Threads }},
	{"streams", func(d *Document, _ *Result) any { return d.Settings.Streams }},
	{"backend", func(d *Document, _ *Result) any { return known(d.Settings.Backend) }},
	{"library", func(d *Document, _ *Result) any { return known(d.Settings.Library) }},
	{"fill", func(d *Document, _ *Result) any { return known(d.Settings.Fill) }},
	{"seed", func(d *Document, _ *Result) any { return d.Settings.Seed }},
	{"order", func(d *Document, _ *Result) any { return known(d.Settings.Order) }},
	{"metadata", func(d *Document, _ *Result) any { return known(d.Settings.Metadata) }},
	{"planning", func(d *Document, _ *Result) any { return known(d.Settings.Planning) }},
	{"temporaries", func(d *Document, _ *Result) any { return known(d.Settings.Temporaries) }},
	{"sharing", func(d *Document, _ *Result) any { return known(d.Settings.Sharing) }},
	{"regions", func(d *Document, _ *Result) any { return known(d.Settings.Regions) }},
	{"slice", func(d *Document, _ *Result) any { return known(d.Settings.Slice) }},
	{"sliced", func(_ *Document, r *Result) any { return known(r.Sliced.Value.Labels) }},
	{"slices", func(_ *Document, r *Result) any { return known(r.Sliced.Value.Slices) }},
	{"alone", func(_ *Document, r *Result) any { return known(r.Alone) }},
	{"touch", func(_ *Document, r *Result) any { return known(r.Traffic.Value.Touch) }},
}

// Outcomes are what else there is to say of a result.
var Outcomes = []Fact{
	{"occurrence", func(_ *Document, r *Result) any { return known(r.Occurrence) }},
	{"batch", func(_ *Document, r *Result) any { return known(r.Batch) }},
	{"looks", func(_ *Document, r *Result) any { return known(r.Looks) }},
	{"min_effect", func(_ *Document, r *Result) any { return known(r.MinEffect) }},
	{"outcome", func(_ *Document, r *Result) any { return known(r.Ratio.Value.Outcome) }},
	{"ratio_to", func(_ *Document, r *Result) any { return known(r.Ratio.Value.To) }},
	{"bound_by", func(_ *Document, r *Result) any { return known(r.BoundBy) }},
	{"file", func(_ *Document, r *Result) any { return known(r.File) }},
	{"file_hash", func(_ *Document, r *Result) any { return known(r.FileHash) }},
	{"path_hash", func(_ *Document, r *Result) any { return known(r.PathHash) }},
	{"program_hash", func(_ *Document, r *Result) any { return known(r.ProgramHash) }},
	{"interrupted", func(d *Document, _ *Result) any { return known(d.Interrupted) }},
	{"measured_at", func(d *Document, _ *Result) any { return known(d.Measured) }},
	{"error", func(_ *Document, r *Result) any { return r.Error }},
}

// known returns v, or nil if it is the zero value, which stands for unknown.
func known[T comparable](v T) any {
	var unknown T
	if v == unknown {
		return nil
	}
	return v
}

// any returns the figure, or nil if it is missing.
func (m Maybe[T]) any() any {
	if !m.OK {
		return nil
	}
	return m.Value
}
