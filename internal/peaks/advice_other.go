//go:build !linux

package peaks

import "errors"

// adviseHuge asks for huge pages in fresh memory, or for none; an error says
// that the system has no such choice, as here.
func adviseHuge([]byte, bool) error { return errors.ErrUnsupported }
