package bench

import (
	"context"
	"runtime/pprof"
	"sync"
	"time"
	"unsafe"

	"tnbench/internal/alloc"
	"tnbench/internal/stats"
)

// team is what does the job when a strategy has its turn: one stream, or several
// at once, each with a runner of its own and its own strategy or its own front
// end of a shared one.
type team struct {
	streams []*stream
	shared  *alloc.Shared // nil unless the streams share one strategy
	running sync.WaitGroup
}

// stream is one run at a time.
type stream struct {
	runner   runner // nil if it could not be prepared
	strategy alloc.Strategy
	start    chan struct{}    // nil for a lone stream
	times    int              // to do the job
	time     time.Duration    // of the last run
	err      error            // of the last run
	at       []unsafe.Pointer // of live buffers, while memory is soiled
}

// newTeam prepares the streams of the strategy of spec. On an error the team is
// already dismissed.
func newTeam(m *measurement, spec string) (*team, error) {
	t := &team{}
	if m.config.Share {
		var err error
		if t.shared, err = alloc.NewShared(spec); err != nil {
			return nil, err
		}
	}
	for range max(1, m.config.Streams) {
		if err := t.add(m, spec); err != nil {
			t.dismiss()
			return nil, err
		}
	}
	if len(t.streams) > 1 {
		for _, s := range t.streams {
			s.start = make(chan struct{})
			go t.serve(s)
		}
	}
	return t, nil
}

// add adds a stream.
func (t *team) add(m *measurement, spec string) (err error) {
	s := &stream{}
	t.streams = append(t.streams, s)
	if t.shared != nil {
		s.strategy = t.shared.Join()
	} else if s.strategy, err = alloc.New(spec); err != nil {
		return err
	}
	s.runner, err = m.job.prepare(s.strategy)
	return err
}

// dismiss gives everything back.
func (t *team) dismiss() {
	for _, s := range t.streams {
		if s.start != nil {
			close(s.start)
		}
		if s.strategy != nil {
			s.strategy.Close()
		}
		if s.runner != nil {
			s.runner.close()
		}
	}
	if t.shared != nil {
		t.shared.Close()
	}
}

// profile labels the streams' samples.
func (t *team) profile(ctx context.Context, instance, spec string) {
	for _, s := range t.streams {
		s.runner.profile(pprof.WithLabels(ctx, pprof.Labels("instance", instance, "alloc", spec)))
	}
}

// interrupt makes every stream stop as soon as it can.
func (t *team) interrupt() {
	for _, s := range t.streams {
		s.runner.interrupt()
	}
}

// run lets every stream do the job so many times, all at the same time. A lone stream runs
// in the calling goroutine; several have one each that waits for the next run.
func (t *team) run(times int) error {
	for _, s := range t.streams {
		s.times = times
	}
	if len(t.streams) == 1 {
		t.streams[0].run()
		return t.streams[0].err
	}
	t.running.Add(len(t.streams))
	for _, s := range t.streams {
		s.start <- struct{}{}
	}
	t.running.Wait()
	for _, s := range t.streams {
		if s.err != nil {
			return s.err
		}
	}
	return nil
}

// serve runs a stream whenever the team runs.
func (t *team) serve(s *stream) {
	for range s.start {
		s.run()
		t.running.Done()
	}
}

// run does the job. Nothing but that is between the readings of the clock.
func (s *stream) run() {
	begin := time.Now()
	s.err = nil
	for i := 0; i < s.times && s.err == nil; i++ {
		s.err = s.runner.run()
	}
	s.time = time.Since(begin)
}

// poison fills the memory of the results with NaN, so that one that is not
// written is seen.
func (t *team) poison() {
	for _, s := range t.streams {
		poison(s.runner.output())
	}
}

// soil fills the memory that the strategies hand out with NaN: of all streams at
// the same moments, as if they contracted. What a step leaves out then can't pass
// for what an earlier contraction left behind.
func (t *team) soil() { t.walk(poison) }

// walk lets all streams take and give back memory at the same moments, as if they
// contracted. took sees each buffer.
func (t *team) walk(took func(memory []byte)) {
	requests := t.streams[0].runner.requests()
	for _, s := range t.streams {
		s.at = make([]unsafe.Pointer, len(requests))
	}
	alloc.Walk(requests, func(id int) {
		for _, s := range t.streams {
			if s.at[id] = s.strategy.Alloc(id); s.at[id] != nil { // else the next run tells
				took(unsafe.Slice((*byte)(s.at[id]), requests[id].Bytes))
			}
		}
	}, func(id int) {
		for _, s := range t.streams {
			if s.at[id] != nil {
				s.strategy.Free(id, s.at[id])
				s.at[id] = nil // collected memory can go at once
			}
		}
	})
	for _, s := range t.streams {
		s.strategy.Reset()
		s.at = nil
	}
}

// median returns the median time of the streams' last runs.
func (t *team) median() time.Duration {
	times := make([]int64, len(t.streams))
	for i, s := range t.streams {
		times[i] = s.time.Nanoseconds()
	}
	return time.Duration(stats.Median(times))
}
