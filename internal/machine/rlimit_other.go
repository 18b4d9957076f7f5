//go:build !linux

package machine

import "io/fs"

// processRoom knows no limits of the process here.
func processRoom(fs.FS) []Available { return nil }

// resident is not known here.
func resident() (int64, bool) { return 0, false }

// ResidentPeak returns the most bytes of this process that were in memory; here the
// system does not say.
func ResidentPeak() (int64, bool) { return 0, false }

// ForgetResidentPeak sets the mark to what is in memory now; not here.
func ForgetResidentPeak() bool { return false }

// mayRunOn is not asked here: the system tells nothing of its processors.
func mayRunOn() func(processor int) bool { return func(int) bool { return true } }
