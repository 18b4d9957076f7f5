package machine

import (
	"fmt"
	"io/fs"
	"math"
	"runtime/debug"
	"runtime/metrics"
)

// Available says how much memory this process may still take.
type Available struct {
	Bytes int64  `json:"bytes"`
	Bound string `json:"bound"` // what sets it: "free memory", "cgroup limit of ...", "GOMEMLIMIT", "ulimit -v"
}

// AvailableMemory returns the memory this process may still take: the least of
// what the system can give without swapping, what the control groups leave,
// what the limits of the process leave, and what GOMEMLIMIT leaves. It fails
// where the system does not say.
func AvailableMemory() (Available, error) {
	free, err := freeMemory()
	if err != nil {
		return Available{}, fmt.Errorf("available memory: %w", err)
	}
	bounds := append(groupRoom(system), processRoom(system)...)
	return least(append(bounds, runtimeRoom(), Available{free, "free memory"})...), nil
}

// Resident returns the bytes of this process that are in memory now, where the system
// says.
func Resident() (int64, bool) { return resident() }

// ResidentMemory returns the bytes of this process that are in memory now; where
// the system does not say, what the Go runtime has taken of it.
func ResidentMemory() int64 {
	if bytes, ok := resident(); ok {
		return bytes
	}
	return runtimeTaken()
}

// groupRoom returns what each control group hierarchy leaves of its limit.
func groupRoom(fsys fs.FS) []Available {
	var all []Available
	for _, g := range groups(fsys, "memory") {
		if room, dir, ok := g.memoryRoom(); ok {
			all = append(all, Available{room, "cgroup limit of /" + dir})
		}
	}
	return all
}

// runtimeRoom returns what GOMEMLIMIT leaves. The limit is soft: beyond it the
// collector runs without end, which would spoil every measurement.
func runtimeRoom() Available {
	limit := debug.SetMemoryLimit(-1) // a negative limit only asks
	if limit == math.MaxInt64 {
		return Available{math.MaxInt64, "none"}
	}
	return Available{max(0, limit-runtimeTaken()), "GOMEMLIMIT"}
}

// runtimeTaken returns the bytes that the Go runtime has from the system and has
// in use.
func runtimeTaken() int64 {
	samples := []metrics.Sample{
		{Name: "/memory/classes/total:bytes"},
		{Name: "/memory/classes/heap/released:bytes"},
		{Name: "/memory/classes/heap/free:bytes"},
	}
	metrics.Read(samples)
	return int64(samples[0].Value.Uint64() - samples[1].Value.Uint64() - samples[2].Value.Uint64())
}

// least returns the tightest of several bounds.
func least(bounds ...Available) Available {
	tightest := bounds[0]
	for _, b := range bounds[1:] {
		if b.Bytes < tightest.Bytes {
			tightest = b
		}
	}
	return tightest
}
