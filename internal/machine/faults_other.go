//go:build !unix || aix

package machine

import "time"

// ReadUsage returns what this process has used so far; false where the system
// does not count it, as here.
func ReadUsage() (Usage, bool) { return Usage{}, false }

// ownTime is not known here.
func ownTime() time.Duration { return 0 }
