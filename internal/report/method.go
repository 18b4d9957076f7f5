package report

import (
	"fmt"
	"io"
	"strings"

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
counters, checking the result, dropping what another strategy left behind. An
untimed contraction precedes each timed one.

`)
	if err != nil {
		return err
	}
	lines := [][2]string{
		{"strategies", strings.Join(strategies, " ")},
		{"baseline", baseline},
		{"rounds", roundsLine(s)},
		{"intervals", intervalsLine(strategies)},
		{"arithmetic", fmt.Sprintf("%s, %s, %s", s.Backend, plural(s.Threads, "thread"), plural(s.Streams, "stream"))},
		{"execution", fmt.Sprintf("order %s, metadata %s, planning %s, temporaries %s, sharing %s", s.Order, s.Metadata, s.Planning, s.Temporaries, s.Sharing)},
		{"inputs", fmt.Sprintf("%s, seed %d", s.Fill, s.Seed)},
	}
	return writeLines(w, append(lines, hostLines(h)...))
}

// WriteReplayMethod writes what a replay measures and how, as WriteMethod does
// for a run.
func WriteReplayMethod(w io.Writer, d *result.Document, strategies []string, baseline string, touch traffic.Touch) error {
	_, err := fmt.Fprint(w, `Inside the clock: the allocations and frees of a recorded contraction, touching
its buffers, the reset at the end.
Outside: reading the log, planning, reading counters, dropping what another
strategy left behind. An untimed contraction precedes each timed one.

`)
	if err != nil {
		return err
	}
	lines := [][2]string{
		{"strategies", strings.Join(strategies, " ")},
		{"baseline", baseline},
		{"rounds", roundsLine(d.Settings)},
		{"intervals", intervalsLine(strategies)},
		{"touch", touchWords[touch.String()]},
	}
	return writeLines(w, append(lines, hostLines(d.Host)...))
}

func roundsLine(s result.Settings) string {
	return fmt.Sprintf("%d after %d for warming up, all strategies in each, in balanced random order", s.Runs, s.Warmup)
}

// intervalsLine says what the intervals of ratios, and the sentence below a table,
// hold.
func intervalsLine(strategies []string) string {
	return fmt.Sprintf("exact sign test at %.4g %% each, so that all of a table hold at once with %g %%; the sentence below it uses the same",
		stats.Together(len(strategies)-1)*100, stats.Confidence*100)
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
