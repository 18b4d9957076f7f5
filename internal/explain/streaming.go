package explain

import (
	"context"

	"tnbench/internal/await"
	"tnbench/internal/bench"
	"tnbench/internal/contract"
	"tnbench/internal/explain/factor"
	"tnbench/internal/region"
	"tnbench/internal/result"
)

// stream enters what regions change about the memory and the bound of the best
// configuration, for which no clock is needed, and says why regions can't be varied where
// they change nothing.
func (a *ablation) stream(ctx context.Context) error {
	programs := map[region.Mode]*contract.Program{}
	for _, mode := range []region.Mode{region.Off, region.Auto, region.Max} {
		s := factor.BestRecipe(a.config.Threads).Made()
		s.Regions = mode
		p, err := a.program(ctx, s)
		if err != nil {
			return err
		}
		row, err := await.Value(ctx, func() (Streaming, error) { return a.streamed(mode, p), nil })
		if err != nil {
			return err
		}
		programs[mode] = p
		a.document.Streaming = append(a.document.Streaming, row)
	}
	for i := range a.trials {
		if t := &a.trials[i]; t.Factor == FactorRegions && t.Reason == "" {
			t.Reason = changeless(programs[t.Before().Regions], programs[t.After().Regions], t.After().Regions)
		}
	}
	return nil
}

// streamed is the row of one mode.
func (e *explanation) streamed(mode region.Mode, p *contract.Program) Streaming {
	s := Streaming{Regions: mode.String(), Count: len(p.Regions), StreamedBytes: p.StreamedBytes(), PeakLive: p.PeakLive}
	for i := range p.Regions {
		s.Steps += 1 + p.Regions[i].Last - p.Regions[i].First
	}
	s.Footprint = footprintOf(p)
	if b := bench.Roofline(p, e.config.PeakFlops, e.config.Bandwidth); b.OK {
		s.Bound, s.BoundBy = result.Measured(b.Value.Time), b.Value.By
	}
	return s
}

// changeless says why two programs are the same, if they are.
func changeless(before, after *contract.Program, to region.Mode) string {
	switch {
	case len(before.Regions)+len(after.Regions) > 0 && before.Hash() != after.Hash():
		return ""
	case len(after.Regions) > 0:
		return "it chooses the same regions"
	case to == region.Max:
		return "no region saves memory here"
	}
	return "no region is sure to save time here"
}
