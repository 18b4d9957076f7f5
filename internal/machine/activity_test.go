package machine

import (
	"os/exec"
	"testing"
	"time"
)

// busyTree is a machine of two processors.
func busyTree() map[string]string {
	return map[string]string{
		"proc/stat": "cpu  100 20 30 4000 50 6 7 80 9 1\ncpu0 50 10 15 2000 25 3 4 40 5 0\ncpu1 50 10 15 2000 25 3 3 40 4 1\n" +
			"intr 1 2 3\nctxt 99\nprocs_running 2",
		"proc/vmstat":                "nr_free_pages 5\npswpin 30\npswpout 12\npgfault 7",
		"proc/pressure/memory":       "some avg10=0.00 avg60=1.00 avg300=0.00 total=2500\nfull avg10=0.00 avg60=0.00 avg300=0.00 total=1",
		"proc/self/cgroup":           "0::/job",
		"proc/self/mountinfo":        mountV2,
		"sys/fs/cgroup/cpu.stat":     "usage_usec 5\nthrottled_usec 100",
		"sys/fs/cgroup/job/cpu.stat": "usage_usec 5\nnr_periods 4\nthrottled_usec 7000",
	}
}

func everywhere(int) bool { return true }

func TestOnlyProcessorsThatThisProcessMayUseCount(t *testing.T) {
	got := readActivity(files(busyTree()), func(n int) bool { return n == 1 })
	if got.Processors != 1 || got.Busy != 81*tick || got.Stolen != 40*tick {
		t.Errorf("on the second of two: %+v, want 81 ticks busy and 40 stolen", got)
	}
}

func TestActivityIsReadFromTheKernelsFiles(t *testing.T) {
	got := readActivity(files(busyTree()), everywhere)
	want := Activity{Processors: 2, Busy: 163 * tick, Stolen: 80 * tick, HasSwap: true, Swapped: 42,
		HasStall: true, Stalled: 2500 * time.Microsecond, HasQuota: true, Throttled: 7 * time.Millisecond}
	if got != want {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
	tree := busyTree()
	delete(tree, "sys/fs/cgroup/cpu.stat")
	tree["proc/self/cgroup"], tree["proc/self/mountinfo"] = "1:cpu,cpuacct:/job", mountCPU
	tree["sys/fs/cgroup/cpu,cpuacct/job/cpu.stat"] = "nr_periods 1\nthrottled_time 9000000"
	if got := readActivity(files(tree), everywhere); !got.HasQuota || got.Throttled != 9*time.Millisecond {
		t.Errorf("version 1: throttled %v, %v, want 9ms", got.HasQuota, got.Throttled)
	}
}

func TestWhatTheSystemDoesNotTellIsAbsent(t *testing.T) {
	if got := readActivity(files(nil), everywhere); got != (Activity{}) {
		t.Errorf("without files: %+v", got)
	}
	all := readActivity(files(busyTree()), everywhere)
	if d := all.Sub(Activity{}); d.Processors != 0 || d.HasSwap || d.HasStall || d.HasQuota {
		t.Errorf("since a reading of nothing: %+v", d)
	}
	if d := all.Sub(all); d.Processors != 2 || d.Busy != 0 || !d.HasSwap || !d.HasStall || !d.HasQuota {
		t.Errorf("since the same reading: %+v", d)
	}
}

func TestBoostIsReadWhereverItIs(t *testing.T) {
	const cpu = "sys/devices/system/cpu/"
	for _, c := range []struct {
		name, content, want string
	}{
		{cpu + "intel_pstate/no_turbo", "0", "on"}, {cpu + "intel_pstate/no_turbo", "1", "off"},
		{cpu + "cpufreq/boost", "1", "on"}, {cpu + "cpufreq/boost", "0", "off"}, {cpu + "cpufreq/boost", "x", ""}, {"none", "", ""},
	} {
		if got := boost(files(map[string]string{c.name: c.content})); got != c.want {
			t.Errorf("%s = %s: boost %q, want %q", c.name, c.content, got, c.want)
		}
	}
}

// TestOtherProgramsAreSeen runs one beside.
func TestOtherProgramsAreSeen(t *testing.T) {
	before := ReadActivity()
	if before.Processors == 0 {
		t.Skip("this system does not tell")
	}
	other := exec.Command("/bin/sh", "-c", "while :; do :; done")
	if err := other.Start(); err != nil {
		t.Skip(err)
	}
	defer other.Wait()
	defer other.Process.Kill()
	for range 300 {
		time.Sleep(50 * time.Millisecond)
		if d := ReadActivity().Sub(before); d.Busy-d.Own > 100*time.Millisecond {
			return
		}
	}
	t.Errorf("a program beside this one is not seen: %+v", ReadActivity().Sub(before))
}
