//go:build !linux

package machine

import (
	"errors"
	"runtime"
)

// Events counts what processors count; not here.
type Events struct{}

// OpenEvents says that there are no events.
func OpenEvents() (*Events, error) {
	return nil, errors.New("this program can't ask " + runtime.GOOS + " for them")
}

// Adopt does nothing.
func (*Events) Adopt() {}

// Read has nothing to read.
func (*Events) Read(Event) (int64, bool) { return 0, false }

// Whole says that nothing was counted.
func (*Events) Whole() (none [EventKinds]bool) { return none }

// Kernel reports false.
func (*Events) Kernel() bool { return false }

// Close does nothing.
func (*Events) Close() {}
