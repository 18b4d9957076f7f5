package main

import (
	"math"
	"strings"
	"testing"
)

// twoOperands is a network whose two intermediates of 128 MiB are operands of one step:
// regions stream both, but what verifies stores them.
const twoOperands = `{"name":"operands","format_string":"xa,yb,xc,yb,ac->","shapes":[[256,16],[256,16],[256,16],[256,16],[16,16]],
"dtype":"float64","num_tensors":5,"paths":{"opt_flops":{"path":[[0,1],[0,1],[1,2],[0,1]]}}}`

// TestWhatNeedsFourTimesTheMemoryIsSliced contracts a network where the system kills
// what takes more than a quarter of its intermediates.
func TestWhatNeedsFourTimesTheMemoryIsSliced(t *testing.T) {
	if testing.Short() {
		t.Skip("takes some processes")
	}
	const limit = 64 << 20
	join := confined(t, limit)
	if join == nil {
		t.Skip("no memory cgroup can be made here")
	}
	file := written(t, "operands.json", twoOperands)
	for _, regions := range []string{"off", "auto"} {
		args := []string{"run", file, "--format", "json", "--alloc", "planned,make", "--runs", "1", "--warmup", "0", "--check", "on", "--no-peaks", "--regions", regions}
		whole := measuredBy(t, program(t, args...))
		if output, err := join(program(t, args...)).CombinedOutput(); err == nil || !strings.Contains(string(output), "--slice auto") {
			t.Errorf("regions %s, without slices: %v: %s; want a refusal that names --slice auto", regions, err, output)
		}
		got := measuredBy(t, join(program(t, append(args, "--slice", "auto")...)))
		if len(got.Results) != 2 || got.Settings.Slice != "auto" {
			t.Fatalf("%+v", got)
		}
		for i := range got.Results {
			r, w := &got.Results[i], &whole.Results[i]
			s := r.Sliced.Value
			switch {
			case r.Error != "" || r.Check != "verified":
				t.Errorf("regions %s, %s: error %q, check %q, unverified: %s", regions, r.Alloc, r.Error, r.Check, r.Unverified)
			case s.Slices < 8 || s.PeakLive > limit/2:
				t.Errorf("regions %s, %s: %+v", regions, r.Alloc, s)
			case regions == "off" && (s.PeakWhole.Value < 2*limit || w.PeakLive.Value < 2*limit):
				t.Errorf("%s: peak %d forecast, %d without slices", r.Alloc, s.PeakWhole.Value, w.PeakLive.Value)
			case s.Flops != s.Whole: // all steps have both labels, but for the last one
				t.Errorf("regions %s, %s: %g flops in slices, %g without", regions, r.Alloc, s.Flops, s.Whole)
			case !r.Digest.Value.Near(w.Digest.Value, 1e-12) || math.IsNaN(r.Digest.Value.L2):
				t.Errorf("regions %s, %s: digest %v, want %v", regions, r.Alloc, r.Digest.Value, w.Digest.Value)
			}
		}
	}
}
