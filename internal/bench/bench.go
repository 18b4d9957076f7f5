// Package bench measures programs, and recorded memory traffic, under allocation
// strategies: it runs them in interleaved rounds, reads the counters, checks every result and does the
// statistics. It yields plain data and prints nothing.
//
// Inside the clock: allocation of intermediates and temporaries, arithmetic,
// frees, the reset at the end of the contraction. Outside: loading, compiling,
// inputs, the memory of the result, reading counters, checking, and dropping
// what the previous strategy left behind.
package bench

import (
	"context"
	"sync"

	"tnbench/internal/await"
	"tnbench/internal/contract"
	"tnbench/internal/result"
)

// Config says how to measure.
type Config struct {
	Strategies []string // specs as alloc.New takes them
	Baseline   string   // ratios are to this one of Strategies
	Runs       int      // timed rounds, at least 1
	Warmup     int      // rounds before them, checked but not timed
	Seed       uint64   // of the order of turns
	Threads    int      // workers inside one contraction
	Streams    int      // contractions at once, each in a goroutine of its own
	Share      bool     // the streams share one strategy
	Execution  contract.Execution
	Profile    bool // set pprof labels
	// Check says whether results are held against an independent computation.
	Check Check
	// Limit is the memory that may be taken, in bytes; 0 if that is not known.
	Limit int64
	// Stored is the digest that an independent program gave for these inputs.
	Stored result.Maybe[result.Digest]
	Fill   string // what the inputs hold: see instance.Fills
	// PeakFlops is the measured real multiplications and additions per second
	// that the used cores can do in the program's dtype; 0 if unknown.
	PeakFlops float64
	// Repeak measures PeakFlops again: it is called before a strategy is said to be
	// faster than the machine. It is nil where PeakFlops is no bound.
	Repeak func() float64
	// Bandwidth is the measured bytes per second that the used cores can move to
	// and from memory; 0 if unknown.
	Bandwidth float64
	// Progress, if set, is called before each turn.
	Progress func(Progress)
}

// Progress is where a measurement stands.
type Progress struct {
	Instance, Path, Alloc string // the instance by its file
	Done, Total           int    // turns
}

// Run measures program with inputs under every strategy of c and returns one
// result each, in their order. What goes wrong with a strategy is its result's
// Error; the others go on. When ctx ends, Run stops before the next step, or
// leaves behind one that takes longer than [await.Grace], and returns what was
// measured together with ctx's error. A strategy without samples says so in its
// Error. What was left behind still uses program and inputs.
func Run(ctx context.Context, program *contract.Program, inputs [][]byte, c Config) ([]result.Result, error) {
	return measureJob(ctx, &contraction{&c, program, inputs}, c)
}

// measureJob lets the strategies compete in a job.
func measureJob(ctx context.Context, j job, c Config) ([]result.Result, error) {
	blank, err := await.Value(ctx, func() (result.Result, error) { return j.blank(), nil })
	if err != nil {
		return nil, err
	}
	m := &measurement{config: c, job: j, blank: blank, kept: make([]standing, len(c.Strategies))}
	for i, spec := range c.Strategies {
		m.kept[i] = standing{contestant: contestant{spec: spec}, blank: blank}
	}
	err = await.Done(ctx, func() error { m.run(ctx); return ctx.Err() })
	return m.results(), err
}

// measurement is one job under several strategies.
type measurement struct {
	config      Config
	job         job
	blank       result.Result // of any strategy
	contestants []*contestant
	expected    expectation
	wrong       error // nothing can be right
	turns       int
	settled     uint64 // bytes of heap objects after the last settling
	reader      *reader

	kept  []standing // of the contestants
	mutex sync.Mutex // of kept
}

// standing is how a contestant stood after its last turn: what there is to show if
// a turn never ends and is left behind.
type standing struct {
	contestant
	blank result.Result
	by    string // what its result was checked by
}

// run is the whole competition.
func (m *measurement) run(ctx context.Context) {
	m.expect(ctx)
	for i, spec := range m.config.Strategies {
		if ctx.Err() != nil {
			return
		}
		k := m.enter(ctx, spec)
		m.contestants = append(m.contestants, k)
		m.keep(i)
		defer k.leave()
	}
	defer context.AfterFunc(ctx, m.interrupt)()
	m.warmUp(ctx)
	m.reader = newReader()
	defer m.reader.close()
	m.compete(ctx)
}

// keep puts down how a contestant stands.
func (m *measurement) keep(i int) {
	m.mutex.Lock()
	defer m.mutex.Unlock()
	m.kept[i] = standing{*m.contestants[i], m.blank, m.expected.by}
}

// expect finds out what every strategy must compute.
func (m *measurement) expect(ctx context.Context) {
	if m.blank.Steps > 0 {
		m.progress("check")
	}
	m.expected, m.wrong = m.job.expect(ctx)
	m.blank.Unsound, m.blank.Unverified = m.expected.unsound, m.expected.unverified
}

// interrupt makes every run stop as soon as it can.
func (m *measurement) interrupt() {
	for _, k := range m.contestants {
		if k.team != nil {
			k.team.interrupt()
		}
	}
}

// warmUp lets every strategy do the job a few times untimed.
func (m *measurement) warmUp(ctx context.Context) {
	for _, order := range schedule(len(m.contestants), m.config.Warmup, m.config.Seed) {
		for _, i := range order {
			m.turn(ctx, i, (*contestant).rehearse)
		}
	}
}

// compete runs the timed rounds.
func (m *measurement) compete(ctx context.Context) {
	for _, order := range schedule(len(m.contestants), m.config.Runs, m.config.Seed+1) {
		for _, i := range order {
			m.turn(ctx, i, (*contestant).sample)
		}
	}
}

// turn gives the i-th contestant its turn unless it failed before or the
// measurement is over.
func (m *measurement) turn(ctx context.Context, i int, do func(*contestant, *measurement) error) {
	k := m.contestants[i]
	if k.err != nil || ctx.Err() != nil {
		return
	}
	m.progress(k.spec)
	m.turns++
	k.err = do(k, m)
	m.keep(i)
}

// progress tells what is under way.
func (m *measurement) progress(what string) {
	if m.config.Progress != nil {
		m.config.Progress(Progress{
			Instance: m.blank.Label(),
			Path:     m.blank.Path,
			Alloc:    what,
			Done:     m.turns,
			Total:    len(m.config.Strategies) * (m.config.Warmup + m.config.Runs),
		})
	}
}
