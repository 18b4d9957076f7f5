package contract

import (
	"runtime"
	"sync"
)

// crew is one goroutine for each core, which share the work of a compilation. Waking
// an idle core takes about as long as a tenth of a compilation. So the goroutines are
// started before the work is known, and the caller does not wait for one that has not
// begun when the work is done.
type crew struct {
	size  int           // the caller included
	ready chan struct{} // closed when the work is known, or when there is none

	mutex sync.Mutex
	work  func(worker int)
	over  bool           // after letGo
	busy  sync.WaitGroup // goroutines that take part
}

// callCrew starts the goroutines, at most so many. The caller must end with letGo.
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

// begin reports whether a goroutine may take part: not after letGo.
func (c *crew) begin() bool {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	if !c.over {
		c.busy.Add(1)
	}
	return !c.over
}

// run does the work once, in the caller and in every goroutine that is awake by then.
// It returns when the caller and all that took part are done.
func (c *crew) run(work func(worker int)) {
	c.work = work
	close(c.ready)
	work(0)
	c.letGo()
	c.busy.Wait()
}

// letGo ends the crew: goroutines that have not begun take no part any more.
func (c *crew) letGo() {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	if c.work == nil && !c.over {
		close(c.ready)
	}
	c.over = true
}
