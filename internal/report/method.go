package report

import (
	"fmt"
	"io"
	"strings"
	"time"

	"tnbench/internal/alloc/traffic"
	"tnbench/internal/result"
	"tnbench/internal/stats"
)

// WriteMethod writes what a run measures and how: what is inside the clock and
// what is not, the settings, the machine.
func WriteMethod(w io.Writer, d *result.Document, strategies []string, baseline string) error {
	s, h := d.Settings, d.Host
	_, err := fmt.Fprintf(w, `Inside the clock: allocating intermediates and temporaries, arithmetic, freeing,
the reset at the end of the contraction.
Outside: loading, compiling, making inputs, the memory of the result, reading
counters, checking the result, dropping what another strategy left behind. %s

`, precedes(s))
	if err != nil {
		return err
	}
	lines := [][2]string{
		{"strategies", strings.Join(strategies, " ")},
		{"baseline", baseline},
		{"rounds", roundsLine(s)},
		{"intervals", intervalsLine(s, strategies)},
		{"arithmetic", fmt.Sprintf("%s, %s, %s", s.Backend, plural(s.Threads, "thread"), plural(s.Streams, "stream"))},
		{"execution", fmt.Sprintf("order %s, metadata %s, planning %s, temporaries %s, sharing %s, regions %s, slice %s", s.Order, s.Metadata, s.Planning, s.Temporaries, s.Sharing, s.Regions, s.Slice)},
		{"inputs", fmt.Sprintf("%s, seed %d", s.Fill, s.Seed)},
	}
	return writeLines(w, append(lines, hostLines(h)...))
}

// WriteReplayMethod writes what a replay measures and how, as WriteMethod does
// for a run.
func WriteReplayMethod(w io.Writer, d *result.Document, strategies []string, baseline string, touch traffic.Touch) error {
	_, err := fmt.Fprintf(w, `Inside the clock: the allocations and frees of a recorded contraction, touching
its buffers, the reset at the end.
Outside: reading the log, planning, reading counters, dropping what another
strategy left behind. %s

`, precedes(d.Settings))
	if err != nil {
		return err
	}
	lines := [][2]string{
		{"strategies", strings.Join(strategies, " ")},
		{"baseline", baseline},
		{"rounds", roundsLine(d.Settings)},
		{"intervals", intervalsLine(d.Settings, strategies)},
		{"touch", touchWords[touch.String()]},
	}
	return writeLines(w, append(lines, hostLines(d.Host)...))
}

// precedes says what comes before a sample.
func precedes(s result.Settings) string {
	if s.Cold {
		return "Each\nsample is the first contraction of a process of its own: nothing precedes it."
	}
	return "An\nuntimed contraction precedes each timed one, but for long ones whose memory\nnothing has disturbed. Strategies get other memory every few turns: where it lies\nmust not tell them apart."
}

func roundsLine(s result.Settings) string {
	if s.Cold {
		return fmt.Sprintf("%d, a process for each strategy in each, in balanced random order", s.Runs)
	}
	parts := []string{fmt.Sprintf("%d", s.Runs)}
	switch {
	case s.UntilResolved:
		parts[0] = fmt.Sprintf("%d, and more until differences are resolved, or for %v", s.Runs, time.Duration(s.MaxTime))
	case s.Turns > 0:
		parts[0] += fmt.Sprintf(", or more up to %d turns in all", s.Turns)
		if s.Patience > 1 {
			parts[0] += fmt.Sprintf(", up to %d while samples scatter too much to tell 5 %%", s.Patience*s.Turns)
		}
	case s.MinTime > 0:
		parts[0] += fmt.Sprintf(", and more for at least %v", time.Duration(s.MinTime))
	}
	if !s.UntilResolved && s.MaxTime > 0 {
		parts = append(parts, fmt.Sprintf("for at most %v", time.Duration(s.MaxTime)))
	}
	warmup := fmt.Sprintf("after %d for warming up", s.Warmup)
	if s.WarmupTime > 0 {
		warmup = fmt.Sprintf("after %v for warming up", time.Duration(s.WarmupTime))
	}
	return strings.Join(parts, ", ") + " " + warmup + ", all strategies in each, in balanced random order"
}

// intervalsLine says what the intervals of ratios, and the sentence below a table,
// hold.
func intervalsLine(s result.Settings, strategies []string) string {
	each := result.EachConfidence(len(strategies))
	text := fmt.Sprintf("exact sign test at %.4g %% each, so that all of a table hold at once with %g %%", each*100, result.Confidence*100)
	if s.UntilResolved {
		text = fmt.Sprintf("exact sign test, all of a table and of all looks at once with %g %%: the first look has %.4g %% each, the second %.4g %%",
			result.Confidence*100, stats.Look(each, 1)*100, stats.Look(each, 2)*100)
	}
	return text + fmt.Sprintf("; a difference counts beyond %g %%; the sentence below the table uses the same", s.MinEffect*100)
}

// writeLines writes names and what they stand for, leaving out empty ones, and an
// empty line.
func writeLines(w io.Writer, lines [][2]string) error {
	for _, line := range lines {
		if line[1] == "" {
			continue
		}
		if _, err := fmt.Fprintf(w, "%-12s %s\n", line[0]+":", line[1]); err != nil {
			return err
		}
	}
	_, err := fmt.Fprintln(w)
	return err
}
