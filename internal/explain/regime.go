package explain

import (
	"context"

	"tnbench/internal/contract"
	"tnbench/internal/result"
)

// The sizes that tell regimes apart, in bytes of step results.
const (
	tinyMost  = 64 << 10 // the largest of a network that is dominated by tiny tensors
	largeOnes = 1 << 20  // one that counts as large
)

// Regimes chooses from programs those that stand best for networks dominated by tiny
// tensors, by a mixture, and by large ones, and returns their positions; a regime that
// none stands for is left out. Most results of the first are tiny and none is more than
// 64 KiB; of the second most are tiny, and there are large ones, too; of the third the
// fewest are tiny.
func Regimes(programs []*contract.Program) (chosen []int) {
	share := func(i int) float64 {
		f := factsOf(programs[i])
		return float64(f.small) / float64(f.steps)
	}
	for _, regime := range []func(share float64, largest int) (fits bool, worth float64){
		func(s float64, n int) (bool, float64) { return s > 0.5 && n <= tinyMost, s },
		func(s float64, n int) (bool, float64) { return s > 0.5 && n >= largeOnes, float64(n) },
		func(s float64, n int) (bool, float64) { return s < 0.5 && n >= largeOnes, -s },
	} {
		best, most := -1, 0.0
		for i, p := range programs {
			largest := 0
			for _, s := range p.Steps {
				largest = max(largest, s.Bytes)
			}
			if fits, worth := regime(share(i), largest); fits && (best < 0 || worth > most) {
				best, most = i, worth
			}
		}
		if best >= 0 {
			chosen = append(chosen, best)
		}
	}
	return chosen
}

// Regime is a network that claims are tried on beside the one that is explained. What
// was measured of it is kept: a second explanation does not measure it again.
type Regime struct {
	Subject
	// PeakFlops and Bandwidth are as in [Config].
	PeakFlops, Bandwidth float64

	found *evidence
}

// limitBeside returns what memory a regime may take beside the inputs of a subject, which
// are there meanwhile; its own were there before the limit was known.
func (r *Regime) limitBeside(s *Subject, limit int64) int64 {
	if limit == 0 {
		return 0
	}
	return max(1, limit-s.inputBytes()+r.inputBytes())
}

// inputBytes returns what the inputs take.
func (s *Subject) inputBytes() (bytes int64) {
	for _, in := range s.Inputs {
		bytes += int64(len(in))
	}
	return bytes
}

// evidence measures what claims about a regime rest on, with few rounds.
func (r *Regime) evidence(ctx context.Context, e *explanation) (*evidence, error) {
	if r.found != nil {
		return r.found, nil
	}
	c := e.config
	c.regime, c.Regimes, c.PeakFlops, c.Bandwidth = true, nil, r.PeakFlops, r.Bandwidth
	c.Limit = r.limitBeside(&e.subject, c.Limit)
	c.Progress = func(_ Part, what string, done, total int) {
		e.progress(r.Instance.Name+": "+what, done, total)
	}
	d := &Document{}
	sub := &explanation{subject: r.Subject, config: c, document: d, measured: map[Setup]*result.Result{}}
	program, err := sub.program(ctx, reported)
	if err != nil {
		return nil, err
	}
	d.describe(&r.Subject, program)
	for _, find := range []func(context.Context) error{sub.attribution, sub.ablation} {
		if err := find(ctx); err != nil {
			return nil, err
		}
	}
	e.document.Warnings = append(e.document.Warnings, d.Warnings...)
	r.found = &evidence{Document: d, facts: factsOf(program)}
	return r.found, nil
}
