package contract

import (
	"runtime"
	"sync"
)

// crew are goroutines, one for each core, that do a piece of work together once it
// is known. A core that sleeps takes as long to wake up as a tenth of a compilation
// takes, so they are called before there is anything to do; and whoever comes when
// the work is done is not waited for.
type crew struct {
	size  int           // the caller included
	ready chan struct{} // closed when the work is known, or when there is none

	mutex sync.Mutex
	work  func(worker int)
	over  bool           // nobody may begin any more
	busy  sync.WaitGroup // who has begun
}

// callCrew calls at most so many goroutines. In the end they must be let go.
func callCrew(most int) *crew {
	c := &crew{size: max(1, min(runtime.GOMAXPROCS(0), most)), ready: make(chan struct{})}
	for worker := 1; worker < c.size; worker++ {
		go func() {
			if <-c.ready; c.begin() {
				c.work(worker)
				c.busy.Done()
			}
		}()
	}
	return c
}

// begin reports whether a goroutine that has come may begin.
func (c *crew) begin() bool {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	if !c.over {
		c.busy.Add(1)
	}
	return !c.over
}

// run has the caller and whoever comes do the work, once. It is done when the
// caller has done its part and so have all who have begun.
func (c *crew) run(work func(worker int)) {
	c.work = work
	close(c.ready)
	work(0)
	c.letGo()
	c.busy.Wait()
}

// letGo keeps from working who has not begun.
func (c *crew) letGo() {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	if c.work == nil && !c.over {
		close(c.ready)
	}
	c.over = true
}
