//go:build !linux

package machine

import "io/fs"

// processRoom knows no limits of the process here.
func processRoom(fs.FS) []Available { return nil }

// resident is not known here.
func resident() (int64, bool) { return 0, false }
