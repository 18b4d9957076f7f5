package machine

import (
	"errors"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// software are events that kernels count where processors don't: page faults for
// one, and processor time in ns for another. The others are absent.
var software = [EventKinds]attribute{
	Cycles:       {kind: unix.PERF_TYPE_SOFTWARE, config: unix.PERF_COUNT_SW_PAGE_FAULTS},
	Instructions: {kind: unix.PERF_TYPE_SOFTWARE, config: unix.PERF_COUNT_SW_TASK_CLOCK},
	DTLBMisses:   {kind: unix.PERF_TYPE_SOFTWARE, config: 9999},
	LLCMisses:    {kind: unix.PERF_TYPE_SOFTWARE, config: 9999},
}

func openSoftware(t *testing.T) *Events {
	t.Helper()
	e, err := openEvents(software)
	if err != nil {
		t.Skipf("no events at all: %v", err)
	}
	t.Cleanup(e.Close)
	return e
}

// touch maps pages of its own, touches each and gives them back.
func touch(pages int) {
	memory, err := unix.Mmap(-1, 0, pages<<12, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_ANON|unix.MAP_PRIVATE)
	if err != nil {
		return
	}
	unix.Madvise(memory, unix.MADV_NOHUGEPAGE)
	for i := 0; i < len(memory); i += 4096 {
		memory[i] = 1
	}
	unix.Munmap(memory)
}

// TestEventsCountWhatAllThreadsDo holds the faults that events count against those
// that the system counts for the process, with the work done by other threads that
// were there before.
func TestEventsCountWhatAllThreadsDo(t *testing.T) {
	e := openSoftware(t)
	start, done := make(chan struct{}), sync.WaitGroup{}
	const workers, pages = 3, 1000
	ready := sync.WaitGroup{}
	ready.Add(workers)
	for range workers {
		done.Go(func() {
			runtime.LockOSThread()
			defer runtime.UnlockOSThread()
			ready.Done()
			<-start
			touch(pages)
		})
	}
	ready.Wait()
	for try := range 5 { // the runtime may start a thread meanwhile
		e.Adopt()
		faults, ok := e.Read(Cycles)
		clock, ok2 := e.Read(Instructions)
		usage, ok3 := ReadUsage()
		if !ok || !ok2 || !ok3 {
			t.Fatal("counters can't be read")
		}
		if try == 0 {
			close(start)
			done.Wait()
		}
		touch(pages)
		after, _ := ReadUsage()
		later, _ := e.Read(Cycles)
		laterClock, _ := e.Read(Instructions)
		whole := e.Whole()
		counted, want := later-faults, after.Sub(usage).MinorFaults
		if least := int64(pages); want < least || counted < want-50 || counted > want+50 {
			t.Errorf("events counted %d faults, the system %d, at least %d were made", counted, want, least)
		}
		if laterClock <= clock {
			t.Errorf("the threads took no time: %d, then %d", clock, laterClock)
		}
		if whole[DTLBMisses] {
			t.Error("an event that the kernel does not know is whole")
		}
		if _, ok := e.Read(LLCMisses); ok {
			t.Error("an event that the kernel does not know can be read")
		}
		if whole[Cycles] && whole[Instructions] {
			return
		}
	}
	t.Error("never whole")
}

// TestEventsAreNotWholeWhenAThreadHasCome starts one between two readings.
func TestEventsAreNotWholeWhenAThreadHasCome(t *testing.T) {
	e := openSoftware(t)
	e.Adopt()
	e.Read(Cycles)
	known, _ := threads()
	// Threads that are locked can't be used again: more of them than there are.
	stop := make(chan struct{})
	defer close(stop)
	var ready sync.WaitGroup
	ready.Add(len(known) + 1)
	for range len(known) + 1 {
		go func() {
			runtime.LockOSThread()
			ready.Done()
			<-stop
			runtime.UnlockOSThread()
		}()
	}
	ready.Wait()
	e.Read(Cycles)
	if e.Whole()[Cycles] {
		t.Error("whole, although a thread came that was not counted")
	}
	for range 100 {
		e.Adopt()
		e.Read(Cycles)
		e.Read(Cycles)
		if e.Whole()[Cycles] {
			return
		}
		time.Sleep(time.Millisecond)
	}
	t.Error("not whole after the threads were adopted")
}

// TestEventsThatTookTurnsAreNotWhole: where there are more events than counters, what
// the kernel counts is a part.
func TestEventsThatTookTurnsAreNotWhole(t *testing.T) {
	e := openSoftware(t)
	for range 100 {
		e.Adopt()
		e.Read(Cycles)
		e.Read(Cycles)
		if !e.Whole()[Cycles] {
			continue // a thread came
		}
		e.last[Cycles][0]++ // enabled a nanosecond longer than running
		if e.Whole()[Cycles] {
			t.Error("whole, although it was not counted all the time")
		}
		return
	}
	t.Error("never whole")
}

func TestNoEventsSayWhy(t *testing.T) {
	for err, want := range map[error]string{
		unix.ENOENT: "virtual machines", unix.EACCES: "perf_event_paranoid", unix.EPERM: "container", unix.ENOSYS: "no perf_event_open", unix.EMFILE: "too many",
	} {
		if got := refusal(err); !errors.Is(got, err) || !strings.Contains(got.Error(), want) {
			t.Errorf("%v: %v, want it to say %q", err, got, want)
		}
	}
	var none *Events
	none.Adopt()
	if _, ok := none.Read(Cycles); ok || none.Whole()[Cycles] || none.Kernel() {
		t.Error("no events count something")
	}
	none.Close()
}
