package alloc

import (
	"fmt"
	"unsafe"
)

// Replay runs the memory traffic of a log on a strategy, without arithmetic.
type Replay struct {
	strategy Strategy
	log      *Log
	touch    bool
	at       []unsafe.Pointer // of live buffers
}

// touchStep is the distance of the bytes that a touching replay writes: no page
// is smaller.
const touchStep = 4096

// NewReplay prepares strategy for log. With touch, each page of a buffer is
// written once after its allocation, as a program would.
func NewReplay(strategy Strategy, log *Log, touch bool) (*Replay, error) {
	if err := strategy.Prepare(log.Requests); err != nil {
		return nil, err
	}
	return &Replay{strategy, log, touch, make([]unsafe.Pointer, len(log.Requests))}, nil
}

// Run replays the log once, the final Reset included. It allocates nothing
// itself. Its error wraps [ErrOutOfMemory]; the replay can be run again.
func (r *Replay) Run() error {
	defer r.strategy.Reset()
	for i, e := range r.log.Events {
		if e.Free {
			r.strategy.Free(e.ID, r.at[e.ID])
			r.at[e.ID] = nil // collected memory can go at once
			continue
		}
		bytes := r.log.Requests[e.ID].Bytes
		p := r.strategy.Alloc(e.ID)
		if p == nil {
			clear(r.at)
			return fmt.Errorf("event %d: %w", i, outOfMemory("the buffer", bytes))
		}
		r.at[e.ID] = p
		if r.touch {
			touchPages(unsafe.Slice((*byte)(p), bytes))
		}
	}
	return nil
}

// touchPages writes to every page that b lies on.
func touchPages(b []byte) {
	for i := 0; i < len(b); i += touchStep {
		b[i] = 1
	}
	b[len(b)-1] = 1
}
