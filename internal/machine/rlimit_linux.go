package machine

import (
	"io/fs"
	"math"
	"os"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// What a Go process maps or touches beyond what it asks for: the runtime takes
// addresses for its heap 64 MiB at a time, and each of a few threads to come has
// a stack and a heap of the C library, 72 MiB of addresses.
const (
	spareAddresses = (64 + 4*72) << 20
	spareData      = 64 << 20
	// ownAddresses is about what a Go process has mapped when it starts; most of
	// it is reserved and never touched.
	ownAddresses = 1300 << 20
)

// processRoom returns what the resource limits of this process leave: of its
// addresses (ulimit -v) and of its private memory (ulimit -d).
func processRoom(fsys fs.FS) []Available {
	size, data := int64(ownAddresses), runtimeTaken()
	if pages, ok := statm(fsys); ok {
		size, data = pages[0]*int64(os.Getpagesize()), pages[5]*int64(os.Getpagesize())
	}
	var all []Available
	for _, l := range []struct {
		resource    int
		used, spare int64
		name        string
	}{
		{unix.RLIMIT_AS, size, spareAddresses, "ulimit -v"},
		{unix.RLIMIT_DATA, data, spareData, "ulimit -d"},
	} {
		var limit unix.Rlimit
		if unix.Getrlimit(l.resource, &limit) == nil && limit.Cur < math.MaxInt64 {
			all = append(all, Available{max(0, int64(limit.Cur)-l.used-l.spare), l.name})
		}
	}
	return all
}

// resident returns the bytes of this process that are in memory.
func resident() (int64, bool) {
	pages, ok := statm(system)
	return pages[1] * int64(os.Getpagesize()), ok
}

// statm returns the numbers of /proc/self/statm, in pages: size, resident,
// shared, text, 0, private memory and stack.
func statm(fsys fs.FS) (pages [6]int64, ok bool) {
	fields := strings.Fields(text(fsys, "proc/self/statm"))
	if len(fields) < len(pages) {
		return pages, false
	}
	for i := range pages {
		n, err := strconv.ParseInt(fields[i], 10, 64)
		if err != nil {
			return pages, false
		}
		pages[i] = n
	}
	return pages, true
}

// ResidentPeak returns the most bytes of this process that were in memory since it
// began, or since [ForgetResidentPeak]. It does not ask getrusage: there a process
// begins with the mark of the one that started it.
func ResidentPeak() (int64, bool) { return residentPeak(system) }

func residentPeak(fsys fs.FS) (int64, bool) {
	for _, line := range lines(fsys, "proc/self/status") {
		if value, found := strings.CutPrefix(line, "VmHWM:"); found {
			kib, err := strconv.ParseInt(strings.TrimSpace(strings.TrimSuffix(value, "kB")), 10, 64)
			return kib << 10, err == nil
		}
	}
	return 0, false
}

// ForgetResidentPeak sets the mark to what is in memory now, and reports whether
// the system does so.
func ForgetResidentPeak() bool { return os.WriteFile("/proc/self/clear_refs", []byte("5"), 0) == nil }

// mayRunOn returns which processors this process may run on.
func mayRunOn() func(processor int) bool {
	var set unix.CPUSet
	if unix.SchedGetaffinity(0, &set) != nil {
		return func(int) bool { return true }
	}
	return set.IsSet
}
