package explain

import (
	"runtime"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// useProcessorTime has attributions read the processor time of the test's thread, where
// other programs do not show.
func useProcessorTime(t testing.TB) {
	runtime.LockOSThread()
	wall := clock
	clockIsForeign = true
	clock = func() time.Duration {
		var now unix.Timespec
		_ = unix.ClockGettime(unix.CLOCK_THREAD_CPUTIME_ID, &now)
		return time.Duration(now.Nano())
	}
	t.Cleanup(func() {
		clock, clockIsForeign = wall, false
		runtime.UnlockOSThread()
	})
}
