package machine

import (
	"os"
	"testing"

	"golang.org/x/sys/unix"
)

// limited sets a resource limit of this process for the test.
func limited(t *testing.T, resource int, bytes int64) {
	t.Helper()
	var old unix.Rlimit
	if err := unix.Getrlimit(resource, &old); err != nil {
		t.Skip(err)
	}
	if err := unix.Setrlimit(resource, &unix.Rlimit{Cur: uint64(bytes), Max: old.Max}); err != nil {
		t.Skip(err)
	}
	t.Cleanup(func() {
		if err := unix.Setrlimit(resource, &old); err != nil {
			t.Error(err)
		}
	})
}

func TestLimitsOfTheProcessBoundWhatIsAvailable(t *testing.T) {
	pages, ok := statm(system)
	if !ok {
		t.Skip("no /proc/self/statm")
	}
	page := int64(os.Getpagesize())
	for _, test := range []struct {
		name     string
		resource int
		used     int64
		spare    int64
	}{
		{"ulimit -v", unix.RLIMIT_AS, pages[0] * page, spareAddresses},
		{"ulimit -d", unix.RLIMIT_DATA, pages[5] * page, spareData},
	} {
		t.Run(test.name, func(t *testing.T) {
			const room = 256 << 20
			limited(t, test.resource, test.used+test.spare+room)
			got, err := AvailableMemory()
			if err != nil {
				t.Fatal(err)
			}
			// The process grows a little meanwhile.
			if got.Bound != test.name || got.Bytes > room+(1<<20) || got.Bytes < room/2 {
				t.Errorf("AvailableMemory = %+v, want about %d, bound by %s", got, room, test.name)
			}
		})
	}
}

func TestWithoutProcTheKernelIsAskedAndNothingIsMadeUp(t *testing.T) {
	defer func() { system = os.DirFS("/") }()
	system = files(map[string]string{})
	free, err := freeMemory()
	if err != nil || free <= 0 || free > totalMemory() {
		t.Errorf("free memory without /proc = %d, %v", free, err)
	}
	if n := HugePageBytes(); n != 0 {
		t.Errorf("huge pages of %d bytes without /sys, want 0", n)
	}
	if _, ok := resident(); ok {
		t.Error("resident memory is known without /proc")
	}
	if ResidentMemory() <= 0 {
		t.Error("the runtime has taken nothing")
	}
	if h := ReadHost(); h.THP != "" || h.Microcode != "" || h.LoadAverage != nil {
		t.Errorf("host without /proc and /sys = %+v", h)
	}
}

func TestWithoutProcAContainersOwnGroupBinds(t *testing.T) {
	got := groupRoom(files(map[string]string{"sys/fs/cgroup/memory.max": "5000", "sys/fs/cgroup/memory.current": "1000"}))
	if len(got) != 1 || got[0].Bytes != 4000 {
		t.Errorf("room = %+v, want 4000 bytes", got)
	}
	got = groupRoom(files(map[string]string{
		"proc/self/cgroup": "4:memory:/job", "proc/self/mountinfo": mountMemory,
		"sys/fs/cgroup/memory/job/memory.limit_in_bytes": noLimitV1,
		"sys/fs/cgroup/memory/job/memory.usage_in_bytes": "4096",
		"sys/fs/cgroup/memory/job/memory.stat":           "cache 1\nhierarchical_memory_limit 8192\n",
	}))
	if len(got) != 1 || got[0].Bytes != 4096 {
		t.Errorf("room below a group that is out of sight = %+v, want 4096 bytes", got)
	}
}
