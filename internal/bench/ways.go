package bench

import (
	"context"
	"sync"
	"time"

	"tnbench/internal/await"
	"tnbench/internal/contract"
	"tnbench/internal/machine"
	"tnbench/internal/result"
)

// Way is one way to contract a network: a program, a strategy, and all that is around
// them. Ways may differ in anything that one process can change.
type Way struct {
	Name      string
	Program   *contract.Program
	Strategy  string // as alloc.New takes it
	Execution contract.Execution
	Threads   int  // workers inside one contraction
	Streams   int  // contractions at once
	Share     bool // the streams share one strategy
	Batch     int  // contractions of a sample, if that is to be more than others have
	// Around, if set, surrounds each of the way's turns, outside the clock: it calls
	// turn once, and leaves the process as it was.
	Around func(turn func())
}

// Compete measures ways against each other as [Run] does strategies: in balanced
// rounds, warmed up, batched where contractions are short, every result checked. It
// returns one result each, in their order, whose samples of one round belong
// together; ratios are the caller's to form. c says how to measure; what a way says
// itself is ignored there. Results are of the same bits as those of the first way with
// the same program.
func Compete(ctx context.Context, ways []Way, inputs [][]byte, c Config) ([]result.Result, error) {
	t := &tournament{config: c, ways: ways}
	for i := range ways {
		w := &ways[i]
		own := c
		own.Strategies, own.Baseline, own.Process, own.First = []string{w.Strategy}, "", nil, false
		own.Execution, own.Threads, own.Streams, own.Share = w.Execution, w.Threads, w.Streams, w.Share
		own.Progress = t.progress(w)
		j := &contraction{&own, w.Program, inputs}
		blank, err := await.Value(ctx, func() (result.Result, error) { return j.blank(), nil })
		if err != nil {
			return nil, err
		}
		m := newMeasurement(j, blank, own)
		m.beside = true
		t.all = append(t.all, m)
	}
	err := await.Done(ctx, func() error { t.run(ctx); return ctx.Err() })
	var results []result.Result
	for _, m := range t.all {
		results = append(results, m.results()...)
	}
	return results, err
}

// tournament is several ways, each a measurement of its own with one contestant, which
// take turns.
type tournament struct {
	config Config
	ways   []Way
	all    []*measurement
	clock  pace
	turns  int
	latest int // way to have a turn
}

// run is the whole of it.
func (t *tournament) run(ctx context.Context) {
	start := time.Now()
	t.clock = t.config.begin(len(t.all), start, start)
	expected := map[*contract.Program]*measurement{}
	for i, m := range t.all {
		if ctx.Err() != nil {
			return
		}
		m.start = start
		if first := expected[m.program()]; first != nil {
			m.expected, m.wrong = first.expected, first.wrong
			m.blank.Unsound, m.blank.Unverified = first.blank.Unsound, first.blank.Unverified
		} else {
			m.expect(ctx)
			expected[m.program()] = m
		}
		t.around(i, func() {
			m.contestants = []*contestant{m.enter(ctx, 0)}
			m.keep(0)
		})
		defer m.leave(m.contestants[0])
		defer context.AfterFunc(ctx, m.interrupt)()
	}
	idle := func() bool { return t.idle(ctx) }
	t.config.warmUp(len(t.all), t.config.Seed, idle, func(i int) { t.turn(ctx, i, (*contestant).rehearse) })
	t.calibrate(ctx)
	reader := newReader()
	defer reader.close()
	t.clock = t.config.begin(len(t.all), start, time.Now())
	for order, final := range t.clock.timed(len(t.all), t.config.Seed+1, t, idle) {
		for _, i := range order {
			t.all[i].reader, t.all[i].final = reader, final
			t.turn(ctx, i, (*contestant).sample)
		}
	}
}

// calibrate finds how many contractions a sample needs: the same number for all ways, but
// for those that ask for more.
func (t *tournament) calibrate(ctx context.Context) {
	batch := 1
	for i, m := range t.all {
		m.batch = batch
		t.around(i, func() { m.calibrate(ctx) })
		batch = max(batch, m.batch)
	}
	for i, m := range t.all {
		m.batch = max(batch, t.ways[i].Batch)
	}
}

// turn gives the i-th way its turn.
func (t *tournament) turn(ctx context.Context, i int, do func(*contestant, *measurement) error) {
	if t.latest != i {
		t.all[i].latest, t.latest = nil, i
	}
	t.around(i, func() { t.all[i].turn(ctx, 0, do) })
	t.turns++
}

// around surrounds a turn with what the way wants.
func (t *tournament) around(i int, turn func()) {
	if around := t.ways[i].Around; around != nil {
		around(turn)
		return
	}
	turn()
}

// idle reports whether no way is left to take a turn.
func (t *tournament) idle(ctx context.Context) bool {
	for _, m := range t.all {
		if !m.idle(ctx) {
			return false
		}
	}
	return true
}

// decided and tells implement judge: which ways are compared is the caller's to say.
func (t *tournament) decided(int) bool { return true }
func (t *tournament) tells() bool      { return true }

// progress returns what a way's measurement tells of its progress.
func (t *tournament) progress(w *Way) func(Progress) {
	if t.config.Progress == nil {
		return nil
	}
	return func(p Progress) {
		p.Alloc, p.Done = w.Name, t.turns
		p.Total = max(t.turns+1, len(t.ways)*(t.config.Warmup+t.clock.expected()))
		t.config.Progress(p)
	}
}

// program returns what a measurement contracts.
func (m *measurement) program() *contract.Program { return m.job.(*contraction).program }

// Moment is a time since a watch began, and what the process had in memory then.
type Moment struct {
	At    time.Duration
	Bytes int64
}

// watchEvery is how often memory is read: often enough to see a contraction of some
// milliseconds rise and fall, rarely enough to leave it the processor.
const watchEvery = time.Millisecond

// Watch contracts under a way, as c says, and reads what the process has in memory from
// the way's first turn on. Its times are of no use: reading costs some.
func Watch(ctx context.Context, w Way, inputs [][]byte, c Config) ([]Moment, error) {
	m := &lookout{stop: make(chan struct{}), done: make(chan struct{})}
	around := w.Around
	w.Around = func(turn func()) {
		m.begin.Do(func() { m.start = time.Now(); go m.run() })
		if around != nil {
			around(turn)
			return
		}
		turn()
	}
	_, err := Compete(ctx, []Way{w}, inputs, c)
	m.begin.Do(func() { close(m.done) }) // there was no turn
	close(m.stop)
	<-m.done
	return m.all, err
}

// lookout reads memory until it is stopped.
type lookout struct {
	begin      sync.Once
	start      time.Time
	all        []Moment
	stop, done chan struct{}
}

func (m *lookout) run() {
	defer close(m.done)
	ticks := time.NewTicker(watchEvery)
	defer ticks.Stop()
	for {
		m.all = append(m.all, Moment{time.Since(m.start), machine.ResidentMemory()})
		select {
		case <-m.stop:
			return
		case <-ticks.C:
		}
	}
}
