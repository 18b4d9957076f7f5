//go:build unix && !linux

package outfile

import "errors"

func mountSmall(string) error { return errors.New("mounts nothing on this system") }
