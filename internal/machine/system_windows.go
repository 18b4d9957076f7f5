package machine

import (
	"fmt"
	"os"
	"unsafe"

	"golang.org/x/sys/windows"
)

// system has no files: there are no control groups here.
var system noFiles

var globalMemoryStatusEx = windows.NewLazySystemDLL("kernel32.dll").NewProc("GlobalMemoryStatusEx")

// memoryStatus is MEMORYSTATUSEX of the Windows API.
type memoryStatus struct {
	length, load                 uint32
	totalPhysical, freePhysical  uint64
	totalPageFile, freePageFile  uint64
	totalVirtual, freeVirtual    uint64
	availableExtendedVirtualZero uint64
}

func readMemoryStatus() (memoryStatus, error) {
	var status memoryStatus
	status.length = uint32(unsafe.Sizeof(status))
	if r, _, err := globalMemoryStatusEx.Call(uintptr(unsafe.Pointer(&status))); r == 0 {
		return memoryStatus{}, fmt.Errorf("GlobalMemoryStatusEx: %w", err)
	}
	return status, nil
}

// freeMemory returns the physical memory that is free or can be at once, or
// what may still be committed if that is less.
func freeMemory() (int64, error) {
	status, err := readMemoryStatus()
	return int64(min(status.freePhysical, status.freePageFile)), err
}

// totalMemory returns the bytes of physical memory, 0 if unknown.
func totalMemory() int64 {
	status, _ := readMemoryStatus()
	return int64(status.totalPhysical)
}

// release returns the kernel's version.
func release() string {
	v := windows.RtlGetVersion()
	return fmt.Sprintf("%d.%d.%d", v.MajorVersion, v.MinorVersion, v.BuildNumber)
}

func transparentHugePages() string { return "" }

func governor() string { return "" }

func microcode() string { return "" }

func loadAverage() (float64, bool) { return 0, false }

// modelName returns the processor's name where CPUID does not tell it.
func modelName() string { return os.Getenv("PROCESSOR_IDENTIFIER") }
