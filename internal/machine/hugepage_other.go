//go:build !linux

package machine

// HugePageBytes returns the size of a transparent huge page, 0 if there are none.
func HugePageBytes() int { return 0 }
