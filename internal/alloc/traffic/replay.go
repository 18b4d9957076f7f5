package traffic

import (
	"fmt"
	"unsafe"

	"tnbench/internal/alloc"
	"tnbench/internal/suggest"
)

// Touch is what a replay writes to a buffer after its allocation.
type Touch uint8

// The ways to touch.
const (
	TouchPages Touch = iota // a byte of each page, so that the system must provide it
	TouchAll                // every byte, as a program would
	TouchNone               // nothing: bookkeeping only
)

var touchNames = [...]string{TouchPages: "each-page", TouchAll: "write", TouchNone: "none"}

// TouchNames lists the names that [ParseTouch] takes.
func TouchNames() []string { return touchNames[:] }

// ParseTouch returns the way called name; the error lists those there are.
func ParseTouch(name string) (Touch, error) {
	for t, n := range touchNames {
		if n == name {
			return Touch(t), nil
		}
	}
	return 0, suggest.Unknown("way to touch", name, touchNames[:])
}

// String returns the name as flags have it.
func (t Touch) String() string { return touchNames[t] }

// Replay runs the memory traffic of a log on a strategy, without arithmetic.
type Replay struct {
	strategy alloc.Strategy
	log      *Log
	touch    Touch
	at       []unsafe.Pointer // of live buffers
}

// touchStep is the distance of the bytes that touch pages: no page is smaller.
const touchStep = 4096

// NewReplay prepares strategy for log.
func NewReplay(strategy alloc.Strategy, log *Log, touch Touch) (*Replay, error) {
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
			return fmt.Errorf("event %d: %w: the buffer needs %d bytes", i, alloc.ErrOutOfMemory, bytes)
		}
		r.at[e.ID] = p
		r.touch.write(unsafe.Slice((*byte)(p), bytes))
	}
	return nil
}

// write touches b, which is not empty.
func (t Touch) write(b []byte) {
	switch t {
	case TouchAll:
		clear(b) // stores to every byte, as fast as the machine can
	case TouchPages:
		for i := 0; i < len(b); i += touchStep {
			b[i] = 1
		}
		b[len(b)-1] = 1 // its page may begin after the last of them
	}
}
