package alloc_test

import (
	"testing"
	"unsafe"

	"tnbench/internal/alloc"
	"tnbench/internal/alloc/alloctest"
)

// dirtySeen allocates, dirties and drops buffers, enough for the collector to
// hand out the same memory many times, and counts buffers that come dirty.
func dirtySeen(t *testing.T, spec string) int {
	const bytes, n = 64 << 10, 4000
	s := alloctest.New(t, spec)
	requests := make([]alloc.Request, n)
	for id := range requests {
		requests[id] = alloc.Request{Bytes: bytes, First: int32(id), Last: int32(id)}
	}
	if err := s.Prepare(requests); err != nil {
		t.Fatal(err)
	}
	dirty := 0
	for id := range requests {
		p := s.Alloc(id)
		words := unsafe.Slice((*uint64)(p), bytes/8)
		for i, w := range words {
			if w != 0 {
				dirty++
				break
			}
			words[i] = ^uint64(0)
		}
		s.Free(id, p)
	}
	s.Reset()
	return dirty
}

func TestMakeIsZeroedAndNozeroIsNot(t *testing.T) {
	if got := dirtySeen(t, "make"); got != 0 {
		t.Errorf("make: %d buffers came dirty, want 0", got)
	}
	if got := dirtySeen(t, "make:nozero"); got == 0 {
		t.Error("make:nozero: all of 256 MiB came zeroed, though it was dirtied before: someone clears it")
	}
}
