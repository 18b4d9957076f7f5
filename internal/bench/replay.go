package bench

import (
	"context"

	"tnbench/internal/alloc"
	"tnbench/internal/alloc/traffic"
	"tnbench/internal/result"
)

// Recording is one contraction of an allocation log.
type Recording struct {
	Name  string // of the log
	Hash  string // of its text: SHA-256 in hexadecimal
	Part  string // of the log: stands in results where a path would
	Log   *traffic.Log
	Alike int // contractions of the log that this one stands for
}

// Replay measures the memory traffic of a recording under every strategy of c,
// without arithmetic, as [Run] does a program. What c says of programs is ignored.
func Replay(ctx context.Context, r Recording, touch traffic.Touch, c Config) ([]result.Result, error) {
	return measureJob(ctx, &replay{r, touch}, c)
}

// replay is the job of replaying a log.
type replay struct {
	Recording
	touch traffic.Touch
}

// blank implements job.
func (r *replay) blank() result.Result {
	t := result.Traffic{Buffers: len(r.Log.Requests), Contractions: r.Alike, Touch: r.touch.String()}
	for _, q := range r.Log.Requests {
		t.Bytes += q.Bytes
	}
	return result.Result{
		Instance: r.Name,
		File:     r.Name,
		FileHash: r.Hash,
		Path:     r.Part,
		Traffic:  result.Measured(t),
		PeakLive: result.Measured(alloc.PeakLive(r.Log.Requests)),
	}
}

// expect implements job: nothing is computed.
func (r *replay) expect(context.Context) (expectation, error) { return expectation{}, nil }

// operations implements job: there is no arithmetic.
func (r *replay) operations() float64 { return 0 }

// digest implements job. It is not called, as there is no output.
func (r *replay) digest([]byte) result.Digest { return result.Digest{} }

// prepare implements job.
func (r *replay) prepare(strategy alloc.Strategy) (runner, error) {
	p, err := traffic.NewReplay(strategy, r.Log, r.touch)
	if err != nil {
		return nil, err
	}
	return &player{p}, nil
}

// player replays a log under one strategy. It moves memory only, so that it ends
// soon enough without being interrupted.
type player struct{ replay *traffic.Replay }

func (p *player) run() error                { return p.replay.Run() }
func (p *player) output() []byte            { return nil }
func (p *player) requests() []alloc.Request { return nil }
func (p *player) interrupt()                {}
func (p *player) profile(context.Context)   {}
func (p *player) close()                    {}
