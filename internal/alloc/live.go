package alloc

import "unsafe"

// live remembers which buffers are out, so that a Reset after a contraction
// that was broken off can take them back. It costs a store on each side.
type live struct {
	at    []unsafe.Pointer // by id; nil: not live
	count int
}

func newLive(requests []Request) live {
	return live{at: make([]unsafe.Pointer, len(requests))}
}

func (l *live) add(id int, p unsafe.Pointer) {
	l.at[id] = p
	l.count++
}

func (l *live) drop(id int) {
	l.at[id] = nil
	l.count--
}

// takeBack frees whatever is still live.
func (l *live) takeBack(free func(id int, p unsafe.Pointer)) {
	if l.count == 0 {
		return
	}
	for id, p := range l.at {
		if p != nil {
			free(id, p)
		}
	}
}

// forget drops whatever is still live, without freeing it.
func (l *live) forget() {
	if l.count > 0 {
		clear(l.at)
		l.count = 0
	}
}
