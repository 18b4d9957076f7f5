//go:build unix

package alloc_test

import (
	"runtime"
	"testing"
	"time"
	"unsafe"

	"tnbench/internal/alloc"
	"tnbench/internal/alloc/alloctest"
	"tnbench/internal/machine"
)

// faultsOf returns how many pages a C library touches first, at least and at most, when it
// gets a large buffer again: beside one that stays, and after times in which it may give
// memory back. All on one thread, as mimalloc has memory for each.
func faultsOf(t *testing.T, spec string, bytes int) (least, most int) {
	t.Helper()
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	s := alloctest.New(t, spec)
	defer s.Close()
	if err := s.Prepare([]alloc.Request{{Bytes: bytes}, {Bytes: bytes}, {Bytes: bytes}, {Bytes: 2 << 20}}); err != nil {
		t.Fatal(err)
	}
	free := func(id int, p unsafe.Pointer) {
		s.Free(id, p)
		time.Sleep(50 * time.Millisecond) // mimalloc waits for 25
	}
	s.Alloc(0)
	least = int(^uint(0) >> 1)
	for i := range 5 {
		before := minorFaults(t)
		p := s.Alloc(1)
		if p == nil {
			t.Fatal("out of memory")
		}
		memory := unsafe.Slice((*byte)(p), bytes)
		for i := 0; i < bytes; i += 4096 {
			memory[i] = 1
		}
		faults := minorFaults(t) - before
		if i > 0 { // the first one is new in any case
			least, most = min(least, faults), max(most, faults)
		}
		q := s.Alloc(2)
		free(1, p)
		free(2, q)
		free(3, s.Alloc(3))
	}
	return least, most
}

func minorFaults(t *testing.T) int {
	t.Helper()
	usage, ok := machine.ReadUsage()
	if !ok {
		t.Fatal("page faults are not counted")
	}
	return int(usage.MinorFaults)
}

// TestKeepIsOfItsStrategyAlone: with keep no page is touched first in steady state,
// and the same library without it goes on as it does: before, beside and after.
func TestKeepIsOfItsStrategyAlone(t *testing.T) {
	const others = 100 // faults of anything else in the process
	for name, bytes := range map[string]int{"malloc": 40 << 20, "jemalloc": 40 << 20, "mimalloc": 8 << 20} {
		t.Run(name, func(t *testing.T) {
			if err := alloc.Available(name + ":keep"); err != nil {
				t.Skip(err)
			}
			// How many a library that keeps nothing touches is chance: parts are used again
			// if they come back in time.
			if _, before := faultsOf(t, name, bytes); before < 3*others {
				t.Fatalf("%s touches %d pages of %d first: nothing to keep", name, before, bytes/4096)
			}
			if got, _ := faultsOf(t, name+":keep", bytes); got > others {
				t.Errorf("%s:keep touches %d pages first, want none", name, got)
			}
			if _, after := faultsOf(t, name, bytes); after < 3*others {
				t.Errorf("%s touches %d pages of %d first after %s:keep was there: it keeps them, too", name, after, bytes/4096, name)
			}
		})
	}
}

// TestKeptMemoryOfJemallocGoesWithItsStrategy: arenas are destroyed, and their numbers
// and caches used again, beyond as many as there can be at once.
func TestKeptMemoryOfJemallocGoesWithItsStrategy(t *testing.T) {
	if err := alloc.Available("jemalloc:keep"); err != nil {
		t.Skip(err)
	}
	for i := range 4200 {
		s, err := alloc.New("jemalloc:keep")
		if err != nil {
			t.Fatalf("the %dth: %v", i+1, err)
		}
		if err := s.Prepare([]alloc.Request{{Bytes: 100}}); err != nil {
			t.Fatal(err)
		}
		if p := s.Alloc(0); p == nil {
			t.Fatal("out of memory")
		}
		s.Close()
	}
}

// TestKeptMemoryGoesWithItsLastUser: what one strategy left must not lie beside others
// for the rest of the process.
func TestKeptMemoryGoesWithItsLastUser(t *testing.T) {
	for name, bytes := range map[string]int{"malloc:keep": 40 << 20, "jemalloc:keep": 40 << 20, "mimalloc:keep": 8 << 20} {
		t.Run(name, func(t *testing.T) {
			if err := alloc.Available(name); err != nil {
				t.Skip(err)
			}
			runtime.LockOSThread() // mimalloc gives back what the thread that asks has freed
			defer runtime.UnlockOSThread()
			use := func() alloc.Strategy {
				s := alloctest.New(t, name)
				if err := s.Prepare([]alloc.Request{{Bytes: bytes}}); err != nil {
					t.Fatal(err)
				}
				p := s.Alloc(0)
				clear(unsafe.Slice((*byte)(p), bytes))
				s.Free(0, p)
				s.Reset()
				return s
			}
			before := resident(t)
			s := use()
			if kept := resident(t) - before; kept < bytes*9/10 {
				t.Fatalf("%d bytes are kept of %d", kept, bytes)
			}
			s.Close()
			if left := resident(t) - before; left > bytes/2 {
				t.Errorf("%d bytes of %d are left when the last user has gone", left, bytes)
			}
		})
	}
}

// resident returns the bytes of memory that the process has; the test is skipped where
// that is not told.
func resident(t *testing.T) int {
	t.Helper()
	bytes, ok := machine.Resident()
	if !ok {
		t.Skip("the system does not say what is resident")
	}
	return int(bytes)
}
