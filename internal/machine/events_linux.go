package machine

import (
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"slices"
	"strconv"
	"unsafe"

	"golang.org/x/sys/unix"
)

// Events counts what processors count for all threads of this process. The kernel
// counts by thread, and hands a thread's count on to those that it starts only if
// nobody else opens them too. So each thread has counters of its own, and what was
// counted while a thread came that had none is not whole.
//
// A nil Events counts nothing.
type Events struct {
	kinds    [EventKinds]attribute
	kernel   bool // time in the kernel counts, too
	threads  []eventThread
	last     [EventKinds][2]uint64 // time enabled and running, of all threads, at the last two readings
	before   [EventKinds][2]uint64
	complete bool // at the last look
}

// attribute is how the kernel is asked for an event; absent ones are not counted.
type attribute struct {
	kind   uint32
	config uint64
	absent bool
}

// eventThread has the counters of a thread.
type eventThread struct {
	id    int
	files [EventKinds]int // -1: none
}

// processorEvents are the events as the kernel numbers them.
var processorEvents = [EventKinds]attribute{
	Cycles:       {kind: unix.PERF_TYPE_HARDWARE, config: unix.PERF_COUNT_HW_CPU_CYCLES},
	Instructions: {kind: unix.PERF_TYPE_HARDWARE, config: unix.PERF_COUNT_HW_INSTRUCTIONS},
	DTLBMisses: {kind: unix.PERF_TYPE_HW_CACHE, config: unix.PERF_COUNT_HW_CACHE_DTLB |
		unix.PERF_COUNT_HW_CACHE_OP_READ<<8 | unix.PERF_COUNT_HW_CACHE_RESULT_MISS<<16},
	// Not PERF_COUNT_HW_CACHE_MISSES: on AMD that counts what misses the second level.
	LLCMisses: {kind: unix.PERF_TYPE_HW_CACHE, config: unix.PERF_COUNT_HW_CACHE_LL |
		unix.PERF_COUNT_HW_CACHE_OP_READ<<8 | unix.PERF_COUNT_HW_CACHE_RESULT_MISS<<16},
}

// OpenEvents opens the counters of all threads. The error says why there are none.
func OpenEvents() (*Events, error) { return openEvents(processorEvents) }

// openEvents opens counters of events. It tries to count what the kernel does on
// our behalf, and does without where that is not allowed.
func openEvents(kinds [EventKinds]attribute) (*Events, error) {
	var why error
	for _, kernel := range [...]bool{true, false} {
		e := &Events{kinds: kinds, kernel: kernel}
		for k := range e.kinds {
			file, err := e.open(Event(k), 0)
			if err != nil {
				e.kinds[k].absent = true
				if why == nil || !errors.Is(err, unix.EACCES) {
					why = err
				}
				continue
			}
			unix.Close(file)
		}
		if slices.ContainsFunc(e.kinds[:], func(a attribute) bool { return !a.absent }) {
			e.Adopt()
			return e, nil
		}
	}
	return nil, refusal(why)
}

// refusal says why the kernel gives no counters, and what may be done.
func refusal(err error) error {
	switch {
	case errors.Is(err, unix.ENOENT), errors.Is(err, unix.EOPNOTSUPP), errors.Is(err, unix.ENODEV):
		return fmt.Errorf("this kernel has no access to the processor's counters, as in most virtual machines (%w)", err)
	case errors.Is(err, unix.EACCES), errors.Is(err, unix.EPERM):
		return fmt.Errorf("the kernel does not let this user count (%w): as root, sysctl kernel.perf_event_paranoid=2, and in a container allow perf_event_open", err)
	case errors.Is(err, unix.ENOSYS):
		return fmt.Errorf("the kernel has no perf_event_open (%w)", err)
	}
	return fmt.Errorf("perf_event_open: %w", err)
}

// open opens the counter of an event for a thread, 0 the calling one.
func (e *Events) open(k Event, thread int) (int, error) {
	a := unix.PerfEventAttr{
		Type:        e.kinds[k].kind,
		Size:        uint32(unsafe.Sizeof(unix.PerfEventAttr{})),
		Config:      e.kinds[k].config,
		Read_format: unix.PERF_FORMAT_TOTAL_TIME_ENABLED | unix.PERF_FORMAT_TOTAL_TIME_RUNNING,
		Bits:        unix.PerfBitExcludeHv,
	}
	if !e.kernel {
		a.Bits |= unix.PerfBitExcludeKernel
	}
	return unix.PerfEventOpen(&a, thread, -1, -1, unix.PERF_FLAG_FD_CLOEXEC)
}

// Adopt opens counters for the threads that have come since the last call, and
// closes those of threads that have ended.
func (e *Events) Adopt() {
	if e == nil {
		return
	}
	for range 10 { // threads may come meanwhile
		there, listed := threads()
		e.threads = slices.DeleteFunc(e.threads, func(t eventThread) bool {
			ended := listed && !slices.Contains(there, t.id)
			if ended {
				t.close()
			}
			return ended
		})
		if e.complete = listed && e.knows(there); e.complete {
			return
		}
		for _, id := range there {
			if !e.knows([]int{id}) {
				e.adopt(id)
			}
		}
	}
}

// adopt opens the counters of a thread.
func (e *Events) adopt(id int) {
	t := eventThread{id: id}
	for k := range t.files {
		t.files[k] = -1
		if !e.kinds[k].absent {
			if file, err := e.open(Event(k), id); err == nil {
				t.files[k] = file
			} else if !errors.Is(err, unix.ESRCH) { // it has ended already
				e.kinds[k].absent = true // such as too many open files
			}
		}
	}
	e.threads = append(e.threads, t)
}

// knows reports whether all of some threads have counters.
func (e *Events) knows(ids []int) bool {
	return !slices.ContainsFunc(ids, func(id int) bool {
		return !slices.ContainsFunc(e.threads, func(t eventThread) bool { return t.id == id })
	})
}

// Whole says of which events all threads that there are now were counted between
// the last two readings, and all the time: where there are more events than
// counters, the kernel lets them take turns.
func (e *Events) Whole() (whole [EventKinds]bool) {
	if e == nil || !e.complete {
		return whole
	}
	if there, listed := threads(); !listed || !e.knows(there) {
		return whole
	}
	for k := range whole {
		enabled, running := e.last[k][0]-e.before[k][0], e.last[k][1]-e.before[k][1]
		whole[k] = !e.kinds[k].absent && enabled == running
	}
	return whole
}

// Read returns what an event counted so far. False: that is not known.
func (e *Events) Read(k Event) (sum int64, ok bool) {
	if e == nil || e.kinds[k].absent {
		return 0, false
	}
	e.before[k], e.last[k] = e.last[k], [2]uint64{}
	var b [24]byte // value, time enabled, time running
	for _, t := range e.threads {
		if t.files[k] < 0 {
			continue
		}
		if n, err := unix.Read(t.files[k], b[:]); err != nil || n != len(b) {
			return 0, false
		}
		sum += int64(binary.NativeEndian.Uint64(b[:]))
		e.last[k][0] += binary.NativeEndian.Uint64(b[8:])
		e.last[k][1] += binary.NativeEndian.Uint64(b[16:])
	}
	return sum, true
}

// Kernel reports whether what the kernel did on our behalf is counted.
func (e *Events) Kernel() bool { return e != nil && e.kernel }

// Close closes the counters.
func (e *Events) Close() {
	if e == nil {
		return
	}
	for _, t := range e.threads {
		t.close()
	}
	e.threads = nil
}

// close closes the counters of a thread.
func (t *eventThread) close() {
	for _, file := range t.files {
		if file >= 0 {
			unix.Close(file)
		}
	}
}

// threads returns the threads of this process, and whether they could be listed.
func threads() (ids []int, ok bool) {
	folder, err := os.Open("/proc/self/task")
	if err != nil {
		return nil, false
	}
	defer folder.Close()
	names, err := folder.Readdirnames(-1)
	for _, name := range names {
		if id, err := strconv.Atoi(name); err == nil {
			ids = append(ids, id)
		}
	}
	return ids, err == nil
}
