package main

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"tnbench/internal/bench"
	"tnbench/internal/peaks"
	"tnbench/internal/result"
	"tnbench/internal/stats"
	"tnbench/internal/warning"
)

// paceFlags say how many rounds there are, and what difference counts.
type paceFlags struct {
	warmup    string
	minEffect string
	bench.Pace
	exact  bool // no rounds are added to Runs
	flags  *pflag.FlagSet
	effect float64
	auto   bool // rounds that are not timed go on until the processor is at its speed
}

const (
	warmupAuto = "auto"
	// warmupRounds are the rounds that are not timed, if no other number is given.
	warmupRounds = 3
	// unknownWarmup is how long they go on where the processor's speed is not known.
	unknownWarmup = time.Second
	// mostResolving bounds --until-resolved where nothing else does.
	mostResolving = 2 * time.Minute
	// fewTurns and fewTime bound the rounds that are added where few strategies
	// compete: two of them are told apart as well, in about the time, as nine. On a
	// noisy machine there are up to fewPatience times as many, for so long.
	fewTurns    = 120
	fewTime     = 30 * time.Second
	fewPatience = 4
)

func (p *paceFlags) register(cmd *cobra.Command) {
	f := cmd.Flags()
	p.flags = f
	f.IntVar(&p.Runs, "runs", 15, "timed rounds. If no number is given there are more where few strategies compete: up to 120 turns in all, or 30s, and four times that while samples scatter so much that 5 % could not be told")
	f.StringVar(&p.warmup, "warmup", warmupAuto, "rounds before them that are not timed: a number, a time such as 2s, or auto (3, then until the processor is at its speed, for 2s at most)")
	f.DurationVar(&p.MinTime, "min-time", 0, "more timed rounds than --runs until they take so long, for each program")
	f.DurationVar(&p.MaxTime, "max-time", 0, "no further round after so long, for each program, from its check on")
	f.BoolVar(&p.UntilResolved, "until-resolved", false, "rounds until every difference to the baseline is resolved or too small to count; looks after --runs rounds and whenever their number has doubled, for 2m if --max-time is not given. The i-th look has 1/(i(i+1)) of the allowed error, so that the intervals hold whenever it stops")
	f.StringVar(&p.minEffect, "min-effect", "1%", "the least difference that counts: a strategy is called faster or slower if all of the interval lies beyond it")
}

// parse checks the flags.
func (p *paceFlags) parse() error {
	p.Turns, p.Spend, p.Patience = 0, 0, 0
	if !p.exact && !p.flags.Changed("runs") && !p.UntilResolved && p.MinTime == 0 {
		p.Turns, p.Spend, p.Patience = fewTurns, fewTime, fewPatience
	}
	if p.Runs < 1 {
		return usage("--runs must be at least 1, not %d", p.Runs)
	}
	if p.MinTime < 0 || p.MaxTime < 0 {
		return usage("--min-time and --max-time must not be negative")
	}
	if p.MaxTime > 0 && p.MinTime > p.MaxTime {
		return usage("--min-time %v is more than --max-time %v", p.MinTime, p.MaxTime)
	}
	if p.UntilResolved && p.MaxTime == 0 {
		p.MaxTime = mostResolving
	}
	var err error
	if p.effect, err = parseShare(p.minEffect); err != nil {
		return usage("--min-effect: %w", err)
	}
	return p.parseWarmup()
}

func (p *paceFlags) parseWarmup() error {
	p.Warmup, p.WarmupTime, p.auto = 0, 0, false
	rounds, err := strconv.Atoi(p.warmup)
	if err == nil {
		p.Warmup = rounds
	} else if p.auto = p.warmup == warmupAuto; p.auto {
		p.Warmup = warmupRounds
	} else if p.WarmupTime, err = time.ParseDuration(p.warmup); err != nil {
		return usage("--warmup: %q is no number of rounds, no time such as 2s, and not auto", p.warmup)
	}
	if p.Warmup < 0 || p.WarmupTime < 0 {
		return usage("--warmup must not be negative, not %s", p.warmup)
	}
	return nil
}

// parseShare reads a share: "1%" or 0.01, less than 1.
func parseShare(text string) (float64, error) {
	number, percent := strings.CutSuffix(strings.TrimSpace(text), "%")
	v, err := strconv.ParseFloat(strings.TrimSpace(number), 64)
	if percent {
		v /= 100
	}
	if err != nil || !(v >= 0 && v < 1) {
		return 0, fmt.Errorf("%q is no share such as 1%%, at least 0 and less than 100%%", text)
	}
	return v, nil
}

// tell enters the flags into settings.
func (p *paceFlags) tell(s *result.Settings) {
	s.Runs, s.Warmup, s.WarmupTime = p.Runs, p.Warmup, p.WarmupTime.Nanoseconds()
	s.MinTime, s.MaxTime = p.MinTime.Nanoseconds(), p.MaxTime.Nanoseconds()
	s.Turns, s.Patience = p.Turns, p.Patience
	s.UntilResolved, s.MinEffect = p.UntilResolved, p.effect
}

// know lets the rounds before the timed ones go on until a processor is at its speed,
// where that was not ruled out; where the speed is not known (nil), for a time.
func (p *paceFlags) know(speed *peaks.Pacer) {
	switch {
	case !p.auto:
	case speed == nil:
		p.WarmupTime = unknownWarmup
	default:
		p.AtSpeed = speed.AtSpeed
	}
}

// forwarded are the flags of processes that are compared with: so many rounds, that
// begin when this process has warmed up the processor.
func (p *paceFlags) forwarded() []string {
	args := []string{fmt.Sprintf("--runs=%d", p.Runs), fmt.Sprintf("--min-time=%v", p.MinTime), fmt.Sprintf("--max-time=%v", p.MaxTime)}
	if p.WarmupTime > 0 {
		return append(args, fmt.Sprintf("--warmup=%v", p.WarmupTime))
	}
	return append(args, fmt.Sprintf("--warmup=%d", p.Warmup))
}

// doubts tells of rounds that --max-time left out.
func (p *paceFlags) doubts(results []result.Result) (all []warning.Warning) {
	if p.MaxTime == 0 {
		return nil
	}
	open := false
	for i := range results {
		r := &results[i]
		subject := r.Label() + ", " + r.Path
		if n := len(r.Samples); n > 0 && r.Error == "" && n < p.Runs {
			return []warning.Warning{{
				Code: "max-time", Subject: subject,
				Message: fmt.Sprintf("--max-time %v ended the rounds after %d of %d", p.MaxTime, n, p.Runs),
				Remedy:  "intervals are wider for it: give it more time, or fewer strategies",
			}}
		}
		open = open || r.Ratio.OK && r.Ratio.Value.Outcome == stats.Unresolved.String()
	}
	if p.UntilResolved && open {
		all = append(all, warning.Warning{
			Code: "unresolved", Subject: results[0].Label() + ", " + results[0].Path,
			Message: fmt.Sprintf("not all differences were resolved within %v", p.MaxTime),
			Remedy:  "give it more time with --max-time, let only larger ones count with --min-effect, or use a quieter machine",
		})
	}
	return all
}
