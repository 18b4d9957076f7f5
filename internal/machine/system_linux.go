package machine

import (
	"fmt"
	"io/fs"
	"os"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// system is where the kernel's files are.
var system fs.FS = os.DirFS("/")

func freeMemory() (int64, error) {
	if bytes, ok := memAvailable(system); ok {
		return bytes, nil
	}
	// Without /proc the kernel still tells what nobody uses at all.
	var info unix.Sysinfo_t
	if err := unix.Sysinfo(&info); err != nil {
		return 0, fmt.Errorf("no /proc/meminfo, and sysinfo: %w", err)
	}
	return int64((uint64(info.Freeram) + uint64(info.Bufferram)) * uint64(info.Unit)), nil
}

// totalMemory returns the bytes of physical memory, 0 if unknown.
func totalMemory() int64 {
	var info unix.Sysinfo_t
	if unix.Sysinfo(&info) != nil {
		return 0
	}
	return int64(uint64(info.Totalram) * uint64(info.Unit))
}

// release returns the kernel's version.
func release() string {
	var name unix.Utsname
	if unix.Uname(&name) != nil {
		return ""
	}
	return unix.ByteSliceToString(name.Release[:])
}

// transparentHugePages returns the mode in force: always, madvise or never.
func transparentHugePages() string {
	return bracketed(text(system, "sys/kernel/mm/transparent_hugepage/enabled"))
}

// governor returns the frequency policy of the first processor.
func governor() string {
	return text(system, "sys/devices/system/cpu/cpu0/cpufreq/scaling_governor")
}

// loadAverage returns the mean number of runnable threads over a minute.
func loadAverage() (float64, bool) {
	first, _, _ := strings.Cut(text(system, "proc/loadavg"), " ")
	load, err := strconv.ParseFloat(first, 64)
	return load, err == nil
}

// microcode returns the revision of the processor's microcode.
func microcode() string {
	for _, line := range lines(system, "proc/cpuinfo") {
		if key, value, _ := strings.Cut(line, ":"); strings.TrimSpace(key) == "microcode" {
			return strings.TrimSpace(value)
		}
	}
	return ""
}

// modelName returns the processor's name where CPUID does not tell it.
func modelName() string {
	for _, line := range lines(system, "proc/cpuinfo") {
		key, value, _ := strings.Cut(line, ":")
		switch strings.TrimSpace(key) {
		case "model name", "Model", "cpu model":
			return strings.TrimSpace(value)
		}
	}
	return ""
}
