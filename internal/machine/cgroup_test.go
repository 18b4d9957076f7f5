package machine

import (
	"testing"
	"testing/fstest"
)

// files makes a file system of paths and contents.
func files(contents map[string]string) fstest.MapFS {
	fsys := fstest.MapFS{}
	for name, content := range contents {
		fsys[name] = &fstest.MapFile{Data: []byte(content + "\n")}
	}
	return fsys
}

const (
	mountV2     = "30 23 0:26 / /sys/fs/cgroup rw,nosuid shared:4 - cgroup2 cgroup2 rw,nsdelegate"
	mountMemory = "35 31 0:32 / /sys/fs/cgroup/memory rw,relatime - cgroup cgroup rw,memory"
	mountCPU    = "32 31 0:29 / /sys/fs/cgroup/cpu,cpuacct rw,relatime - cgroup cgroup rw,cpu,cpuacct"
	mountHybrid = "41 31 0:38 / /sys/fs/cgroup/unified rw,relatime - cgroup2 cgroup2 rw"
	noLimitV1   = "9223372036854771712"
)

func TestMemoryRoomIsTheLeastOfAllGroupsAbove(t *testing.T) {
	for _, test := range []struct {
		name  string
		files map[string]string
		want  []Available
	}{
		{"no control groups", map[string]string{}, nil},
		{"version 2 without limits", map[string]string{
			"proc/self/cgroup":                        "0::/user.slice",
			"proc/self/mountinfo":                     mountV2,
			"sys/fs/cgroup/user.slice/memory.max":     "max",
			"sys/fs/cgroup/user.slice/memory.high":    "max",
			"sys/fs/cgroup/user.slice/memory.current": "4096",
		}, nil},
		{"version 2, own limit, page cache given back", map[string]string{
			"proc/self/cgroup":                 "0::/job",
			"proc/self/mountinfo":              mountV2,
			"sys/fs/cgroup/job/memory.max":     "1000000",
			"sys/fs/cgroup/job/memory.current": "300000",
			"sys/fs/cgroup/job/memory.stat":    "anon 200000\ninactive_file 50000\nactive_file 7",
		}, []Available{{750000, "cgroup limit of /sys/fs/cgroup/job"}}},
		{"version 2, the parent binds", map[string]string{
			"proc/self/cgroup":                           "0::/pod/container",
			"proc/self/mountinfo":                        mountV2,
			"sys/fs/cgroup/pod/container/memory.max":     "1000000",
			"sys/fs/cgroup/pod/container/memory.current": "100000",
			"sys/fs/cgroup/pod/memory.max":               "2000000",
			"sys/fs/cgroup/pod/memory.current":           "1900000",
		}, []Available{{100000, "cgroup limit of /sys/fs/cgroup/pod"}}},
		{"version 2, memory.high below memory.max", map[string]string{
			"proc/self/cgroup":                 "0::/job",
			"proc/self/mountinfo":              mountV2,
			"sys/fs/cgroup/job/memory.max":     "1000000",
			"sys/fs/cgroup/job/memory.high":    "600000",
			"sys/fs/cgroup/job/memory.current": "100000",
		}, []Available{{500000, "cgroup limit of /sys/fs/cgroup/job"}}},
		{"version 2, usage above the limit", map[string]string{
			"proc/self/cgroup":                 "0::/job",
			"proc/self/mountinfo":              mountV2,
			"sys/fs/cgroup/job/memory.max":     "1000",
			"sys/fs/cgroup/job/memory.current": "2000",
		}, []Available{{0, "cgroup limit of /sys/fs/cgroup/job"}}},
		{"version 2 in a namespace of its own: limits at the mount", map[string]string{
			"proc/self/cgroup":             "0::/",
			"proc/self/mountinfo":          mountV2,
			"sys/fs/cgroup/memory.max":     "5000",
			"sys/fs/cgroup/memory.current": "1000",
		}, []Available{{4000, "cgroup limit of /sys/fs/cgroup"}}},
		{"version 1 without limits", map[string]string{
			"proc/self/cgroup":                               "4:memory:/job\n0::/",
			"proc/self/mountinfo":                            mountMemory + "\n" + mountHybrid,
			"sys/fs/cgroup/memory/job/memory.limit_in_bytes": noLimitV1,
			"sys/fs/cgroup/memory/job/memory.usage_in_bytes": "4096",
		}, nil},
		{"version 1, own limit, page cache given back", map[string]string{
			"proc/self/cgroup":                               "4:memory:/job\n0::/",
			"proc/self/mountinfo":                            mountMemory + "\n" + mountHybrid,
			"sys/fs/cgroup/memory/job/memory.limit_in_bytes": "10000",
			"sys/fs/cgroup/memory/job/memory.usage_in_bytes": "4000",
			"sys/fs/cgroup/memory/job/memory.stat":           "inactive_file 1\ntotal_inactive_file 500",
			"sys/fs/cgroup/memory/memory.limit_in_bytes":     noLimitV1,
			"sys/fs/cgroup/memory/memory.usage_in_bytes":     "900000",
		}, []Available{{6500, "cgroup limit of /sys/fs/cgroup/memory/job"}}},
		{"version 1 in a container that sees the host's path", map[string]string{
			"proc/self/cgroup":                           "4:memory:/docker/abc",
			"proc/self/mountinfo":                        "35 31 0:32 /docker/abc /sys/fs/cgroup/memory ro - cgroup cgroup rw,memory",
			"sys/fs/cgroup/memory/memory.limit_in_bytes": "10000",
			"sys/fs/cgroup/memory/memory.usage_in_bytes": "4000",
		}, []Available{{6000, "cgroup limit of /sys/fs/cgroup/memory"}}},
		{"a limit beyond 63 bits is none", map[string]string{
			"proc/self/cgroup":                           "4:memory:/",
			"proc/self/mountinfo":                        mountMemory,
			"sys/fs/cgroup/memory/memory.limit_in_bytes": "18446744073709551615",
			"sys/fs/cgroup/memory/memory.usage_in_bytes": "4000",
		}, nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			got := groupRoom(files(test.files))
			if len(got) != len(test.want) {
				t.Fatalf("groupRoom = %v, want %v", got, test.want)
			}
			for i := range got {
				if got[i] != test.want[i] {
					t.Errorf("groupRoom[%d] = %v, want %v", i, got[i], test.want[i])
				}
			}
		})
	}
}

func TestCPUQuotaIsTheLeastOfAllGroupsAbove(t *testing.T) {
	for _, test := range []struct {
		name  string
		files map[string]string
		want  float64 // 0: none
	}{
		{"version 2, none", map[string]string{
			"proc/self/cgroup": "0::/job", "proc/self/mountinfo": mountV2,
			"sys/fs/cgroup/job/cpu.max": "max 100000",
		}, 0},
		{"version 2, the parent binds", map[string]string{
			"proc/self/cgroup": "0::/pod/job", "proc/self/mountinfo": mountV2,
			"sys/fs/cgroup/pod/job/cpu.max": "400000 100000",
			"sys/fs/cgroup/pod/cpu.max":     "150000 100000",
		}, 1.5},
		{"version 1, none", map[string]string{
			"proc/self/cgroup": "1:cpu,cpuacct:/job", "proc/self/mountinfo": mountCPU,
			"sys/fs/cgroup/cpu,cpuacct/job/cpu.cfs_quota_us":  "-1",
			"sys/fs/cgroup/cpu,cpuacct/job/cpu.cfs_period_us": "100000",
		}, 0},
		{"version 1, own quota", map[string]string{
			"proc/self/cgroup": "1:cpu,cpuacct:/job", "proc/self/mountinfo": mountCPU,
			"sys/fs/cgroup/cpu,cpuacct/job/cpu.cfs_quota_us":  "50000",
			"sys/fs/cgroup/cpu,cpuacct/job/cpu.cfs_period_us": "100000",
		}, 0.5},
	} {
		t.Run(test.name, func(t *testing.T) {
			got := 0.0
			for _, g := range groups(files(test.files), "cpu") {
				if quota, ok := g.cpuQuota(); ok {
					got = quota
				}
			}
			if got != test.want {
				t.Errorf("cpuQuota = %v, want %v", got, test.want)
			}
		})
	}
}

func TestMembersAreLocatedBelowTheirMount(t *testing.T) {
	for _, test := range []struct{ root, member, want string }{
		{"/", "/", "mnt"},
		{"/", "/a/b", "mnt/a/b"},
		{"/docker/abc", "/docker/abc", "mnt"},
		{"/docker/abc", "/docker/abc/sub", "mnt/sub"},
		{"/docker/abc", "/docker/abcdef", "mnt"}, // a sibling with a longer name is not inside
		{"/docker/abc", "/elsewhere", "mnt"},
		{"/", "/../outside", "mnt"},
	} {
		if got := (mount{root: test.root, point: "mnt"}).locate(test.member); got != test.want {
			t.Errorf("mount of %s, member %s: located at %s, want %s", test.root, test.member, got, test.want)
		}
	}
}

func TestMountsAreParsed(t *testing.T) {
	m, ok := parseMount(`35 31 0:32 /a\040b /sys/fs/c\134d/ rw shared:1 master:2 - cgroup name rw,memory`)
	if !ok || m.root != "/a b" || m.point != `sys/fs/c\d` || m.kind != "cgroup" || len(m.options) != 2 {
		t.Errorf("parseMount = %+v, %v", m, ok)
	}
	for _, line := range []string{"", "x", "1 2 3 4", "35 31 0:32 / /sys rw cgroup cgroup rw", "1 2 3 4 5 - cgroup"} {
		if m, ok := parseMount(line); ok {
			t.Errorf("parseMount(%q) = %+v, want no mount", line, m)
		}
	}
}
