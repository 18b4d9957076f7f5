package bench

import (
	"errors"
	"fmt"
	"slices"

	"tnbench/internal/contract"
	"tnbench/internal/dtype"
	"tnbench/internal/result"
	"tnbench/internal/stats"
)

// results turns samples into figures.
func (m *measurement) results() []result.Result {
	m.mutex.Lock()
	kept := slices.Clone(m.kept)
	m.mutex.Unlock()
	out := make([]result.Result, len(kept))
	for i := range kept {
		out[i] = m.resultOf(&kept[i])
	}
	for i := range out {
		m.compare(&out[i], out)
	}
	return out
}

// resultOf sums up one strategy.
func (m *measurement) resultOf(k *standing) result.Result {
	r := k.blank
	r.Alloc, r.Samples, r.Digest = k.spec, []int64{}, k.digest
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
		r.Samples = append(r.Samples, s.time.Nanoseconds())
	}
	q1, median, q3 := stats.Quartiles(r.Samples)
	r.Q1, r.Median, r.Q3 = result.Measured(q1), result.Measured(median), result.Measured(q3)
	r.HeapAllocs = k.perContraction(func(s sample) int64 { return s.mallocs })
	r.HeapBytes = k.perContraction(func(s sample) int64 { return s.bytes })
	r.GCCycles = k.perContraction(func(s sample) int64 { return s.cycles })
	r.GCPause = k.perContraction(func(s sample) int64 { return s.pause })
	if k.samples[0].faultsOK {
		r.MinorFaults = k.perContraction(func(s sample) int64 { return s.faults })
	}
	r.Footprint = k.footprint
	if n := len(k.team.streams); n > 1 {
		r.Throughput = result.Measured(1e9 / k.perContraction(func(s sample) int64 { return s.wall.Nanoseconds() }).Value)
		if k.team.shared == nil {
			r.Footprint.Value *= n
		} else {
			r.Footprint = result.Maybe[int]{} // who holds what of a shared strategy is not known
		}
	}
	if r.Flops > 0 && median > 0 {
		r.GFlops = result.Measured(r.Flops / median)
		m.holdAgainstPeak(&r)
	}
	return r
}

// impossible is the share of the peak from which on a contraction can't have done
// its work. What is above 1 is left to the peak's own spread.
const impossible = 1.05

// holdAgainstPeak adds the share of the peak. A contraction that is faster than the
// machine is an error, unless the peak proves to be higher when measured again: it
// may have been measured in a disturbed moment.
func (m *measurement) holdAgainstPeak(r *result.Result) {
	fraction := func() float64 {
		return r.Flops * m.job.operations() / (r.Median.Value * 1e-9) / m.config.PeakFlops
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

// perContraction returns the median of a counter over all samples; each counted
// the contractions of all streams.
func (k *contestant) perContraction(of func(sample) int64) result.Maybe[float64] {
	values := make([]int64, len(k.samples))
	for i, s := range k.samples {
		values[i] = of(s)
	}
	return result.Measured(stats.Median(values) / float64(len(k.team.streams)))
}

// compare adds r's ratio to the baseline, if both were measured.
func (m *measurement) compare(r *result.Result, all []result.Result) {
	for i := range all {
		if b := &all[i]; b.Alloc == m.config.Baseline && len(b.Samples) > 0 && len(r.Samples) > 0 {
			r.Ratio = result.Measured(result.NewRatio(b.Alloc, stats.Paired(r.Samples, b.Samples, stats.Confidence)))
		}
	}
}

// realFlops returns how many real multiplications and additions stand behind one
// counted flop: a complex multiply-add counts two and takes eight.
func realFlops(t dtype.Type) float64 {
	if t.IsComplex() {
		return 4
	}
	return 1
}
