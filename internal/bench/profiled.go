package bench

import (
	"bytes"
	"context"
	"fmt"
	"runtime/pprof"
	"time"

	"tnbench/internal/await"
	"tnbench/internal/contract"
	"tnbench/internal/machine"
	"tnbench/internal/result"
)

// Profiled is what a strategy did under a CPU profile.
type Profiled struct {
	Profile      []byte // as runtime/pprof writes it
	Contractions int    // of all streams
	Wall         time.Duration
	Usage        result.Maybe[machine.Usage] // of the process meanwhile
}

// RunProfiled contracts program in steady state under the first of c's strategies, over
// and over until duration has passed, with the profiler on. Nothing else is profiled:
// what there is to check is checked before and after. When ctx ends, the profile of what
// was done is returned together with ctx's error.
func RunProfiled(ctx context.Context, program *contract.Program, inputs [][]byte, c Config, duration time.Duration) (Profiled, error) {
	c.Profile, c.Alone = true, false
	j := &contraction{&c, program, inputs}
	return await.Value(ctx, func() (p Profiled, err error) {
		m := newMeasurement(j, j.blank(), c)
		m.expect(ctx)
		k := m.enter(ctx, 0)
		if k.err != nil {
			return p, k.err
		}
		defer m.leave(k)
		m.contestants = append(m.contestants, k)
		defer context.AfterFunc(ctx, m.interrupt)()
		const steady = 3 // contractions until pools have what they need
		for range steady {
			if err := k.rehearse(m); err != nil {
				return p, err
			}
		}
		k.team.poison()
		if p, err = profileTeam(ctx, k.team, duration); err == nil {
			err = k.check(m)
		}
		return p, err
	})
}

// profileTeam has a team work until duration has passed.
func profileTeam(ctx context.Context, t *team, duration time.Duration) (p Profiled, err error) {
	var text bytes.Buffer
	if err := pprof.StartCPUProfile(&text); err != nil {
		return p, fmt.Errorf("the profiler cannot start: %w", err)
	}
	before, known := machine.ReadUsage()
	begin := time.Now()
	for p.Wall < duration && err == nil && ctx.Err() == nil {
		if err = t.run(1); err == nil {
			p.Contractions += len(t.streams)
		}
		p.Wall = time.Since(begin)
	}
	if after, ok := machine.ReadUsage(); ok && known {
		p.Usage = result.Measured(after.Sub(before))
	}
	pprof.StopCPUProfile()
	p.Profile = text.Bytes()
	if ctx.Err() != nil {
		err = ctx.Err()
	}
	return p, err
}
