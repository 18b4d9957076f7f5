//go:build !linux

package product

import "time"

var clockStart = time.Now()

// threadTime is the wall clock where there is no clock of a thread.
func threadTime() time.Duration { return time.Since(clockStart) }
