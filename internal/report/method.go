package report

import (
	"fmt"
	"io"
	"strings"
)

// WriteMethod writes what a run measures and how: what is inside the clock and
// what is not, the settings, the machine.
func WriteMethod(w io.Writer, d *Document, strategies []string, baseline string) error {
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
		{"rounds", fmt.Sprintf("%d after %d for warming up, all strategies in each, in balanced random order", s.Runs, s.Warmup)},
		{"arithmetic", fmt.Sprintf("%s, %s, %s", s.Backend, plural(s.Threads, "thread"), plural(s.Streams, "stream"))},
		{"execution", fmt.Sprintf("order %s, metadata %s, planning %s, temporaries %s, sharing %s", s.Order, s.Metadata, s.Planning, s.Temporaries, s.Sharing)},
		{"inputs", fmt.Sprintf("%s, seed %d", s.Fill, s.Seed)},
	}
	for _, line := range append(lines, hostLines(h)...) {
		if line[1] == "" {
			continue
		}
		if _, err := fmt.Fprintf(w, "%-12s %s\n", line[0]+":", line[1]); err != nil {
			return err
		}
	}
	_, err = fmt.Fprintln(w)
	return err
}
