package bench

import (
	"bytes"
	"context"
	"encoding/json"
	"strings"
	"testing"

	"tnbench/internal/alloc"
	"tnbench/internal/alloc/traffic"
	"tnbench/internal/contract"
	"tnbench/internal/dtype"
	"tnbench/internal/result"
)

// recorded contracts program once under a tracing strategy and returns its log.
func recorded(t testing.TB, program *contract.Program, inputs [][]byte) *traffic.Log {
	t.Helper()
	inner, err := alloc.New("make")
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	tracing := traffic.NewTracing(inner, &out)
	e, err := contract.NewExecutor(program, tracing, inputs, contract.Execution{})
	if err != nil {
		t.Fatal(err)
	}
	if err := e.Run(dtype.MakeBytes(program.ResultBytes())); err != nil {
		t.Fatal(err)
	}
	if err := tracing.Close(); err != nil {
		t.Fatal(err)
	}
	logs, err := traffic.ReadLog(&out)
	if err != nil || len(logs) != 1 {
		t.Fatalf("%d contractions in the log, %v", len(logs), err)
	}
	return &logs[0]
}

func TestReplayHasTheTrafficOfTheProgram(t *testing.T) {
	program, inputs := matrices(t)
	log := recorded(t, program, inputs)
	want := result.Traffic{Buffers: len(program.Requests), Contractions: 3, Touch: "each-page"}
	for _, r := range program.Requests {
		want.Bytes += r.Bytes
	}
	c := Config{Strategies: []string{"make", "slab", "planned"}, Baseline: "make", Pace: Pace{Runs: 7, Warmup: 1}}
	results, err := Replay(context.Background(), Recording{"a.log", "", "contraction 1", log, 3}, traffic.TouchPages, c)
	if err != nil {
		t.Fatal(err)
	}
	for i, r := range results {
		switch {
		case r.Error != "" || r.Alloc != c.Strategies[i] || len(r.Samples) != c.Runs || !r.Ratio.OK:
			t.Errorf("strategy %d: got %+v, want %s with %d samples and a ratio", i, r, c.Strategies[i], c.Runs)
		case r.Traffic.Value != want || r.PeakLive.Value != program.PeakLive:
			t.Errorf("%s: got %+v with peak %d, want %+v with peak %d", r.Alloc, r.Traffic, r.PeakLive.Value, want, program.PeakLive)
		case r.Digest.OK || r.GFlops.OK || r.Bound.OK || r.Flops.OK:
			t.Errorf("%s: a replay computes nothing, but got %+v", r.Alloc, r)
		}
	}
	if allocs := results[0].HeapAllocs.Value; allocs != float64(want.Buffers) {
		t.Errorf("make: %v heap allocations for %d buffers", allocs, want.Buffers)
	}
	if allocs := results[2].HeapAllocs.Value; allocs != 0 {
		t.Errorf("planned: %v heap allocations, want none", allocs)
	}
	text, err := json.Marshal(results[0])
	if err != nil {
		t.Fatal(err)
	}
	for _, absent := range []string{"dtype", "steps", "digest", "gflops", "peak_fraction", "bound_ns"} {
		if strings.Contains(string(text), `"`+absent+`"`) {
			t.Errorf("%q is in the JSON of a replay: %s", absent, text)
		}
	}
}

func TestReplayInStreamsSharesOrNot(t *testing.T) {
	program, inputs := matrices(t)
	recording := Recording{"a.log", "", "contraction 1", recorded(t, program, inputs), 1}
	for _, share := range []bool{false, true} {
		c := Config{Strategies: []string{"make", "slab"}, Pace: Pace{Runs: 2}, Streams: 3, Share: share}
		results, err := Replay(context.Background(), recording, traffic.TouchAll, c)
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range results {
			if r.Error != "" || !r.Throughput.OK {
				t.Errorf("share %v, %s: error %q, throughput %v", share, r.Alloc, r.Error, r.Throughput)
			}
		}
	}
}

func TestReplayEndsWithItsContext(t *testing.T) {
	program, inputs := matrices(t)
	recording := Recording{"a.log", "", "contraction 1", recorded(t, program, inputs), 1}
	ctx, cancel := context.WithCancel(context.Background())
	turns := 0
	results, err := Replay(ctx, recording, traffic.TouchNone, Config{Strategies: []string{"make"}, Pace: Pace{Runs: 1 << 20}, Progress: func(p Progress) {
		if turns++; turns == 10 {
			cancel()
		}
	}})
	// On a busy machine the turn that is under way may be left behind.
	if n := len(results[0].Samples); err != context.Canceled || len(results) != 1 || results[0].Error != "" || n < 9 || n > 10 {
		t.Errorf("got %d samples, error %v; want 10, or 9, and context.Canceled", n, err)
	}
}

// TestFootprintIsWhatWasForecast holds what alloc.Predict says, and tnbench plan
// prints, against what strategies hold in real contractions and replays.
func TestFootprintIsWhatWasForecast(t *testing.T) {
	program, inputs := matrices(t)
	recording := Recording{"a.log", "", "contraction 1", recorded(t, program, inputs), 1}
	c := Config{Strategies: []string{"arena", "slab", "exactpool:keep", "bestfit:keep", "planned"}, Pace: Pace{Runs: 1}}
	contracted, err := Run(context.Background(), program, inputs, c)
	if err != nil {
		t.Fatal(err)
	}
	replayed, err := Replay(context.Background(), recording, traffic.TouchNone, c)
	if err != nil {
		t.Fatal(err)
	}
	for i, spec := range c.Strategies {
		want, err := alloc.Predict(spec, program.Requests)
		if err != nil {
			t.Fatal(err)
		}
		if got := contracted[i].Footprint; got != result.Measured(want.Footprint) {
			t.Errorf("%s: contracting holds %v bytes, forecast %d", spec, got, want.Footprint)
		}
		if got := replayed[i].Footprint; got != result.Measured(want.Footprint) {
			t.Errorf("%s: replaying holds %v bytes, forecast %d", spec, got, want.Footprint)
		}
	}
}
