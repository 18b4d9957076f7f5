package machine

import (
	"encoding/binary"
	"fmt"

	"golang.org/x/sys/unix"
)

// system has no files: there are no control groups here.
var system noFiles

// freeMemory follows what memory_pressure(1) prints: the kernel's estimate, in
// percent of physical memory, of what can be given without swapping.
func freeMemory() (int64, error) {
	total := totalMemory()
	if total == 0 {
		return 0, fmt.Errorf("sysctl hw.memsize: no answer")
	}
	percent, err := unix.SysctlUint32("kern.memorystatus_level")
	if err != nil {
		return 0, fmt.Errorf("sysctl kern.memorystatus_level: %w", err)
	}
	return total / 100 * int64(min(percent, 100)), nil
}

// totalMemory returns the bytes of physical memory, 0 if unknown.
func totalMemory() int64 {
	total, err := unix.SysctlUint64("hw.memsize")
	if err != nil {
		return 0
	}
	return int64(total)
}

// release returns the kernel's version.
func release() string {
	version, _ := unix.Sysctl("kern.osrelease")
	return version
}

func transparentHugePages() string { return "" }

func governor() string { return "" }

func microcode() string { return "" }

// loadAverage returns the mean number of runnable threads over a minute: the
// first of three fixed-point numbers, followed by their scale.
func loadAverage() (float64, bool) {
	raw, err := unix.SysctlRaw("vm.loadavg")
	if err != nil || len(raw) < 24 { // three uint32, padding, an int64
		return 0, false
	}
	scale := binary.LittleEndian.Uint64(raw[16:])
	if scale == 0 {
		return 0, false
	}
	return float64(binary.LittleEndian.Uint32(raw)) / float64(scale), true
}

// modelName returns the processor's name where CPUID does not tell it.
func modelName() string {
	name, _ := unix.Sysctl("machdep.cpu.brand_string")
	return name
}
