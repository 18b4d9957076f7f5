// Package explain finds out why a contraction takes as long as it does: what a step
// takes from the heap (anatomy), which phase the time goes to (attribution), what
// changes when one thing is changed (ablation), which claims of the light_415 analysis
// hold here, and what to do about it. Every figure is measured in this process; it
// yields plain data and prints nothing.
//
// The methods follow what is known to separate causes: switching one factor at a time
// from the best configuration and one at a time into the one under suspicion, as a
// ladder of changes depends on its order; timers only where steps are long enough for
// them, and taking a phase out where they are not.
package explain

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"tnbench/internal/alloc"
	"tnbench/internal/await"
	"tnbench/internal/bench"
	"tnbench/internal/contract"
	"tnbench/internal/explain/factor"
	"tnbench/internal/instance"
	"tnbench/internal/result"
	"tnbench/internal/warning"
)

// Part is a part of an explanation.
type Part string

// The parts, in the order in which they are measured and shown.
const (
	PartAnatomy     Part = "anatomy"
	PartAttribution Part = "attribution"
	PartAblation    Part = "ablation"
	PartClaims      Part = "claims"
	PartAdvice      Part = "advice"
)

// Parts lists all.
var Parts = []Part{PartAnatomy, PartAttribution, PartAblation, PartClaims, PartAdvice}

// Subject is what is explained: a network, a path, and numbers for it.
type Subject struct {
	Instance *instance.Instance
	Path     instance.Path
	Inputs   [][]byte // row-major, one per tensor; only read
	Fill     string   // what they hold
	// Digest is what an independent program found for these inputs.
	Digest result.Maybe[result.Digest]
}

// Config says how to explain.
type Config struct {
	Parts   map[Part]bool // nil: all
	Quick   bool          // fewer rounds, and the coarse factors only
	Threads int           // workers inside one contraction
	Seed    uint64        // of the order of turns
	// Limit is the memory that may be taken, in bytes; 0 if that is not known.
	Limit int64
	// PeakFlops is real operations per second of one core in the network's type,
	// Bandwidth bytes per second; 0 if unknown. Bounds need them.
	PeakFlops, Bandwidth float64
	// Regimes are networks that are dominated by tiny, by mixed and by large tensors:
	// claims are tried on them, too.
	Regimes []*Regime
	// AtSpeed, if set, reports whether the processor is as fast as it is known to be.
	AtSpeed func() bool
	regime  bool // what is explained is a regime: claims need the report's configuration alone
	// Progress, if set, is told what is under way. done and total are turns.
	Progress func(part Part, what string, done, total int)
}

// rests says which parts a part is made from.
var rests = map[Part][]Part{
	PartClaims: {PartAnatomy, PartAttribution, PartAblation},
	PartAdvice: {PartAttribution, PartAblation},
}

// Setup is all that one process can choose about how a network is contracted.
type Setup = factor.Setup

// The configurations that others are held against.
var best, reported, reportedHere = factor.Best, factor.Reported, factor.ReportedHere

// compile compiles the subject for a setup.
func (s *Subject) compile(x Setup) (*contract.Program, error) { return x.Compile(s.Instance, s.Path) }

// wants reports whether a part is asked for, or one that rests on it.
func (c *Config) wants(p Part) bool {
	if c.Parts == nil || c.Parts[p] {
		return true
	}
	for part, others := range rests {
		if c.Parts[part] && slices.Contains(others, p) {
			return true
		}
	}
	return false
}

// Run explains one subject. When ctx ends, what was measured is returned together with
// ctx's error. d holds what the caller knows already: host, tool and settings.
func Run(ctx context.Context, s Subject, c Config, d Document) (Document, error) {
	e := &explanation{subject: s, config: c, document: &d}
	d.Schema, d.MeasuredAt = Schema, time.Now().UTC().Format(time.RFC3339)
	program, err := await.Value(ctx, func() (*contract.Program, error) { return s.compile(best) })
	if err != nil {
		return d, err
	}
	d.describe(&s, program)
	footprint, err := await.Value(ctx, func() (maybeInt, error) { return footprintOf(program), nil })
	if err != nil {
		return d, err
	}
	d.PeakLive, d.Footprint = result.Measured(program.PeakLive), footprint
	var failed []error // the other parts go on
	for _, part := range []struct {
		name Part
		find func(context.Context) error
	}{
		{PartAnatomy, e.anatomy},
		{PartAttribution, e.attribution},
		{PartAblation, e.ablation},
		{PartClaims, e.claims},
		{PartAdvice, e.advice},
	} {
		if !c.wants(part.name) {
			continue
		}
		e.part, e.programs = part.name, nil
		err := part.find(ctx)
		e.whole()
		if ctx.Err() != nil {
			d.Interrupted = true
			return d, ctx.Err()
		}
		if err != nil {
			failed = append(failed, fmt.Errorf("%s, %s: %s: %w", d.File, d.Path, part.name, err))
		}
	}
	return d, errors.Join(failed...)
}

// describe enters what is explained.
func (d *Document) describe(s *Subject, p *contract.Program) {
	d.Instance, d.Path, d.DType = s.Instance.Name, s.Path.Name, s.Instance.DType.String()
	d.File, d.Steps, d.Flops = s.Instance.File(), len(p.Steps), p.Flops
}

// footprintOf returns what the best configuration's strategy holds for a program.
func footprintOf(p *contract.Program) maybeInt {
	f, err := alloc.Predict(best.Strategy, p.Requests)
	return maybeInt{Value: f.Footprint, OK: err == nil}
}

// maybeInt is a count that may not be known.
type maybeInt = result.Maybe[int]

// whole enters what was measured of a whole contraction under the best configuration.
func (e *explanation) whole() {
	d := e.document
	if r := e.measured[factor.BestRecipe(e.config.Threads).Made()]; r != nil {
		d.Whole, d.Bound, d.BoundBy = r.Median, r.Bound, r.BoundBy
	}
}

// explanation is one that is being made.
type explanation struct {
	subject  Subject
	config   Config
	document *Document
	part     Part
	// measured is what the ablation found of each setup, all counters included, for
	// the parts after it. The setups of factor.BestRecipe and ReportedRecipe are among them.
	// It is empty if the ablation did not run.
	measured map[Setup]*result.Result
	// programs are those that the part has compiled.
	programs map[factor.Key]*contract.Program
	// verified are the digests of programs whose results were held against an
	// independent computation, as far as that could be. Once is enough.
	verified map[factor.Key]result.Digest
}

// warn notes what a reader should know.
func (e *explanation) warn(w warning.Warning) {
	e.document.Warnings = append(e.document.Warnings, w)
}

// progress tells what is under way.
func (e *explanation) progress(what string, done, total int) {
	if e.config.Progress != nil {
		e.config.Progress(e.part, what, done, total)
	}
}

// program returns the subject's program for a setup, which a part compiles once.
func (e *explanation) program(ctx context.Context, s Setup) (*contract.Program, error) {
	key := s.Program()
	if p := e.programs[key]; p != nil {
		return p, nil
	}
	p, err := await.Value(ctx, func() (*contract.Program, error) { return e.subject.compile(s) })
	if err != nil {
		return nil, err
	}
	if e.programs == nil {
		e.programs = map[factor.Key]*contract.Program{}
	}
	e.programs[key] = p
	return p, nil
}

// compete measures configurations of the subject against each other. The results stand
// in their order; samples of one round belong together. When ctx ends, what was measured
// is returned with its error. Options change how it is measured.
func (e *explanation) compete(ctx context.Context, all []Setup, options ...func(*bench.Config)) ([]result.Result, error) {
	ways := make([]bench.Way, len(all))
	for i, s := range all {
		p, err := e.program(ctx, s)
		if err != nil {
			return nil, err
		}
		ways[i] = s.Way(p)
	}
	config := bench.Config{
		Pace: e.config.pace(), Seed: e.config.Seed, Limit: e.config.Limit,
		Fill: e.subject.Fill, Stored: e.subject.Digest,
		PeakFlops: e.config.PeakFlops, Bandwidth: e.config.Bandwidth,
		Progress: func(p bench.Progress) { e.progress(p.Alloc, p.Done, p.Total) },
	}
	if e.knowsAll(all) {
		config.Check = bench.CheckOff
	}
	for _, o := range options {
		o(&config)
	}
	results, err := bench.Compete(ctx, ways, e.subject.Inputs, config)
	for i := range results {
		e.verify(all[i].Program(), &results[i])
	}
	return results, errors.Join(err)
}

// knowsAll reports whether the results of all programs have been verified.
func (e *explanation) knowsAll(all []Setup) bool {
	return !slices.ContainsFunc(all, func(s Setup) bool {
		_, known := e.verified[s.Program()]
		return !known
	})
}

// verify holds a result against the one that was verified before, or notes it. Results
// of one competition have been held against each other.
func (e *explanation) verify(p factor.Key, r *result.Result) {
	if !r.Digest.OK || r.Error != "" {
		return
	}
	if e.verified == nil {
		e.verified = map[factor.Key]result.Digest{}
	}
	if known, ok := e.verified[p]; !ok {
		e.verified[p] = r.Digest.Value
	} else if !known.Equal(r.Digest.Value) {
		r.Error = fmt.Sprintf("wrong result: digest %v differs from the one before, %v", r.Digest.Value, known)
	}
}

// pace says how many rounds there are: so many that a sign test over all factors can
// resolve something, and then as many as there is time for.
func (c *Config) pace() bench.Pace {
	p := bench.Pace{Warmup: 2, WarmupTime: 200 * time.Millisecond, AtSpeed: c.AtSpeed, Runs: 25, MaxTime: 40 * time.Second}
	if c.Quick || c.regime {
		p.Runs, p.MaxTime = 11, 8*time.Second
	}
	return p
}
