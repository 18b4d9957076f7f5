package nest

import (
	"testing"
	"unsafe"

	"tnbench/internal/kernel/model"
)

func TestAheadIsTheRestOfNowAndTheBeginningOfNext(t *testing.T) {
	now, next := make([]byte, model.Here.Ahead.Bytes+1000), make([]byte, model.Here.Ahead.Bytes+500)
	small := make([]byte, 300)
	var a Ahead
	a.Expect([2][]byte{now, small}, [2][]byte{nil, next})
	at := func(b []byte, i int) uintptr { return uintptr(unsafe.Pointer(&b[i])) }
	if got := a.Left(); got != 1000 {
		t.Errorf("the rest of the operands at hand is %d bytes, want 1000", got)
	}
	if got := a.Panels(100, 64); got != 16 {
		t.Errorf("panels(100, 64) = %d for 1000 bytes, want 16", got)
	}
	if got, want := a.Take(640, 0), at(now, model.Here.Ahead.Bytes); got != want {
		t.Errorf("the first bytes taken are at %#x, want %#x", got, want)
	}
	if got, want := a.Take(640, 0), at(now, model.Here.Ahead.Bytes+640); got != want {
		t.Errorf("the next bytes taken are at %#x, want %#x", got, want)
	}
	if got := a.Left(); got != model.Here.Ahead.Bytes {
		t.Errorf("the beginning of the next operands is %d bytes, want %d", got, model.Here.Ahead.Bytes)
	}
	if got, want := a.Take(model.Here.Ahead.Bytes, 0), at(next, 0); got != want {
		t.Errorf("the next operand is taken at %#x, want %#x", got, want)
	}
	if got := a.Take(64, 42); got != 42 {
		t.Errorf("take with nothing left = %d, want the other address", got)
	}
	if got := a.Panels(100, 64); got != 100 {
		t.Errorf("panels(100, 64) = %d with nothing left, want 100", got)
	}
}

func TestFinishingAheadFetchesOnlyWhatIsNext(t *testing.T) {
	var a Ahead
	// The rest of what is at hand is used by then and must not be touched: here
	// it could not be.
	now := unsafe.Slice((*byte)(nil), 0)
	a.Expect([2][]byte{now, nil}, [2][]byte{make([]byte, 4100), make([]byte, 1)})
	a.regions[2], a.regions[1], a.regions[0] = a.regions[1], a.regions[0], region{1, 100}
	a.end, a.later = 3, 1
	a.Finish()
	if a.Left() != 0 || a.at != a.end {
		t.Errorf("after Finish %d bytes are left, want none", a.Left())
	}
	a.Finish()
}

func TestPartsOfAheadCoverIt(t *testing.T) {
	var a Ahead
	a.Expect([2][]byte{}, [2][]byte{make([]byte, 1000), make([]byte, 3)})
	for of := 1; of <= 4; of++ {
		at := a.regions[0].at
		for i := range of {
			p := a.Part(i, of)
			if p.regions[0].at != at {
				t.Errorf("part %d of %d starts %d bytes from the end of the one before", i, of, int(p.regions[0].at-at))
			}
			at = p.regions[0].end
		}
		if rest := a.regions[0].end - at; rest >= uintptr(of) {
			t.Errorf("%d parts leave %d bytes", of, rest)
		}
	}
}

func TestOnlyTheOperandItselfIsLeftOutOfAhead(t *testing.T) {
	b, c := make([]byte, model.Here.Ahead.Bytes+100), make([]byte, model.Here.Ahead.Bytes+100)
	next := [2][]byte{b, c}
	for name, test := range map[string]struct {
		now  [2][]byte
		want bool
	}{
		"alone":   {[2][]byte{nil, b}, true},
		"another": {[2][]byte{c, nil}, false},
		"both":    {[2][]byte{c, b}, false},
		"neither": {[2][]byte{}, false},
	} {
		var a Ahead
		a.Expect(test.now, next)
		had := a.Left()
		if got := a.LeaveOut(unsafe.Pointer(&b[0])); got != test.want {
			t.Errorf("%s: leaveOut = %v, want %v", name, got, test.want)
		}
		if !test.want && a.Left() != had {
			t.Errorf("%s: %d bytes are left of the first region, want %d", name, a.Left(), had)
		}
		if test.want && a.at != a.later {
			t.Errorf("%s: region %d comes first, want %d", name, a.at, a.later)
		}
	}
}
