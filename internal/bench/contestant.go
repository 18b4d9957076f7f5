package bench

import (
	"bytes"
	"context"
	"fmt"
	"math"
	"time"

	"tnbench/internal/machine"
	"tnbench/internal/result"
)

// contestant is a strategy in the competition.
type contestant struct {
	spec        string
	occurrence  int
	number      int   // among the contestants
	team        *team // nil while it has no memory
	samples     []sample
	fastest     time.Duration // of the untimed contractions; 0: there was none
	digest      result.Maybe[result.Digest]
	collections uint64 // of the collector, up to the end of the last sample
	footprint   result.Maybe[int]
	seen        bool // the footprint is the growth of the heap
	err         error
}

// contestant returns the i-th strategy as it enters the competition.
func (m *measurement) contestant(i int) *contestant {
	k := m.kept[i].contestant
	k.err = m.wrong
	return &k
}

// enter looks at the footprint of the i-th strategy and prepares it for the competition.
func (m *measurement) enter(ctx context.Context, i int) *contestant {
	k := m.contestant(i)
	if k.err != nil {
		return k
	}
	if !m.config.Lean {
		m.lookAt(ctx, k)
	}
	if k.err != nil {
		return k
	}
	if !m.config.Alone {
		k.err = m.ready(ctx, k)
	}
	return k
}

// lookAt finds a contestant's footprint.
func (m *measurement) lookAt(ctx context.Context, k *contestant) {
	k.footprint, k.seen, k.err = m.footprint(ctx, k.spec)
	if n := max(1, m.config.Streams); k.err == nil && m.config.Share {
		k.footprint.Value, k.err = m.sharedFootprint(k.spec, k.footprint.Value)
	} else {
		k.footprint.Value *= n
	}
	if !k.footprint.OK || k.footprint.Value > machine.LittleGarbage {
		m.heap.GiveBack() // its memory, before the contestant takes as much again
	}
}

// ready gives a contestant its memory.
func (m *measurement) ready(ctx context.Context, k *contestant) error {
	t, err := newTeam(m, k.spec)
	if err != nil {
		return err
	}
	if m.config.Profile {
		t.profile(ctx, m.blank.Instance, k.spec)
	}
	m.mutex.Lock()
	defer m.mutex.Unlock()
	if k.team = t; ctx.Err() != nil {
		t.interrupt()
	}
	return nil
}

// leave gives back a contestant's memory.
func (m *measurement) leave(k *contestant) {
	m.mutex.Lock()
	defer m.mutex.Unlock()
	if k.team != nil {
		k.team.dismiss()
		k.team = nil
	}
}

// rehearse does the job once, untimed, and checks the result.
func (k *contestant) rehearse(m *measurement) error {
	m.heap.Settle()
	k.team.poison()
	if err := k.team.run(1); err != nil {
		return err
	}
	if took := k.team.median(); k.fastest == 0 || took < k.fastest {
		k.fastest = took
	}
	return k.check(m)
}

// sampleTime is how long a sample lasts at least: some thousand times what reading
// the clock takes, which is in it, too.
const sampleTime = 50 * time.Microsecond

// mostBatch bounds the contractions of a sample where the clock can't be trusted.
const mostBatch = 1 << 20

// calibrate raises the number of contractions of a sample until one lasts long
// enough. All strategies have the same number: a collector that comes every so many
// contractions would favour one.
func (k *contestant) calibrate(m *measurement) error {
	const cold = 20 // times as long as the next, a contraction after others' turns may take
	if k.fastest >= cold*sampleTime {
		return nil
	}
	for m.batch < mostBatch {
		least := time.Duration(math.MaxInt64)
		for range 3 { // one may be disturbed
			if err := k.team.run(m.batch); err != nil {
				return err
			}
			least = min(least, k.team.median())
		}
		if least >= sampleTime {
			break
		}
		m.batch *= 2
	}
	return nil
}

// sample does the job once timed, and before that untimed where it has to: settling emptied
// the collected pools and another strategy's data is in the caches; untimed contractions
// bring back the steady state that is to be measured. A sample is a batch of contractions
// where they are short; the result of the last one is checked.
//
// Before the first and the last sample the memory is soiled. Between two settlings:
// what soils takes no memory beside that of the sample before, and what the collector
// gets of it is nobody's garbage.
func (k *contestant) sample(m *measurement) error {
	soils := len(k.samples) == 0 || m.final
	if soils {
		m.heap.Settle()
		k.team.soil()
		if m.config.Alone {
			m.heap.GiveBack() // as before every turn
		}
	}
	m.heap.Settle()
	for range k.untimed(m, soils || machine.Collections() != k.collections) {
		if err := k.rehearse(m); err != nil {
			return err
		}
	}
	k.team.poison() // or the last result would pass for this one's
	s, err := measure(k.team, m.batch, m.reader, !m.beside && len(m.config.Strategies) == 1 || m.config.Alone)
	if err != nil {
		return err
	}
	k.samples = append(k.samples, s)
	k.collections = machine.Collections()
	return k.check(m)
}

// How long a contraction must last so that what was in the caches before it does not
// tell. Between turns the checks and the statistics touch some of the first and the
// second; another strategy's turn takes all of them, and filling them again some
// milliseconds, which are nothing to a strategy that never finds its memory there.
const (
	straightAfterOwn    = 10 * time.Millisecond
	straightAfterOthers = 500 * time.Millisecond
)

// untimed returns how many untimed contractions precede a sample: two with other memory,
// as strategies find out in the first how much they need, and have it in the second; one
// where the memory was disturbed, unless that is none of the measurement's concern, or
// where the contraction is too short not to mind the caches.
func (k *contestant) untimed(m *measurement, disturbed bool) int {
	long := straightAfterOthers
	if m.again || m.config.Lean {
		long = straightAfterOwn
	}
	switch {
	case m.moved:
		return 2
	case k.fastest < long || disturbed && !m.config.Lean:
		return 1
	}
	return 0
}

// check checks the results of all streams.
func (k *contestant) check(m *measurement) error {
	for _, s := range k.team.streams {
		if err := m.check(k.spec, s.runner.output()); err != nil {
			return err
		}
	}
	if !k.digest.OK && m.expected.bits != nil {
		k.digest = result.Measured(m.job.digest(m.expected.bits)) // its own has the same bits
	}
	return nil
}

// check holds an output against what is expected, bit for bit: then NaN has to be
// the same NaN, and zero the same zero.
func (m *measurement) check(spec string, output []byte) error {
	if output == nil {
		return nil
	}
	if m.expected.bits == nil {
		m.expected.bits, m.expected.whose = bytes.Clone(output), "the one under "+spec+" (neither is verified)"
	}
	if !bytes.Equal(m.expected.bits, output) {
		return fmt.Errorf("wrong result: digest %v differs from %s, %v",
			m.job.digest(output), m.expected.whose, m.job.digest(m.expected.bits))
	}
	return nil
}
