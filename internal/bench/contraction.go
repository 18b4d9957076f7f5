package bench

import (
	"context"
	"unsafe"

	"tnbench/internal/alloc"
	"tnbench/internal/contract"
	"tnbench/internal/dtype"
	"tnbench/internal/kernel/nest"
	"tnbench/internal/result"
)

// contraction is the job of contracting a program.
type contraction struct {
	config  *Config
	program *contract.Program
	inputs  [][]byte
}

// blank implements job.
func (c *contraction) blank() result.Result {
	p := c.program
	r := result.Result{
		PeakLive: result.Measured(p.PeakLive * max(1, c.config.Streams)),
	}
	if n := p.StreamedBytes(); n > 0 {
		r.Streamed = result.Measured(n)
	}
	r.Sliced = Sliced(p)
	Describe(&r, p)
	if bound := Roofline(p, c.config.PeakFlops, c.config.Bandwidth); bound.OK {
		r.Bound, r.BoundBy = result.Measured(bound.Value.Time), bound.Value.By
	}
	return r
}

// operations implements job.
func (c *contraction) operations() float64 {
	return c.program.Work * realFlops(c.program.DType())
}

// Describe enters into r which program it is of.
func Describe(r *result.Result, p *contract.Program) {
	r.Instance, r.File, r.Path, r.DType = p.Instance.Name, p.Instance.Source, p.Path, p.DType().String()
	r.Steps, r.Flops = len(p.Steps), result.Measured(p.Flops)
	r.FileHash, r.PathHash, r.ProgramHash, r.Tier = p.Instance.Hash, p.PathHash(), p.Hash(), p.Tier()
}

// digest implements job.
func (c *contraction) digest(output []byte) result.Digest {
	return result.NewDigest(c.program.DType(), c.program.ResultShape(), output)
}

// prepare implements job.
func (c *contraction) prepare(strategy alloc.Strategy) (runner, error) {
	r := &contractor{program: c.program, result: lines(c.program.ResultBytes())}
	if c.config.Threads > 1 {
		r.workers = nest.NewWorkers(c.config.Threads)
	}
	execution := c.config.Execution
	execution.Workers = r.workers
	var err error
	if r.executor, err = contract.NewExecutor(c.program, strategy, c.inputs, execution); err != nil {
		r.close()
		return nil, err
	}
	return r, nil
}

// lines returns so many bytes that begin with a cache line: where a result lies must not
// tell strategies apart.
func lines(bytes int) []byte {
	b := dtype.MakeBytes(bytes + nest.CacheLine)
	first := nest.Align(unsafe.Pointer(&b[0]))
	return unsafe.Slice((*byte)(first), bytes)
}

// contractor contracts a program under one strategy.
type contractor struct {
	program  *contract.Program
	executor *contract.Executor
	workers  *nest.Workers // nil: one thread
	result   []byte
}

func (r *contractor) run() error                  { return r.executor.Run(r.result) }
func (r *contractor) output() []byte              { return r.result }
func (r *contractor) requests() []alloc.Request   { return r.program.Requests }
func (r *contractor) interrupt()                  { r.executor.Interrupt() }
func (r *contractor) profile(ctx context.Context) { r.executor.Profile(ctx) }

func (r *contractor) close() {
	if r.workers != nil {
		r.workers.Close()
	}
}
