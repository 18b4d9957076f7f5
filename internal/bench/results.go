package bench

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"tnbench/internal/contract"
	"tnbench/internal/dtype"
	"tnbench/internal/result"
	"tnbench/internal/stats"
)

// results turns samples into figures.
func (m *measurement) results() []result.Result {
	m.mutex.Lock()
	kept, looks := slices.Clone(m.kept), m.looks
	m.mutex.Unlock()
	out := make([]result.Result, len(kept))
	for i := range kept {
		out[i] = m.resultOf(&kept[i])
		out[i].Looks, out[i].MinEffect, out[i].Alone = looks, m.config.MinEffect, m.config.Alone
	}
	m.compare(out)
	return out
}

// resultOf sums up one strategy.
func (m *measurement) resultOf(k *standing) result.Result {
	r := k.blank
	r.Alloc, r.Occurrence, r.Samples, r.Digest = k.spec, k.occurrence, []float64{}, k.digest
	if k.err != nil && !errors.Is(k.err, contract.ErrInterrupted) {
		r.Error = k.err.Error()
	}
	if k.err == nil && k.digest.OK {
		r.Check = k.by
	}
	if len(k.samples) == 0 {
		if r.Error == "" {
			r.Error = "interrupted before it was measured"
		}
		return r
	}
	for _, s := range k.samples {
		r.Samples = append(r.Samples, s.nanoseconds())
	}
	if r.Batch = k.samples[0].batch; r.Batch == 1 {
		r.Batch = 0
	}
	q1, median, q3 := stats.Quartiles(r.Samples)
	r.Q1, r.Median, r.Q3 = result.Measured(q1), result.Measured(median), result.Measured(q3)
	streams := max(1, m.config.Streams)
	addCounters(&r, k.samples, streams)
	r.Footprint, r.FootprintSeen = k.footprint, k.seen
	if streams > 1 {
		r.ThroughputSamples, r.Throughput = counted(k.samples, func(s *sample) (float64, bool) {
			return float64(streams*s.batch) / s.wall.Seconds(), true
		})
	}
	if r.Flops.Value > 0 && median > 0 {
		r.GFlops = result.Measured(r.Flops.Value / median)
		m.holdAgainstPeak(&r)
	}
	return r
}

// nanoseconds is the time of one contraction, to the picosecond.
func (s *sample) nanoseconds() float64 {
	return math.Round(float64(s.time.Nanoseconds())/float64(s.batch)*1e3) / 1e3
}

// impossible is the share of the peak from which on a contraction can't have done
// its work. What is above 1 is left to the peak's own spread.
const impossible = 1.05

// holdAgainstPeak adds the share of the peak. A contraction that is faster than the
// machine is an error, unless the peak proves to be higher when measured again: it
// may have been measured in a disturbed moment.
func (m *measurement) holdAgainstPeak(r *result.Result) {
	fraction := func() float64 {
		return m.job.operations() / (r.Median.Value * 1e-9) / m.config.PeakFlops
	}
	if m.config.PeakFlops <= 0 || m.job.operations() <= 0 {
		return
	}
	if fraction() > impossible && m.config.Repeak != nil {
		m.config.PeakFlops = max(m.config.PeakFlops, m.config.Repeak())
	}
	r.PeakFraction = result.Measured(fraction())
	if r.PeakFraction.Value > impossible && m.config.Repeak != nil && r.Error == "" {
		r.Error = fmt.Sprintf("too fast: %.0f %% of the peak, which was measured twice: the work can't have been done, or the clock is wrong", r.PeakFraction.Value*100)
	}
}

// compare adds the ratios to the baseline, where both were measured.
func (m *measurement) compare(all []result.Result) {
	baseline := m.baseline(all)
	if baseline < 0 || len(all[baseline].Samples) == 0 {
		return
	}
	rule := result.RuleOf(all)
	for i := range all {
		if r := &all[i]; len(r.Samples) > 0 {
			r.Ratio = result.Measured(rule.Ratio(r, &all[baseline]))
		}
	}
}

// baseline returns which result ratios are to, -1 for none: the first of its name.
func (m *measurement) baseline(all []result.Result) int {
	return slices.IndexFunc(all, func(r result.Result) bool { return r.Alloc == m.config.Baseline })
}

// realFlops returns how many real multiplications and additions stand behind one
// counted flop: a complex multiply-add counts two and takes eight.
func realFlops(t dtype.Type) float64 {
	if t.IsComplex() {
		return 4
	}
	return 1
}
