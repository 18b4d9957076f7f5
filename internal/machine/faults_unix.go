//go:build unix && !aix

package machine

import (
	"time"

	"golang.org/x/sys/unix"
)

// ReadUsage returns what this process has used so far; false where the system
// does not count it. It allocates nothing and costs about half a microsecond.
func ReadUsage() (Usage, bool) {
	var r unix.Rusage
	if unix.Getrusage(unix.RUSAGE_SELF, &r) != nil {
		return Usage{}, false
	}
	return Usage{
		MinorFaults: int64(r.Minflt),
		MajorFaults: int64(r.Majflt),
		User:        time.Duration(r.Utime.Nano()),
		System:      time.Duration(r.Stime.Nano()),
		Waited:      int64(r.Nvcsw),
		Preempted:   int64(r.Nivcsw),
	}, true
}

// ownTime returns the processor time of this process, and of those that it has
// waited for.
func ownTime() (t time.Duration) {
	for _, who := range [...]int{unix.RUSAGE_SELF, unix.RUSAGE_CHILDREN} {
		var r unix.Rusage
		if unix.Getrusage(who, &r) == nil {
			t += time.Duration(r.Utime.Nano() + r.Stime.Nano())
		}
	}
	return t
}
