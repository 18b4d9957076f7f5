// Package duel lets two builds of tnbench, or two commands that print its documents,
// take turns on this machine, and judges what they measured.
//
// In each round every program has three turns, in balanced random order: BASE, NEW,
// and BASE again. Each turn is a process of its own, and what it measured of a row,
// the median of its samples, counts as one: samples of one process resemble each
// other more than those of two. NEW is compared with BASE round by round, and so is
// BASE with itself: what the machine does to that control it may do to NEW.
package duel

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"tnbench/internal/bench"
	"tnbench/internal/compare"
	"tnbench/internal/result"
)

// Config says what is compared, and for how long.
type Config struct {
	Base, New Side
	// Programs are instances, one process each. Commands know for themselves what
	// they measure: for two of them there is one program, "".
	Programs []string
	Flags    []string // of run, for builds
	Runs     int      // samples of a process; 0: as many as take a moment
	Rounds   int      // before the first look, at least 1
	MaxTime  time.Duration
	Seed     uint64 // of the order of turns

	Thresholds compare.Thresholds
	Find       compare.Threshold // a slowdown from which on none passes as the same
	Notes      []string          // what else a reader should know
	// Progress, if set, is called before each turn.
	Progress func(bench.Progress)
}

// The contenders of a round.
const (
	baseTurn    = iota
	controlTurn // BASE again
	newTurn
	contenders
)

// names of the contenders' sides.
var names = [contenders]string{baseTurn: "base", controlTurn: "base", newTurn: "new"}

// looks is how often a row that is undecided may get more rounds, each time as many
// as it has.
const looks = 3

// Shares of MaxTime: when no rounds are begun any more, and when none for undecided
// rows are. What is left is for running again what seems worse.
const (
	shareOfRounds = 0.65
	shareOfLooks  = 0.5
)

// duel is a comparison under way.
type duel struct {
	Config
	sides   [contenders]*Side
	begun   time.Time
	matches []*match
	turns   int // so far, of planned
	planned int
	// process runs a process of a side; tests have others.
	process func(context.Context, *Side, turn) (result.Document, error)
}

// match is one program: one process a turn.
type match struct {
	program string
	runs    int
	rounds  []round
	second  []round       // of what was run again
	took    time.Duration // by the last round
	trouble string        // why there are no more rounds
	look    int           // how often it was judged, with more rounds each time
}

// round is what one turn of each contender measured.
type round [contenders]result.Document

// Run lets the sides take turns and judges them. When ctx ends, what was measured
// until then is shown, and undecided.
func Run(ctx context.Context, c Config) *compare.Document {
	d := &duel{Config: c, process: func(ctx context.Context, s *Side, t turn) (result.Document, error) { return s.run(ctx, t) }}
	return d.run(ctx)
}

func (d *duel) run(ctx context.Context) *compare.Document {
	d.begun = time.Now()
	d.sides = [contenders]*Side{baseTurn: &d.Base, controlTurn: &d.Base, newTurn: &d.New}
	limited, cancel := context.WithDeadline(ctx, d.begun.Add(d.MaxTime))
	defer cancel()
	for _, program := range d.Programs {
		d.matches = append(d.matches, &match{program: program, look: 1})
	}
	d.planned = len(d.matches) * contenders * d.Rounds
	for _, m := range d.matches {
		d.prepare(limited, m)
	}
	d.compete(limited)
	rows := d.judge()
	d.confirm(limited, rows)
	return d.document(rows, ctx.Err() != nil)
}

// Processes without rounds: they show whether a side works at all, find out how many
// samples take a moment, and bring files and the processor to where they will be.
const (
	firstRuns = 3
	moment    = 200 * time.Millisecond
	mostRuns  = 200
)

// prepare gives each side a turn that does not count.
func (d *duel) prepare(ctx context.Context, m *match) {
	m.runs = d.Runs
	if m.runs == 0 {
		m.runs = firstRuns
	}
	var slowest float64
	for _, who := range []int{baseTurn, newTurn} {
		document, ok := d.turn(ctx, m, who)
		if !ok {
			return
		}
		sum := 0.0
		for _, r := range document.Results {
			sum += r.Median.Value
		}
		slowest = max(slowest, sum)
	}
	if d.Runs == 0 && slowest > 0 {
		// Before each timed contraction there is one that is not.
		m.runs = min(max(int(float64(moment)/(2*slowest)), 1), mostRuns)
	}
}

// turn runs a process of a contender. Without success the match has its trouble.
func (d *duel) turn(ctx context.Context, m *match, who int) (document result.Document, ok bool) {
	side := d.sides[who]
	if d.Progress != nil {
		d.Progress(bench.Progress{Instance: m.program, Alloc: side.Name, Done: d.turns, Total: max(d.planned, d.turns+1)})
	}
	document, err := d.process(ctx, side, turn{m.program, d.Flags, m.runs})
	switch {
	case ctx.Err() == context.DeadlineExceeded && len(m.rounds) == 0:
		m.trouble = fmt.Sprintf("%s did not end within the time that --max-time allows", side.Name)
	case ctx.Err() != nil:
		m.trouble = "interrupted"
	case err != nil && !failedInside(document):
		m.trouble = side.Name + ": " + cause(err)
	case len(document.Results) == 0:
		m.trouble = fmt.Sprintf("%s measured nothing", side.Name)
	default:
		return document, true
	}
	return document, false
}

// cause says why a process failed, with the first line of what it said: that names a
// panic or a mistake, and what follows is long.
func cause(err error) string {
	var failed *bench.ProcessError
	if !errors.As(err, &failed) {
		return err.Error()
	}
	said, _, _ := strings.Cut(failed.Said, "\n")
	return strings.TrimSuffix(strings.TrimSuffix(fmt.Sprintf("%v: %s", failed.Err, said), "."), ": ")
}

// failedInside reports whether a document tells itself what failed.
func failedInside(d result.Document) bool {
	return slices.ContainsFunc(d.Results, func(r result.Result) bool { return r.Error != "" })
}

// compete holds rounds until every row is decided, or the time is over.
func (d *duel) compete(ctx context.Context) {
	more, open := d.Rounds, d.matches
	share := shareOfRounds
	for look := 1; ; look++ {
		if !d.hold(ctx, open, more, share, (*match).first) || look == looks {
			return
		}
		rows := d.judge()
		open = slices.DeleteFunc(slices.Clone(d.matches), func(m *match) bool { return m.trouble != "" || !rows.undecided(m) })
		if len(open) == 0 {
			return
		}
		if look > 1 {
			more *= 2
		}
		share = shareOfLooks
		d.planned += len(open) * contenders * more
		for _, m := range open {
			m.look++
		}
	}
}

func (m *match) first(r round) { m.rounds = append(m.rounds, r) }
func (m *match) again(r round) { m.second = append(m.second, r) }

// hold holds so many rounds of matches, as long as a share of the time lasts, and
// has keep keep them. It reports whether there was time for any.
func (d *duel) hold(ctx context.Context, matches []*match, n int, share float64, keep func(*match, round)) (any bool) {
	until := d.begun.Add(time.Duration(float64(d.MaxTime) * share))
	for order := range bench.Schedule(contenders, d.Seed) {
		if n--; n < 0 || ctx.Err() != nil {
			break
		}
		for _, m := range matches {
			if m.trouble != "" || time.Now().Add(m.took).After(until) {
				continue
			}
			if r, ok := d.round(ctx, m, order); ok {
				keep(m, r)
				any = true
			}
		}
	}
	d.Seed++ // other orders the next time
	return any
}

// round holds one round of a match.
func (d *duel) round(ctx context.Context, m *match, order []int) (r round, ok bool) {
	start := time.Now()
	for _, who := range order {
		if r[who], ok = d.turn(ctx, m, who); !ok {
			return r, false
		}
		d.turns++
	}
	m.took = time.Since(start)
	return r, true
}

// confirmations is how many rounds show again what does not vary.
const confirmations = 5

// confirm runs again what seems worse: chance rarely strikes one row twice, and what
// was a disturbance does not come back. Both must agree.
func (d *duel) confirm(ctx context.Context, rows *rows) {
	n := confirmations
	var red []*match
	together := rows.together() != nil
	for _, m := range d.matches {
		some, times := rows.red(m)
		times = times || together
		if (some || together) && m.trouble == "" {
			red = append(red, m)
		}
		if times {
			n = max(n, len(m.rounds))
		}
	}
	d.planned = d.turns + len(red)*contenders*n
	d.hold(ctx, red, n, 1, (*match).again)
	rows.confirm()
}
