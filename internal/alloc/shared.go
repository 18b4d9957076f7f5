package alloc

import (
	"fmt"
	"sync"
	"unsafe"
)

// joiner is implemented by strategies that several contractions can use at
// once: join makes a front end for another one. Of a strategy whose Sharing is
// Concurrent, front ends may be used by different goroutines at any time; of
// one that is Locked, never two at once.
type joiner interface {
	Strategy
	join() Strategy
}

// leaver is implemented by front ends that own memory themselves.
type leaver interface{ leave() }

// Shared is one strategy used by several contractions at once.
type Shared struct {
	mu      sync.Mutex // around the front ends of locked strategies
	sharing Sharing
	core    joiner
	joining sync.Mutex // of fronts
	fronts  []Strategy
}

// pooled is implemented by strategies whose memory is in common with others that
// joined: pooled returns how much of their Footprint that is.
type pooled interface{ pooled() int }

// Shareable reports whether several contractions can use one strategy of spec at
// once.
func Shareable(spec string) bool {
	d, o, err := parseSpec(spec)
	return err == nil && d.sharing(o) != Private
}

// NewShared makes the strategy of spec for several contractions at once. The
// error says so if its kind takes all its memory back at once, which can't be
// shared.
func NewShared(spec string) (*Shared, error) {
	d, o, err := parseSpec(spec)
	if err != nil {
		return nil, err
	}
	sharing := d.sharing(o)
	if sharing == Private {
		return nil, fmt.Errorf("strategy %q can't be shared by several contractions: it takes all its memory back at once", spec)
	}
	s, err := New(spec)
	if err != nil {
		return nil, err
	}
	return &Shared{sharing: sharing, core: s.(joiner)}, nil
}

// Sharing says whether a lock of ours is in the way of each call.
func (s *Shared) Sharing() Sharing { return s.sharing }

// Join returns a front end for one more contraction at a time. It is a Strategy
// like any other, with requests of its own; its Close leaves the shared memory
// alone. It may be called from several goroutines.
func (s *Shared) Join() Strategy {
	s.joining.Lock()
	defer s.joining.Unlock()
	front := s.core.join()
	s.fronts = append(s.fronts, front)
	if s.sharing == Locked {
		return &locked{mu: &s.mu, front: front}
	}
	return &unlocked{front}
}

// Footprint returns the bytes that all front ends hold together, as [Sized] counts
// them; false if the strategy does not know. No front end may be in use meanwhile.
func (s *Shared) Footprint() (bytes int, known bool) {
	s.joining.Lock()
	defer s.joining.Unlock()
	if p, ok := s.core.(pooled); ok {
		bytes = p.pooled()
	}
	for _, front := range s.fronts {
		sized, ok := front.(Sized)
		if !ok {
			return 0, false
		}
		bytes += sized.Footprint()
		if p, ok := front.(pooled); ok {
			bytes -= p.pooled()
		}
	}
	return bytes, len(s.fronts) > 0
}

// Close gives the memory back, after all front ends were closed.
func (s *Shared) Close() error { return s.core.Close() }

// unlocked is a front end that can't close what it shares.
type unlocked struct{ Strategy }

// Unwrap returns the front end itself.
func (u *unlocked) Unwrap() Strategy { return u.Strategy }

// Close gives back what is the front end's own.
func (u *unlocked) Close() error {
	if l, ok := u.Strategy.(leaver); ok {
		l.leave()
	}
	return nil
}

// locked is a front end behind the common lock.
type locked struct {
	mu    *sync.Mutex
	front Strategy
}

// Unwrap returns the front end itself, which must not be used beside others.
func (l *locked) Unwrap() Strategy { return l.front }

// Prepare implements Strategy.
func (l *locked) Prepare(requests []Request) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.front.Prepare(requests)
}

// Alloc implements Strategy.
func (l *locked) Alloc(id int) unsafe.Pointer {
	l.mu.Lock()
	p := l.front.Alloc(id)
	l.mu.Unlock()
	return p
}

// Free implements Strategy.
func (l *locked) Free(id int, p unsafe.Pointer) {
	l.mu.Lock()
	l.front.Free(id, p)
	l.mu.Unlock()
}

// Reset implements Strategy.
func (l *locked) Reset() {
	l.mu.Lock()
	l.front.Reset()
	l.mu.Unlock()
}

// Close gives back what is the front end's own.
func (l *locked) Close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return (&unlocked{l.front}).Close()
}
