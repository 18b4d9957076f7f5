package machine

import "testing"

// TestMuchGarbageIsCollected and little is left alone: a collection costs milliseconds, and
// empties what others have in pools.
func TestMuchGarbageIsCollected(t *testing.T) {
	var h Heap
	h.GiveBack()
	for _, c := range []struct {
		bytes int
		want  bool
	}{{LittleGarbage / 4, false}, {4 * LittleGarbage, true}} {
		h.GiveBack()
		before := Collections()
		garbage = make([]byte, c.bytes)
		garbage = nil
		h.Settle()
		if collected := Collections() > before; collected != c.want {
			t.Errorf("%d bytes of garbage: collected %v", c.bytes, collected)
		}
		if left := HeapBytes(); c.want && left > h.settled+LittleGarbage {
			t.Errorf("%d bytes are left, %d when it settled", left, h.settled)
		}
	}
}

var garbage []byte
