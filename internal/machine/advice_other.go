//go:build !linux

package machine

import "errors"

// adviseHuge asks for huge pages in fresh memory, or for none; an error says
// that the system has no such choice, as here.
func adviseHuge([]byte, bool) error { return errors.ErrUnsupported }

// hugePageBytes returns the size of a transparent huge page, 0 if there are none.
func hugePageBytes() int { return 0 }
