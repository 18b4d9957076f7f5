package alloctest_test

import (
	"strings"
	"testing"
	"unsafe"

	"tnbench/internal/alloc"
	"tnbench/internal/alloc/alloctest"
)

// broken is an arena with a defect.
type broken struct {
	alloc.Strategy
	prepare func([]alloc.Request) []alloc.Request
	alloc   func(id int, p unsafe.Pointer) unsafe.Pointer
}

func (b *broken) Prepare(requests []alloc.Request) error {
	if b.prepare != nil {
		requests = b.prepare(requests)
	}
	return b.Strategy.Prepare(requests)
}

func (b *broken) Alloc(id int) unsafe.Pointer {
	p := b.Strategy.Alloc(id)
	if b.alloc != nil {
		p = b.alloc(id, p)
	}
	return p
}

func TestDriveFindsBrokenStrategies(t *testing.T) {
	var first unsafe.Pointer
	for name, c := range map[string]struct {
		broken broken
		want   string
	}{
		"sound": {broken{}, ""},
		"buffers too small": {broken{prepare: func(requests []alloc.Request) []alloc.Request {
			small := append([]alloc.Request(nil), requests...)
			for i := range small {
				small[i].Bytes = (small[i].Bytes + 1) / 2
			}
			return small
		}}, "overlaps"},
		"one buffer for all": {broken{alloc: func(id int, p unsafe.Pointer) unsafe.Pointer {
			if id == 0 {
				first = p
			}
			return first
		}}, "overlaps"},
		"misaligned": {broken{prepare: func(requests []alloc.Request) []alloc.Request {
			large := append([]alloc.Request(nil), requests...)
			for i := range large {
				large[i].Bytes += 64
			}
			return large
		}, alloc: func(_ int, p unsafe.Pointer) unsafe.Pointer { return unsafe.Add(p, 4) }}, "not aligned"},
		"out of memory": {broken{alloc: func(id int, p unsafe.Pointer) unsafe.Pointer {
			if id == 7 {
				return nil
			}
			return p
		}}, "Alloc(7)"},
	} {
		t.Run(name, func(t *testing.T) {
			arena, err := alloc.New("arena")
			if err != nil {
				t.Fatal(err)
			}
			c.broken.Strategy = arena
			err = alloctest.Drive(&c.broken, alloctest.Example(5, 50), 2)
			if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
				t.Errorf("Drive found %v, want %q", err, c.want)
			}
		})
	}
}
