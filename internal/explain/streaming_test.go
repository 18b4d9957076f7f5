package explain

import (
	"math"
	"slices"
	"strings"
	"testing"

	"tnbench/internal/explain/factor"
	"tnbench/internal/region"
	"tnbench/internal/result"
)

// TestRegionsAreTriedWhereThereAreAny: rows of all choices, and trials in both directions;
// where no region would change a program there is a reason.
func TestRegionsAreTriedWhereThereAreAny(t *testing.T) {
	for name, some := range map[string]bool{"cubic_light_415": true, "matrix_chain_10": true, "ising_strip_5x250": false} {
		a := &ablation{explanation: &explanation{subject: subjectOf(t, name), document: &Document{}, config: Config{PeakFlops: 1e10, Bandwidth: 1e10}}, trials: factor.Trials(1)}
		if err := a.stream(t.Context()); err != nil {
			t.Fatal(err)
		}
		off, auto, most := a.document.streamed(region.Off), a.document.streamed(region.Auto), a.document.streamed(region.Max)
		if off == nil || auto == nil || most == nil || off.Count != 0 || off.StreamedBytes != 0 {
			t.Fatalf("%s: %+v", name, a.document.Streaming)
		}
		if auto.PeakLive > off.PeakLive || auto.Bound.Value > off.Bound.Value || !auto.Footprint.OK || some != (most.Count > 0 && most.StreamedBytes > 0 && most.PeakLive < off.PeakLive) {
			t.Errorf("%s: %+v", name, a.document.Streaming)
		}
		same := map[string]bool{"off": auto.Count == 0, "auto": auto.Count == 0, "max": !some}
		for _, direction := range []string{LeaveOneOut, OneIn} {
			n := 0
			for i := range a.trials {
				if c := &a.trials[i]; c.Factor == FactorRegions && c.Direction == direction {
					if n++; same[c.To] != strings.Contains(c.Reason, "no region") || !same[c.To] && c.Reason != "" && !strings.Contains(c.Reason, "chooses the same regions") {
						t.Errorf("%s, %s, to %s: reason %q", name, direction, c.To, c.Reason)
					}
				}
			}
			if n != 2 {
				t.Errorf("%s, %s: %d trials of regions", name, direction, n)
			}
		}
	}
}

// TestRegionsAreAttributed: steps that run slice by slice have their time and their calls,
// and what they stream counts by its slices.
func TestRegionsAreAttributed(t *testing.T) {
	s := subjectOf(t, "cubic_light_415")
	x := best
	x.Regions = region.Max
	p, err := s.compile(x)
	if err != nil || len(p.Regions) == 0 {
		t.Fatalf("%v, %d regions", err, len(p.Regions))
	}
	for method, watching := range map[string]float64{"timers": 1e9, "difference": 0} {
		d := attributed(t, s, Config{}, []Setup{x}, attributing{watching: watching, costly: true, rounds: 1})
		ns, count := checkShares(t, d, x)
		checkSum(t, d, x)
		if n := float64(len(p.Requests)); math.Abs(count[PhaseAlloc]-n) > 1e-6 || math.Abs(count[PhaseFree]-n-1) > 1e-6 || ns[PhaseArithmetic] <= 0 {
			t.Errorf("%s: %v, %v, want %v calls", method, ns, count, n)
		}
		if len(d.Costly) != mostCostly || !slices.ContainsFunc(d.Costly, func(c Costly) bool { return p.Steps[c.Step].Streamed && c.Bytes < p.Steps[c.Step].Bytes }) {
			t.Errorf("%s: no step of a region is among the costliest: %+v", method, d.Costly)
		}
	}
}

func TestAdviceTellsWhatStreamingGains(t *testing.T) {
	rows := []Streaming{
		{Regions: "off", PeakLive: 162 << 20, Bound: result.Measured(5e7)},
		{Regions: "auto", Count: 1, Steps: 7, StreamedBytes: 400 << 20, PeakLive: 24 << 20, Bound: result.Measured(4e7)},
		{Regions: "max", Count: 2, Steps: 9, StreamedBytes: 430 << 20, PeakLive: 4 << 20},
	}
	for _, c := range []struct {
		rows    []Streaming
		effects []Effect
		want    []string
	}{
		{nil, nil, nil},
		{[]Streaming{{Regions: "off"}, {Regions: "auto"}, {Regions: "max"}}, nil, []string{"Nothing can be streamed here"}},
		{[]Streaming{rows[0], {Regions: "auto", PeakLive: 162 << 20}, rows[2]}, nil, []string{"stream nothing here", "instead of 162 MiB with auto."}},
		{rows, []Effect{effectOf(FactorRegions, LeaveOneOut, "off", 30, 20, 40), effectOf(FactorRegions, LeaveOneOut, "max", 2, 1, 3)},
			[]string{"never stores 400 MiB: at least 24 MiB are live at once instead of 162 MiB, and the bound is 40 ms instead of 50 ms; it saves 300 µs [200 µs, 400 µs], 30.0 %.", "use --regions max: at least 4 MiB are live at once instead of 24 MiB with auto; that costs 20 µs"}},
		{rows, []Effect{effectOf(FactorRegions, LeaveOneOut, "off", -3, -4, -2), effectOf(FactorRegions, LeaveOneOut, "max", 2, -1, 3)},
			[]string{"; it costs 30 µs", "; whether that takes longer was not resolved."}},
	} {
		d := &Document{Streaming: c.rows, Ablation: c.effects}
		all := streaming(d)
		if len(all) != len(c.want) {
			t.Errorf("%d sentences, want %d: %+v", len(all), len(c.want), all)
			continue
		}
		for i, a := range all {
			if !strings.Contains(a.Text, c.want[i]) {
				t.Errorf("%q lacks %q", a.Text, c.want[i])
			}
			for _, key := range a.Rows {
				if _, ok := d.Row(key); !ok {
					t.Errorf("%q names %q, which is no row", a.Text, key)
				}
			}
		}
	}
}
