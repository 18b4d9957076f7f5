package machine

import (
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"
)

// A group is the control group of this process in one hierarchy. Limits of a
// group bind all groups below it, so questions are asked of it and of every
// group above it up to the mount.
type group struct {
	fsys  fs.FS  // rooted at "/"
	dir   string // of the process, without a leading slash
	mount string // where the hierarchy begins: dir or above it
	v2    bool
}

// groups returns the control groups of this process that may hold controller:
// the one of the unified hierarchy (version 2) and the controller's own
// (version 1). Systems have either, or both at once.
func groups(fsys fs.FS, controller string) []group {
	memberships := lines(fsys, "proc/self/cgroup")
	var found []group
	if len(memberships) == 0 { // no /proc: a container's own groups are where they always are
		const unified, own = "sys/fs/cgroup", "sys/fs/cgroup/"
		return []group{{fsys, unified, unified, true}, {fsys, own + controller, own + controller, false}}
	}
	for _, line := range lines(fsys, "proc/self/mountinfo") {
		m, ok := parseMount(line)
		if !ok {
			continue
		}
		v2 := m.kind == "cgroup2"
		if !v2 && !(m.kind == "cgroup" && slices.Contains(m.options, controller)) {
			continue
		}
		if member, ok := membership(memberships, controller, v2); ok {
			found = append(found, group{fsys, m.locate(member), m.point, v2})
		}
	}
	return found
}

// membership returns the path of the process in a hierarchy, from the lines of
// /proc/self/cgroup: "id:controllers:path", no controllers in version 2.
func membership(memberships []string, controller string, v2 bool) (string, bool) {
	for _, line := range memberships {
		fields := strings.SplitN(line, ":", 3)
		if len(fields) != 3 {
			continue
		}
		if v2 && fields[0] == "0" && fields[1] == "" || !v2 && slices.Contains(strings.Split(fields[1], ","), controller) {
			return fields[2], true
		}
	}
	return "", false
}

// mount is a line of /proc/self/mountinfo.
type mount struct {
	root    string   // the part of the file system that is mounted
	point   string   // where, without a leading slash
	kind    string   // file system type
	options []string // of the file system, where version 1 names its controllers
}

func parseMount(line string) (mount, bool) {
	before, after, ok := strings.Cut(line, " - ")
	head, tail := strings.Fields(before), strings.Fields(after)
	if !ok || len(head) < 5 || len(tail) < 3 {
		return mount{}, false
	}
	return mount{
		root:    unescape(head[3]),
		point:   strings.TrimPrefix(path.Clean(unescape(head[4])), "/"),
		kind:    tail[0],
		options: strings.Split(tail[2], ","),
	}, true
}

// locate returns the directory of the group called member. In a container the
// mount may begin below the root of the hierarchy, and a member outside it is
// out of sight: then the mount's own directory is the nearest that binds it.
func (m mount) locate(member string) string {
	rest, inside := strings.CutPrefix(member, strings.TrimSuffix(m.root, "/"))
	if !inside || rest != "" && rest[0] != '/' || slices.Contains(strings.Split(rest, "/"), "..") {
		return m.point
	}
	return path.Join(m.point, rest)
}

// unescape undoes the octal escapes of mountinfo.
func unescape(s string) string {
	return strings.NewReplacer(`\040`, " ", `\011`, "\t", `\012`, "\n", `\134`, `\`).Replace(s)
}

// upwards calls visit with the directory of the group and of each above it.
func (g group) upwards(visit func(dir string)) {
	for dir := g.dir; ; dir = path.Dir(dir) {
		visit(dir)
		if dir == g.mount || dir == "." {
			return
		}
	}
}

// memoryRoom returns how many bytes the process may still take before it or a
// group above it reaches its limit, and the directory of that group.
func (g group) memoryRoom() (room int64, dir string, ok bool) {
	limits, usage, cache := []string{"memory.limit_in_bytes"}, "memory.usage_in_bytes", "total_inactive_file"
	if g.v2 {
		limits, usage, cache = []string{"memory.max", "memory.high"}, "memory.current", "inactive_file"
	}
	g.upwards(func(d string) {
		used, known := number(g.fsys, path.Join(d, usage))
		if !known {
			return
		}
		// The page cache counts as used, but the kernel drops it on demand.
		used = max(0, used-statValue(g.fsys, path.Join(d, "memory.stat"), cache))
		for _, name := range limits {
			limit, limited := number(g.fsys, path.Join(d, name))
			if !g.v2 { // groups above this one may be out of sight
				if above := statValue(g.fsys, path.Join(d, "memory.stat"), "hierarchical_memory_limit"); above > 0 {
					limit = min(limit, above)
				}
			}
			if !limited || limit >= 1<<62 { // version 1 writes a huge number for "none"
				continue
			}
			if left := max(0, limit-used); !ok || left < room {
				room, dir, ok = left, d, true
			}
		}
	})
	return room, dir, ok
}

// cpuQuota returns how many processors' worth of time the process may use.
func (g group) cpuQuota() (cpus float64, ok bool) {
	g.upwards(func(d string) {
		quota, period, limited := g.cpuLimit(d)
		if limited && quota > 0 && period > 0 {
			if c := float64(quota) / float64(period); !ok || c < cpus {
				cpus, ok = c, true
			}
		}
	})
	return cpus, ok
}

// cpuLimit reads the quota and period of one group, both in microseconds.
func (g group) cpuLimit(dir string) (quota, period int64, ok bool) {
	if g.v2 {
		fields := strings.Fields(text(g.fsys, path.Join(dir, "cpu.max")))
		if len(fields) != 2 {
			return 0, 0, false
		}
		quota, errQuota := strconv.ParseInt(fields[0], 10, 64) // "max" if there is none
		period, errPeriod := strconv.ParseInt(fields[1], 10, 64)
		return quota, period, errQuota == nil && errPeriod == nil
	}
	quota, okQuota := number(g.fsys, path.Join(dir, "cpu.cfs_quota_us")) // -1 if there is none
	period, okPeriod := number(g.fsys, path.Join(dir, "cpu.cfs_period_us"))
	return quota, period, okQuota && okPeriod
}
