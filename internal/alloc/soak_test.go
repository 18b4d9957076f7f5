package alloc_test

import (
	"testing"

	"tnbench/internal/alloc"
	"tnbench/internal/alloc/alloctest"
	"tnbench/internal/alloc/wrap"
)

func TestFootprintIsFlatOverAThousandContractions(t *testing.T) {
	for _, spec := range runnable(t) {
		t.Run(spec, func(t *testing.T) {
			s := alloctest.New(t, spec)
			counting := wrap.NewCounting(s)
			requests := alloctest.Example(3, 200)
			if err := counting.Prepare(requests); err != nil {
				t.Fatal(err)
			}
			run := alloctest.Runner(counting, requests)
			sized, isSized := s.(alloc.Sized)
			early := 0
			for i := range 1000 {
				run()
				if isSized && i == 10 {
					early = sized.Footprint()
				}
			}
			counts := counting.Counts()
			if counts.Live != 0 || counts.Allocs != 1000*len(requests) || counts.Frees != counts.Allocs {
				t.Errorf("%d allocs, %d frees, %d bytes live, want %d, as many and 0", counts.Allocs, counts.Frees, counts.Live, 1000*len(requests))
			}
			if isSized && sized.Footprint() != early {
				t.Errorf("footprint %d bytes after 1000 contractions, %d after 10", sized.Footprint(), early)
			}
			if err := counting.Close(); err != nil {
				t.Error(err)
			}
		})
	}
}

// An absurd size must not end the program where the strategy can tell.
func TestOutOfMemoryIsReported(t *testing.T) {
	const absurd = 1 << 46 // more than any address space has left
	for _, spec := range []string{"mmap", "malloc", "mimalloc", "jemalloc", "arena:huge", "slab:huge", "planned:huge"} {
		t.Run(spec, func(t *testing.T) {
			if err := alloc.Available(spec); err != nil {
				t.Skip(err)
			}
			s := alloctest.New(t, spec)
			requests := []alloc.Request{{Bytes: 4096, Last: 1}, {Bytes: absurd, Last: 1}, {Bytes: absurd, Last: 1}, {Bytes: absurd, Last: 1}}
			if err := s.Prepare(requests); err != nil { // planned takes all it needs there
				if spec != "planned:huge" {
					t.Fatal(err)
				}
				return
			}
			p := s.Alloc(0)
			failed := false
			for id := 1; id < len(requests) && !failed; id++ {
				failed = s.Alloc(id) == nil
			}
			if p == nil || !failed {
				t.Fatalf("4096 bytes gave %p, want an address; 3 × 2^46 bytes failed: %v, want true", p, failed)
			}
			s.Free(0, p)
			s.Reset() // the strategy stays usable
			if p = s.Alloc(0); p == nil {
				t.Error("4096 bytes after the failure: nil")
			}
			s.Free(0, p)
			s.Reset()
			if err := s.Close(); err != nil {
				t.Error(err)
			}
		})
	}
}
