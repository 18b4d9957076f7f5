package bench

import (
	"context"
	"testing"

	"tnbench/instances"
	"tnbench/internal/alloc"
	"tnbench/internal/contract"
	"tnbench/internal/instance"
)

// TestStreamsOfEveryStrategyAgree contracts embedded networks four times at once
// under every strategy that can run here, each stream on its own and, where that
// is possible, all on a shared one: same bits everywhere. It is worth most under
// the race detector.
func TestStreamsOfEveryStrategyAgree(t *testing.T) {
	specs, err := alloc.Expand("all")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"mps_inner_50", "ising_strip_5x250"} {
		in, err := instance.LoadFS(instances.Files, name+instance.Extension)
		if err != nil {
			t.Fatal(err)
		}
		program, err := contract.Compile(in, in.Paths[0], contract.Options{})
		if err != nil {
			t.Fatal(err)
		}
		inputs, err := in.Data(instance.Balanced, 1)
		if err != nil {
			t.Fatal(err)
		}
		for _, share := range []bool{false, true} {
			c := Config{Pace: Pace{Runs: 1}, Streams: 4, Share: share}
			for _, spec := range specs {
				if !share || alloc.Shareable(spec) {
					c.Strategies = append(c.Strategies, spec)
				}
			}
			results, err := Run(context.Background(), program, inputs, c)
			if err != nil {
				t.Fatal(err)
			}
			for _, r := range results {
				if r.Error != "" || !r.Digest.OK {
					t.Errorf("%s, %s, shared %v: %q, want no error", name, r.Alloc, share, r.Error)
				}
				if want := c.Streams * program.PeakLive; r.PeakLive.Value != want || r.Footprint.Value < want {
					t.Errorf("%s, %s: peak live %d, footprint %d: both are of all streams, want %d", name, r.Alloc, r.PeakLive.Value, r.Footprint.Value, want)
				}
			}
		}
	}
}

// TestStreamsHoldTogetherWhatTheyHold: streams with strategies of their own hold as
// many times what one holds; those that share one hold no more, and at least what is
// live. A strategy that keeps exactly what it was asked for holds the same either way.
func TestStreamsHoldTogetherWhatTheyHold(t *testing.T) {
	program, inputs := matrices(t)
	const streams = 3
	held := func(spec string, streams int, share bool) int {
		t.Helper()
		results, err := Run(context.Background(), program, inputs, Config{Pace: Pace{Runs: 1}, Strategies: []string{spec}, Streams: streams, Share: share})
		if err != nil || results[0].Error != "" || !results[0].Footprint.OK {
			t.Fatalf("%s: %v, %+v", spec, err, results[0])
		}
		return results[0].Footprint.Value
	}
	for spec, exact := range map[string]bool{"exactpool:keep": true, "mmap": true, "slab": false, "bestfit:keep": false} {
		one, own, shared := held(spec, 1, false), held(spec, streams, false), held(spec, streams, true)
		if own != streams*one {
			t.Errorf("%s: %d streams hold %d bytes, want %d each", spec, streams, own, one)
		}
		if shared > own || shared < streams*program.PeakLive || exact && shared != own {
			t.Errorf("%s: streams that share hold %d bytes, apart %d, and %d are live", spec, shared, own, streams*program.PeakLive)
		}
	}
}
