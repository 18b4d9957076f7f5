package bench

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"time"

	"tnbench/internal/contract"
	"tnbench/internal/result"
)

// first measures the first contraction of this process: nothing was contracted
// before, and the strategy has memory only as far as it takes it to get ready. What
// loading left behind is given back to the system, so that its pages can't serve.
func (m *measurement) first(ctx context.Context) {
	k := m.contestant(0)
	m.contestants = []*contestant{k}
	if k.team, k.err = newTeam(m, k.spec); k.err == nil {
		defer m.leave(k)
		defer context.AfterFunc(ctx, m.interrupt)()
		k.err = k.first(m)
	}
	if k.err == nil {
		m.blank.Bits = bitsOf(k.team.streams[0].runner.output())
	}
	m.keep(0)
}

// first is the only turn in a process.
func (k *contestant) first(m *measurement) error {
	m.reader = newReader()
	defer m.reader.close()
	k.team.poison()
	m.heap.GiveBack()
	s, err := measure(k.team, 1, m.reader, true)
	if err != nil {
		return err
	}
	k.samples = []sample{s}
	return k.check(m)
}

// cold lets the strategies compete in first contractions, each in a process of its
// own that the command starts.
func (m *measurement) cold(ctx context.Context) {
	m.config.Warmup = 0
	m.expect(ctx)
	for i := range m.kept {
		m.contestants = append(m.contestants, m.contestant(i))
		m.keep(i)
	}
	if m.wrong == nil {
		m.config.Process(m.config.Strategies[0]).Run(ctx) // its files are in memory then
	}
	m.config.Turns = 0 // a process takes long
	m.compete(ctx, func(k *contestant, m *measurement) error { return k.sampleProcess(ctx, m) })
}

// sampleProcess takes a sample in a process of its own.
func (k *contestant) sampleProcess(ctx context.Context, m *measurement) error {
	d, err := m.config.Process(k.spec).Run(ctx)
	switch {
	case ctx.Err() != nil:
		return contract.ErrInterrupted
	case err != nil && len(d.Results) == 0: // else the document tells
		return err
	case len(d.Results) != 1 || !d.Results[0].Cold:
		return fmt.Errorf("a process wrote %d results, want one of a first contraction", len(d.Results))
	}
	r := &d.Results[0]
	switch {
	case r.Error != "":
		return errors.New(r.Error)
	case len(r.Samples) != 1:
		return fmt.Errorf("a process took %d samples, want one", len(r.Samples))
	case r.FileHash != m.blank.FileHash || r.ProgramHash != m.blank.ProgramHash:
		return errors.New("a process found another program: the file was changed meanwhile")
	}
	k.samples = append(k.samples, sampleOf(r))
	return k.checkProcess(m, r)
}

// bitsOf stands for the bits of an output where they are in another process.
func bitsOf(output []byte) string { return fmt.Sprintf("%x", sha256.Sum256(output)) }

// sampleOf returns the sample of a result that has one.
func sampleOf(r *result.Result) sample {
	t := time.Duration(r.Samples[0])
	s := sample{batch: 1, time: t, wall: t}
	for c, f := range fieldsOf(r) {
		if len(*f.samples) == 1 {
			s.counts.set(counter(c), int64((*f.samples)[0]))
		}
	}
	whole := func(m result.Maybe[float64]) result.Maybe[int64] {
		return result.Maybe[int64]{Value: int64(m.Value), OK: m.OK}
	}
	s.resident = resident{now: whole(r.Resident), peak: whole(r.ResidentPeak)}
	return s
}

// checkProcess holds what a process computed against what is expected.
func (k *contestant) checkProcess(m *measurement, r *result.Result) error {
	if r.Bits == "" || !r.Digest.OK {
		return nil // nothing is computed
	}
	if m.blank.Bits == "" {
		m.blank.Bits = r.Bits
		if m.expected.bits != nil {
			m.blank.Bits = bitsOf(m.expected.bits)
		}
	}
	if r.Bits != m.blank.Bits {
		return fmt.Errorf("wrong result: digest %v of a process differs from %s", r.Digest.Value, m.expectedDigest())
	}
	k.digest = r.Digest
	return nil
}

// expectedDigest says what processes must compute.
func (m *measurement) expectedDigest() string {
	if m.expected.bits == nil {
		return "that of the first process (neither is verified)"
	}
	return fmt.Sprintf("%s, %v", m.expected.whose, m.job.digest(m.expected.bits))
}
