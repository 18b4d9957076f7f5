package study

import (
	"fmt"

	"tnbench/internal/alloc"
	"tnbench/internal/alloc/pack"
	"tnbench/internal/contract"
	"tnbench/internal/result"
)

// PlanSchema names the format of Plans.
const PlanSchema = "tnbench-plan/1"

// Plans are forecasts of what strategies need, and solved planning problems.
type Plans struct {
	Schema      string        `json:"schema"`
	Interrupted bool          `json:"interrupted,omitempty"` // some are missing, or not as good as they might be
	Programs    []ProgramPlan `json:"programs"`
	Problems    []ProblemPlan `json:"problems"`
}

// ProgramPlan is what the buffers of one program, in one execution order, need
// under each strategy.
type ProgramPlan struct {
	Instance      string `json:"instance"`
	File          string `json:"file,omitempty"`
	Path          string `json:"path"`
	DType         string `json:"dtype"`
	Order         string `json:"order"`
	Regions       string `json:"regions,omitempty"` // their mode, where there are any
	Steps         int    `json:"steps"`
	Intermediates int    `json:"intermediates"`
	Temporaries   int    `json:"temporaries"`
	Bytes         int    `json:"bytes"`           // sum of all buffers
	PeakLive      int    `json:"peak_live_bytes"` // no strategy can hold less

	Strategies []StrategyPlan `json:"strategies"`

	program  *contract.Program
	requests []alloc.Request
	packed   *pack.Plan // of the strategy planned, nil: not among Strategies
}

// StrategyPlan is the forecast of one strategy: see [alloc.Forecast].
type StrategyPlan struct {
	Alloc     string                `json:"alloc"`
	Footprint int                   `json:"footprint_bytes"`
	Ratio     result.Maybe[float64] `json:"ratio,omitzero"` // of Footprint to PeakLive; absent without buffers
	First     int                   `json:"first_footprint_bytes"`
	Hits      int                   `json:"hits"`
	Misses    int                   `json:"misses"`
}

// PlanProgram forecasts what the strategies of specs do with p's buffers. None of
// the memory is taken.
func PlanProgram(p *contract.Program, specs []string) (ProgramPlan, error) {
	plan := ProgramPlan{
		Instance: p.Instance.Name, File: p.Instance.Source, Path: p.Path, DType: p.DType().String(), Order: p.Order.String(),
		Steps: len(p.Steps), Intermediates: p.Intermediates, Temporaries: len(p.Requests) - p.Intermediates,
		PeakLive: p.PeakLive, program: p, requests: p.Requests, Strategies: []StrategyPlan{},
	}
	for _, r := range p.Requests {
		plan.Bytes += r.Bytes
	}
	for _, spec := range specs {
		f, err := alloc.Predict(spec, p.Requests)
		if err != nil {
			return plan, fmt.Errorf("%s, %s: %w", plan.Instance, plan.Path, err)
		}
		if spec == "planned" {
			plan.packed = f.Plan
		}
		s := StrategyPlan{Alloc: spec, Footprint: f.Footprint, First: f.First, Hits: f.Hits, Misses: f.Misses}
		if p.PeakLive > 0 {
			s.Ratio = result.Measured(float64(f.Footprint) / float64(p.PeakLive))
		}
		plan.Strategies = append(plan.Strategies, s)
	}
	return plan, nil
}

// Box is a buffer in its place. It lives in the half-open interval [From, To).
type Box struct {
	Name         string
	From, To     int
	Offset, Size int
}

// Packed is the plan that the strategy planned makes.
type Packed struct {
	Height int
	Boxes  []Box // intermediates first
}

// bufferName says what a buffer is for.
func (p *ProgramPlan) bufferName(id int) string {
	r := &p.requests[id]
	if id >= p.Intermediates {
		if p.program.SliceBuffer(id) {
			return fmt.Sprintf("all that a slice of steps %d to %d makes", r.First, r.Last)
		}
		if r.First < r.Last {
			return fmt.Sprintf("temporary of steps %d to %d", r.First, r.Last)
		}
		return fmt.Sprintf("temporary of step %d", r.First)
	}
	maker := p.program.Maker(id)
	if p.program.Steps[maker].Streamed {
		return fmt.Sprintf("slices of steps %d to %d", r.First, r.Last)
	}
	return fmt.Sprintf("result of step %d", maker)
}

// Packed returns the plan of the strategy planned.
func (p *ProgramPlan) Packed() (Packed, error) {
	plan := p.packed
	if plan == nil { // no forecast needed it
		solved, err := alloc.Plan(p.requests, true)
		if err != nil {
			return Packed{}, err
		}
		plan = &solved
	}
	packed := Packed{Height: plan.Height, Boxes: make([]Box, len(p.requests))}
	for id, r := range p.requests {
		packed.Boxes[id] = Box{p.bufferName(id), int(r.First), int(r.Last) + 1, plan.Offsets[id], r.Bytes}
	}
	return packed, nil
}
