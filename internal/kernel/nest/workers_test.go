package nest

import (
	"sync"
	"sync/atomic"
	"testing"
	"time"
	"unsafe"
)

// countdown is a divided kernel that notes how often each part runs.
type countdown struct {
	runs    []atomic.Int32
	workers atomic.Int32 // a bit for each worker seen
	pause   time.Duration
}

func (c *countdown) RunPart(_ *Env, _, _, _ unsafe.Pointer, part, worker int) {
	c.runs[part].Add(1)
	c.workers.Or(1 << worker)
	time.Sleep(c.pause)
}

func (c *countdown) RunShare(env *Env, _, _, _ unsafe.Pointer, worker int, next *Parts) {
	for part, ok := next.Take(); ok; part, ok = next.Take() {
		c.RunPart(env, nil, nil, nil, part, worker)
	}
}

func TestWorkersRunEachPartOnce(t *testing.T) {
	for n := 2; n <= 4; n++ {
		w := NewWorkers(n)
		rounds := 2000
		if testing.Short() {
			rounds = 300
		}
		for round := range rounds {
			parts := 1 + round%9
			c := &countdown{runs: make([]atomic.Int32, parts)}
			run := w.Run(c, nil, nil, nil, nil, parts, n)
			if round%2 == 0 {
				clear(c.runs)
				run = w.RunShared(c, nil, nil, nil, nil, parts, n)
			}
			if !run {
				t.Fatalf("%d workers, round %d: run declined, want it done", n, round)
			}
			for i := range c.runs {
				if got := c.runs[i].Load(); got != 1 {
					t.Fatalf("%d workers, round %d: part %d of %d ran %d times, want 1", n, round, i, parts, got)
				}
			}
			if round%100 == 0 {
				time.Sleep(2 * spinTime) // so that helpers fall asleep
			}
		}
		w.Close()
	}
}

func TestWorkersShareTheParts(t *testing.T) {
	w := NewWorkers(3)
	defer w.Close()
	c := &countdown{runs: make([]atomic.Int32, 30), pause: time.Millisecond}
	w.Run(c, nil, nil, nil, nil, 30, 3)
	if got := c.workers.Load(); got != 0b111 {
		t.Errorf("30 parts of 1 ms: workers %b took part, want 111", got)
	}
}

func TestWorkersKeepToTheLimit(t *testing.T) {
	w := NewWorkers(4)
	defer w.Close()
	for range 200 {
		c := &countdown{runs: make([]atomic.Int32, 8), pause: 10 * time.Microsecond}
		w.Run(c, nil, nil, nil, nil, 8, 2)
		if got := c.workers.Load(); got&^0b11 != 0 {
			t.Fatalf("limit 2: workers %b took part, want at most 11", got)
		}
	}
}

func TestWorkersServeOneCallerAtATime(t *testing.T) {
	w := NewWorkers(2)
	defer w.Close()
	var callers sync.WaitGroup
	var declined atomic.Int32
	for range 4 {
		callers.Go(func() {
			for range 300 {
				c := &countdown{runs: make([]atomic.Int32, 4)}
				if !w.Run(c, nil, nil, nil, nil, 4, 2) {
					declined.Add(1)
					continue
				}
				for i := range c.runs {
					if got := c.runs[i].Load(); got != 1 {
						t.Errorf("part %d ran %d times, want 1", i, got)
					}
				}
			}
		})
	}
	callers.Wait()
	t.Logf("%d of 1200 calls were declined", declined.Load())
}

func TestNoWorkersMeansSerial(t *testing.T) {
	for _, n := range []int{-1, 0, 1} {
		w := NewWorkers(n)
		if w != nil || w.Size() != 1 {
			t.Errorf("NewWorkers(%d) = %v of size %d, want nil of size 1", n, w, w.Size())
		}
		w.Close()
	}
}
