package wrap_test

import (
	"fmt"
	"math"
	"strings"
	"testing"
	"unsafe"

	"tnbench/internal/alloc"
	"tnbench/internal/alloc/alloctest"
	"tnbench/internal/alloc/wrap"
)

func words(p unsafe.Pointer, n int) []float64 { return unsafe.Slice((*float64)(p), n) }

func TestCheckedFinds(t *testing.T) {
	requests := []alloc.Request{{Bytes: 64, Last: 1}, {Bytes: 100, Last: 1}}
	for _, c := range []struct {
		name string
		do   func(c *wrap.Checked, a, b unsafe.Pointer)
		want string // in the error; "" if there must be none
	}{
		{"nothing wrong", func(c *wrap.Checked, a, b unsafe.Pointer) { c.Free(0, a); c.Free(1, b) }, ""},
		{"a write past the end", func(c *wrap.Checked, a, b unsafe.Pointer) {
			words(a, 9)[8] = 1
			c.Free(0, a)
			c.Free(1, b)
		}, "id 0 (64 bytes) was written"},
		{"one byte past an odd end", func(c *wrap.Checked, a, b unsafe.Pointer) {
			*(*byte)(unsafe.Add(b, 100)) = 0
			c.Free(0, a)
			c.Free(1, b)
		}, "id 1 (100 bytes) was written 1 bytes past its end"},
		{"a write before the start", func(c *wrap.Checked, a, b unsafe.Pointer) {
			*(*byte)(unsafe.Add(a, -3)) = 0
			c.Free(0, a)
			c.Free(1, b)
		}, "id 0 (64 bytes) was written 3 bytes before its start"},
		{"a double free", func(c *wrap.Checked, a, b unsafe.Pointer) { c.Free(0, a); c.Free(1, b); c.Free(0, a) }, "double Free of id 0"},
		{"a free under the other id", func(c *wrap.Checked, a, b unsafe.Pointer) { c.Free(0, b); c.Free(0, a); c.Free(1, b) }, "(in id 1)"},
		{"a free of a pointer into a buffer", func(c *wrap.Checked, a, b unsafe.Pointer) {
			c.Free(0, unsafe.Add(a, 8))
			c.Free(0, a)
			c.Free(1, b)
		}, "(in id 0)"},
		{"a foreign pointer", func(c *wrap.Checked, a, b unsafe.Pointer) {
			c.Free(0, unsafe.Pointer(new(float64)))
			c.Free(0, a)
			c.Free(1, b)
		}, "(a foreign pointer)"},
		{"an unknown id", func(c *wrap.Checked, a, b unsafe.Pointer) { c.Free(2, a); c.Free(0, a); c.Free(1, b) }, "Free of id 2, there are 2"},
		{"a leak", func(c *wrap.Checked, a, b unsafe.Pointer) { c.Free(1, b) }, "id 0 (64 bytes) leaked"},
		{"a second Alloc", func(c *wrap.Checked, a, b unsafe.Pointer) {
			c.Free(0, a)
			c.Free(1, b)
			c.Free(0, c.Alloc(0))
		}, "Alloc of id 0 a second time"},
		{"a second Alloc while live", func(c *wrap.Checked, a, b unsafe.Pointer) {
			if p := c.Alloc(0); p != nil {
				panic("a live id was served")
			}
			c.Free(0, a)
			c.Free(1, b)
		}, "Alloc of id 0 a second time"},
		{"no leak if broken off", func(c *wrap.Checked, a, b unsafe.Pointer) { c.BreakOff() }, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			checked := wrap.NewChecked(alloctest.New(t, "arena"))
			if err := checked.Prepare(requests); err != nil {
				t.Fatal(err)
			}
			c.do(checked, checked.Alloc(0), checked.Alloc(1))
			checked.Reset()
			err := checked.Err()
			switch {
			case c.want == "" && err != nil:
				t.Errorf("found %v, want nothing", err)
			case c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)):
				t.Errorf("found %v, want %q", err, c.want)
			case c.want != "" && !strings.Contains(err.Error(), "checked_test.go:"):
				t.Errorf("%v: no place in this file is named", err)
			}
		})
	}
}

func TestCheckedFindsStrategiesAtFault(t *testing.T) {
	block := make([]uint64, 1024)
	base := unsafe.Pointer(unsafe.SliceData(block))
	requests := []alloc.Request{{Bytes: 64, Last: 1}, {Bytes: 64, Last: 1}, {Bytes: 64, Last: 1}}
	for _, c := range []struct {
		name    string
		offsets [3]int
		want    string
	}{
		{"apart", [3]int{0, 192, 384}, ""},
		{"apart, last first", [3]int{384, 192, 0}, ""},
		{"the same place", [3]int{0, 512, 0}, "id 2 (64 bytes) overlaps id 0 (64 bytes)"},
		{"overlap with the one before", [3]int{0, 512, 184}, "id 2 (64 bytes) overlaps id 0"},
		{"overlap with the one after", [3]int{600, 0, 500}, "id 2 (64 bytes) overlaps id 0"},
		{"misaligned", [3]int{0, 512, 1004}, "not aligned"},
	} {
		t.Run(c.name, func(t *testing.T) {
			checked := wrap.NewChecked(&alloctest.Faulty{Strategy: alloctest.New(t, "make"), OnAlloc: func(id int) unsafe.Pointer { return unsafe.Add(base, c.offsets[id]) }})
			if err := checked.Prepare(requests); err != nil {
				t.Fatal(err)
			}
			for id := range requests {
				checked.Alloc(id)
			}
			checked.BreakOff() // overlapping canaries are another matter
			err := checked.Err()
			if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
				t.Errorf("found %v, want %q", err, c.want)
			}
		})
	}
}

func TestCheckedPoisonsUnwrittenAndFreedMemory(t *testing.T) {
	checked := wrap.NewChecked(alloctest.New(t, "arena"))
	if err := checked.Prepare([]alloc.Request{{Bytes: 80}}); err != nil {
		t.Fatal(err)
	}
	allNaN := func(when string, x []float64) {
		for i, v := range x {
			if !math.IsNaN(v) {
				t.Errorf("%s: element %d is %v, want NaN", when, i, v)
			}
		}
	}
	p := checked.Alloc(0)
	x := words(p, 10)
	allNaN("after Alloc", x)
	single := unsafe.Slice((*float32)(p), 20)
	for i, v := range single {
		if v == v {
			t.Errorf("after Alloc: float32 element %d is %v, want NaN", i, v)
		}
	}
	for i := range x {
		x[i] = 1
	}
	checked.Free(0, p)
	allNaN("after Free", x)
}

func TestCheckedPassesOutOfMemoryOn(t *testing.T) {
	checked := wrap.NewChecked(&alloctest.Faulty{Strategy: alloctest.New(t, "make"), OnAlloc: func(int) unsafe.Pointer { return nil }})
	if err := checked.Prepare([]alloc.Request{{Bytes: 8}}); err != nil {
		t.Fatal(err)
	}
	if p := checked.Alloc(0); p != nil {
		t.Errorf("Alloc returned %p, want nil", p)
	}
	checked.BreakOff()
	checked.Reset()
	if err := checked.Err(); err != nil {
		t.Errorf("found %v, want nothing", err)
	}
}

func TestCheckedKeepsFewErrorsAndCountsTheRest(t *testing.T) {
	checked := wrap.NewChecked(alloctest.New(t, "make"))
	if err := checked.Prepare([]alloc.Request{{Bytes: 8}}); err != nil {
		t.Fatal(err)
	}
	for range 1000 {
		checked.Free(7, nil)
	}
	text := fmt.Sprint(checked.Err())
	if n := strings.Count(text, "\n") + 1; n > 100 || !strings.Contains(text, "and 936 more") {
		t.Errorf("%d lines of errors, ending in %q, want 64 and the number of the others", n, text[max(0, len(text)-40):])
	}
}

func TestCountingCounts(t *testing.T) {
	c := wrap.NewCounting(alloctest.New(t, "exactpool:keep"))
	requests := []alloc.Request{{Bytes: 100}, {Bytes: 50, Last: 2}, {Bytes: 100, First: 2, Last: 2}}
	if err := c.Prepare(requests); err != nil {
		t.Fatal(err)
	}
	contract := func() {
		a, b := c.Alloc(0), c.Alloc(1)
		c.Free(0, a)
		d := c.Alloc(2)
		c.Free(1, b)
		c.Free(2, d)
		c.Reset()
	}
	contract()
	if got, want := c.Counts(), (wrap.Counts{Allocs: 3, Frees: 3, Bytes: 250, Peak: 150, Resets: 1, Hits: 1, Misses: 2}); got != want {
		t.Errorf("first contraction: %+v, want %+v", got, want)
	}
	c.Clear()
	contract()
	contract()
	if got, want := c.Counts(), (wrap.Counts{Allocs: 6, Frees: 6, Bytes: 500, Peak: 150, Resets: 2, Hits: 6}); got != want {
		t.Errorf("two more: %+v, want %+v", got, want)
	}
	c.Clear()
	c.Alloc(1)
	c.Reset()
	if got, want := c.Counts(), (wrap.Counts{Allocs: 1, Bytes: 50, Peak: 50, Resets: 1, Hits: 1}); got != want {
		t.Errorf("broken off: %+v, want %+v", got, want)
	}
}
