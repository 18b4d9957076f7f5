package explain

import (
	"context"

	"tnbench/internal/await"
	"tnbench/internal/contract"
	"tnbench/internal/result"
)

// Regime is a network that claims are tried on beside the one that is explained. What
// was measured of it is kept: a second explanation does not measure it again.
type Regime struct {
	Subject
	// PeakFlops and Bandwidth are as in [Config].
	PeakFlops, Bandwidth float64

	found *evidence
}

// evidence measures what claims about a regime rest on, with few rounds.
func (r *Regime) evidence(ctx context.Context, e *explanation) (*evidence, error) {
	if r.found != nil {
		return r.found, nil
	}
	c := e.config
	c.Quick, c.Regimes, c.PeakFlops, c.Bandwidth = true, nil, r.PeakFlops, r.Bandwidth
	c.Progress = func(_ Part, what string, done, total int) {
		e.progress(r.Instance.Name+": "+what, done, total)
	}
	d := &Document{Instance: r.Instance.Name}
	sub := &explanation{subject: r.Subject, config: c, document: d, measured: map[Setup]*result.Result{}}
	program, err := await.Value(ctx, func() (*contract.Program, error) { return r.compile(reported) })
	if err != nil {
		return nil, err
	}
	for _, find := range []func(context.Context) error{sub.attribution, sub.ablation} {
		if err := find(ctx); err != nil {
			return nil, err
		}
	}
	e.document.Warnings = append(e.document.Warnings, d.Warnings...)
	r.found = &evidence{Document: d, facts: factsOf(program)}
	return r.found, nil
}
