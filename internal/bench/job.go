package bench

import (
	"context"

	"tnbench/internal/alloc"
	"tnbench/internal/result"
)

// job is what strategies compete in: a contraction, or the replay of a log.
type job interface {
	// blank returns a result that says what the job is, without any figure that
	// depends on the strategy.
	blank() result.Result
	// expect finds out what every runner must compute, without any strategy. Its
	// error says that nothing can be right.
	expect(ctx context.Context) (expectation, error)
	// prepare readies strategy for the job. The runner uses it and does not own it.
	prepare(strategy alloc.Strategy) (runner, error)
	// operations is how many operations of real numbers the job cannot do without; 0
	// if there is no arithmetic.
	operations() float64
	// digest sums up the output of a runner.
	digest(output []byte) result.Digest
}

// runner does a job under one strategy, again and again.
type runner interface {
	// run does the job once; the clock runs.
	run() error
	// output is what the last run computed: the same bytes under every strategy.
	// It is nil if the job computes nothing.
	output() []byte
	// requests are the buffers that a run takes of its strategy; nil if it computes
	// nothing.
	requests() []alloc.Request
	// interrupt makes this and every later run end early with an error that wraps
	// contract.ErrInterrupted, if the job is one that takes long. It may be called
	// from any goroutine.
	interrupt()
	// profile makes run carry the pprof labels of ctx.
	profile(ctx context.Context)
	close()
}
