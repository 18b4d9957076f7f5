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
	"slices"
	"sync"
	"time"

	"tnbench/internal/await"
	"tnbench/internal/contract"
	"tnbench/internal/machine"
	"tnbench/internal/result"
	"tnbench/internal/stats"
)

// Config says how to measure.
type Config struct {
	Strategies []string // specs as alloc.New takes them
	Baseline   string   // ratios are to the first of Strategies that is this one
	Pace                // how many rounds
	MinEffect  float64  // the least difference that counts, as a share
	Seed       uint64   // of the order of turns
	Threads    int      // workers inside one contraction
	Streams    int      // contractions at once, each in a goroutine of its own
	Share      bool     // the streams share one strategy
	Alone      bool     // a strategy has memory in its turn only
	// Lean is for many ways in little time: nobody looks at footprints, and also
	// contractions of some milliseconds are timed without an untimed one before.
	Lean      bool
	Execution contract.Execution
	// Process, if set, returns the command of a process that measures its first
	// contraction under a strategy, with First; each sample is then of one of these.
	Process func(spec string) Command
	First   bool // measure the first contraction under the first strategy, and no more
	Profile bool // set pprof labels
	// Check says whether results are held against an independent computation.
	Check Check
	// Limit is the memory that may be taken, in bytes; 0 if that is not known.
	Limit int64
	// Own is what the process had before, in bytes, which Limit leaves out.
	Own int
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
	Done, Total           int    // turns; Total may change
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
	blank.Cold = c.First || c.Process != nil
	m := newMeasurement(j, blank, c)
	err = await.Done(ctx, func() error { m.run(ctx); return ctx.Err() })
	return m.results(), err
}

// newMeasurement returns one of a job with nothing measured yet.
func newMeasurement(j job, blank result.Result, c Config) *measurement {
	m := &measurement{config: c, job: j, blank: blank, batch: 1, kept: make([]standing, len(c.Strategies))}
	m.clock = m.config.begin(len(c.Strategies), time.Now(), time.Now())
	occurrences := result.Occurrences(c.Strategies)
	for i, spec := range c.Strategies {
		m.kept[i] = standing{contestant: contestant{spec: spec, occurrence: occurrences[i], number: i}, blank: blank}
	}
	return m
}

// measurement is one job under several strategies.
type measurement struct {
	config      Config
	job         job
	blank       result.Result // of any strategy
	start       time.Time
	clock       pace // of the timed rounds
	batch       int  // contractions of a sample
	beside      bool // others hold memory, too, that are no contestants here
	contestants []*contestant
	latest      *contestant // to have a turn; nil: another measurement's
	again       bool        // the contestant whose turn it is had the one before, too
	moved       bool        // it has other memory than before
	expected    expectation
	wrong       error // nothing can be right
	turns       int
	heap        machine.Heap
	reader      *reader
	final       bool // this round may be the last one

	mutex sync.Mutex // of what follows, and of the contestants' teams
	kept  []standing // of the contestants
	looks int        // at the differences, as often as they will have been looked at next
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
	m.start = time.Now()
	switch {
	case m.config.First:
		m.first(ctx)
		return
	case m.config.Process != nil:
		m.cold(ctx)
		return
	}
	m.expect(ctx)
	for i := range m.kept {
		if ctx.Err() != nil {
			return
		}
		k := m.enter(ctx, i)
		m.contestants = append(m.contestants, k)
		m.keep(i)
		defer m.leave(k)
	}
	defer context.AfterFunc(ctx, m.interrupt)()
	m.warmUp(ctx)
	m.calibrate(ctx)
	m.reader = newReader()
	defer m.reader.close()
	m.compete(ctx, (*contestant).sample)
}

// keep puts down how a contestant stands.
func (m *measurement) keep(i int) {
	m.mutex.Lock()
	defer m.mutex.Unlock()
	m.kept[i] = standing{*m.contestants[i], m.blank, m.expected.by}
	m.kept[i].team = nil // or its memory would be kept, too
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
	m.mutex.Lock()
	defer m.mutex.Unlock()
	for _, k := range m.contestants {
		if k.team != nil {
			k.team.interrupt()
		}
	}
}

// warmUp lets every strategy do the job a few times untimed.
func (m *measurement) warmUp(ctx context.Context) {
	rounds, took := m.config.warmUp(len(m.contestants), m.config.Seed, func() bool { return m.idle(ctx) },
		func(i int) { m.turn(ctx, i, (*contestant).rehearse) })
	m.blank.WarmupRounds, m.blank.WarmupTime = rounds, took.Nanoseconds()
}

// calibrate finds out how many contractions a sample needs.
func (m *measurement) calibrate(ctx context.Context) {
	for _, k := range m.contestants {
		if k.err == nil && ctx.Err() == nil {
			m.attend(ctx, k, (*contestant).calibrate)
		}
	}
}

// compete runs the timed rounds: turns in which do takes a sample.
func (m *measurement) compete(ctx context.Context, do func(*contestant, *measurement) error) {
	m.clock = m.config.begin(len(m.contestants), m.start, time.Now())
	for order, final := range m.clock.timed(len(m.contestants), m.config.Seed+1, m, func() bool { return m.idle(ctx) }) {
		m.final = final
		m.lookNext(m.clock.look + 1)
		for _, i := range order {
			m.turn(ctx, i, do)
		}
	}
}

// idle reports whether nobody is left to take a turn.
func (m *measurement) idle(ctx context.Context) bool {
	return ctx.Err() != nil || !slices.ContainsFunc(m.contestants, func(k *contestant) bool { return k.err == nil })
}

// decided reports whether further rounds would tell no more about the differences to
// the baseline, or where there is none, to the first strategy, at the i-th look.
func (m *measurement) decided(look int) bool {
	m.lookNext(look)
	all := m.results()
	base := max(0, m.baseline(all))
	rule := result.RuleOf(all)
	for i := range all {
		if i == base || len(all[i].Samples) == 0 || all[i].Error != "" {
			continue
		}
		if _, outcome := rule.Compare(&all[i], &all[base]); outcome == stats.Unresolved {
			return false
		}
	}
	return true
}

// tells reports whether samples scatter so little, beside their number, that the intervals
// of all ratios are narrow enough to see a difference of [telling].
func (m *measurement) tells() bool {
	all := m.results()
	base := max(0, m.baseline(all))
	rule := result.RuleOf(all)
	for i := range all {
		if i == base || len(all[i].Samples) == 0 || all[i].Error != "" {
			continue
		}
		ratio, _ := rule.Compare(&all[i], &all[base])
		if !ratio.Bounded || ratio.High > ratio.Low*(1+tellingWidth) ||
			stats.PairedWidth(all[i].Samples, all[base].Samples, rule.Confidence) > tellingWidth {
			return false
		}
	}
	return true
}

// lookNext notes at which look the differences will next be seen.
func (m *measurement) lookNext(look int) {
	m.mutex.Lock()
	defer m.mutex.Unlock()
	if m.config.UntilResolved {
		m.looks = look
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
	m.again, m.latest = m.latest == k, k
	m.attend(ctx, k, do)
	m.keep(i)
}

// For how many turns a contestant keeps its memory. Then it gets other: where memory lies
// costs or saves some per cent, which chance is to deal out anew, not to tell strategies
// apart by. Long contractions keep it longer, as they pay for it with untimed ones, and
// much memory stays: it lies everywhere in the caches alike, and taking it anew may leave
// holes that keep more resident than was forecast.
const (
	placedFor     = 3
	placedForLong = 8
	mostMoved     = 64 << 20 // bytes of footprint
)

// moves reports whether a contestant gets other memory for its turn.
func (m *measurement) moves(k *contestant) bool {
	if m.config.Alone {
		return true // it has none
	}
	turns := placedForLong
	if m.batch > 1 {
		turns = placedFor
	} else if m.config.Lean || !k.footprint.OK || k.footprint.Value > mostMoved {
		return false
	}
	return len(k.samples) > 0 && (len(k.samples)+k.number)%turns == 0
}

// attend lets a contestant do something, with other memory now and then. If contestants
// take turns with the memory, it has some meanwhile.
func (m *measurement) attend(ctx context.Context, k *contestant, do func(*contestant, *measurement) error) {
	if m.moved = m.moves(k); m.moved {
		if m.leave(k); m.batch == 1 && !m.config.Alone {
			m.heap.GiveBack() // or it would get the same again
		}
		if k.err = m.ready(ctx, k); k.err != nil {
			return
		}
	}
	if m.config.Alone {
		defer m.heap.GiveBack()
		defer m.leave(k)
	}
	k.err = do(k, m)
}

// progress tells what is under way.
func (m *measurement) progress(what string) {
	if m.config.Progress != nil {
		m.config.Progress(Progress{
			Instance: m.blank.Label(),
			Path:     m.blank.Path,
			Alloc:    what,
			Done:     m.turns,
			Total:    max(m.turns+1, len(m.config.Strategies)*(max(m.config.Warmup, m.blank.WarmupRounds)+m.clock.expected())),
		})
	}
}
